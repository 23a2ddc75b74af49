# How the interpreter is compiled and linked: for the steps cpython and python-wasm, and for the one that counts
# (profile/train-interpreter.sh).
# shellcheck shell=bash

# compile_cpython FOLDER FLAGS [JOINED]: libpython and what belongs to it, in a folder that is configured; with JOINED flags,
# too, all but the interpreter's loop. (With that optimized together with the rest when they are linked, it becomes so large
# that V8 runs it at half the speed.)
compile_cpython() {
  in_rootfs bash -c '
    set -e
    cd "$1"
    make -s Python/ceval.o CFLAGS_NODIST="$2"
    make -s -j"$JOBS" libpython3.13.a CFLAGS_NODIST="$2 $3"
    # Not with these flags: programs read there how extensions are built.
    make -s pybuilddir.txt
  ' - "$1" "$2" "${3:-}"
}

# link_interpreter FOLDER CPYTHON [FLAGS]: all *.c of FOLDER, CPython, the libraries, the system layer and
# musl, as one reactor: FOLDER/named.wasm. The stack lies below the data, so that running over its end traps instead of
# overwriting.
link_interpreter() {
  in_rootfs bash -c '
    set -e
    cpython="../$2" flags="$3"
    cd "$1"
    printf "%s\n" *.c | xargs -P "$JOBS" -I{} clang '"$WASM_CFLAGS"' $flags -std=gnu17 -DPy_BUILD_CORE_MODULE -Wall \
      -I../python/Include -I../python/Include/internal -I"$cpython" -I../layer -c {}
    # Without -O here: the driver would run wasm-opt its own way.
    clang '"$WASM_TARGET"' --sysroot=/build/sysroot -Wl,-O2,--lto-O2 -mexec-model=reactor *.o "$cpython/libpython3.13.a" \
      "$cpython/Modules/_decimal/libmpdec/libmpdec.a" "$cpython/Modules/expat/libexpat.a" \
      "$cpython/Modules/_hacl/libHacl_Hash_SHA2.a" -lsqlite3 -lz -lbz2 -llzma -lsallyport -lm -o linked.wasm \
      -z stack-size=16777216 -Wl,--stack-first -Wl,--max-memory=4294967296 -Wl,--gc-sections -Wl,--fatal-warnings
    wasm-opt '"$WASM_OPT"' -g linked.wasm -o named.wasm
  ' - "$1" "$2" "${3:-}"
}

# profiled_flags: the flags for compiling with the profile of what programs do, where there is one.
profiled_flags() {
  local profile="$BUILD_SOURCE/profile/interpreter.proftext.xz"
  [ -e "$profile" ] || return 0
  xz -dc "$profile" >"$WORK/interpreter.proftext"
  in_rootfs llvm-profdata merge interpreter.proftext -o interpreter.profdata
  echo "-fprofile-use=/build/interpreter.profdata $WASM_PROFILED"
}
