# The standard library as a tree: sources and beside them, in __pycache__, byte code that is never checked against them.
# And the time zones for zoneinfo.
source "$BUILD_SOURCE/lib.sh"

lib="$WORK/stdlib/python3.13"
rm -rf "$WORK/stdlib" "$OUT/lib"
mkdir -p "$lib" "$OUT/lib"
cp -R "$WORK/python/Lib/." "$lib/"
cp "$(find "$WORK/cpython/build" -name '_sysconfigdata__*.py')" "$lib/"

# What needs a toolkit, a package index or a test runner.
rm -rf "$lib"/{idlelib,tkinter,turtledemo,ensurepip,lib2to3,__phello__,site-packages,turtle.py,__hello__.py,pydoc_data/module_docs.py}
find "$lib" -depth -type d \( -name __pycache__ -o -name test -o -name tests -o -name idle_test \) -exec rm -rf {} +
find "$lib" -type f \( -name '*.exe' -o -name 'README*' \) -delete

# One process and a fixed order: byte code depends on what was compiled before it.
in_rootfs build-python/python -I -m compileall -q --invalidation-mode unchecked-hash -s /build/stdlib -p /usr/lib stdlib/python3.13

in_rootfs bash -c '
  cd src/tzdata
  /usr/sbin/zic -b slim -d /build/stdlib/zoneinfo africa antarctica asia australasia europe northamerica southamerica etcetera factory backward
'
rm -f "$WORK/stdlib/zoneinfo/posixrules"
cp "$WORK/src/tzdata"/{zone.tab,zone1970.tab,iso3166.tab} "$WORK/stdlib/zoneinfo/"
find "$WORK/stdlib" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
cp -a "$WORK/stdlib/." "$OUT/lib/"
