"""How single registries are reached, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_CONNECTIONS: Final = 8
"""Connections to one host at a time, where the settings do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """How one registry is reached.

    `mirror` is a URL, or a bare host, with an optional path prefix. It is asked
    for content by digest before the registry itself, and for tags only with
    `resolve_from_mirror`, which makes it stand for the registry entirely.
    `plain_http` that is `None` leaves it to the address: http on this machine
    only, unless there is something to do with TLS. `ca` is a file, or a folder in
    OpenSSL's form, of further authorities; `client_key` may be absent where the key
    is in the file `client_cert`. `authorities` and `pairs`, of a certificate and
    perhaps its key, are the same where there are several. `skip_verify` accepts any
    certificate, and is told to whoever runs us. `shared_token` is whether to ask
    for one token for several repositories; `None` leaves it to the registry.
    `token_server`, `host[:port]`, is the only one that gives tokens, if it is set.
    """

    mirror: str | None = None
    resolve_from_mirror: bool = False
    plain_http: bool | None = None
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    authorities: tuple[Path, ...] = ()
    pairs: tuple[tuple[Path, Path | None], ...] = ()
    skip_verify: bool = False
    shared_token: bool | None = None
    token_server: str | None = None
    max_connections: int = DEFAULT_CONNECTIONS

    def is_plain(self, *, here: bool) -> bool:
        """Tell whether to speak http; *here* if the server is on this machine."""
        if self.plain_http is not None:
            return self.plain_http
        shown = self.client_cert or self.pairs
        trusted = self.ca or self.authorities or self.skip_verify
        return here and not (shown or trusted)
