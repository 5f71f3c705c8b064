#!/usr/bin/env bash
# The step of the action in this folder: the branch first, then the pull request.
set -euo pipefail

integrations=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=integrations/message.sh
. "$integrations/message.sh"

case $IMAGELOCK_EXIT_CODE in
0) export IMAGELOCK_COMPLETE=true ;;
1 | 3) export IMAGELOCK_COMPLETE=false ;;
*)
    echo "error: imagelock ended with $IMAGELOCK_EXIT_CODE, so there is nothing to publish" >&2
    exit 2
    ;;
esac
message=$(mktemp)
title=$(title_of "$IMAGELOCK_BODY")
printf '%s\n' "$title" >"$message"

operation=$("$integrations/update-branch.sh" "$message")
echo "operation=$operation" >>"$GITHUB_OUTPUT"
echo "$IMAGELOCK_BRANCH: $operation"
case $operation in
created | refreshed | unchanged)
    # Without changes, the branch only remains because a registry did not answer.
    if [ -n "$(git status --porcelain)" ]; then
        python3 -I "$integrations/forge.py" pull-request "$title" "$IMAGELOCK_BODY"
    fi
    ;;
esac
