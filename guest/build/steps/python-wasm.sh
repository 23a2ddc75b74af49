# python.wasm: guest/python/*.c, CPython, the libraries, the system layer and musl, as one reactor.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/link"
mkdir -p "$WORK/link"
cp "$GUEST_SOURCE"/python/*.[ch] "$WORK/link/"
# The stack lies below the data, so that running over its end traps instead of overwriting.
in_rootfs bash -c '
  set -e
  cd link
  printf "%s\n" *.c | xargs -P "$JOBS" -I{} clang '"$WASM_CFLAGS"' -std=gnu17 -DPy_BUILD_CORE_MODULE -Wall \
    -I../python/Include -I../python/Include/internal -I../cpython -I../layer -c {}
  # Without -O here: the driver would run wasm-opt its own way.
  clang '"$WASM_TARGET"' --sysroot=/build/sysroot -Wl,-O2 -mexec-model=reactor *.o ../cpython/libpython3.13.a \
    ../cpython/Modules/_decimal/libmpdec/libmpdec.a ../cpython/Modules/expat/libexpat.a ../cpython/Modules/_hacl/libHacl_Hash_SHA2.a \
    -lsqlite3 -lz -lbz2 -llzma -lsallyport -lm -o linked.wasm \
    -z stack-size=16777216 -Wl,--stack-first -Wl,--max-memory=4294967296 -Wl,--gc-sections -Wl,--fatal-warnings
  wasm-opt '"$WASM_OPT"' -g linked.wasm -o named.wasm
  wasm-strip named.wasm -o python.wasm
  wasm-validate python.wasm
'
# The same code twice: with the names of functions (for the translation to C and its profile), and without.
cp "$WORK/link/named.wasm" "$OUT/python.named.wasm"
cp "$WORK/link/python.wasm" "$OUT/python.wasm"
sha256sum "$OUT"/python.*wasm
