#!/usr/bin/env bash
# Find out which repositories of a fleet are behind: the first step of every pipeline here.
#
#     resolve.sh LIST FOLDER [ARGUMENT...]
#
# LIST has the addresses of the repositories. FOLDER may have the files of an earlier run,
# whose repositories and answers are not asked for again, and gets these:
#
#     fleet.sqlite   what the repositories lock
#     answers.json   what registries answered, for `imagelock update --answers`
#     behind.json    which repositories are behind
#     matrix.json    the same as a matrix of GitHub
#     pipeline.yml   the same as a child pipeline of GitLab
#
# If FOLDER has `parts/*.sqlite`, these are merged in place of reading the repositories:
# databases of jobs that ran `imagelock fleet collect LIST --shard 3/10`.
#
# ARGUMENTs are those of `fleet behind`, such as `--limit 50`. The exit code is 3 if a
# repository could not be read, or a registry did not answer: the files have the others.
set -euo pipefail

list=$1
folder=$2
shift 2
mkdir -p "$folder"
incomplete=0

# Run a command, and go on where something could not be checked.
checked() {
    local code=0
    "$@" || code=$?
    case $code in
    0) ;;
    3) incomplete=3 ;;
    *) exit "$code" ;;
    esac
}

parts=("$folder"/parts/*.sqlite)
if [ -e "${parts[0]}" ]; then
    # What an earlier run knew of repositories that are gone is not kept.
    rm -f "$folder/fleet.sqlite"
    checked imagelock fleet merge "${parts[@]}" -o "$folder/fleet.sqlite" >&2
else
    checked imagelock fleet collect "$list" --prune -o "$folder/fleet.sqlite" >&2
fi
checked imagelock fleet resolve -d "$folder/fleet.sqlite" -o "$folder/answers.json" >&2
behind() {
    checked imagelock --offline fleet behind "${@:3}" -d "$folder/fleet.sqlite" \
        --answers "$folder/answers.json" --format "$1" >"$folder/$2"
}
behind json behind.json "$@"
behind github-matrix matrix.json "$@"
behind gitlab pipeline.yml "$@"
exit "$incomplete"
