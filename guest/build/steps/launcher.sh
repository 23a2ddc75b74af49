# The launcher of foreign guests (guest/launcher): a small static executable for the machine itself.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/launcher"
cp -R "$GUEST_SOURCE/launcher" "$WORK/launcher"
in_rootfs bash -c 'cd launcher && musl-gcc -std=c11 -Os -Wall -Wextra -Werror -static -s -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu -ffile-prefix-map=/build=. *.c -o launcher-linux-x64'
cp "$WORK/launcher/launcher-linux-x64" "$OUT/"
