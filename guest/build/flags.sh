# Flags that more than one step uses.
# shellcheck shell=bash
WASM_TARGET="--target=wasm32-wasip1"
WASM_FEATURES="-mbulk-memory -mnontrapping-fptoint -msign-ext"
# Paths in the results must be the same wherever the build runs; in the rootfs they are.
WASM_CFLAGS="$WASM_TARGET --sysroot=/build/sysroot -O2 $WASM_FEATURES -fno-math-errno -ffile-prefix-map=/build=."
export WASM_TARGET WASM_FEATURES WASM_CFLAGS
