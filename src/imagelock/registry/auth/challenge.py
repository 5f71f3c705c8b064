"""What a `401` asks for: the `WWW-Authenticate` header."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_END: Final = r"[ \t]*(?=,|$)"
_SCHEME: Final = re.compile(rf"({_WORD})(?:[ \t]+|(?=,)|$)")
_BARE: Final = re.compile(rf"[A-Za-z0-9._~+/-]+=*{_END}")
_PARAMETER: Final = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=][^\s",]*)){_END}'
)
_SEPARATORS: Final = re.compile(r"[ \t,]*")
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A scheme and its parameters; scheme and names are in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse(headers: Iterable[str]) -> list[Challenge]:
    """Read the challenges of `WWW-Authenticate` *headers*, in their order.

    RFC 9110, 11.6.1: `Bearer realm="…",service="…", Basic realm="…"`. A value
    may be bare beyond what the RFC allows, as servers send it: `realm=/token`.

    Raises:
        Failure: a header of another form, or a parameter that is given twice.
    """
    return [challenge for header in headers for challenge in _challenges(header)]


def of(response: httpx.Response) -> dict[str, Challenge]:
    """Return the challenges in *response* by scheme, the first of each.

    Raises:
        Failure: as for `parse`.
    """
    headers = response.headers.get_list("WWW-Authenticate")
    return {found.scheme: found for found in reversed(parse(headers))}


def _challenges(header: str) -> list[Challenge]:
    found: list[Challenge] = []
    place = _skipped(_SEPARATORS, header, 0)
    while place < len(header):
        if found and (match := _PARAMETER.match(header, place)):
            place = match.end()
            _add(found[-1].parameters, match)
        elif match := _SCHEME.match(header, place):
            place = match.end()
            found.append(Challenge(match[1].lower()))
            if not _PARAMETER.match(header, place):
                place = _skipped(_BARE, header, place)
        else:
            raise _unreadable()
        place = _skipped(_SEPARATORS, header, place)
    return found


def _skipped(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _add(parameters: dict[str, str], match: re.Match[str]) -> None:
    name, quoted, bare = match[1].lower(), match[2], match[3]
    if name in parameters:
        raise _unreadable()
    parameters[name] = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)


def _unreadable() -> Failure:
    hint = "its `WWW-Authenticate` header is malformed: tell its administrator"
    return Failure("it asks for credentials in a form that is not HTTP's", hint=hint)
