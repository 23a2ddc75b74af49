# python.wasm: guest/python/*.c, CPython, the libraries, the system layer and musl, as one reactor.
source "$BUILD_SOURCE/lib.sh"
source "$BUILD_SOURCE/interpreter.sh"

rm -rf "$WORK/link"
mkdir -p "$WORK/link"
cp "$GUEST_SOURCE"/python/*.[ch] "$WORK/link/"
link_interpreter link cpython "$(profiled_flags) -flto"
in_rootfs bash -c 'cd link && wasm-strip named.wasm -o python.wasm && wasm-validate python.wasm'
# The same code twice: with the names of functions (for the translation to C and its profile), and without.
cp "$WORK/link/named.wasm" "$OUT/python.named.wasm"
cp "$WORK/link/python.wasm" "$OUT/python.wasm"
sha256sum "$OUT"/python.*wasm
