"""JSON from strangers: one reading, or none."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def loads(data: bytes) -> object:
    """Return the value of *data*.

    Two readers of the same bytes must see the same: repeated keys, other
    encodings than UTF-8, and `NaN` are refused.

    Raises:
        ValueError: *data* is not such JSON, or nests too deeply to be read.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
        )
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
            message = "a key is given twice"
            raise ValueError(message)
        result[key] = value
    return result


def _constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
