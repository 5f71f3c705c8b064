#!/bin/sh
# Install Chromium and axe-core, which look at the pages that imagelock writes, where that
# is possible: the browser from Debian, and the script from npm into .venv/browser.
set -eu
cd "$(dirname "$0")/../.."

version=4.14.1
sum=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
folder=.venv/browser

install_chromium() {
	command -v chromium >/dev/null && return 0
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	echo "installing Chromium for the tests"
	apt-get update -qq &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
}

install_axe() {
	[ "$(cat "$folder/installed" 2>/dev/null)" = "$sum" ] && return 0
	command -v npm >/dev/null || return 1
	mkdir -p "$folder" &&
		npm pack --silent --pack-destination "$folder" "axe-core@$version" >/dev/null &&
		echo "$sum  $folder/axe-core-$version.tgz" | sha256sum --check --quiet &&
		tar -xzf "$folder/axe-core-$version.tgz" -C "$folder" \
			--strip-components=1 package/axe.min.js &&
		rm "$folder/axe-core-$version.tgz" &&
		echo "$sum" >"$folder/installed"
}

install_chromium && install_axe && exit 0
cat >&2 <<'MESSAGE'
*****************************************************************************
 Chromium or axe-core is not installed: the tests of pages in a browser are
 SKIPPED. They need Debian's `chromium`, and npm once.
*****************************************************************************
MESSAGE
