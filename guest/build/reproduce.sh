#!/usr/bin/env bash
# reproduce.sh DIRECTORY: build everything a second time, in DIRECTORY, and compare the results byte for byte.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# -eq 1 ] || die "usage: reproduce.sh DIRECTORY (an empty or a new one)"
second="$(mkdir -p "$1" && cd "$1" && pwd)"
[ "$second" != "$BUILD_DIR" ] || die "$second is the build directory itself"

SALLYPORT_BUILD_DIR="$second" bash "$BUILD_SOURCE/build.sh"

# sums DIRECTORY: name and hash of every file in it, sorted.
sums() {
  (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}
diff <(sums "$OUT") <(sums "$second/out") || die "the second build differs"
echo "identical: $(sums "$OUT" | wc -l) files"
