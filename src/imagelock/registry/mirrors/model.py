"""What the settings of a container program say of where images are served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.registry.settings import HostSettings

API: Final = "/v2"
"""Where the API begins on a server, by OCI distribution-spec."""


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
