"""Strict JSON for untrusted input: no duplicate keys, no NaN, UTF-8 only."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn


def loads(data: bytes) -> object:
    """Parse *data*, refusing JSON that two parsers may understand differently.

    Duplicate keys, encodings other than UTF-8, and `NaN` are refused.

    Raises:
        ValueError: *data* is not such JSON, or is nested too deeply.
    """
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        message = "not UTF-8"
        raise ValueError(message) from error
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            message = "duplicate key"
            raise ValueError(message)
        result[key] = value
    return result


def _constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
