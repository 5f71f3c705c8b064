#!/usr/bin/env bash
# Publish the changes of `imagelock update`: the branch first, then the pull request.
#
#     run.sh BODY-FILE EXIT-CODE
#
# The variables are those of update-branch.sh and forge.py, and IMAGELOCK_TITLE.
set -euo pipefail

integrations=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=integrations/message.sh
. "$integrations/message.sh"

body=$1
check_code "$2"
message=$(mktemp)
title=$(title_of "$body")
printf '%s\n' "$title" >"$message"

operation=$(bash "$integrations/update-branch.sh" "$message")
echo "operation=$operation" >>"$GITHUB_OUTPUT"
echo "$IMAGELOCK_BRANCH: $operation"
case $operation in
created | refreshed | unchanged)
    # Without changes, the branch only remains because a registry did not answer.
    if [ -n "$(git status --porcelain)" ]; then
        python3 -I "$integrations/forge.py" pull-request "$title" "$body"
    fi
    ;;
esac
