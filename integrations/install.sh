#!/usr/bin/env bash
# Install imagelock from this checkout into a separate folder.
#
#     install.sh FOLDER [VERSION]
#
# Creates FOLDER/bin/imagelock. The dependencies are installed with hashes, from
# requirements.txt next to this file. With VERSION, that release of imagelock is
# installed from the package index instead, with the dependencies that it declares.
#
# The current folder may be the work tree of an untrusted pull request. `python -m` and
# `python -c` import from there before anything else, and PYTHONPATH may lead there, so
# every Python starts isolated (-I): here, and in the program that this makes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1
version=${2:-}

# The first Python that is new enough: on the PATH, else in the tool cache of runners.
find_python() {
    local candidate
    for candidate in python3 python python3.14 python3.13 python3.12 python3.11 \
        "${RUNNER_TOOL_CACHE:-/nonexistent}"/Python/3.*/*/bin/python3; do
        if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    echo "error: imagelock needs Python 3.11 or newer; install one before this step" >&2
    return 2
}

if [ -x "$folder/bin/imagelock" ]; then
    exit 0
fi
python=$(find_python)
"$python" -I -m venv "$folder" || {
    echo "error: this Python makes no virtual environment; on Debian install python3-venv" >&2
    exit 2
}
pip=("$folder/bin/python" -I -m pip install --quiet --disable-pip-version-check)
if [ -n "$version" ]; then
    "${pip[@]}" "imagelock==$version"
else
    "${pip[@]}" --require-hashes --requirement "$root/integrations/requirements.txt"
    # The checkout is pure Python: a line in site-packages installs it. A wheel would need
    # a build backend, which is more code from the network.
    packages=$("$folder/bin/python" -I -c \
        'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root/src" >"$packages/imagelock.pth"
fi
printf '#!/bin/sh\nexec "%s" -I -m imagelock "$@"\n' "$folder/bin/python" \
    >"$folder/bin/imagelock.new"
chmod +x "$folder/bin/imagelock.new"
mv -f "$folder/bin/imagelock.new" "$folder/bin/imagelock"
