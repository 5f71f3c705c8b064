"""Challenges of a `401`: the `WWW-Authenticate` header."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import dataclass, field
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.transport import HEADERS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

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


class PingChallenges:
    """The challenges at `/v2/` of one server, requested once; thread-safe."""

    def __init__(self) -> None:
        self._challenges: dict[str, Challenge] | None = None
        self._lock = threading.Lock()

    @property
    def was_sent(self) -> bool:
        """Whether they have been requested, or are just now."""
        return self._challenges is not None

    def get(
        self, url: httpx.URL
    ) -> Generator[httpx.Request, httpx.Response, dict[str, Challenge]]:
        """Return the challenges of the server of *url* at `/v2/`, by scheme."""
        with self._lock:
            if self._challenges is None:
                self._challenges = {}  # remains if the connection breaks
                ping = httpx.Request("GET", url.copy_with(raw_path=b"/v2/"))
                ping.headers.update(HEADERS)
                response = yield ping
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    self._challenges = challenges_of(response)
            return self._challenges


def challenges_of(response: httpx.Response) -> dict[str, Challenge]:
    """Return the challenges in *response* by scheme, the first of each.

    Raises:
        Failure: as for `parse_challenges`.
    """
    headers = response.headers.get_list("WWW-Authenticate")
    challenges = parse_challenges(headers)
    return {challenge.scheme: challenge for challenge in reversed(challenges)}


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Parse the challenges in `WWW-Authenticate` *headers*, in their order.

    RFC 9110, 11.6.1: `Bearer realm="…",service="…", Basic realm="…"`. A value
    may be unquoted beyond what the RFC allows, as servers send it: `realm=/token`.

    Raises:
        Failure: a header is malformed, or gives a parameter twice.
    """
    return [challenge for header in headers for challenge in _parse(header)]


def _parse(header: str) -> list[Challenge]:
    challenges: list[Challenge] = []
    position = _skip(_SEPARATORS, header, 0)
    while position < len(header):
        if challenges and (match := _PARAMETER.match(header, position)):
            position = match.end()
            _add(challenges[-1].parameters, match)
        elif match := _SCHEME.match(header, position):
            position = match.end()
            challenges.append(Challenge(match[1].lower()))
            if not _PARAMETER.match(header, position):
                position = _skip(_BARE, header, position)
        else:
            raise _malformed()
        position = _skip(_SEPARATORS, header, position)
    return challenges


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _add(parameters: dict[str, str], match: re.Match[str]) -> None:
    name, quoted, bare = match[1].lower(), match[2], match[3]
    if name in parameters:
        raise _malformed()
    parameters[name] = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)


def _malformed() -> Failure:
    hint = "its `WWW-Authenticate` header is malformed: tell its administrator"
    return Failure(
        "it asks for credentials in a form that is not valid HTTP", hint=hint
    )
