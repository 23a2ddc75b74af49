# python.wasm to C: one unit, module.c.
source "$BUILD_SOURCE/lib.sh"

work="$WORK/translation"
rm -rf "$work"
mkdir -p "$work"
cp "$OUT/python.named.wasm" "$work/named.wasm"

# Additions of small constants go into the accesses' own offsets: nothing lies in the first kilobyte of memory, which
# is the far end of the stack. Functions, tables and data keep their places, so the image fits.
in_rootfs bash -c '
  cd translation
  wasm-opt -g '"${WASM_OPT#-O2 }"' --low-memory-unused --optimize-added-constants-propagate named.wasm -o narrowed.wasm
  wasm2c --module-name=guest narrowed.wasm -o guest.c
'
(cd "$(dirname "$GUEST_SOURCE")" && node --import tsx guest/build/native/main.ts \
  "$work/narrowed.wasm" "$work/guest.c" "$work/guest.h" "$work/module.c" "$OUT/python.wasm")
