"""Policies for Sigstore's policy-controller that verify the locked signers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.export.signers import REKOR, identity, signed_repositories
from imagelock.export.target import Exported, Request
from imagelock.export.yaml_objects import dumped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.export.signers import SignedRepository

SUMMARY: Final = (
    "policies for Sigstore's policy-controller (`ClusterImagePolicy`) that verify the"
    " locked signers"
)
_DOCKER_HUB: Final = "index.docker.io"
"""The name of Docker Hub in policy-controller."""


def export(request: Request) -> Exported:
    """Return a policy for each repository whose images are signed."""
    repositories, warnings = signed_repositories(request)
    return Exported(dumped([_policy(each) for each in repositories]), warnings)


def _policy(repository: SignedRepository) -> dict[str, Any]:
    return {
        "apiVersion": "policy.sigstore.dev/v1beta1",
        "kind": "ClusterImagePolicy",
        "metadata": {"name": repository.resource_name},
        "spec": {
            "images": [{"glob": p} for p in repository.patterns(_DOCKER_HUB)],
            "authorities": list(_authorities(repository)),
        },
    }


def _authorities(repository: SignedRepository) -> Iterator[dict[str, Any]]:
    """Yield who may sign: an image needs the signature of any of them."""
    if repository.identities:
        identities = [identity(each) for each in repository.identities]
        keyless = {"url": "https://fulcio.sigstore.dev", "identities": identities}
        yield {"name": "identities", "keyless": keyless, "ctlog": {"url": REKOR}}
    for number, key in enumerate(repository.keys, 1):
        yield {"name": f"key{number}", "key": {"data": key}}
