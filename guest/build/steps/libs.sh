# Static libraries for the guest, in the sysroot: zlib, bzip2, xz's liblzma, sqlite3.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/libs"
mkdir -p "$WORK/libs"
for name in zlib bzip2 xz-utils sqlite3; do
  cp -a "$WORK/src/$name" "$WORK/libs/$name"
done

# What sqlite is without threads, shared memory and dynamic loading: journal and WAL (in exclusive locking mode) work.
sqlite_options="-DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_ENABLE_FTS3 -DSQLITE_ENABLE_FTS3_PARENTHESIS
  -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_GEOPOLY -DSQLITE_ENABLE_MATH_FUNCTIONS
  -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_STAT4 -DSQLITE_ENABLE_SESSION
  -DSQLITE_ENABLE_PREUPDATE_HOOK -DSQLITE_ENABLE_DESERIALIZE -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_TEMP_STORE=2
  -DHAVE_FDATASYNC=1 -DHAVE_USLEEP=1 -DHAVE_LOCALTIME_R=1 -DHAVE_GMTIME_R=1 -DHAVE_ISNAN=1 -DHAVE_STRCHRNUL=1
  -DHAVE_READLINK=1 -DHAVE_LSTAT=1 -DHAVE_FCHMOD=1 -DHAVE_FCHOWN=1 -DHAVE_PREAD=1 -DHAVE_PWRITE=1 -DUSE_PREAD=1"

in_rootfs bash -c '
  set -e
  flags="'"$WASM_CFLAGS"'"
  options="'"${sqlite_options//$'\n'/ }"'"
  include=/build/sysroot/include lib=/build/sysroot/lib/wasm32-wasip1

  # compile LIBRARY FLAGS SOURCE…: a static library of these sources.
  compile() {
    local library="$1" extra="$2" source
    shift 2
    local objects=()
    for source in "$@"; do objects+=("${source%.c}.o"); done
    printf "%s\n" "$@" | xargs -P "$JOBS" -I{} sh -c "source={}; clang $flags $extra -w -c \$source -o \${source%.c}.o"
    rm -f "$lib/lib$library.a"
    llvm-ar rcs "$lib/lib$library.a" "${objects[@]}"
  }

  cd /build/libs/zlib
  compile z "-DHAVE_UNISTD_H -DHAVE_STDARG_H -DHAVE_HIDDEN" adler32.c compress.c crc32.c deflate.c infback.c inffast.c inflate.c inftrees.c trees.c uncompr.c zutil.c gzclose.c gzlib.c gzread.c gzwrite.c
  cp zlib.h zconf.h "$include/"

  cd /build/libs/bzip2
  compile bz2 "-D_FILE_OFFSET_BITS=64" blocksort.c huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c
  cp bzlib.h "$include/"

  cd /build/libs/xz-utils
  ./configure --host=wasm32-unknown-none --build=x86_64-pc-linux-gnu --disable-shared --enable-static --disable-threads \
    --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-scripts --disable-doc --disable-nls \
    --disable-dependency-tracking CC="clang $flags" AR=llvm-ar RANLIB=llvm-ranlib NM=llvm-nm CFLAGS=-w \
    LDFLAGS=-Wl,--allow-undefined-file="$lib/system-layer.syms"
  make -j"$JOBS" -C src/liblzma
  cp src/liblzma/.libs/liblzma.a "$lib/"
  cp -R src/liblzma/api/lzma.h src/liblzma/api/lzma "$include/"

  cd /build/libs/sqlite3
  if [ ! -e sqlite3.c ]; then
    ./configure --disable-tcl --disable-readline
    make sqlite3.c
  fi
  compile sqlite3 "$options" sqlite3.c
  cp sqlite3.h sqlite3ext.h "$include/"
'
