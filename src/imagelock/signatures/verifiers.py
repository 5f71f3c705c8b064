"""The verifiers of the settings, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.signatures.by_cosign import CosignVerifier
from imagelock.signatures.by_keys import KeyVerifier
from imagelock.signatures.by_notation import NotationVerifier
from imagelock.signatures.by_sigstore import SigstoreVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.config.signatures import SignatureSettings, VerifierName
    from imagelock.signatures.verifier import Verifier

_VERIFIERS: Final[
    Mapping[VerifierName, Callable[[SignatureSettings, Mapping[str, str]], Verifier]]
] = {
    "sigstore": lambda settings, _: SigstoreVerifier(settings),
    "cosign": CosignVerifier,
    "notation": NotationVerifier,
}


def verifiers_of(
    settings: SignatureSettings, environment: Mapping[str, str]
) -> tuple[Verifier, ...]:
    """Return the verifiers that *settings* name, after that of their keys.

    Programs are looked for on the `PATH` of *environment*, and run in it.
    """
    others = (_VERIFIERS[name](settings, environment) for name in settings.verifiers)
    return (KeyVerifier(settings.keys), *others)
