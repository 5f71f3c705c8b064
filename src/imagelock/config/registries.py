"""The settings of one registry, as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_CONNECTIONS: Final = 32
"""The most simultaneous connections to a host without a setting."""

HUB_CONNECTIONS: Final = 8
"""The same for Docker Hub, which limits requests by the minute."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Two PEM files; without `key`, the key is in the file `certificate`."""

    certificate: Path
    key: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """How one registry is reached.

    `mirror` is a URL, or a bare host, with an optional path prefix. It is asked
    for content by digest before the registry itself, and for tags only with
    `resolve_from_mirror`, with which it replaces the registry entirely.
    `plain_http` of `None` means http on this machine only, and only without settings
    for TLS. `authorities` are files, or folders in OpenSSL's form, trusted in addition
    to those of the operating system. `skip_verify` accepts any certificate, with a
    warning. `shared_token` is whether to ask for one token for several repositories;
    `None` means on Docker Hub only. `token_server`, `host[:port]`, is the only token
    server that the registry may name, if it is set. `max_connections` of `None` means
    `DEFAULT_CONNECTIONS`, or fewer on Docker Hub. `requests_per_minute` and
    `pulls_per_6h`, which are GET requests for manifests, are not exceeded, if set.
    """

    mirror: str | None = None
    resolve_from_mirror: bool = False
    plain_http: bool | None = None
    authorities: tuple[Path, ...] = ()
    client_certificates: tuple[ClientCertificate, ...] = ()
    skip_verify: bool = False
    shared_token: bool | None = None
    token_server: str | None = None
    max_connections: int | None = None
    requests_per_minute: int | None = None
    pulls_per_6h: int | None = None

    def is_plain(self, *, is_local: bool) -> bool:
        """Return whether to use http; *is_local* is whether it is on this machine."""
        if self.plain_http is not None:
            return self.plain_http
        has_tls = self.authorities or self.client_certificates or self.skip_verify
        return is_local and not has_tls
