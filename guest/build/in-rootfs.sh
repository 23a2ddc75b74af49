#!/usr/bin/env bash
# in-rootfs.sh CMD…: run a command in the build's rootfs, as root, with a clean and fixed environment.
# The command starts in /build, which is $SALLYPORT_BUILD_DIR/rootfs/build outside.
set -euo pipefail
build_dir="${SALLYPORT_BUILD_DIR:-$HOME/.cache/sallyport/build}"
root="$build_dir/rootfs"
[ -x "$root/usr/bin/env" ] || {
  echo "no rootfs at $root: run guest/build/build.sh first" >&2
  exit 1
}
mkdir -p "$root/build"
# Mounts live in a mount namespace of their own, so nothing stays behind when the command ends.
exec unshare --mount --propagation private -- bash -c '
  root="$1"; shift
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmp "$root/tmp"
  [ -n "${SALLYPORT_ROOTFS_NETWORK:-}" ] && {
    touch "$root/etc/resolv.conf" "$root/etc/hosts"
    mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
    mount --bind /etc/hosts "$root/etc/hosts"
  }
  exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/lib/llvm-19/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1750000000}" JOBS="${JOBS:-2}" PYTHONHASHSEED=0 \
    bash -c '\''cd /build && exec "$@"'\'' - "$@"
' - "$root" "$@"
