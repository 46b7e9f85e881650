#!/usr/bin/env bash
# Installs the wplint of one version for a job of continuous integration, and prints where it is.
#
#   ci/install.sh SOURCES FOLDER
#
# SOURCES is a checkout of wplint at the wanted version. Its release is downloaded if there is one for this machine and
# its checksum is right; otherwise the program is built from SOURCES. REF is what the checkout was asked for by (a tag, a
# branch, a commit), RELEASES the address of the releases, REPOSITORY that of the repository. A release stays in CACHE,
# where that is set, for the next job of the same machine.
set -euo pipefail
sources=${1:?usage: install.sh SOURCES FOLDER}
: "${2:?usage: install.sh SOURCES FOLDER}"
say() { echo "wplint: $1" >&2; }

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$sources/Cargo.toml" | head -n 1)
case $(uname -s)-$(uname -m) in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc ;;
*) target= ;;
esac
case $target in
*-windows-*) archive=wplint-v$version-$target.zip exe=.exe ;;
*) archive=wplint-v$version-$target.tar.gz exe= ;;
esac

# Only the sources of a release may be replaced by it: a branch has the version of the last one and more in it.
is_release() {
  case ${REF:-} in
  "v$version" | "v${version%.*}" | "v${version%%.*}") return 0 ;;
  esac
  [[ ${REF:-} =~ ^[0-9a-f]{40}$ ]] || return 1
  git ls-remote "$REPOSITORY" "refs/tags/v$version" "refs/tags/v$version^{}" | cut -f1 | grep -qx "$REF"
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

download() {
  local work=$1 from=$RELEASES/v$version wanted
  curl --fail --silent --show-error --location --retry 2 --output "$work/SHA256SUMS" "$from/SHA256SUMS" || return 1
  curl --fail --silent --show-error --location --retry 2 --output "$work/$archive" "$from/$archive" || return 1
  wanted=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
  # A wrong checksum is no reason to go on by another way: somebody has to look.
  if [ "$(checksum "$work/$archive")" != "$wanted" ]; then
    say "the checksum of $archive is not the one in SHA256SUMS"
    exit 1
  fi
  case $archive in
  *.zip) (cd "$work" && unzip -q "$archive") ;;
  *) tar -xzf "$work/$archive" -C "$work" ;;
  esac
  mkdir -p "$folder/bin"
  mv "$work/wplint-v$version-$target/wplint$exe" "$folder/bin/wplint$exe"
}

if [ -n "$target" ] && is_release; then
  folder=${CACHE:+$CACHE/wplint/$version}
  folder=${folder:-$2}
  work=$(mktemp -d)
  if [ -x "$folder/bin/wplint$exe" ]; then
    say "wplint $version is there already"
  elif download "$work"; then
    say "downloaded $archive"
  else
    say "no download of $archive; building instead, which takes minutes"
  fi
  rm -rf "$work"
else
  folder=$2
  say "${REF:-this checkout} is not the release v$version for this machine; building, which takes minutes"
fi
binary=$folder/bin/wplint$exe
if ! [ -x "$binary" ]; then
  cargo install --locked --quiet --path "$sources" --root "$folder" >&2
fi
printf '%s\n' "$binary"
