#!/usr/bin/env bash
# tools.sh FOLDER: wasm2c, clang and ld.lld as `sallyport build` needs them, in FOLDER/bin. Fetched from Debian trixie's
# packages into FOLDER and run with their own C library, so that the machine stays as it is.
set -euo pipefail
folder="$(realpath -m "$1")"
[ -e "$folder/done" ] && exit 0
mirror="${SALLYPORT_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
  grep -v -e security -e backports | head -n 1)}"
[ -n "$mirror" ] || { echo "tools.sh: no Debian mirror found in apt's configuration: set SALLYPORT_MIRROR" >&2; exit 1; }
rm -rf "$folder"
root="$folder/root"
mkdir -p "$folder"/{lists,archives/partial,bin} "$root"
: >"$folder/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$folder/sources.list"
apt=(apt-get -qq -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$folder/lists"
  -o "Dir::State::status=$folder/status" -o "Dir::Cache::Archives=$folder/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Debug::NoLocking=true)
"${apt[@]}" update
"${apt[@]}" --yes --download-only install wabt clang-19 lld-19 </dev/null
for package in "$folder"/archives/*.deb; do dpkg -x "$package" "$root"; done
llvm="$root/usr/lib/llvm-19"
libraries="$root/usr/lib/x86_64-linux-gnu:$llvm/lib"
tool() { # NAME FILE [FIRST ARGUMENTS]
  local name="$1" file="$2"
  shift 2
  printf '#!/bin/sh\nexec %q --argv0 %q --library-path %q %q %s "$@"\n' \
    "$root/usr/lib64/ld-linux-x86-64.so.2" "$file" "$libraries" "$file" "$*" >"$folder/bin/$name"
  chmod +x "$folder/bin/$name"
}
tool wasm2c "$root/usr/bin/wasm2c"
tool clang "$llvm/bin/clang" "-resource-dir $llvm/lib/clang/19"
tool ld.lld "$llvm/bin/ld.lld"
for name in wasm2c clang ld.lld; do "$folder/bin/$name" --version | head -n 1; done
rm -rf "$folder/archives" "$folder/lists"
touch "$folder/done"
