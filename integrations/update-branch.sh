#!/usr/bin/env bash
# Commit the changes of imagelock in the work tree to a separate branch.
#
#     update-branch.sh MESSAGE-FILE [PUSH-ARGUMENT...]
#
# Run it on a clean checkout of the base branch after `imagelock update`. Variables:
#
#     IMAGELOCK_BRANCH    the branch, `imagelock/update` by default; it belongs to this
#                         script, which replaces commits that others push to it
#     IMAGELOCK_REMOTE    `origin` by default
#     IMAGELOCK_COMPLETE  `false` if not every registry answered: then nothing is deleted
#
# Prints one word: `created`, `refreshed`, `unchanged`, `deleted` or `none`. Nothing is
# pushed if the branch already makes the same changes, so that CI and reviews do not
# start again when nothing is new. Work tree, index and HEAD do not change.
set -euo pipefail

message=$1
shift
branch=${IMAGELOCK_BRANCH:-imagelock/update}
remote=${IMAGELOCK_REMOTE:-origin}
target=refs/heads/$branch

export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-imagelock}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-imagelock@localhost}
export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}
export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}

cd "$(git rev-parse --show-toplevel)"

# The tree of the work tree, written with a temporary index.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
staged() {
    export GIT_INDEX_FILE=$scratch/index
    git read-tree HEAD
    git add --update -- .
    git ls-files -z --others --exclude-standard -- images.lock ':(glob)**/images.lock' |
        git update-index --add -z --stdin
    git write-tree
}
tree=$(staged)

# The changes of a commit: modes, contents before and after, and paths.
effect() {
    git diff-tree -r --no-commit-id "$1" "$2"
}

there=$(git ls-remote "$remote" "$target" | cut -f 1)
lease=--force-with-lease=$target:$there

if [ "$tree" = "$(git rev-parse 'HEAD^{tree}')" ]; then
    if [ -z "$there" ]; then
        echo none
    elif [ "${IMAGELOCK_COMPLETE:-true}" != true ]; then
        echo "not every image could be updated: \`$branch\` stays as it is" >&2
        echo unchanged
    else
        git push --quiet "$lease" "$remote" ":$target" >&2
        echo deleted
    fi
    exit 0
fi

if [ -n "$there" ]; then
    depth=()
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        depth=(--depth=2) # the commit and its parent
    fi
    git fetch --quiet --no-tags ${depth[@]+"${depth[@]}"} "$remote" "$target" >&2
    if [ "$(effect HEAD "$tree")" = "$(effect "$there^" "$there" 2>/dev/null)" ]; then
        echo unchanged
        exit 0
    fi
fi

commit=$(git commit-tree "$tree" -p HEAD -F "$message")
git push --quiet "$lease" "$@" "$remote" "$commit:$target" >&2
if [ -n "$there" ]; then echo refreshed; else echo created; fi
