# CPython's static library for the guest: configured and compiled for wasm32, all extension modules built in.
source "$BUILD_SOURCE/lib.sh"
source "$BUILD_SOURCE/interpreter.sh"

rm -rf "$WORK/python" "$WORK/cpython"
cp -a "$WORK/src/python3.13" "$WORK/python"
apply_patches "$WORK/python" "$GUEST_SOURCE/python/patches"
mkdir -p "$WORK/cpython"
cp "$BUILD_SOURCE/config.site" "$WORK/cpython/config.site"

in_rootfs bash -c '
  set -e
  cd cpython
  CONFIG_SITE=/build/cpython/config.site ../python/configure \
    --host=wasm32-unknown-wasip1 --build=x86_64-pc-linux-gnu --with-build-python=/build/build-python/python --prefix=/usr \
    --disable-shared --without-ensurepip --with-pymalloc --without-mimalloc --disable-test-modules \
    CC="clang '"$WASM_TARGET"' --sysroot=/build/sysroot" AR=llvm-ar RANLIB=llvm-ranlib \
    CFLAGS="'"$WASM_FEATURES $WASM_COMMON"' -DHAVE_PTHREAD_SIGMASK=1 -DHAVE_PTHREAD_GETCPUCLOCKID=1 -g0" \
    LDFLAGS=-Wl,--allow-undefined-file=/build/sysroot/lib/wasm32-wasip1/system-layer.syms \
    OPT="-O2 -DNDEBUG -Wall -Wno-unused-command-line-argument" PKG_CONFIG=false
  # Hash functions are loops of constant length over small arrays: unrolled whole, they run twice as fast.
  sed -i -E "/^LIBHACL_CFLAGS=|^Modules\/_(hacl|blake2)\/[A-Za-z0-9_]+\.o:.*;/ s/\$/ '"$WASM_UNROLL"'/" Makefile
'
compile_cpython cpython "$(profiled_flags)" -flto
