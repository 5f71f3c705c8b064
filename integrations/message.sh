# shellcheck shell=bash
# Sourced by the scripts that publish the report of `imagelock update`.

# Print the title for a Markdown report: "chore(images): update 3 images".
# IMAGELOCK_TITLE is the title, in which `{changes}` stands for "update 3 images".
title_of() {
    local changes title='chore(images): {changes}'
    changes=$(sed -n '2s/^<!-- title: \(.*\) -->$/\1/p' "$1")
    if [ -n "${IMAGELOCK_TITLE:-}" ]; then
        title=$IMAGELOCK_TITLE
    fi
    printf '%s%s%s\n' "${title%%"{changes}"*}" "${changes:-update the lockfile}" \
        "${title#*"{changes}"}"
}

# Set IMAGELOCK_COMPLETE for the exit code of `imagelock update`, or fail.
check_code() {
    case $1 in
    0) export IMAGELOCK_COMPLETE=true ;;
    1 | 3) export IMAGELOCK_COMPLETE=false ;;
    *)
        echo "error: imagelock ended with $1, so there is nothing to publish" >&2
        return 2
        ;;
    esac
}

# Print the items of a list that is separated by commas, one a line.
items_of() {
    tr ',' '\n' <<<"$1" | sed 's/^ *//; s/ *$//; /^$/d'
}
