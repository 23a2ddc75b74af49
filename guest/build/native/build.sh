#!/usr/bin/env bash
# build.sh PROGRAM.wasm OUTPUT [--hardened]: any WASI preview 1 command as a native guest.
# Needs wasm2c 1.0.36, clang 19 (CC), lld (LD) and node; in the build's rootfs they are, elsewhere they may be.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
program="$(realpath "$1")" output="$(realpath -m "$2")"
flags=()
case "${3:-}" in
  "") ;;
  --hardened) flags=(-DSALLYPORT_HARDENED) ;;
  *) echo "build.sh: unknown argument $3" >&2 && exit 64 ;;
esac
for tool in wasm2c node "${CC:-clang}" "${LD:-ld.lld}"; do
  command -v "$tool" >/dev/null || { echo "build.sh: $tool is missing" >&2 && exit 69; }
done
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
wasm2c --module-name=guest "$program" -o "$work/guest.c"
(cd "$here/../../.." && node --import tsx guest/build/native/main.ts "$program" "$work/guest.c" "$work/guest.h" "$work/module.c")
bash "$here/compile.sh" "$work/module.c" "$output" "${flags[@]}"
