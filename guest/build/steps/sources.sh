# Fetch Debian's source packages of the versions in sources.lock, check every file, unpack into /build/src/NAME.
# A line of the lock: package, version, file, sha256.
source "$BUILD_SOURCE/lib.sh"

lock="$BUILD_SOURCE/sources.lock"
cache="$WORK/download"
mkdir -p "$cache"

# fetched: are all files of the lock here, with the right bytes?
fetched() {
  grep -v '^#' "$lock" | awk '{print $4 "  " $3}' | (cd "$cache" && sha256sum --check --status)
}

if ! fetched; then
  grep -v '^#' "$lock" | awk '{print $1 "=" $2}' | sort -u | while read -r package; do
    SALLYPORT_ROOTFS_NETWORK=1 in_rootfs bash -c "cd download && apt-get source --download-only '$package'" </dev/null
  done
  fetched || die "a fetched source file differs from sources.lock; see $cache"
fi

rm -rf "$WORK/src"
mkdir -p "$WORK/src"
grep -v '^#' "$lock" | awk '$3 ~ /\.dsc$/ {print $1, $3}' | while read -r name dsc; do
  in_rootfs dpkg-source --no-check -x "download/$dsc" "src/$name" </dev/null
  mkdir -p "$OUT/licences"
  cp "$WORK/src/$name/debian/copyright" "$OUT/licences/$name.txt"
done
