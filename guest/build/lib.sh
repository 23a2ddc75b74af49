# Shared by every step of the guest build: where things are, how to enter the rootfs, how a step is cached.
# shellcheck shell=bash
set -euo pipefail

export LC_ALL=C.UTF-8 TZ=UTC
BUILD_SOURCE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
GUEST_SOURCE="$(dirname "$BUILD_SOURCE")"
BUILD_DIR="${SALLYPORT_BUILD_DIR:-$HOME/.cache/sallyport/build}"
ROOTFS="$BUILD_DIR/rootfs"
WORK="$ROOTFS/build"
OUT="$BUILD_DIR/out"
STAMPS="$BUILD_DIR/stamps"
LOGS="$BUILD_DIR/logs"
# One fixed moment for every archive member and __DATE__: results must not depend on when they were made.
SOURCE_DATE_EPOCH=1750000000
JOBS="${SALLYPORT_BUILD_JOBS:-$(nproc)}"
export BUILD_SOURCE GUEST_SOURCE BUILD_DIR ROOTFS WORK OUT STAMPS LOGS SOURCE_DATE_EPOCH JOBS

source "$BUILD_SOURCE/flags.sh"

# die MESSAGE: stop the build with a reason.
die() {
  printf 'guest build: %s\n' "$*" >&2
  exit 1
}

# in_rootfs CMD…: run CMD in the rootfs with a clean, fixed environment.
in_rootfs() {
  "$BUILD_SOURCE/in-rootfs.sh" "$@"
}

# check_tools: is every package of the rootfs of the version in tools.lock? Other compilers make other code.
check_tools() {
  local differences
  differences="$(diff <(grep -v '^#' "$BUILD_SOURCE/tools.lock") <(LC_ALL=C sort "$BUILD_DIR/tools.txt") | grep '^[<>]' || true)"
  [ -n "$differences" ] || return 0
  printf 'guest build: the tools are not those of tools.lock (<: wanted, >: in the rootfs):\n%s\n' "$differences" >&2
  [ "${SALLYPORT_TOOL_VERSIONS:-locked}" = any ] || die "set SALLYPORT_MIRROR to an archive that has the wanted versions \
(Debian keeps snapshots of every day) and remove $ROOTFS and $STAMPS, or SALLYPORT_TOOL_VERSIONS=any to build with what is there: \
the results will differ from guest/prebuilt"
}

# apply_patches DIR PATCHES: apply guest patches in order; a patch that does not fit exactly stops the build.
apply_patches() {
  local patch
  for patch in "$2"/*.patch; do
    [ -e "$patch" ] || continue
    echo "applying $(basename "$patch")"
    patch --directory="$1" --strip=1 --fuzz=0 --no-backup-if-mismatch <"$patch"
  done
}

# hash_inputs PATH…: one hash over the names and bytes of all files below the paths.
hash_inputs() {
  local path
  for path in "$@"; do
    [ -e "$path" ] || continue
    (cd "$(dirname "$path")" && find "$(basename "$path")" -type f -print0 | sort -z | xargs -0r sha256sum)
  done | sha256sum | cut -c1-64
}

# step NAME PATH…: run steps/NAME.sh unless its script, the given inputs and the steps it names are unchanged.
# A path of the form @OTHER stands for the result of the step OTHER.
step() {
  local name="$1"
  shift
  local script="$BUILD_SOURCE/steps/$name.sh" paths=() upstream="" input
  for input in "$@"; do
    case "$input" in
      @*) upstream+="$(cat "$STAMPS/${input#@}" 2>/dev/null || echo missing) " ;;
      *) paths+=("$input") ;;
    esac
  done
  ! grep -q WASM_ "$script" || paths+=("$BUILD_SOURCE/flags.sh")
  local key
  key="$(printf '%s %s' "$upstream" "$(hash_inputs "$script" "${paths[@]}")" | sha256sum | cut -c1-64)"
  if [ "$(cat "$STAMPS/$name" 2>/dev/null)" = "$key" ]; then
    printf '%-14s unchanged\n' "$name"
    return
  fi
  printf '%-14s … (log: %s)\n' "$name" "$LOGS/$name.log"
  rm -f "$STAMPS/$name"
  local start=$SECONDS
  if ! nice -n 10 bash "$script" >"$LOGS/$name.log" 2>&1; then
    tail -n 12 "$LOGS/$name.log" | cut -c1-400 >&2
    die "step $name failed; the whole log is $LOGS/$name.log"
  fi
  printf '%s\n' "$key" >"$STAMPS/$name"
  printf '%-14s done in %d s\n' "$name" $((SECONDS - start))
}

mkdir -p "$BUILD_DIR" "$OUT" "$STAMPS" "$LOGS"
