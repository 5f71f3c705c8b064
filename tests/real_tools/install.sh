#!/bin/sh
# Build the programs of programs.txt, or those that are named, into a cache outside of the
# repository: `$IMAGELOCK_TOOLS_CACHE`, or `imagelock-tools` in the user's cache. A program
# is in a folder with the name of its package and version, and is built once. All of them
# take about 20 minutes on two processors, and 3 GB of memory.
set -eu
cd "$(dirname "$0")"

cache=${IMAGELOCK_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/imagelock-tools}

is_chosen() {
	program=$1
	shift
	[ $# = 0 ] && return 0
	for name; do
		[ "$name" = "$program" ] && return 0
	done
	return 1
}

# The sums of all modules are checked by the Go command against the public database.
build() {
	folder=$cache/$2
	[ -x "$folder/$1" ] && return 0
	if ! command -v go >/dev/null; then
		echo "error: Go is needed to build $1; see https://go.dev/dl/" >&2
		return 1
	fi
	echo "building $2, which takes some minutes"
	mkdir -p "$cache/unfinished" "$folder" || return 1
	unfinished=$(mktemp -d "$cache/unfinished/XXXXXX") || return 1
	env "${3:-GOEXPERIMENT=}" GOBIN="$unfinished" CGO_ENABLED=0 GOTOOLCHAIN=local \
		GOFLAGS="-buildvcs=false -p=2" \
		go install -trimpath -ldflags="-s -w" "$2" || return 1
	mv "$unfinished/$1" "$folder/$1"
	rm -r "$unfinished"
}

failed=
while read -r name package variable; do
	case $name in '' | '#'*) continue ;; esac
	is_chosen "$name" "$@" || continue
	if build "$name" "$package" "$variable" </dev/null; then
		echo "$cache/$package/$name"
	else
		failed="$failed $name"
	fi
done <programs.txt

if [ -n "$failed" ]; then
	echo "error: could not build:$failed" >&2
	exit 1
fi
