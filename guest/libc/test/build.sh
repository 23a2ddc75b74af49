#!/bin/bash
# build.sh: compile the system layer and its tests, in the build's rootfs, to $SALLYPORT_BUILD_DIR/rootfs/build/libc-test/libc-test.wasm.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../../build/flags.sh"
work="${SALLYPORT_BUILD_DIR:-$HOME/.cache/sallyport/build}/rootfs/build/libc-test"
rm -rf "$work"
mkdir -p "$work/test"
cp "$here"/../*.c "$here"/../*.h "$work/"
cp "$here"/*.c "$here"/*.h "$work/test/"
bash "$here/../../build/in-rootfs.sh" bash -c '
  set -e
  cd libc-test
  for source in *.c test/*.c; do
    clang '"$WASM_CFLAGS"' -std=gnu17 -Wall -Wextra -Werror -c "$source" -o "${source%.c}.o"
  done
  clang '"$WASM_CFLAGS"' -nostdlib -Wl,--stack-first -Wl,-z,stack-size=1048576 /build/sysroot/lib/wasm32-wasip1/crt1.o \
    test/*.o *.o -lc $(clang '"$WASM_TARGET"' -print-libgcc-file-name) -o libc-test.wasm
'
echo "$work/libc-test.wasm"
