"""How registries are reached: plain values, which the command line fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_CONNECTIONS: Final = 8
"""Connections to one host at a time, where the settings do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """How one registry is reached.

    `mirror` is a URL, or a bare host, with an optional path prefix. It is asked
    for content by digest before the registry itself, and for tags only with
    `resolve_from_mirror`, which makes it stand for the registry entirely.
    """

    mirror: str | None = None
    resolve_from_mirror: bool = False
    plain_http: bool = False
    max_connections: int = DEFAULT_CONNECTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How each registry is reached, by the name that references use.

    `timeout` is in seconds, for each phase of a request: to connect, to send,
    and to receive the next bytes. `deadline` is in seconds from the opening of the
    client: no request begins after it.
    """

    hosts: Mapping[str, HostSettings] = field(default_factory=dict)
    timeout: float = 30.0
    deadline: float = 300.0

    def host(self, registry: str) -> HostSettings:
        """Return the settings of *registry*, which may be the defaults."""
        return self.hosts.get(registry, HostSettings())
