"""How values are written in YAML and JSON."""

from __future__ import annotations

import json
import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z][\w./-]*(?::[\w.-]+)*(?:@[\w.+-]+:\w+)?", re.ASCII)
_OTHER_TYPES: Final = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n)")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON allows in a string, and YAML does not, or takes for the end of a line."""


def quoted(text: str) -> str:
    """Return *text* as a YAML scalar that is a string in YAML 1.1 and 1.2."""
    if _PLAIN.fullmatch(text) and not _OTHER_TYPES.fullmatch(text):
        return text
    return as_json(text)


def as_json(value: object, *, indent: int | None = None) -> str:
    """Return *value* as JSON that means the same to a reader of YAML.

    Keys are sorted, so that the same content is the same text.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, sort_keys=True)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
