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
	case $2 in
	*//*) build_in_copy "$1" "$2" "$3" || return 1 ;;
	*) go_for "$3" install -trimpath -ldflags="-s -w" "$2" || return 1 ;;
	esac
	mv "$unfinished/$1" "$folder/$1"
	rm -rf "$unfinished"
}

# `go install` refuses a module that replaces others: such a program is built in a copy.
build_in_copy() {
	module=${2%%//*}@${2##*@}
	inner=${2#*//}
	source=$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p') || return 1
	[ -n "$source" ] || return 1
	cp -R "$source" "$unfinished/source" && chmod -R u+w "$unfinished/source" || return 1
	(
		cd "$unfinished/source" &&
			go_for "$3" build -trimpath -ldflags="-s -w" -o "$unfinished/$1" "./${inner%@*}"
	)
}

go_for() {
	variable=${1:-GOEXPERIMENT=}
	shift
	env "$variable" GOBIN="$unfinished" CGO_ENABLED=0 GOTOOLCHAIN=local \
		GOFLAGS="-buildvcs=false -p=2" go "$@"
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
