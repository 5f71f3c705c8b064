"""Images in the commands of scripts, as a shell would run them."""

from typing import Final

PROGRAMS: Final = (
    "act",
    "crane",
    "devcontainer",
    "docker",
    "finch",
    "gcrane",
    "gh",
    "helm",
    "kubectl",
    "nerdctl",
    "oc",
    "podman",
    "skopeo",
)
"""The programs that have images in their commands."""
