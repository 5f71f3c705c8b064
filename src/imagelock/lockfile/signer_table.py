"""The `signer` of an entry in the lockfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.lockfile.invalid_table import InvalidTableError, refuse_unknown
from imagelock.model.signer import (
    SIGNER_KEYS,
    SIGSTORE,
    KeySigner,
    NotationSigner,
    SigstoreSigner,
    is_fingerprint,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.model.signer import Signer

_CLASSES: Final[dict[str, Callable[..., Signer]]] = {
    SIGSTORE: SigstoreSigner,
    "key": KeySigner,
    "notation": NotationSigner,
}


def read_signer(table: object) -> Signer:
    """Return the signer in *table*.

    Raises:
        InvalidTableError: *table* is not of this format.
    """
    if not isinstance(table, dict):
        message = "expected a table"
        raise InvalidTableError(message)
    kind = _text(table, "kind")
    keys = SIGNER_KEYS.get(kind)
    if keys is None:
        names = ", ".join(f"`{name}`" for name in SIGNER_KEYS)
        message = f"`{kind}` is not a kind of signer; the kinds are {names}"
        raise InvalidTableError(message, "kind")
    refuse_unknown(table, frozenset({"kind", *keys}))
    values = {key: _text(table, key) for key in keys if key in table or key != "source"}
    if "fingerprint" in values and not is_fingerprint(values["fingerprint"]):
        message = "expected `sha256:` and 64 hexadecimal digits"
        raise InvalidTableError(message, "fingerprint")
    return _CLASSES[kind](**values)


def _text(table: dict[str, object], key: str) -> str:
    if key not in table:
        message = "the key is missing"
        raise InvalidTableError(message, key)
    text = table[key]
    if not isinstance(text, str) or not text:
        message = "expected a string that is not empty"
        raise InvalidTableError(message, key)
    return text
