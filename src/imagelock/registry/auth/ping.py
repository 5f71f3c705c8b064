"""Ask a server at `/v2/` what it wants, where it did not say so elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx

from imagelock.registry.auth import challenge
from imagelock.registry.http.transport import HEADERS

if TYPE_CHECKING:
    from collections.abc import Generator

    from imagelock.registry.auth.challenge import Challenge


class Ping:
    """The challenges at `/v2/` of one server, asked for once; for many threads."""

    def __init__(self) -> None:
        self._found: dict[str, Challenge] | None = None
        self._turn = threading.Lock()

    def challenges(
        self, url: httpx.URL
    ) -> Generator[httpx.Request, httpx.Response, dict[str, Challenge]]:
        """Return what the server of *url* asks for at `/v2/`, by scheme."""
        with self._turn:
            if self._found is None:
                self._found = {}  # stays if the connection breaks
                ping = httpx.Request("GET", url.copy_with(raw_path=b"/v2/"))
                ping.headers.update(HEADERS)
                response = yield ping
                if response.status_code == httpx.codes.UNAUTHORIZED:
                    self._found = challenge.of(response)
            return self._found
