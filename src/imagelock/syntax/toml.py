"""Parse untrusted TOML: every problem is a `ValueError`."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

_PLACE: Final = re.compile(
    r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$"
)
_LONG_NUMBER: Final = re.compile(r"0[box][0-9A-Fa-f_]{1000}")


class TomlError(ValueError):
    """What is wrong, and the line and column, from 1, where that shows."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def loads(text: str) -> dict[str, Any]:
    """Return the tables of *text*.

    Raises:
        TomlError: *text* is not TOML.
        ValueError: it nests too deeply, or has a number so large
            that Python refuses to print it. Numbers in TOML have at most 64 bits,
            but `tomllib` accepts longer ones.
    """
    try:
        data = tomllib.loads(text)
        if _LONG_NUMBER.search(text):
            # Fails for more than 4300 digits, as reading them in decimal does.
            repr(data)
    except tomllib.TOMLDecodeError as error:
        raise _located(error, text) from error
    except ValueError as error:
        message = "a number in it is too large"
        raise ValueError(message) from error
    except RecursionError as error:
        message = "it is nested too deeply"
        raise ValueError(message) from error
    return data


def _located(error: tomllib.TOMLDecodeError, text: str) -> TomlError:
    """Return *error* with the place that its message ends with."""
    message = str(error)
    place = _PLACE.search(message)
    if place and place["line"]:
        line, column = int(place["line"]), int(place["column"])
    else:
        *before, last = text.rstrip("\n").split("\n")
        line, column = len(before) + 1, len(last) + 1
    message = message[: place.start()] if place else message
    return TomlError(f"{message[:1].lower()}{message[1:]}", line, column)
