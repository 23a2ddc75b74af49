#!/usr/bin/env bash
# lock-tools.sh: rewrite tools.lock from the rootfs as it is. Only for moving to newer tools, with a new profile
# (profile/train.sh) and new artifacts; the build itself only reads the lock.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
{
  echo '# Packages of the rootfs: name, version. Written by lock-tools.sh.'
  LC_ALL=C sort "$BUILD_DIR/tools.txt"
} >"$BUILD_SOURCE/tools.lock"
