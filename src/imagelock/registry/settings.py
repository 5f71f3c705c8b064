"""How registries are reached: plain values, which the command line fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from imagelock.config.registries import HostSettings
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


API: Final = "/v2"
"""Where the API begins on a server, by OCI distribution-spec."""


HUB_HOST: Final = "registry-1.docker.io"
"""Where `docker.io` is served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server for some repositories of a registry: a mirror, or the registry's own.

    `address` is `host[:port]`, with `http://` or `https://` before it where the
    settings say which. `root` is where its API begins. A repository that begins
    with the segments of `strip` gets those of `prefix` instead. `namespace` is
    told to the server as `?ns=`, unless empty. `resolves` is whether it may say
    what a tag stands for, `serves` whether it is asked for content by digest.
    `insecure` servers may also be asked without TLS if TLS fails.
    """

    address: str
    root: str = API
    strip: str = ""
    prefix: str = ""
    namespace: str = ""
    resolves: bool = True
    serves: bool = True
    is_mirror: bool = True
    insecure: bool = False


class Mirrors(Protocol):
    """Whatever knows mirrors; it has read its files before it is asked."""

    def servers(self, registry: str, repository: str) -> Sequence[Server]:
        """Return the servers for *repository* in the order in which to ask them.

        The registry's own is the last, if it may be asked. None at all says that
        nothing is known, and that the registry is reached by its name.

        Raises:
            Failure: the settings forbid it, or cannot be used.
        """
        ...

    def known(self, registry: str) -> Sequence[Server]:
        """Return every server for some repository of *registry*, as `servers`."""
        ...

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return what is special about the TLS of a server, by `host[:port]`."""
        ...


class NoMirrors:
    """Nothing is known: every registry is reached by its name."""

    def servers(self, registry: str, repository: str) -> Sequence[Server]:  # noqa: ARG002 - the protocol
        """Return nothing."""
        return ()

    def known(self, registry: str) -> Sequence[Server]:  # noqa: ARG002 - the protocol
        """Return nothing."""
        return ()

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return nothing."""
        return {}


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
