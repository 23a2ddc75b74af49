# A Debian rootfs with every tool the build uses, and nothing of the machine it runs on.
source "$BUILD_SOURCE/lib.sh"

command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: install it (apt-get install mmdebstrap)"

# The mirror is the one this machine's own apt uses, unless told otherwise.
mirror="${SALLYPORT_MIRROR:-}"
if [ -z "$mirror" ]; then
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    grep -v -e security -e backports | head -n 1)"
fi
[ -n "$mirror" ] || die "no Debian mirror found in apt's configuration: set SALLYPORT_MIRROR to one"

packages=(
  apt ca-certificates debian-archive-keyring dpkg-dev
  make patch pkg-config autoconf automake gcc g++ libc6-dev musl-tools gawk file
  xz-utils bzip2 zstd unzip zip tcl
  clang-19 lld-19 llvm-19 libclang-rt-19-dev libclang-rt-19-dev-wasm32
  wabt binaryen patchelf
  zlib1g-dev libbz2-dev liblzma-dev libsqlite3-dev libffi-dev libssl-dev
  tzdata tzdata-legacy
)

rm -rf --one-file-system "$ROOTFS"
mmdebstrap --mode=root --variant=essential --architectures=amd64 \
  --include="$(IFS=,; echo "${packages[*]}")" \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  trixie "$ROOTFS" "deb $mirror trixie main"

for suite in trixie forky sid; do
  printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite"
done >"$ROOTFS/etc/apt/sources.list"
# A mirror may be behind; every source file is checked against sources.lock anyway.
echo 'Acquire::Check-Valid-Until "false";' >"$ROOTFS/etc/apt/apt.conf.d/90-mirror-age"
SALLYPORT_ROOTFS_NETWORK=1 in_rootfs apt-get update
mkdir -p "$WORK"
in_rootfs dpkg-query -W -f '${Package} ${Version}\n' >"$BUILD_DIR/tools.txt"
