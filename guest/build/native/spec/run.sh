#!/usr/bin/env bash
# run.sh SUITE: the WebAssembly specification's tests (a folder of .wast files) on both flavours of the translation.
# Exits 0 when no assertion failed. Needs the build's rootfs.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../../lib.sh"
suite="$1"
work="$WORK/spec"
repository="$(dirname "$GUEST_SOURCE")"
rm -rf "$work"
mkdir -p "$work/cases" "$work/wast"
cp "$suite"/*.wast "$work/wast/"
cp -R "$GUEST_SOURCE/runtime" "$work/runtime"
cp "$here/harness.h" "$work/"
in_rootfs bash -c '
  cd spec/cases
  for file in ../wast/*.wast; do
    wast2json "$file" -o "$(basename "$file" .wast).json" 2>>../wast2json.log || true
  done
  printf "%s\n" *.wasm | xargs -P "$JOBS" -I{} sh -c "wasm2c --module-name=guest {} -o {}.c 2>>../wasm2c.log || rm -f {}.c"
'
(cd "$repository" && node --import tsx guest/build/native/spec/spec.ts "$work/cases")
in_rootfs bash -c '
  cd spec
  cat >one.sh <<"ONE"
name="$1"
shift
# A C library has a heap, which at a random place could be where linear memory must be: hence setarch below.
# Endless recursion must end in a trap here, not become an endless loop.
flags=(-std=gnu11 -fno-optimize-sibling-calls -fno-pic -fno-pie -mcmodel=small -fwrapv -fno-strict-aliasing -fno-finite-loops -ffp-contract=off
  -ffp-exception-behavior=strict -fno-math-errno -O2 -w -Iruntime -I. -DSALLYPORT_EXACT_TRAPS)
for flavour in "" -DSALLYPORT_HARDENED; do
  clang "${flags[@]}" $flavour "cases/$name.test.c" -static -no-pie -o "cases/$name$flavour.exe" 2>"cases/$name$flavour.err" ||
    { echo "$name $flavour: does not compile"; continue; }
  out="$(timeout 60 setarch --addr-no-randomize "cases/$name$flavour.exe" 2>&1)" || { echo "$name $flavour: $out" | head -5; [[ "$out" == *passed* ]] || echo crashed; }
  echo "$out" | tail -n 1 >"cases/$name$flavour.result"
  rm -f "cases/$name$flavour.exe"
done
ONE
  ls cases/*.test.c | sed "s|cases/||; s|.test.c$||" | xargs -P "$JOBS" -I{} bash one.sh {} >report.txt
  cat report.txt
  sum() { cat "$@" | awk "{p += \$1; f += \$3} END {print p + 0 \" passed, \" f + 0 \" failed\"}"; }
  echo "fast:     $(sum $(ls cases/*.result | grep -v HARDENED))"
  echo "hardened: $(sum cases/*HARDENED.result)"
  [ ! -s report.txt ]
'
