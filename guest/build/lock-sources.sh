#!/usr/bin/env bash
# lock-sources.sh NAME=VERSION…: fetch these Debian source packages and rewrite sources.lock for them.
# Only for moving to newer versions; the build itself only reads the lock.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
fresh="$WORK/lock"
rm -rf "$fresh"
mkdir -p "$fresh"
{
  echo '# Debian source packages: name, version, file, sha256. Written by lock-sources.sh.'
  for package in "$@"; do
    mkdir -p "$fresh/${package%%=*}"
    SALLYPORT_ROOTFS_NETWORK=1 in_rootfs bash -c "cd 'lock/${package%%=*}' && apt-get source --download-only '$package'" >&2
    (cd "$fresh/${package%%=*}" && sha256sum -- *) | while read -r sum file; do
      printf '%s %s %s %s\n' "${package%%=*}" "${package#*=}" "$file" "$sum"
    done
  done
} >"$fresh/sources.lock"
mkdir -p "$WORK/download"
mv "$fresh"/*/* "$WORK/download/"
mv "$fresh/sources.lock" "$BUILD_SOURCE/sources.lock"
