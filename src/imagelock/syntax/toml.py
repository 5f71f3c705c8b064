"""Parse untrusted TOML: every problem is a `ValueError`."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

_LONG_NUMBER: Final = re.compile(r"0[box][0-9A-Fa-f_]{1000}")


def loads(text: str) -> dict[str, Any]:
    """Return the tables of *text*.

    Raises:
        ValueError: *text* is not TOML, nests too deeply, or has a number so large
            that Python refuses to print it. Numbers in TOML have at most 64 bits,
            but `tomllib` accepts longer ones.
    """
    try:
        data = tomllib.loads(text)
        if _LONG_NUMBER.search(text):
            # Fails for more than 4300 digits, as reading them in decimal does.
            repr(data)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        message = "a number in it is too large"
        raise ValueError(message) from error
    except RecursionError as error:
        message = "it is nested too deeply"
        raise ValueError(message) from error
    return data
