#!/usr/bin/env bash
# Install imagelock from this checkout into a separate folder.
#
#     install.sh FOLDER [VERSION]
#
# Creates FOLDER/bin/imagelock. The dependencies are installed with hashes, from
# requirements.txt next to this file. With VERSION, that release of imagelock is
# installed from the package index instead, with the dependencies that it declares.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1
version=${2:-}

# The first Python that is new enough: on the PATH, else in the tool cache of runners.
find_python() {
    local candidate
    for candidate in python3 python python3.14 python3.13 python3.12 python3.11 \
        "${RUNNER_TOOL_CACHE:-/nonexistent}"/Python/3.*/*/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
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
"$python" -m venv "$folder" || {
    echo "error: this Python makes no virtual environment; on Debian install python3-venv" >&2
    exit 2
}
pip=("$folder/bin/python" -m pip install --quiet --disable-pip-version-check)
if [ -n "$version" ]; then
    "${pip[@]}" "imagelock==$version"
    exit 0
fi
"${pip[@]}" --require-hashes --requirement "$root/integrations/requirements.txt"
printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m imagelock "$@"\n' \
    "$root/src" "$folder/bin/python" >"$folder/bin/imagelock"
chmod +x "$folder/bin/imagelock"
