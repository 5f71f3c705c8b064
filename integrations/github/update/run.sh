#!/usr/bin/env bash
# The step of the action in this folder: install imagelock, update, and publish.
#
# Reads INPUT_ARGS, INPUT_BUMP and INPUT_VERSION; the variables of update_requests.py and
# forge.py go through.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
installed=$temporary/imagelock-program-${INPUT_VERSION:-checkout}

"$root/integrations/install.sh" "$installed" "${INPUT_VERSION:-}"

# Split at whitespace; `read` expands no patterns and runs no commands.
read -r -d '' -a words <<<"${INPUT_ARGS:-}" || true
if [ -n "${INPUT_BUMP:-}" ]; then
    words+=(--bump "$INPUT_BUMP")
fi

"$installed/bin/python" -I "$root/integrations/update_requests.py" \
    "$installed/bin/imagelock" "$root/integrations/github/pull-request/run.sh" \
    ${words[@]+"${words[@]}"}
