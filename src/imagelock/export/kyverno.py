"""Policies for Kyverno: only locked digests, only the lock's registries and signers.

Kyverno, "ValidatingPolicy" and "ImageValidatingPolicy" (policies.kyverno.io/v1). The
first two count in namespaces with a label, as with the other admission policies; what
is signed, everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.export.admission_policy import (
    CONTAINERS,
    IMAGES,
    LABEL,
    MOST_BYTES,
    NAME,
    PODS,
    locked_digests,
)
from imagelock.export.signers import REKOR, identity, signed_repositories
from imagelock.export.target import Exported, Request
from imagelock.export.yaml_objects import dumped
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.export.signers import SignedRepository

SUMMARY: Final = (
    "policies for Kyverno that admit only locked digests, only the registries of the"
    " lock (`ValidatingPolicy`), and only the locked signers (`ImageValidatingPolicy`)"
)
_HUB_ALIAS: Final = "index.docker.io"
_UNLOCKED: Final = (
    "variables.images.filter(i,"
    " !(size(i.split('@')) == 2 && i.split('@')[1] in variables.digests))"
)
# The first part of a name is a registry if it looks like one (`distribution/reference`).
_REGISTRY: Final = (
    "i.contains('/') && (i.split('/')[0].contains('.') || i.split('/')[0].contains(':')"
    f" || i.split('/')[0] == 'localhost') ? i.split('/')[0] : '{DOCKER_HUB}'"
)
_FOREIGN: Final = (
    f"variables.images.filter(i, !(({_REGISTRY}) in variables.registries))"
)


def export(request: Request) -> Exported:
    """Return both policies, and a policy for each repository whose images are signed."""
    repositories, warnings = signed_repositories(request)
    digests = list(dict(locked_digests(request)))
    registries = sorted({image.reference.registry for image in request.images})
    if DOCKER_HUB in registries:
        registries.append(_HUB_ALIAS)
    policies = [
        _refusing("digests", digests, _UNLOCKED, "not a digest of images.lock: "),
        _refusing("registries", registries, _FOREIGN, "no registry of images.lock: "),
        *(_signed(each) for each in repositories),
    ]
    if not any(image.signer for image in request.images):
        warnings = ()
    if sum(map(len, digests)) > MOST_BYTES:
        warnings += ("the digests are too many for a policy",)
    return Exported(dumped(policies), warnings)


def _refusing(
    what: str, allowed: list[str], refused: str, message: str
) -> dict[str, Any]:
    """Return a policy that knows what is *allowed*, and the images that are *refused*."""
    values = ", ".join(f"'{value}'" for value in allowed)
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {"name": f"{NAME}-{what}"},
        "spec": {
            "validationActions": ["Deny"],
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [PODS],
                "namespaceSelector": {"matchLabels": LABEL},
            },
            "variables": [
                {"name": "images", "expression": IMAGES},
                {"name": what, "expression": f"[{values}]"},
                {"name": "refused", "expression": refused},
            ],
            "validations": [
                {
                    "expression": "size(variables.refused) == 0",
                    "messageExpression": (
                        f"'{message}' + variables.refused.join(', ')"
                    ),
                }
            ],
        },
    }


def _signed(repository: SignedRepository) -> dict[str, Any]:
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
            "matchConstraints": {"resourceRules": [PODS]},
            "matchImageReferences": [{"glob": p} for p in repository.patterns()],
            "attestors": attestors,
            "validations": [
                {
                    "expression": f"images.?{kind}.orValue([]).all(image, {signed})",
                    "message": f"{repository.name} is not signed as images.lock says",
                }
                for kind in CONTAINERS
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
