"""Sanitise server text for terminals and files."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote_plus

from imagelock.registry.http import strict_json

if TYPE_CHECKING:
    import httpx

_USERINFO: Final = re.compile(r"//[^/@\s]*+@")
_LONGEST: Final = 200
"""Characters of a text that are shown on a terminal."""
_LONGEST_BODY: Final = 4096
"""Bytes of a plain-text body that are read."""


def escape_for_terminal(text: str) -> str:
    """Return *text* on one line, shortened, with unprintable characters escaped."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if short.isprintable():
        return short
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii")
        for c in short
    )


def strip_userinfo(text: str) -> str:
    """Return *text* without the users and passwords of the URLs in it."""
    return _USERINFO.sub("//…@", text)


def printable_prefix(text: str, longest: int) -> str:
    """Return the printable ones of the first *longest* characters of *text*."""
    return "".join(c for c in text[:longest] if c.isprintable()).strip()


def server_message(response: httpx.Response) -> str:
    """Return a registry's own explanation of an error, or an empty text.

    That is the first of the `errors` of OCI distribution-spec, "Error Codes",
    or a plain text. The credentials of the request are removed, since a server may
    send anything back. The body must have been read.
    """
    text = _from_json(response.content) or _from_text(response)
    for secret in _secrets(response.request):
        text = text.replace(secret, "…")
    return escape_for_terminal(" ".join(text.split()))


def _from_json(body: bytes) -> str:
    try:
        document = strict_json.loads(body)
    except ValueError:
        return ""
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else document
    if not isinstance(first, dict):
        return ""
    values = (first.get(key) for key in ("code", "message", "details"))
    return ": ".join(text for text in values if isinstance(text, str) and text)


def _from_text(response: httpx.Response) -> str:
    content_type = response.headers.get("Content-Type", "")
    if not content_type.lower().startswith("text/plain"):
        return ""
    return response.content[:_LONGEST_BODY].decode("utf-8", "replace")


def _secrets(request: httpx.Request) -> list[str]:
    """Return the secrets in *request*, the longest first."""
    _, _, value = request.headers.get("Authorization", "").partition(" ")
    form = request.content.decode("ascii", "replace")
    tokens = parse_qs(form).get("refresh_token", [])
    secrets = [*tokens, *map(quote_plus, tokens), value]
    try:
        secrets.append(base64.b64decode(value, validate=True).decode("utf-8"))
        secrets.append(secrets[-1].partition(":")[2])
    except (binascii.Error, UnicodeDecodeError):
        pass  # a token, with no second secret inside
    return [secret for secret in secrets if secret]
