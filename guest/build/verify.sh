#!/usr/bin/env bash
# verify.sh [DIRECTORY]: build the guest from its sources in DIRECTORY (default: a new one), and compare the results with
# guest/prebuilt, byte for byte.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
second="$(realpath -m "${1:-$(mktemp -d)}")"
SALLYPORT_BUILD_DIR="$second" bash "$BUILD_SOURCE/build.sh"
packed="$second/packed"
rm -rf "$packed"
npx tsx "$BUILD_SOURCE/pack.ts" "$second/out" "$packed"
failed=0
for file in "$packed"/*; do
  name="$(basename "$file")"
  if cmp -s "$file" "$GUEST_SOURCE/prebuilt/$name"; then echo "identical: $name"; else
    echo "differs:   $name"
    failed=1
  fi
done
exit "$failed"
