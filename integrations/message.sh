# shellcheck shell=bash
# Sourced by the scripts that publish the report of `imagelock update`.

# Print the headline of a Markdown report as a title: "Update images: 3 images moved".
title_of() {
    local headline
    headline=$(sed -n 's/^### //p' "$1" | head -n 1)
    printf 'Update images: %s\n' "${headline:-see the lockfile}"
}
