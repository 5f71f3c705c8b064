"""How registries are reached: plain values, which the command line fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.reference import DOCKER_HUB
from imagelock.registry.mirrors.model import NoMirrors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagelock.registry.mirrors.model import Mirrors

HUB_HOST: Final = "registry-1.docker.io"
"""Where `docker.io` is served."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How each registry is reached, by the name that references use.

    `authorities` are trusted for every host: files, or folders in OpenSSL's form.
    `mirrors` knows those that the settings of other programs name, for registries
    that have no `mirror` here. `certificate_folders` are `certs.d` folders, the more important first.
    `timeout` is in seconds, for each phase of a request: to connect, to send,
    and to receive the next bytes. `deadline` is in seconds from the opening of the
    client: no request begins after it.
    """

    hosts: Mapping[str, HostSettings] = field(default_factory=dict)
    timeout: float = 30.0
    deadline: float = 300.0
    authorities: tuple[Path, ...] = ()
    certificate_folders: tuple[Path, ...] = ()
    mirrors: Mirrors = field(default_factory=NoMirrors)

    def host(self, registry: str) -> HostSettings:
        """Return the settings of *registry*, which may be the defaults."""
        return self.hosts.get(registry, HostSettings())

    def shares_token(self, registry: str) -> bool:
        """Tell whether to ask *registry* for one token for several repositories.

        Many servers know no such request, or get it wrong (Google's, GitLab's):
        without a setting it is for Docker Hub alone, where it is known to work.
        """
        asked = self.host(registry).shared_token
        return registry == DOCKER_HUB if asked is None else asked
