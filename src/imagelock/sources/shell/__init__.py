"""Images in the commands of scripts, as a shell would run them."""

from typing import Final

PROGRAMS: Final = (
    "act",
    "crane",
    "devcontainer",
    "docker",
    "finch",
    "flux",
    "gcrane",
    "gh",
    "helm",
    "kubectl",
    "nerdctl",
    "oc",
    "oras",
    "podman",
    "skopeo",
    "timoni",
)
"""The programs that have images in their commands."""
