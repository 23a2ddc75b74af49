# Flags that more than one step uses.
# shellcheck shell=bash
WASM_TARGET="--target=wasm32-wasip1"
WASM_FEATURES="-mbulk-memory -mnontrapping-fptoint -msign-ext"
# Paths in the results must be the same wherever the build runs; in the rootfs they are.
WASM_COMMON="-fno-math-errno -ffile-prefix-map=/build=."
WASM_CFLAGS="$WASM_TARGET --sysroot=/build/sysroot -O2 $WASM_FEATURES $WASM_COMMON"
export WASM_TARGET WASM_FEATURES WASM_COMMON WASM_CFLAGS
WASM_OPT="-O2 --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals"
export WASM_OPT
