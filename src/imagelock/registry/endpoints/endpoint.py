"""The servers of a registry, and the URLs of repositories on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Self

import httpx

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.address import Reach, parse_url, reach_of
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import API, HUB_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.config.registries import HostSettings
    from imagelock.registry.settings import ClientSettings, ServerSettings

_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9a-fA-F:.]+\](:[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server, and the name under which its credentials are stored.

    `registry` is that name: a mirror has its own, and never gets the credentials of
    the registry that it mirrors. `root` is the path of its API. In the name of a
    repository, the leading segments `strip` are replaced by those of `prefix`;
    `namespace` is sent as `?ns=`, unless empty. `resolves` is whether it is asked for
    tags, `serves` whether it is asked for content by digest. `insecure` is its URL
    without TLS, if it is also asked there. `is_chosen` is whether settings name it, and
    not a reference. `label` names it in messages.
    """

    registry: str
    base: httpx.URL
    root: str = API
    prefix: str = ""
    strip: str = ""
    namespace: str = ""
    is_mirror: bool = False
    is_chosen: bool = False
    resolves: bool = True
    serves: bool = True
    insecure: httpx.URL | None = None
    label: str

    @classmethod
    def origin(cls, registry: str, settings: ClientSettings) -> Self:
        """Return the server of *registry* itself.

        It is asked over https, except with the setting `plain_http`, or without
        settings for TLS on this machine.

        Raises:
            httpx.InvalidURL: *registry* is not an address, such as `999.0.0.1`.
        """
        host = HUB_HOST if registry == DOCKER_HUB else registry
        is_plain = settings.host(registry).is_plain(is_local=_is_local(host))
        base = parse_url(f"{'http' if is_plain else 'https'}://{host}")
        return cls(registry=registry, base=base, label=f"`{registry}`")

    @classmethod
    def mirror(cls, registry: str, address: str) -> Self:
        """Return the mirror of *registry* at *address*.

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
            is_chosen=True,
            label=f"the mirror `{host}` of `{registry}`",
        )

    @classmethod
    def of_server(
        cls, registry: str, server: ServerSettings, settings: ClientSettings
    ) -> Self:
        """Return the endpoint for *server* of *registry*.

        Raises:
            httpx.InvalidURL: its address is not one.
        """
        scheme, _, host = server.address.rpartition("://")
        host = DOCKER_HUB if host == HUB_HOST else host
        base = cls.origin(host, settings).base
        base = base.copy_with(scheme=scheme) if scheme else base
        is_secure = base.scheme == "https"
        kind = "mirror" if server.is_mirror else "server"
        return cls(
            registry=host,
            base=base,
            root=server.root,
            prefix=server.prefix,
            strip=server.strip,
            namespace=server.namespace,
            is_mirror=server.is_mirror,
            is_chosen=server.is_mirror or host != registry,
            resolves=server.resolves,
            serves=server.serves,
            insecure=(
                base.copy_with(scheme="http") if server.insecure and is_secure else None
            ),
            label=(
                f"`{registry}`"
                if host == registry and not server.is_mirror
                else f"the {kind} `{host}` of `{registry}`"
            ),
        )

    @property
    def address(self) -> str:
        """The URL that its repositories are below, as messages show it."""
        root = self.root.removesuffix(API)
        path = "/".join(part for part in (root.strip("/"), self.prefix) if part)
        return str(self.base.copy_with(path=f"/{path}")).rstrip("/")

    def repository(self, name: str) -> str:
        """Return this server's name for the repository *name* of the registry.

        Raises:
            Failure: the name would be empty.
        """
        suffix = name[len(self.strip) :].strip("/")
        repository = "/".join(part for part in (self.prefix, suffix) if part)
        if not repository:
            raise Failure("its settings leave no name for the repository")
        return repository

    def url(self, repository: str, kind: str, item: str) -> httpx.URL:
        """Return the URL of *item*; *kind* is `manifests`, `blobs` or `tags`.

        *repository* is this server's name for it.
        """
        url = self.base.copy_with(path=f"{self.root}/{repository}/{kind}/{item}")
        return url.copy_set_param("ns", self.namespace) if self.namespace else url


def endpoints_of(
    registry: str, servers: Iterable[ServerSettings], settings: ClientSettings
) -> list[Endpoint]:
    """Return the servers of *registry* in the order in which they are asked.

    *servers* are those that the settings of other programs name. A `mirror` in the
    project's settings replaces them; without any, it is *registry* itself.

    Raises:
        httpx.InvalidURL: the address of a server is not one.
        ConfigurationError: the `mirror` of *registry* is not a URL.
    """
    if configured := _configured(registry, settings):
        return configured
    endpoints = [Endpoint.of_server(registry, server, settings) for server in servers]
    return endpoints or [Endpoint.origin(registry, settings)]


def _configured(registry: str, settings: ClientSettings) -> list[Endpoint] | None:
    """Return the servers of a registry with a `mirror` in the project's settings."""
    host = settings.host(registry)
    if not host.mirror:
        return None
    mirror = Endpoint.mirror(registry, host.mirror)
    if host.resolve_from_mirror:
        return [mirror]
    return [replace(mirror, resolves=False), Endpoint.origin(registry, settings)]


def settings_by_server(settings: ClientSettings) -> dict[str, HostSettings]:
    """Return the settings of servers by `host[:port]`.

    Those of the project take precedence over those of other programs.

    Raises:
        ConfigurationError: the settings are for a host that cannot exist.
    """
    by_server = dict(settings.mirrors.hosts())
    for registry, host in settings.hosts.items():
        try:
            base = Endpoint.origin(registry, settings).base
        except httpx.InvalidURL as error:
            message = f"`{registry}` is not the address of a registry"
            raise ConfigurationError(message) from error
        by_server[base.netloc.decode("ascii")] = host
    return by_server


def _is_local(host: str) -> bool:
    """Return whether *host*, with or without port, is this machine."""
    return reach_of(parse_url(f"http://{host}").host) is Reach.LOOPBACK


def _mirror_url(registry: str, address: str) -> httpx.URL:
    message = f"the mirror of `{registry}` is not a URL: `{address}`"
    hint = "write it as `https://host/path`"
    try:
        if "://" not in address:
            is_plain = _is_local(address.partition("/")[0])
            address = f"{'http' if is_plain else 'https'}://{address}"
        url = parse_url(address)
    except httpx.InvalidURL as error:
        raise ConfigurationError(message, hint=hint) from error
    if url.userinfo:
        # The address is not quoted, since it has a password.
        message = f"the mirror of `{registry}` has credentials in its URL"
        hint = f"run `docker login {url.host}`"
        raise ConfigurationError(message, hint=hint)
    is_server = url.scheme in {"http", "https"} and _HOST.fullmatch(url.netloc)
    if not is_server or url.query or url.fragment:
        raise ConfigurationError(message, hint=hint)
    return url
