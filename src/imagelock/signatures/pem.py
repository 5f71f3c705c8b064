"""Public keys in PEM, and their fingerprints."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.text_file import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK: Final = re.compile(
    r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----"
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its text, PEM, and the SHA-256 of its DER, `sha256:…`."""

    pem: str
    fingerprint: str


def read_public_key(path: Path) -> PublicKey:
    """Return the public key in the file at *path* (RFC 7468, 13).

    Raises:
        ConfigurationError: it cannot be read, or is no public key.
    """
    data = read_bytes(path, f"the key `{path}`", ConfigurationError)
    match = _BLOCK.search(data.decode("ascii", "replace"))
    try:
        der = (
            base64.b64decode("".join(match[1].split()), validate=True) if match else b""
        )
    except binascii.Error:
        der = b""
    if match is None or not der:
        hint = "it begins with `-----BEGIN PUBLIC KEY-----`; `cosign public-key` has it"
        if b"PRIVATE KEY" in data:
            hint = "this is a private key: name the file with its public key"
        raise ConfigurationError(f"`{path}` is not a public key in PEM", hint=hint)
    fingerprint = f"sha256:{hashlib.sha256(der).hexdigest()}"
    return PublicKey(f"{match[0]}\n", fingerprint)
