"""The locked signers of each repository, for the targets that enforce them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.reference import DOCKER_HUB
from imagelock.model.signer import KeySigner, NotationSigner, SigstoreSigner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.export.target import Request
    from imagelock.model.image import Image
    from imagelock.model.signer import Signer

REKOR: Final = "https://rekor.sigstore.dev"
"""The log of the public Sigstore."""

_NAME: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME: Final = 63
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class SignedRepository:
    """A repository, and who signed the locked images in it.

    `keys` are public keys, PEM.
    """

    name: str
    identities: tuple[SigstoreSigner, ...]
    keys: tuple[str, ...]

    @property
    def resource_name(self) -> str:
        """A name for an object of Kubernetes."""
        name = _NAME.sub("-", f"imagelock-{self.name.lower()}")
        return name[:_LONGEST_NAME].strip("-")

    def patterns(self, registry: str = DOCKER_HUB) -> list[str]:
        """Return patterns of its images; *registry* is the name of Docker Hub."""
        name = self.name.replace(f"{DOCKER_HUB}/", f"{registry}/", 1)
        return [f"{name}:*", f"{name}@*"]


def signed_repositories(
    request: Request,
) -> tuple[list[SignedRepository], tuple[str, ...]]:
    """Return the signed repositories that the files use, and what is left out."""
    signers: dict[str, dict[Signer, None]] = {}
    for image in request.images:
        if image.signer:
            signers.setdefault(image.reference.name, {})[image.signer] = None
    repositories = [
        SignedRepository(
            name,
            tuple(s for s in of if isinstance(s, SigstoreSigner)),
            tuple(k for s in of if (k := _key(s, request))),
        )
        for name, of in signers.items()
    ]
    usable = [each for each in repositories if each.identities or each.keys]
    return usable, tuple(_warnings(request, signers))


def identity(signer: SigstoreSigner) -> dict[str, str]:
    """Return *signer* as its issuer, and a regular expression for its identity."""
    ref = "(@.*)?" if "://" in signer.identity else ""
    return {
        "issuer": signer.issuer,
        "subjectRegExp": f"^{re.escape(signer.identity)}{ref}$",
    }


def _key(signer: Signer, request: Request) -> str | None:
    if not isinstance(signer, KeySigner):
        return None
    return request.public_keys.get(signer.fingerprint)


def _warnings(
    request: Request, signers: Mapping[str, Iterable[Signer]]
) -> Iterable[str]:
    if unsigned := [image for image in request.images if not image.signer]:
        yield _unsigned(unsigned)
    for name, of in signers.items():
        for signer in of:
            if isinstance(signer, NotationSigner):
                yield f"`{name}` is signed with Notation: its certificate is not here"
            if isinstance(signer, KeySigner) and _key(signer, request) is None:
                yield f"`{name}` is signed by {signer}, which is not in `keys`"


def _unsigned(images: Sequence[Image]) -> str:
    names = ", ".join(f"`{image.reference.familiar}`" for image in images[:_SHOWN])
    more = f" and {len(images) - _SHOWN} more" if len(images) > _SHOWN else ""
    return f"no signer is recorded for {names}{more}"
