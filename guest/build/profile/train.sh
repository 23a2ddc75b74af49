#!/usr/bin/env bash
# train.sh: make both profiles anew, the one for compiling CPython to WebAssembly and the one for compiling that to a
# native guest, and build everything on the way. What CPython is, the compiler and the translation decide over them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
build() { bash "$here/../build.sh" "$@"; }
build rootfs sources build-python libc libs cpython layer stdlib library
bash "$here/train-interpreter.sh"
build cpython python-wasm stdlib library image translation
bash "$here/train-native.sh"
build
