"""Images in the commands of scripts, as a shell would run them."""

from typing import Final

PROGRAMS: Final = (
    "crane",
    "devcontainer",
    "docker",
    "finch",
    "gcrane",
    "helm",
    "kubectl",
    "nerdctl",
    "oc",
    "podman",
    "skopeo",
)
"""The programs that have images in their commands."""
