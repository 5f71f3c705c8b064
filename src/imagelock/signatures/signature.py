"""Signatures as they were found, and why one does not count."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping


class SignatureForm(Enum):
    """The form of a signature."""

    BUNDLE = "Sigstore bundle"
    """A bundle of Sigstore, as cosign 3 attaches it."""
    SIMPLE_SIGNING = "cosign signature"
    """A payload with annotations, as cosign 1 and 2 attach it."""
    NOTATION = "Notation signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that was found with an image; nothing in it is verified.

    `body` is the bundle, the payload or the envelope, whose bytes were hashed, and
    `media_type` what its manifest says it is. `annotations` are those of its layer.
    `is_signed_by_key` is whether it claims to be by a key, not by a certificate.
    """

    form: SignatureForm
    body: bytes
    media_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    is_signed_by_key: bool = False


class InvalidSignatureError(Exception):
    """A signature that is not one of this image, or that no trusted signer made."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NoVerifierError(Exception):
    """A signature that cannot be verified here: a library or program is missing."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NoSignatureError(Exception):
    """Something that is attached to an image, but signs no image."""


def missing_library() -> tuple[str, str]:
    """Return the message and the hint for a library that is not installed."""
    return "the library `sigstore` is not installed", "install `imagelock[sigstore]`"


def shortened(text: str) -> str:
    """Return *text*, which another program or library wrote, short and on one line."""
    longest = 200
    line = escape_for_terminal(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[:longest]}…"
