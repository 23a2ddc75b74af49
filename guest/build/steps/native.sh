# The native guests: the translated program to one executable a flavour, with the profile of guest/build/profile.
source "$BUILD_SOURCE/lib.sh"

native="$WORK/native"
rm -rf "$native"
mkdir -p "$native"
cp -R "$GUEST_SOURCE/runtime" "$native/runtime"
cp "$BUILD_SOURCE/native/compile.sh" "$WORK/translation/module.c" "$native/"

profile=()
if [ -e "$BUILD_SOURCE/profile/python.proftext.xz" ]; then
  xz -dc "$BUILD_SOURCE/profile/python.proftext.xz" >"$native/python.proftext"
  in_rootfs bash -c 'cd native && llvm-profdata merge python.proftext -o python.profdata'
  # What training never reached stands apart from what it did.
  profile=(-fprofile-use=python.profdata -fsplit-machine-functions)
fi
# compile OUTPUT FLAG…: one flavour. 2 GB and 5 minutes each, at once where there are processors for both.
compile() {
  in_rootfs env SALLYPORT_RUNTIME=/build/native/runtime bash -c 'cd native && bash compile.sh module.c "$@"' - "$@" "${profile[@]}"
}
if [ "$JOBS" -gt 1 ]; then
  compile guest-linux-x64 &
  fast=$!
  compile guest-linux-x64-hardened -DSALLYPORT_HARDENED
  wait "$fast"
else
  compile guest-linux-x64
  compile guest-linux-x64-hardened -DSALLYPORT_HARDENED
fi
cp "$native"/guest-linux-x64 "$native"/guest-linux-x64-hardened "$OUT/"
(cd "$OUT" && sha256sum guest-linux-x64 guest-linux-x64-hardened)
