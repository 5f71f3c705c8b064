#!/usr/bin/env bash
# Publish the changes of `imagelock update` as a GitLab merge request.
#
#     publish.sh BODY-FILE EXIT-CODE
#
# GitLab creates, refreshes and closes the merge request when the branch is pushed, so
# the token only needs permission to push (docs.gitlab.com, "Push options"). Variables:
#
#     IMAGELOCK_TITLE_PREFIX  what the title begins with, `chore(images): ` by default
#     IMAGELOCK_LABELS        labels, separated by commas
#     IMAGELOCK_ASSIGNEES     users who get the request, separated by commas
set -euo pipefail

integrations=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=integrations/message.sh
. "$integrations/message.sh"

body=$1
case $2 in
0) export IMAGELOCK_COMPLETE=true ;;
1 | 3) export IMAGELOCK_COMPLETE=false ;;
*)
    echo "error: imagelock ended with $2, so there is nothing to publish" >&2
    exit 2
    ;;
esac
base=${CI_DEFAULT_BRANCH:?}
title=$(title_of "$body")
message=$(mktemp)
printf '%s\n' "$title" >"$message"

# An option is one line of at most 65,516 bytes; GitLab (15.1) reads `\n` as a line break.
description=$(LC_ALL=C awk '
    { size += length($0) + 2; if (size > 60000) { cut = 1; exit } printf "%s\\n", $0 }
    END { if (cut) printf "\\nThe rest is left out: it is too long." }
' "$body")

options=()
while read -r label; do
    options+=(-o "merge_request.label=$label")
done < <(items_of "${IMAGELOCK_LABELS:-}")
while read -r user; do
    options+=(-o "merge_request.assign=$user")
done < <(items_of "${IMAGELOCK_ASSIGNEES:-}")

"$integrations/update-branch.sh" "$message" ${options[@]+"${options[@]}"} \
    -o merge_request.create \
    -o "merge_request.target=$base" \
    -o "merge_request.title=$title" \
    -o "merge_request.description=$description" \
    -o merge_request.remove_source_branch
