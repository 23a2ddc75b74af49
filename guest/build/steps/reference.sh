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
"$BUILD_DIR/reference/bin/python3.13" -c "import sys; print(sys.version)"
