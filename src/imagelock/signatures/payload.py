"""What is signed: the statement or payload names the image by its digest."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.registry.http import strict_json
from imagelock.registry.http.untrusted_text import escape_for_terminal
from imagelock.signatures.signature import InvalidSignatureError, NoSignatureError

if TYPE_CHECKING:
    from imagelock.model.digest import Digest

IMAGE_SIGNATURE: Final = "https://sigstore.dev/cosign/sign/v1"
"""The type of the statement that signs an image; every other is an attestation."""

_IN_TOTO: Final = "application/vnd.in-toto+json"
_STATEMENTS: Final = frozenset(
    {"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"}
)
_SIMPLE_SIGNING: Final = "cosign container image signature"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope: what is signed, and the signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    @property
    def signed_bytes(self) -> bytes:
        """The bytes that are signed: the pre-authentication encoding (DSSE, PAE)."""
        kind = self.payload_type.encode()
        head = b"DSSEv1 %d %s %d " % (len(kind), kind, len(self.payload))
        return head + self.payload


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in *body*.

    Raises:
        InvalidSignatureError: it is none.
    """
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        raise InvalidSignatureError(f"it is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise InvalidSignatureError("it is not a JSON object")
    return document


def envelope_of(bundle: dict[str, Any]) -> Envelope:
    """Return the envelope in *bundle*.

    Raises:
        NoSignatureError: it has none, since it signs a file.
        InvalidSignatureError: it is malformed.
    """
    match bundle.get("dsseEnvelope"):
        case None:
            raise NoSignatureError
        case {"payloadType": str(kind), "payload": str(payload), "signatures": list(s)}:
            texts = [each.get("sig") for each in s if isinstance(each, dict)]
            signatures = tuple(decode_base64(text) for text in texts)
            return Envelope(kind, decode_base64(payload), signatures)
        case _:
            raise InvalidSignatureError("its envelope is malformed")


def decode_base64(text: object) -> bytes:
    """Return the bytes that *text* encodes as Base64.

    Raises:
        InvalidSignatureError: it does not.
    """
    try:
        return base64.b64decode(text if isinstance(text, str) else "!", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidSignatureError("a value is not Base64") from error


def check_envelope(envelope: Envelope, digest: Digest) -> None:
    """Check that *envelope* is a signature of the image at *digest*.

    Raises:
        NoSignatureError: it attests something else about an image.
        InvalidSignatureError: it is about another image, or malformed.
    """
    if envelope.payload_type != _IN_TOTO:
        kind = escape_for_terminal(envelope.payload_type)
        raise InvalidSignatureError(f"it signs `{kind}`, not a statement")
    statement = parse_object(envelope.payload)
    if statement.get("_type") not in _STATEMENTS:
        raise InvalidSignatureError("it signs an unknown kind of statement")
    if statement.get("predicateType") != IMAGE_SIGNATURE:
        raise NoSignatureError
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or not any(
        _is_about(subject, digest) for subject in subjects
    ):
        raise InvalidSignatureError("it signs another image")


def check_simple_signing(payload: bytes, digest: Digest) -> None:
    """Check that *payload* is about the image at *digest*.

    Raises:
        InvalidSignatureError: it is about another image, or malformed.
    """
    match parse_object(payload).get("critical"):
        case {"type": str(kind), "image": {"docker-manifest-digest": str(stated)}}:
            if kind != _SIMPLE_SIGNING:
                raise InvalidSignatureError("it signs something other than an image")
            if stated != str(digest):
                raise InvalidSignatureError("it signs another image")
        case _:
            raise InvalidSignatureError("its payload is malformed")


def _is_about(subject: object, digest: Digest) -> bool:
    match subject:
        case {"digest": dict(digests)}:
            return bool(digests.get(digest.algorithm) == digest.encoded)
        case _:
            return False
