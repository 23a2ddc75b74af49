# The guest's files in one archive: Python's library with our driver in it, and the time zones.
source "$BUILD_SOURCE/lib.sh"

work="$WORK/library"
rm -rf "$work"
mkdir -p "$work"
cp -R "$OUT/lib/python3.13" "$OUT/lib/zoneinfo" "$work/"
cp -R "$GUEST_SOURCE/python/lib/." "$work/python3.13/"
cp "$BUILD_SOURCE/library/pack.py" "$work/"
in_rootfs build-python/python -I library/pack.py library/library \
  /usr/lib/python3.13=library/python3.13 /usr/share/zoneinfo=library/zoneinfo
cp "$work/library" "$OUT/library"
sha256sum "$OUT/library"
