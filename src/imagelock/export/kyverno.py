"""Policies for Kyverno that admit only images which the locked signers signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.export.signers import REKOR, identity, signed_repositories
from imagelock.export.target import Exported, Request
from imagelock.export.yaml_objects import dumped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.export.signers import SignedRepository

SUMMARY: Final = (
    "policies for Kyverno (`ImageValidatingPolicy`) that verify the locked signers"
)
_PODS: Final = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE", "UPDATE"],
    "resources": ["pods", "pods/ephemeralcontainers"],
}
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")


def export(request: Request) -> Exported:
    """Return a policy for each repository whose images are signed."""
    repositories, warnings = signed_repositories(request)
    return Exported(dumped([_policy(each) for each in repositories]), warnings)


def _policy(repository: SignedRepository) -> dict[str, Any]:
    attestors = list(_attestors(repository))
    names = ", ".join(f"attestors.{each['name']}" for each in attestors)
    signed = f"verifyImageSignatures(image, [{names}]) > 0"
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ImageValidatingPolicy",
        "metadata": {"name": repository.resource_name},
        "spec": {
            "validationActions": ["Deny"],
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [dict(_PODS)]},
            "matchImageReferences": [{"glob": p} for p in repository.patterns()],
            "attestors": attestors,
            "validations": [
                {
                    "expression": f"images.?{kind}.orValue([]).all(image, {signed})",
                    "message": f"{repository.name} is not signed as images.lock says",
                }
                for kind in _CONTAINERS
            ],
        },
    }


def _attestors(repository: SignedRepository) -> Iterator[dict[str, Any]]:
    if repository.identities:
        keyless = {"identities": [identity(each) for each in repository.identities]}
        cosign = {"keyless": keyless, "ctlog": {"url": REKOR}}
        yield {"name": "identities", "cosign": cosign}
    for number, key in enumerate(repository.keys, 1):
        yield {"name": f"key{number}", "cosign": {"key": {"data": key}}}
