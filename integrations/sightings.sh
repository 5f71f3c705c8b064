#!/usr/bin/env bash
# Keep what `cooldown` has to remember between runs on fresh checkouts.
#
#     sightings.sh restore BRANCH
#     sightings.sh save BRANCH
#
# `imagelock update` notes in `.imagelock/seen.toml` when it first saw a digest. `save`
# commits these files to a branch that has nothing else, and `restore` takes them from
# it. A file that the project tracks is left alone. The remote is IMAGELOCK_REMOTE,
# `origin` by default. Work tree (but for `restore`), index and HEAD do not change.
set -euo pipefail

command=$1
target=refs/heads/$2
remote=${IMAGELOCK_REMOTE:-origin}
files=':(glob)**/.imagelock/seen.toml'

cd "$(git rev-parse --show-toplevel)"
there=$(git ls-remote "$remote" "$target" | cut -f 1)
if [ -n "$there" ]; then
    git fetch --quiet --no-tags --depth=1 "$remote" "$target" >&2
fi

if [ "$command" = restore ]; then
    if [ -n "$there" ]; then
        git ls-tree -r -z --name-only "$there" |
            while IFS= read -r -d '' path; do
                case /$path in */.imagelock/seen.toml) ;; *) continue ;; esac
                if [ -z "$(git ls-files -- ":(literal)$path")" ]; then
                    git restore --quiet --source="$there" --worktree -- ":(literal)$path"
                fi
            done
    fi
    exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$(
    git ls-files -z --others -- "$files" |
        while IFS= read -r -d '' path; do
            if grep -qF '[[seen]]' "$path"; then printf '%s\0' "$path"; fi
        done >"$scratch/files"
    export GIT_INDEX_FILE=$scratch/index
    git read-tree --empty
    git update-index --add -z --stdin <"$scratch/files"
    git write-tree
)
empty=$(git hash-object -t tree --stdin </dev/null)
lease=--force-with-lease=$target:$there
if [ "$tree" = "$empty" ]; then
    [ -z "$there" ] || git push --quiet "$lease" "$remote" ":$target" >&2
elif [ -z "$there" ] || [ "$tree" != "$(git rev-parse "$there^{tree}")" ]; then
    export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-imagelock}
    export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-imagelock@localhost}
    export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}
    export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}
    commit=$(git commit-tree "$tree" <<<'Digests that imagelock has seen, for the cooldown')
    git push --quiet "$lease" "$remote" "$commit:$target" >&2
fi
