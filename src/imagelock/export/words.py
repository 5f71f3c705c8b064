"""How values are written in YAML."""

from __future__ import annotations

import json
import re
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_./][\w./-]*(?::[\w.-]+)*(?:@[\w.+-]+:[\w]+)?")
_OTHER_TYPES: Final = re.compile(
    r"(?i:null|true|false|yes|no|on|off|y|n)|\.(?:inf|nan)"
)


def quoted(text: str) -> str:
    """Return *text* as a YAML scalar that is a string in YAML 1.1 and 1.2."""
    if _PLAIN.fullmatch(text) and not _OTHER_TYPES.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
