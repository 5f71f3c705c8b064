# shellcheck shell=bash
# Sourced by the scripts that publish the report of `imagelock update`.

# Print the title in a Markdown report: "chore(images): update 3 images".
title_of() {
    local title
    title=$(sed -n '2s/^<!-- title: \(.*\) -->$/\1/p' "$1")
    printf '%s%s\n' "${IMAGELOCK_TITLE_PREFIX-chore(images): }" "${title:-update the lockfile}"
}

# Print the items of a list that is separated by commas, one a line.
items_of() {
    tr ',' '\n' <<<"$1" | sed 's/^ *//; s/ *$//; /^$/d'
}
