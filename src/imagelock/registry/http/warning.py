"""What a registry wants its users to know: the `Warning` header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.registry.http.untrusted_text import shown

if TYPE_CHECKING:
    import httpx

_FORM: Final = re.compile(r'299 - "((?:[^"\\]|\\.)*+)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_LONGEST: Final = 4096
"""Bytes of a warning; OCI distribution-spec, "Warnings", asks for no more."""


def read(response: httpx.Response) -> list[str]:
    """Return the warnings in *response*, fit to be shown: `299 - "text"`.

    Those of any other form are none, as the specification has it.
    """
    headers = response.headers.get_list("Warning")
    found = (_FORM.fullmatch(h.strip()) for h in headers if len(h) <= _LONGEST)
    return [shown(_ESCAPED.sub(r"\1", match[1])) for match in found if match]
