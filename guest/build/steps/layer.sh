# The guest's system layer (guest/libc/*.c): what musl's system calls end in.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/layer"
mkdir -p "$WORK/layer"
cp "$GUEST_SOURCE"/libc/*.[ch] "$WORK/layer/"
in_rootfs bash -c '
  set -e
  cd layer
  printf "%s\n" *.c | xargs -P "$JOBS" -I{} clang '"$WASM_CFLAGS"' -std=gnu17 -Wall -Wextra -Werror -c {}
  rm -f /build/sysroot/lib/wasm32-wasip1/libsallyport.a
  llvm-ar rcs /build/sysroot/lib/wasm32-wasip1/libsallyport.a *.o
'
