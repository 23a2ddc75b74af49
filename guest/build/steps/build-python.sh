# A native CPython of exactly the guest's version: it runs the cross build's scripts and byte-compiles the library.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/build-python"
mkdir -p "$WORK/build-python"
in_rootfs bash -c '
  set -e
  cd build-python
  ../src/python3.13/configure --prefix=/build/build-python/install --without-ensurepip --disable-test-modules CFLAGS=-O1
  make -j"$JOBS"
  ./python -c "import sys, zlib, bz2, lzma, ssl; print(sys.version)"
'
