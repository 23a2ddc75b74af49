#!/usr/bin/env bash
# train-native.sh: make python.proftext.xz anew: build the native guest that counts, run the training programs in it, merge.
# Needed when CPython, the compiler, interpreter.proftext.xz or the translation changed; a normal build only reads the
# result. The results of the other steps are taken from $OUT (python.wasm, its image and library).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/../lib.sh"
native="$WORK/native"
repository="$(dirname "$GUEST_SOURCE")"
[ -e "$WORK/translation/module.c" ] || die "no translated program: run build.sh translation first"
rm -rf "$native"
mkdir -p "$native/counts" "$native/training"
cp "$WORK/translation/module.c" "$native/"
cp -R "$GUEST_SOURCE/runtime" "$native/runtime"
cp "$BUILD_SOURCE/native/compile.sh" "$here/training.c" "$native/"
# A profile knows a function by its file, too: it must be named here as when the profile is used.
in_rootfs env SALLYPORT_RUNTIME=/build/native/runtime TRAINING="$native/counts" TRAINING_SOURCE=/build/native/training.c \
  bash -c 'cd native && bash compile.sh module.c training/guest-linux-x64'
for name in python.wasm python.image library; do ln "$OUT/$name" "$native/training/$name"; done
(cd "$repository" && node --import tsx guest/build/profile/manifest.ts "$native/training")
# With a C library the guest has a heap, which at a random place could be where linear memory must be.
(cd "$repository" && SALLYPORT_PREBUILT="$native/training" setarch --addr-no-randomize node --import tsx guest/build/profile/train.ts native)
in_rootfs bash -c 'cd native && llvm-profdata merge counts/*.profraw -o counts.profdata && llvm-profdata merge --text counts.profdata -o python.proftext'
xz -9e --threads=1 -c "$native/python.proftext" >"$here/python.proftext.xz"
ls -l "$here/python.proftext.xz"
