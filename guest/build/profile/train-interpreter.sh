#!/usr/bin/env bash
# train-interpreter.sh: make interpreter.proftext.xz anew: build the interpreter that counts, run the training programs in
# it (in the portable engine), merge. Needed when CPython, its patches or the compiler changed; build.sh and
# train-native.sh then, too. CPython must have been built once, and library must be up to date.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../lib.sh"
source "$here/../interpreter.sh"
repository="$(dirname "$GUEST_SOURCE")"
counting="$WORK/counting"
[ -e "$WORK/cpython/Makefile" ] || die "CPython is not configured: run build.sh cpython first"
rm -rf "$counting" "$WORK/cpython-counting"
mkdir -p "$counting/prebuilt" "$counting/counts"

cp -a "$WORK/cpython" "$WORK/cpython-counting"
find "$WORK/cpython-counting" -name '*.[oa]' -delete
# Which functions are called through pointers is not counted: that needs a runtime library.
compile_cpython cpython-counting "-fprofile-generate -mllvm -disable-vp"
cp "$GUEST_SOURCE"/python/*.[ch] "$here/counts.c" "$counting/"
link_interpreter counting cpython-counting

prebuilt="$counting/prebuilt"
ln "$counting/named.wasm" "$prebuilt/python.wasm"
ln "$OUT/library" "$prebuilt/library"
cd "$repository"
npx tsc -p tsconfig.build.json --noCheck
node --import tsx guest/build/image/make.ts "$prebuilt/python.wasm" "$prebuilt/library" "$prebuilt/python.image"
node --import tsx guest/build/profile/manifest.ts "$prebuilt"
SALLYPORT_PREBUILT="$prebuilt" node --import tsx guest/build/profile/train.ts wasm "$counting/counts"
in_rootfs bash -c '
  cd counting
  llvm-profdata merge counts/*.profraw -o counts.profdata
  llvm-profdata merge --text counts.profdata -o interpreter.proftext
'
xz -9e --threads=1 -c "$counting/interpreter.proftext" >"$here/interpreter.proftext.xz"
ls -l "$here/interpreter.proftext.xz"
