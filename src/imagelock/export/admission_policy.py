"""A ValidatingAdmissionPolicy of Kubernetes that admits only locked digests.

Kubernetes, "Validating Admission Policy" (admissionregistration.k8s.io/v1). The policy
stays; the digests are in a ConfigMap, which is its parameter and what a new lock changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.export.target import Exported, Request
from imagelock.export.yaml_objects import dumped

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY: Final = (
    "a policy of Kubernetes (`ValidatingAdmissionPolicy`) that admits only Pods whose"
    " images have a locked digest"
)
NAME: Final = "images-lock"
LABEL: Final = {"imagelock": "enforce"}
"""The label of namespaces in which the policy is enforced."""

_NAMESPACE: Final = "default"
MOST_BYTES: Final = 1_000_000
"""Of an object with digests; Kubernetes refuses a ConfigMap of more than 1 MiB."""

CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
PODS: Final = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE", "UPDATE"],
    "resources": ["pods", "pods/ephemeralcontainers"],
}


def export(request: Request) -> Exported:
    """Return the policy, its binding, and the locked digests of all images."""
    digests = dict(locked_digests(request))
    data = {digest.replace(":", "."): name for digest, name in digests.items()}
    objects = [
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": NAME},
            "spec": _policy(),
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": NAME},
            "spec": {
                "policyName": NAME,
                "validationActions": ["Deny"],
                "paramRef": {
                    "name": NAME,
                    "namespace": _NAMESPACE,
                    "parameterNotFoundAction": "Deny",
                },
                "matchResources": {"namespaceSelector": {"matchLabels": LABEL}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": _NAMESPACE},
            "data": data,
        },
    ]
    size = sum(len(key) + len(value) for key, value in data.items())
    warnings = ["the digests are too many for a ConfigMap"] if size > MOST_BYTES else []
    return Exported(dumped(objects), tuple(warnings))


def locked_digests(request: Request) -> Iterator[tuple[str, str]]:
    """Yield each locked digest with its image: of indexes, and of their manifests."""
    for image in request.images:
        for digest in (image.digest, *(m.digest for m in image.platforms)):
            yield str(digest), str(image.reference)


def _policy() -> dict[str, Any]:
    return {
        "failurePolicy": "Fail",
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "matchConstraints": {"resourceRules": [PODS]},
        "variables": [
            {"name": "images", "expression": IMAGES},
            {"name": "unlocked", "expression": _UNLOCKED},
        ],
        "validations": [
            {
                "expression": "size(variables.unlocked) == 0",
                "messageExpression": (
                    "'not a digest of images.lock: ' + variables.unlocked.join(', ')"
                ),
                "reason": "Forbidden",
            }
        ],
    }


def _optional(kind: str) -> str:
    """Return the CEL expression for the images of a list that a Pod may not have."""
    return f"(has(object.spec.{kind}) ? object.spec.{kind}.map(c, c.image) : [])"


_VOLUMES: Final = (
    "(has(object.spec.volumes)"
    " ? object.spec.volumes.filter(v, has(v.image)).map(v, v.image.reference) : [])"
)
IMAGES: Final = " + ".join([*map(_optional, CONTAINERS), _VOLUMES])
"""The CEL expression for the images of a Pod."""

# A key of a ConfigMap has no colon.
_UNLOCKED: Final = (
    "variables.images.filter(i, !(size(i.split('@')) == 2"
    " && i.split('@')[1].replace(':', '.') in params.data))"
)
