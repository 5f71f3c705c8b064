"""Which server answers for a registry, and where on it a repository lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import httpx

from imagelock.errors import ConfigurationError
from imagelock.reference import DOCKER_HUB
from imagelock.registry.address import Reach, reach

if TYPE_CHECKING:
    from imagelock.registry.settings import HostSettings, Settings

_HUB_HOST: Final = "registry-1.docker.io"
_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9a-fA-F:.]+\](:[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server and the name under which its credentials are kept.

    `registry` is that name: a mirror has its own, and never sees the
    credentials of the registry that it mirrors. `prefix` is empty, or ends with
    a slash and goes before every repository. `label` names it in messages.
    """

    registry: str
    base: httpx.URL
    prefix: str = ""
    label: str

    @classmethod
    def origin(cls, registry: str, settings: Settings) -> Self:
        """Return the server of *registry* itself.

        It is asked over https, except where the settings say `plain_http`, or on
        this machine and they say nothing.

        Raises:
            httpx.InvalidURL: *registry* is no address, such as `999.0.0.1`.
        """
        host = _HUB_HOST if registry == DOCKER_HUB else registry
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
            prefix=f"{path}/" if path else "",
            label=f"the mirror `{host}` of `{registry}`",
        )

    def url(self, repository: str, kind: str, item: str) -> httpx.URL:
        """Return where *item* lies; *kind* is `manifests`, `blobs` or `tags`."""
        return self.base.copy_with(path=f"/v2/{self.prefix}{repository}/{kind}/{item}")


def for_tags(registry: str, settings: Settings) -> list[Endpoint]:
    """Return the one server that may say what a tag of *registry* stands for."""
    host = settings.host(registry)
    if host.mirror and host.resolve_from_mirror:
        return [Endpoint.mirror(registry, host.mirror)]
    return [Endpoint.origin(registry, settings)]


def for_content(registry: str, settings: Settings) -> list[Endpoint]:
    """Return the servers to ask for content by digest, until one has it.

    A digest can be checked, so any server may answer.
    """
    host = settings.host(registry)
    tags = for_tags(registry, settings)
    if host.mirror and not host.resolve_from_mirror:
        return [Endpoint.mirror(registry, host.mirror), *tags]
    return tags


def by_server(settings: Settings) -> dict[str, HostSettings]:
    """Return the settings of each configured registry, by its server's host and port.

    Raises:
        ConfigurationError: the settings are for a host that cannot exist.
    """
    found = {}
    for registry, host in settings.hosts.items():
        try:
            base = Endpoint.origin(registry, settings).base
        except httpx.InvalidURL as error:
            message = f"`{registry}` is not the address of a registry"
            raise ConfigurationError(message) from error
        found[base.netloc.decode("ascii")] = host
    return found


def names(url: httpx.URL) -> list[str]:
    """Return what references call the server of *url*, for which files are named."""
    server = url.netloc.decode("ascii")
    found = [server]
    if url.port is None:
        found.append(f"{server}:443")
    if server == _HUB_HOST:
        found.append(DOCKER_HUB)
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
