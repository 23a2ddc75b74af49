# CPython with profile guided and link time optimisation, as distributions build it.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/reference" "$BUILD_DIR/reference"
mkdir -p "$WORK/reference"
in_rootfs bash -c '
  set -e
  cd reference
  ../src/python3.13/configure --prefix=/build/reference/install --without-ensurepip --enable-optimizations --with-lto
  make -j"$JOBS"
  make install
'
cp -a "$WORK/reference/install" "$BUILD_DIR/reference"

# It was linked against the rootfs's libraries, and runs outside: bring them along.
runtime="$BUILD_DIR/reference/runtime"
mkdir -p "$runtime"
in_rootfs bash -c 'find reference/install -name "*.so" -o -name python3.13 -type f | xargs ldd | grep -o "/[^ ]*\.so[^ ]*" | sort -u' |
  while read -r library; do cp -L "$ROOTFS$library" "$runtime/"; done
cp -L "$ROOTFS/lib64/ld-linux-x86-64.so.2" "$runtime/"
mkdir -p "$WORK/patch"
cp "$BUILD_DIR/reference/bin/python3.13" "$WORK/patch/"
in_rootfs patchelf --set-interpreter "$runtime/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$runtime" patch/python3.13
cp "$WORK/patch/python3.13" "$BUILD_DIR/reference/bin/python3.13"
"$BUILD_DIR/reference/bin/python3.13" -c "import sys, zlib, sqlite3, ssl; print(sys.version)"
