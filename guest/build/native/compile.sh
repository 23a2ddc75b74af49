#!/usr/bin/env bash
# compile.sh SOURCE.c OUTPUT [FLAG…]: compile a translated program and the runtime to a native guest.
# With FLAGs as for clang: -DSALLYPORT_HARDENED for the hardened flavour, -fprofile-use=FILE for a profile.
# With TRAINING=FOLDER in the environment: a guest that is not confined and writes counts for a profile there.
set -euo pipefail
source_file="$1" output="$2"
shift 2
runtime="${SALLYPORT_RUNTIME:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../runtime" && pwd)}"
cc="${CC:-clang}" ld="${LD:-ld.lld}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# No C library: the runtime has its own entry and string functions. Not position independent: linear memory is
# at a constant address (runtime/layout.h).
common=(
  --target=x86_64-linux-gnu -std=gnu11 -ffreestanding -fno-pic -fno-pie -mcmodel=small -march=x86-64 -mtune=generic
  -fwrapv -fno-strict-aliasing -fno-finite-loops -ffp-contract=off -fno-stack-protector -fcf-protection=none
  -fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer -fno-ident -I"$runtime"
)
# A frame must be smaller than the guard below the stack. The sizes let the dispatch of an interpreter's loop be
# copied to the end of every instruction, which LLVM 19 by itself does not do for so many; and with the budget for
# regions its allocator of registers does not give up on a function with so many jumps, and keeps the interpreter's stack
# pointer and frame in registers. Strict floating point: otherwise x + 0 may become x, which is not the same for a
# signalling NaN.
generated=(
  -O2 -fno-math-errno -ffp-exception-behavior=strict -Wno-everything -Wframe-larger-than=1048576 -Werror=frame-larger-than
  -mllvm -tail-dup-pred-size=10000 -mllvm -tail-dup-succ-size=10000 -mllvm -tail-dup-indirect-size=40
  -mllvm -grow-region-complexity-budget=1000000000
)

if [ -n "${TRAINING:-}" ]; then set -- "$@" -DSALLYPORT_TRAINING -DSALLYPORT_PORTABLE; fi
parts=(start arguments mapping signals confine waiting frame marshal state loop leave digests strings)
for part in "${parts[@]}"; do
  "$cc" "${common[@]}" -O2 -Wall -Wextra -Werror "$@" -Wno-unused-command-line-argument -c "$runtime/$part.c" -o "$work/$part.o"
done
"$cc" "${common[@]}" -O2 -fno-builtin -Wall -Wextra -Werror -Wno-unused-command-line-argument -c "$runtime/bytes.c" -o "$work/bytes.o"
if [ -n "${TRAINING:-}" ]; then
  rm "$work/bytes.o"
  "$cc" -O2 -fno-pie -DTRAINING_COUNTS="\"$TRAINING\"" -c "${TRAINING_SOURCE:-$runtime/../build/profile/training.c}" -o "$work/training.o"
  "$cc" "${common[@]}" "${generated[@]}" -fprofile-generate "$@" -c "$source_file" -o "$work/module.o"
  "$cc" -static -no-pie -fuse-ld=lld -fprofile-generate -o "$output" "$work"/*.o
  exit
fi
"$cc" "${common[@]}" "${generated[@]}" "$@" -c "$source_file" -o "$work/module.o"
"$ld" -static -nostdlib --no-dynamic-linker --build-id=none -z norelro -z noexecstack -z separate-code --strip-all \
  --gc-sections --image-base=0x400000 -o "$output" "$work"/*.o
