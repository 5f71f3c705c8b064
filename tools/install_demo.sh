#!/bin/sh
# Install what the demo needs into a virtual environment, in the versions of uv.lock.
#
# usage: tools/install_demo.sh PYTHON FOLDER
#
# Without uv, pip installs uv, and uv the rest: to choose a file, pip reads the list of all
# files of a package, of which pydantic-core alone has 15,000. uv.lock has their addresses.
set -eu
cd "$(dirname "$0")/.."
python=$(command -v "$1") # pip takes a path for `--python`, and no name
folder=$2

sync() {
	UV_PROJECT_ENVIRONMENT=$folder "$@" sync --quiet --frozen --no-dev \
		--no-install-project --python "$python"
}

# The files have everything that is needed: nothing is looked for.
options="--quiet --disable-pip-version-check --no-deps --no-compile --require-hashes"

with_uv_of_pip() {
	# Only pip knows the address of another index than PyPI.
	[ -z "${PIP_INDEX_URL:-}" ] || return 1
	"$python" -m pip config get global.index-url >/dev/null 2>&1 && return 1
	# shellcheck disable=SC2086 # several words
	"$python" -m pip install $options --target "$uv" -r .github/requirements.txt &&
		sync "$uv/bin/uv"
}

if command -v uv >/dev/null; then
	sync uv
	exit
fi

uv=$(mktemp -d)
trap 'rm -rf "$uv"' EXIT
with_uv_of_pip >/dev/null 2>&1 && exit

# A pip of its own takes longer to install than all the rest: it is only for a Python
# without pip, or with one that cannot install for another Python.
if "$python" -m pip --python "$python" --version >/dev/null 2>&1; then
	"$python" -m venv --clear --without-pip "$folder"
	set -- "$python" -m pip --python "$folder/bin/python"
else
	"$python" -m venv --clear "$folder"
	set -- "$folder/bin/python" -m pip
fi
# shellcheck disable=SC2086 # several words
"$@" install $options -r integrations/requirements.txt
