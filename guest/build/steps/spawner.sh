# The spawner of guests (guest/spawner): a small static executable for the machine itself.
source "$BUILD_SOURCE/lib.sh"

rm -rf "$WORK/spawner"
cp -R "$GUEST_SOURCE/spawner" "$WORK/spawner"
in_rootfs bash -c 'cd spawner && musl-gcc -std=c11 -Os -Wall -Wextra -Werror -static -s -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu -ffile-prefix-map=/build=. *.c -o spawner-linux-x64'
cp "$WORK/spawner/spawner-linux-x64" "$OUT/"
