"""A `policy.json` of Podman, Buildah, CRI-O and skopeo that accepts locked digests.

containers/image, containers-policy.json(5): the scope of an image is its name with a tag
or a digest, and `sigstoreSigned` demands a signature.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from imagelock.export.target import Exported, Request, to_json
from imagelock.model.signer import KeySigner

if TYPE_CHECKING:
    from imagelock.model.image import Image

SUMMARY: Final = (
    "a `policy.json` for Podman, CRI-O and skopeo that accepts only locked digests"
)
_ACCEPT: Final = {"type": "insecureAcceptAnything"}


def export(request: Request) -> Exported:
    """Return the policy, which demands the signatures of locked keys as well."""
    scopes: dict[str, list[dict[str, Any]]] = {}
    warnings = []
    for image in request.images:
        demands, warning = _demands(image, request)
        warnings += [warning] if warning else []
        for digest in (image.digest, *(m.digest for m in image.platforms)):
            scopes[f"{image.reference.name}@{digest}"] = demands
    policy = {"default": [{"type": "reject"}], "transports": {"docker": scopes}}
    return Exported(to_json(policy, indent=2) + "\n", tuple(warnings))


def _demands(image: Image, request: Request) -> tuple[list[dict[str, Any]], str]:
    """Return what the policy demands of *image*, and a warning or `""`."""
    signer = image.signer
    if signer is None:
        return [_ACCEPT], ""
    key = isinstance(signer, KeySigner) and request.public_keys.get(signer.fingerprint)
    if not key:
        name = image.reference.familiar
        return [_ACCEPT], f"`{name}`: only signatures by keys of the settings are here"
    data = base64.b64encode(key.encode()).decode()
    identity = {"type": "matchRepository"}
    return [{"type": "sigstoreSigned", "keyData": data, "signedIdentity": identity}], ""
