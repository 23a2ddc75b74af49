#!/usr/bin/env bash
# reference.sh [FOLDER]: the native CPython that the benchmark compares with, in FOLDER/bin/python3.13: Debian's own
# package of the guest's version, which Debian builds from the same source with --enable-optimizations --with-lto. It is
# unpacked with the libraries that it wants, and patched to use those, so that the machine stays as it is.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="$(realpath -m "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/sallyport/reference}")"
[ -e "$folder/done" ] && exit 0
command -v patchelf >/dev/null || apt-get install -y -qq patchelf >/dev/null
version="$(awk '$1 == "python3.13" { print $2; exit }' "$here/../guest/build/sources.lock")"
mirror="${SALLYPORT_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
  grep -v -e security -e backports | head -n 1)}"
[ -n "$mirror" ] || { echo "reference.sh: no Debian mirror found in apt's configuration: set SALLYPORT_MIRROR" >&2; exit 1; }
rm -rf "$folder"
root="$folder/root"
mkdir -p "$folder"/{lists,archives/partial,bin} "$root"
: >"$folder/status"
for suite in forky; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$folder/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$folder/lists"
  -o "Dir::State::status=$folder/status" -o "Dir::Cache::Archives=$folder/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Debug::NoLocking=true)
"${apt[@]}" update
"${apt[@]}" --yes --download-only install "python3.13=$version" "python3.13-minimal=$version" "libpython3.13-stdlib=$version" "libpython3.13-minimal=$version" </dev/null
for package in "$folder"/archives/*.deb; do dpkg -x "$package" "$root"; done
cp "$root/usr/bin/python3.13" "$folder/bin/python3.13"
cp -a "$root/usr/lib/python3.13" "$folder/lib.tmp"
mkdir -p "$folder/lib"
mv "$folder/lib.tmp" "$folder/lib/python3.13"
loader="$(realpath "$root/usr/lib64/ld-linux-x86-64.so.2" 2>/dev/null || realpath "$root/lib64/ld-linux-x86-64.so.2")"
patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$root/usr/lib/x86_64-linux-gnu" "$folder/bin/python3.13"
find "$folder/lib/python3.13/lib-dynload" -name '*.so' -exec patchelf --force-rpath --set-rpath "$root/usr/lib/x86_64-linux-gnu" {} +
rm -rf "$folder/archives" "$folder/lists"
"$folder/bin/python3.13" -I -c 'import sys, sqlite3, decimal, zlib, hashlib, sysconfig; print(sys.version, sysconfig.get_config_var("CONFIG_ARGS"))'
touch "$folder/done"
