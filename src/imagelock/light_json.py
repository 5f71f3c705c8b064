"""JSON without `json`, whose patterns take longer to compile than most files."""

from __future__ import annotations

from functools import cache

from imagelock.light_typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from json import JSONEncoder

__all__ = ["decode", "encode", "encoded_string"]

try:
    from _json import encode_basestring_ascii as encoded_string
    from _json import make_scanner
except ImportError:  # another implementation of Python
    from json.encoder import encode_basestring_ascii as encoded_string
    from json.scanner import make_scanner


class _Options:
    """What a scanner asks of a `json.JSONDecoder`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


_SCAN: Final = make_scanner(_Options)  # type: ignore[arg-type]


def decode(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the value at the start of *text*; what is behind it is not looked at.

    Raises:
        ValueError: there is none.
    """
    try:
        return _SCAN(text, 0)[0]
    except StopIteration:
        message = "there is no value"
        raise ValueError(message) from None


def encode(value: object) -> str:
    """Return *value*, made of lists, texts and numbers, without spaces."""
    return _encoder().encode(value)


@cache
def _encoder() -> JSONEncoder:
    from json import JSONEncoder  # where nothing changed, nothing is encoded

    return JSONEncoder(separators=(",", ":"))
