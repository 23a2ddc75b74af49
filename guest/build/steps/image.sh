# The image: python.wasm booted once, by the library's own engine and kernel. It has to come out the same twice.
source "$BUILD_SOURCE/lib.sh"

project="$(dirname "$GUEST_SOURCE")"
make() {
  (cd "$project" && node --import tsx "$BUILD_SOURCE/image/make.ts" "$OUT/python.wasm" "$OUT/library" "$1")
}

# The engine's child process runs compiled code. Types are checked elsewhere.
(cd "$project" && npx tsc -p tsconfig.build.json --noCheck)
make "$OUT/python.image"
make "$WORK/python.image.again"
cmp "$OUT/python.image" "$WORK/python.image.again" || die "two images of the same interpreter differ"
rm -f "$WORK/python.image.again"
sha256sum "$OUT/python.image"
