"""How registries are reached: plain values that `connect` fills in."""

from __future__ import annotations

from imagelock.config.registries import HostSettings
from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


_DEFAULTS: Final = HostSettings()

API: Final = "/v2"
"""The path of the API on a server; OCI distribution-spec."""


HUB_HOST: Final = "registry-1.docker.io"
"""The host that serves `docker.io`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """A server for some repositories of a registry: a mirror, or the registry itself.

    `address` is `host[:port]`, with `http://` or `https://` before it where the
    settings name the scheme. `root` is the path of its API. In the name of a
    repository, the leading segments `strip` are replaced by those of `prefix`.
    `namespace` is sent to the server as `?ns=`, unless empty. `resolves` is whether
    it may resolve tags, `serves` whether it is asked for content by digest.
    `insecure` servers are also asked without TLS if TLS fails.
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
    """The mirrors of registries; their files are read before the first call."""

    def servers(self, registry: str, repository: str) -> Sequence[ServerSettings]:
        """Return the servers for *repository* in the order in which to ask them.

        The registry itself is the last, if it may be asked. An empty result means
        that there are no settings, and that the registry is reached by its name.

        Raises:
            Failure: the settings block the repository, or cannot be used.
        """
        ...

    def all_servers(self, registry: str) -> Sequence[ServerSettings]:
        """Return every server for any repository of *registry*, as `servers` does."""
        ...

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return the TLS settings of servers by `host[:port]`."""
        ...


class NoMirrors:
    """No mirrors: every registry is reached by its name."""

    def servers(self, registry: str, repository: str) -> Sequence[ServerSettings]:  # noqa: ARG002 - the protocol
        """Return nothing."""
        return ()

    def all_servers(self, registry: str) -> Sequence[ServerSettings]:  # noqa: ARG002 - the protocol
        """Return nothing."""
        return ()

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return nothing."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How each registry is reached, by the name that references use.

    `authorities` are trusted for every host: files, or folders in OpenSSL's form.
    `mirrors` come from the settings of other programs, and are for registries
    without a `mirror` of their own in `hosts`. `certificate_folders` are `certs.d`
    folders, in order of precedence.
    `timeout` is in seconds, for each phase of a request: to connect, to send,
    and to receive the next bytes. `deadline` is in seconds from the opening of the
    client: no request begins after it. `documents` is the folder that keeps documents
    of images for other runs, and `pulls` the file that counts pulls of all runs.
    `trusted` are the registries that may be anywhere: others, which an image only
    states, are asked at public addresses alone. Without a set, all are trusted.
    """

    hosts: Mapping[str, HostSettings] = field(default_factory=dict)
    timeout: float = 30.0
    deadline: float = 300.0
    authorities: tuple[Path, ...] = ()
    certificate_folders: tuple[Path, ...] = ()
    mirrors: Mirrors = field(default_factory=NoMirrors)
    documents: Path | None = None
    pulls: Path | None = None
    trusted: frozenset[str] | None = None

    def is_trusted(self, registry: str) -> bool:
        """Return whether *registry* may be at an address that is not public.

        Nobody else chooses the address of Docker Hub, or of what the settings name.
        """
        if self.trusted is None or registry == DOCKER_HUB or registry in self.hosts:
            return True
        return registry in self.trusted

    def host(self, registry: str) -> HostSettings:
        """Return the settings of *registry*, or the defaults."""
        return self.hosts.get(registry, _DEFAULTS)

    def shares_token(self, registry: str) -> bool:
        """Return whether to ask *registry* for one token for several repositories.

        Many servers do not support that, or get it wrong (Google's, GitLab's):
        without a setting it is done for Docker Hub only, where it works.
        """
        shared = self.host(registry).shared_token
        return registry == DOCKER_HUB if shared is None else shared
