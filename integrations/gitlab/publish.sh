#!/usr/bin/env bash
# Publish the changes of `imagelock update` as a GitLab merge request.
#
#     publish.sh BODY-FILE EXIT-CODE
#
# GitLab creates, refreshes and closes the merge request when the branch is pushed, so
# the token only needs permission to push (docs.gitlab.com, "Push options"). Variables
# besides those of update-branch.sh:
#
#     IMAGELOCK_TITLE      the title; `{changes}` stands for "update 3 images"
#     IMAGELOCK_LABELS     labels of a new request, separated by commas
#     IMAGELOCK_REVIEWERS  users who review a new request, separated by commas
#     IMAGELOCK_ASSIGNEES  users who get a new request, separated by commas
#     IMAGELOCK_LIMIT      no request is opened while there are so many branches of them
set -euo pipefail

integrations=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=integrations/message.sh
. "$integrations/message.sh"

body=$1
check_code "$2"
base=${CI_DEFAULT_BRANCH:?}
branch=${IMAGELOCK_BRANCH:-imagelock/update}
remote=${IMAGELOCK_REMOTE:-origin}
title=$(title_of "$body")
message=$(mktemp)
printf '%s\n' "$title" >"$message"

# An option is one line of at most 65,516 bytes; GitLab (15.1) reads `\n` as a line break.
description=$(LC_ALL=C awk '
    { size += length($0) + 2; if (size > 60000) { cut = 1; exit } printf "%s\\n", $0 }
    END { if (cut) printf "\\nThe rest is left out: it is too long." }
' "$body")

# What only a new request gets, so that what people change later stays.
options=()
branches=$(git ls-remote "$remote" 'refs/heads/imagelock/*' | cut -f 2 | grep -v -- '-seen$' || true)
if ! grep -qxF "refs/heads/$branch" <<<"$branches"; then
    limit=${IMAGELOCK_LIMIT:-}
    case $limit in *[!0-9]*)
        echo "error: the limit \`$limit\` is not a number" >&2
        exit 2
        ;;
    esac
    if [ -n "$limit" ] && [ -n "$(git status --porcelain)" ] &&
        [ "$(sed '/^$/d' <<<"$branches" | wc -l)" -ge "$limit" ]; then
        echo "$branch: no request is opened: the limit is $limit"
        exit 0
    fi
    while read -r label; do
        options+=(-o "merge_request.label=$label")
    done < <(items_of "${IMAGELOCK_LABELS:-}")
    while read -r user; do
        options+=(-o "merge_request.assign=$user")
    done < <(items_of "${IMAGELOCK_ASSIGNEES:-}")
    # There is no push option for them, but a quick action of the description.
    while read -r user; do
        description+="\n/assign_reviewer @${user#@}\n"
    done < <(items_of "${IMAGELOCK_REVIEWERS:-}")
fi

operation=$(bash "$integrations/update-branch.sh" "$message" ${options[@]+"${options[@]}"} \
    -o merge_request.create \
    -o "merge_request.target=$base" \
    -o "merge_request.title=$title" \
    -o "merge_request.description=$description" \
    -o merge_request.remove_source_branch)
echo "$branch: $operation"
