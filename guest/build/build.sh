#!/usr/bin/env bash
# Build the guest from source: bash guest/build/build.sh [STEP…]
# Everything happens in $SALLYPORT_BUILD_DIR (default ~/.cache/sallyport/build); results are in its out/.
# A step runs when its script or its inputs changed. Named steps alone are looked at when given.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# One build at a time in a build directory.
exec 9>"$BUILD_DIR/lock"
flock 9

wanted=("$@")

# want STEP INPUT…: step, if it is wanted.
want() {
  local name
  [ "${#wanted[@]}" -gt 0 ] || { step "$@"; return; }
  for name in "${wanted[@]}"; do
    [ "$name" != "$1" ] || step "$@"
  done
}

want rootfs
check_tools
want sources "$BUILD_SOURCE/sources.lock" @rootfs
want build-python @sources
want libc "$GUEST_SOURCE/libc/musl" "$GUEST_SOURCE/libc/patches" @sources
want libs @libc
interpreter=("$BUILD_SOURCE"/{interpreter,flags}.sh "$BUILD_SOURCE/profile/interpreter.proftext.xz")
want cpython "$GUEST_SOURCE/python/patches" "$BUILD_SOURCE/config.site" "${interpreter[@]}" @libs @build-python
want layer "$GUEST_SOURCE"/libc/*.[ch] @libc
want python-wasm "$GUEST_SOURCE"/python/*.[ch] "${interpreter[@]}" @cpython @layer
want stdlib @cpython
want library "$GUEST_SOURCE/python/lib" "$BUILD_SOURCE/library" @stdlib
want image "$BUILD_SOURCE/image" @library @python-wasm
want translation "$GUEST_SOURCE/../src/wire" "$BUILD_SOURCE/native" @python-wasm
want native "$GUEST_SOURCE/runtime" "$BUILD_SOURCE/native/compile.sh" "$BUILD_SOURCE/profile/python.proftext.xz" @translation
want launcher "$GUEST_SOURCE/launcher" @rootfs
want spawner "$GUEST_SOURCE/spawner" @rootfs
