"""Which server answers for a registry, and where on it a repository lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import httpx

from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.address import Reach, reach
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import API, HUB_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.config.registries import HostSettings
    from imagelock.registry.settings import Server, Settings

_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9a-fA-F:.]+\](:[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server and the name under which its credentials are kept.

    `registry` is that name: a mirror has its own, and never sees the
    credentials of the registry that it mirrors. `root` is where its API begins.
    The segments of `prefix` go before every repository, in the place of those of
    `strip`; `namespace` is sent along, unless empty. `resolves` and `serves` tell
    what it is asked for: tags, and content by digest. `insecure` is its address
    without TLS, if it may be asked there, too. `label` names it in messages.
    """

    registry: str
    base: httpx.URL
    root: str = API
    prefix: str = ""
    strip: str = ""
    namespace: str = ""
    is_mirror: bool = False
    resolves: bool = True
    serves: bool = True
    insecure: httpx.URL | None = None
    label: str

    @classmethod
    def origin(cls, registry: str, settings: Settings) -> Self:
        """Return the server of *registry* itself.

        It is asked over https, except where the settings say `plain_http`, or on
        this machine and they say nothing.

        Raises:
            httpx.InvalidURL: *registry* is no address, such as `999.0.0.1`.
        """
        host = HUB_HOST if registry == DOCKER_HUB else registry
        plain = settings.host(registry).is_plain(here=_is_here(host))
        base = httpx.URL(f"{'http' if plain else 'https'}://{host}")
        return cls(registry=registry, base=base, label=f"`{registry}`")

    @classmethod
    def mirror(cls, registry: str, address: str) -> Self:
        """Return the server at *address*, which mirrors *registry*.

        Raises:
            ConfigurationError: *address* is not an http(s) URL, or has more than
                a host and a path.
        """
        base = _mirror_url(registry, address)
        host = base.netloc.decode("ascii")
        path = base.path.strip("/")
        return cls(
            registry=host,
            base=base.copy_with(path="/"),
            prefix=path,
            is_mirror=True,
            label=f"the mirror `{host}` of `{registry}`",
        )

    @classmethod
    def named(cls, registry: str, server: Server, settings: Settings) -> Self:
        """Return the endpoint for *server*, which other settings name for *registry*.

        Raises:
            httpx.InvalidURL: its address is none.
        """
        scheme, _, host = server.address.rpartition("://")
        host = DOCKER_HUB if host == HUB_HOST else host
        base = cls.origin(host, settings).base
        base = base.copy_with(scheme=scheme) if scheme else base
        secure = base.scheme == "https"
        kind = "mirror" if server.is_mirror else "server"
        return cls(
            registry=host,
            base=base,
            root=server.root,
            prefix=server.prefix,
            strip=server.strip,
            namespace=server.namespace,
            is_mirror=server.is_mirror,
            resolves=server.resolves,
            serves=server.serves,
            insecure=(
                base.copy_with(scheme="http") if server.insecure and secure else None
            ),
            label=(
                f"`{registry}`"
                if host == registry and not server.is_mirror
                else f"the {kind} `{host}` of `{registry}`"
            ),
        )

    @property
    def address(self) -> str:
        """The URL that its repositories lie below, for people."""
        root = self.root.removesuffix(API)
        path = "/".join(part for part in (root.strip("/"), self.prefix) if part)
        return str(self.base.copy_with(path=f"/{path}")).rstrip("/")

    def repository(self, name: str) -> str:
        """Return what this server calls the repository *name* of the registry.

        Raises:
            Failure: nothing would be left of the name.
        """
        rest = name[len(self.strip) :].strip("/")
        found = "/".join(part for part in (self.prefix, rest) if part)
        if not found:
            raise Failure("its settings leave no name for the repository")
        return found

    def url(self, repository: str, kind: str, item: str) -> httpx.URL:
        """Return where *item* lies; *kind* is `manifests`, `blobs` or `tags`.

        *repository* is as this server calls it.
        """
        url = self.base.copy_with(path=f"{self.root}/{repository}/{kind}/{item}")
        return url.copy_set_param("ns", self.namespace) if self.namespace else url


def candidates(registry: str, repository: str, settings: Settings) -> list[Endpoint]:
    """Return the servers of *repository*, in the order in which they are asked.

    Raises:
        httpx.InvalidURL: one has an address that is none.
        ConfigurationError: the `mirror` of *registry* is none.
        Failure: other programs' settings forbid it, or cannot be used.
    """
    return _chosen(registry, settings) or _named(
        registry, settings.mirrors.servers(registry, repository), settings
    )


def of_registry(registry: str, settings: Settings) -> list[Endpoint]:
    """Return every server that is asked for some repository of *registry*.

    Raises:
        httpx.InvalidURL: one has an address that is none.
        ConfigurationError: the `mirror` of *registry* is none.
        Failure: other programs' settings forbid it, or cannot be used.
    """
    return _chosen(registry, settings) or _named(
        registry, settings.mirrors.known(registry), settings
    )


def _named(
    registry: str, servers: Iterable[Server], settings: Settings
) -> list[Endpoint]:
    """Return the endpoints for *servers*, or that of *registry* itself for none."""
    named = [Endpoint.named(registry, server, settings) for server in servers]
    return named or [Endpoint.origin(registry, settings)]


def _chosen(registry: str, settings: Settings) -> list[Endpoint] | None:
    """Return the servers of a registry that has a `mirror` of its own."""
    host = settings.host(registry)
    if not host.mirror:
        return None
    mirror = Endpoint.mirror(registry, host.mirror)
    if host.resolve_from_mirror:
        return [mirror]
    return [replace(mirror, resolves=False), Endpoint.origin(registry, settings)]


def by_server(settings: Settings) -> dict[str, HostSettings]:
    """Return the settings of each known server, by host and port.

    Those of the project go before those of other programs.

    Raises:
        ConfigurationError: the settings are for a host that cannot exist.
    """
    found = dict(settings.mirrors.hosts())
    for registry, host in settings.hosts.items():
        try:
            base = Endpoint.origin(registry, settings).base
        except httpx.InvalidURL as error:
            message = f"`{registry}` is not the address of a registry"
            raise ConfigurationError(message) from error
        found[base.netloc.decode("ascii")] = host
    return found


def _is_here(host: str) -> bool:
    """Tell whether *host*, with or without port, is this machine."""
    return reach(httpx.URL(f"http://{host}").host) is Reach.LOOPBACK


def _mirror_url(registry: str, address: str) -> httpx.URL:
    message = f"the mirror of `{registry}` is not a URL: `{address}`"
    hint = "write it as `https://host/path`"
    try:
        if "://" not in address:
            plain = _is_here(address.partition("/")[0])
            address = f"{'http' if plain else 'https'}://{address}"
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ConfigurationError(message, hint=hint) from error
    if url.userinfo:
        # The address is not shown: its password would be, too.
        message = f"the mirror of `{registry}` has credentials in its URL"
        hint = f"run `docker login {url.host}`"
        raise ConfigurationError(message, hint=hint)
    known = url.scheme in {"http", "https"} and _HOST.fullmatch(url.netloc)
    if not known or url.query or url.fragment:
        raise ConfigurationError(message, hint=hint)
    return url
