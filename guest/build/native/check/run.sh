#!/usr/bin/env bash
# run.sh: build the small programs for both flavours in the build's rootfs, and check the runtime with them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../../lib.sh"
repository="$(dirname "$GUEST_SOURCE")"
work="$WORK/check"
names=(io memory spin digests strings {,strings-}beyond{1,2,3,4} trap{1,2,3,4,5})
rm -rf "$work"
mkdir -p "$work"/{fast,hardened}
cp "$here"/*.[ch] "$here/../compile.sh" "$work/"
cp -R "$GUEST_SOURCE/runtime" "$work/runtime"
in_rootfs bash -c '
  cd check
  wasm() {
    clang --target=wasm32 -O2 -ffreestanding -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--max-memory=268435456 "${@:2}" -o "$1.wasm"
    wasm2c --module-name=guest "$1.wasm" -o "$1.c2.c"
  }
  wasm io io.c
  wasm memory memory.c
  wasm spin spin.c
  wasm digests digests.c
  wasm strings strings.c -fno-builtin
  for beyond in 1 2 3 4; do
    wasm "beyond$beyond" digests.c -DBEYOND=$beyond
    wasm "strings-beyond$beyond" strings.c -fno-builtin -DBEYOND=$beyond
  done
  for trap in 1 2 3 4 5; do wasm "trap$trap" traps.c -DTRAP=$trap; done
'
for name in "${names[@]}"; do
  (cd "$repository" && node --import tsx guest/build/native/main.ts "$work/$name.wasm" "$work/$name.c2.c" "$work/$name.c2.h" "$work/$name.module.c")
done
in_rootfs bash -c '
  cd check
  for name in "$@"; do
    SALLYPORT_RUNTIME=runtime bash compile.sh "$name.module.c" "fast/$name"
    SALLYPORT_RUNTIME=runtime bash compile.sh "$name.module.c" "hardened/$name" -DSALLYPORT_HARDENED
  done
  clang -O2 -Iruntime -static filter.c runtime/confine.c runtime/waiting.c runtime/leave.c -o fast/filter
  cp fast/filter hardened/filter
  for name in digests strings; do
    SALLYPORT_RUNTIME=runtime bash compile.sh "$name.module.c" "fast/$name-portable" -DSALLYPORT_PORTABLE
    cp "fast/$name-portable" "hardened/$name-portable"
  done
' - "${names[@]}"
cd "$repository" && node --import tsx guest/build/native/check/check.ts "$work/fast" "$work/hardened"
