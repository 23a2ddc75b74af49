# Flags that more than one step uses.
# shellcheck shell=bash
WASM_TARGET="--target=wasm32-wasip1"
WASM_FEATURES="-mbulk-memory -mnontrapping-fptoint -msign-ext"
# The guest is no WASI program to its sources: what __wasi__ stands for there is a libc without most of POSIX.
WASM_IDENTITY="-U__wasi__ -D__sallyport__=1"
# Paths in the results must be the same wherever the build runs; in the rootfs they are.
WASM_COMMON="$WASM_IDENTITY -fno-math-errno -ffile-prefix-map=/build=."
WASM_CFLAGS="$WASM_TARGET --sysroot=/build/sysroot -O2 $WASM_FEATURES $WASM_COMMON"
WASM_UNROLL="-O3 -mllvm -unroll-threshold=3000"
# Most functions have no profile: training does not reach them.
WASM_PROFILED="-Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin"
export WASM_PROFILED WASM_UNROLL WASM_TARGET WASM_FEATURES WASM_IDENTITY WASM_COMMON WASM_CFLAGS
WASM_OPT="-O2 --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals"
export WASM_OPT
