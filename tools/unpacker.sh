#!/bin/sh
# Quotewire @VERSION@ for @PLATFORM@ in one file: this script, and behind it an archive of all that it needs.
#
#   quotewire COMMAND ...     unpacks it once, into a folder of the user's cache, and runs the command
#   quotewire --unpack DIR    unpacks it into DIR, where DIR/quotewire runs without unpacking
set -eu
umask 022

fail() {
  echo "Cannot unpack Quotewire: $1" >&2
  exit 1
}

unpack() {
  case "$1" in
    *,*) fail "the folder must be one without a comma, which Deno takes for two, is $1" ;;
  esac
  unfinished=$1.unfinished.$$
  case "$1" in
    */*) parent=${1%/*}/ ;;
    *) parent=. ;;
  esac
  mkdir -p -- "$parent" 2>/dev/null && mkdir -- "$unfinished" 2>/dev/null ||
    fail "$1 must be a folder that can be made. Name another: QUOTEWIRE_CACHE=DIR, or --unpack DIR"
  trap 'rm -rf -- "$unfinished"' EXIT
  trap 'exit 130' INT TERM
  # -o: unpacked by root it is root's, and not that of whoever made it.
  tail -n +@PAYLOAD_LINE@ -- "$self" | tar -xzof - -C "$unfinished" ||
    fail "the archive must be whole, and @MEGABYTES@ MB free in $parent"
  # Another one may have been quicker, with the same; one that was so just now has this one in it.
  [ -e "$1" ] || mv -- "$unfinished" "$1"
  rm -rf -- "$unfinished" "$1/${unfinished##*/}"
  # Modules are compiled where they are going to be run: their place is a part of what is kept.
  place=$(readlink -f -- "$1")
  DENO_DIR=$place/cache DENO_NO_UPDATE_CHECK=1 "$place/deno" cache -q \
    --config "$place/app/deno.json" "$place/app/main.ts" "$place/app/src/server/worker.ts"
}

case "$0" in
  */*) self=$0 ;;
  *) self=$(command -v -- "$0") ;;
esac

if [ "${1-}" = --unpack ]; then
  [ $# -eq 2 ] || fail "--unpack takes one folder"
  [ ! -e "$2" ] || fail "$2 must not be there yet"
  unpack "$2"
  echo "Unpacked. Run $2/quotewire"
  exit
fi

cache=${QUOTEWIRE_CACHE:-${CACHE_DIRECTORY:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}}
[ -n "$cache" ] || fail "a folder must be named, HOME is not set. Name one: QUOTEWIRE_CACHE=DIR"
home=$cache/quotewire-@DIGEST@
[ -e "$home" ] || unpack "$home"
exec "$home/quotewire" "$@"
# The archive begins with the next line.
