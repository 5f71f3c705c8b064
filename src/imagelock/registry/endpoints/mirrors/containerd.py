"""Mirrors in `hosts.toml`: those of containerd, and so of most Kubernetes nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from imagelock.config.registries import HostSettings
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import anonymous
from imagelock.registry.settings import API, HUB_HOST, Server
from imagelock.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_FILE: Final = "hosts.toml"
_DEFAULT: Final = "_default"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


_Files: TypeAlias = Annotated[list[str], BeforeValidator(_listed)]
_Pairs: TypeAlias = Annotated[
    list[str | Annotated[list[str], Field(min_length=2, max_length=2)]],
    BeforeValidator(_listed),
]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _refused(_: object) -> object:
    raise ValueError("imagelock does not follow this setting")


class _Host(BaseModel):
    """The fields of a host; what else there is has no part in reading."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    capabilities: list[
        Annotated[Literal["pull", "resolve", "push"], BeforeValidator(_lower)]
    ] = []
    ca: _Files = []
    client: _Pairs = []
    skip_verify: bool = False
    override_path: bool = False
    # These change where a request goes, or what it says: not to be passed over.
    proxy: Annotated[object, BeforeValidator(_refused)] = None
    header: Annotated[object, BeforeValidator(_refused)] = None


class _Document(_Host):
    server: str = ""
    host: dict[str, _Host] = {}


@dataclass(frozen=True, slots=True)
class _Known:
    """What one folder says: the servers, and the TLS of each by `host[:port]`."""

    servers: tuple[Server, ...]
    tls: Mapping[str, HostSettings]


class ContainerdMirrors:
    """The folders of containerd's `config_path`, by registry; `_default` for others.

    containerd, `docs/hosts.md`. A host may say what a tag stands for if it has
    the capability `resolve`, and serves content if it has `pull`; without
    `capabilities` it has all.
    """

    def __init__(self, folders: Mapping[str, _Known | Failure]) -> None:
        self._folders = folders

    def servers(self, registry: str, repository: str) -> Sequence[Server]:  # noqa: ARG002 - for all of them
        """Return the hosts for *registry* in their order, and last its server.

        Raises:
            Failure: the file for it cannot be used.
        """
        return self.known(registry)

    def known(self, registry: str) -> Sequence[Server]:
        """Return the same, since a file is for all of a registry.

        Raises:
            Failure: the file for it cannot be used.
        """
        known = next((f for n in _names(registry) if (f := self._folders.get(n))), None)
        if isinstance(known, Failure):
            raise Failure(str(known), hint=known.hint)
        if known is None:
            return ()
        return [_for(server, registry) for server in known.servers]

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return the authorities, certificates and `skip_verify` of every host."""
        found: dict[str, HostSettings] = {}
        for name, known in self._folders.items():
            if not isinstance(known, Failure):
                # Without `server`, the fields at the top are for the registry itself.
                own = _own(_registry(name))
                found |= {host or own: tls for host, tls in known.tls.items()}
        return found


def read(folder: Path) -> ContainerdMirrors:
    """Read the `hosts.toml` of each folder in *folder*; what is absent says nothing.

    A file that cannot be used fails when its registry is asked for.
    """
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return ContainerdMirrors({})
    found = {path.name: _read(path) for path in inside}
    return ContainerdMirrors({n: k for n, k in found.items() if k is not None})


def _read(folder: Path) -> _Known | Failure | None:
    path = folder / _FILE
    try:
        document = _Document.model_validate(toml.loads(path.read_text("utf-8")))
        return _known(folder, document)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _unusable(path, f"`{place}`: {first['msg']}")
    except (OSError, ValueError, httpx.InvalidURL) as error:
        return _unusable(path, str(error))


def _unusable(path: Path, why: str) -> Failure:
    hint = "mend it, or remove `mirrors` from the settings of imagelock"
    return Failure(f"cannot use `{path}`: {anonymous(why)}", hint=hint)


def _known(folder: Path, document: _Document) -> _Known:
    """Return what *document* says.

    Raises:
        ValueError: a host is not an address.
    """
    servers, tls = [], {}
    for address, host in (*document.host.items(), (document.server, document)):
        server = _server(address, host)
        servers.append(server)
        special = _tls(folder, host)
        if special != HostSettings():
            tls[_netloc(server.address)] = special
    return _Known(tuple(servers), tls)


def _server(address: str, host: _Host) -> Server:
    """Return the server at *address*; an empty one stands for the registry itself."""
    is_mirror = not isinstance(host, _Document)
    capabilities = set(host.capabilities or ("pull", "resolve"))
    url = httpx.URL(
        address if "://" in address or not address else f"https://{address}"
    )
    if address and (
        url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query
    ):
        raise ValueError("a `host` or `server` is not an address like `https://host`")
    root = url.path.rstrip("/")
    if not host.override_path and not root.endswith(API):
        root += API
    return Server(
        address=f"{url.scheme}://{url.netloc.decode('ascii')}" if address else "",
        root=root,
        resolves="resolve" in capabilities,
        serves="pull" in capabilities,
        is_mirror=is_mirror,
    )


def _tls(folder: Path, host: _Host) -> HostSettings:
    pairs = [(one, "") if isinstance(one, str) else tuple(one) for one in host.client]
    return HostSettings(
        authorities=tuple(folder / name for name in host.ca),
        pairs=tuple((folder / c, folder / k if k else None) for c, k in pairs),
        skip_verify=host.skip_verify,
    )


def _for(server: Server, registry: str) -> Server:
    """Return *server* for *registry*, which it is told if it is another one."""
    if not server.address:
        return replace(server, address=registry, root=API)
    same = _netloc(server.address) == _own(registry)
    return replace(server, namespace="" if same else registry)


def _netloc(address: str) -> str:
    return address.partition("://")[2]


def _own(registry: str) -> str:
    return HUB_HOST if registry == DOCKER_HUB else registry


def _names(registry: str) -> Iterator[str]:
    """Yield the folders that may be for *registry*, the most important first."""
    host, colon, port = registry.rpartition(":")
    if colon and not port.endswith("]"):
        yield f"{host}_{port}_"
    yield registry
    yield _DEFAULT


def _registry(folder: str) -> str:
    """Return which registry a folder is for, as `_names` writes it."""
    if folder.endswith("_") and "_" in folder[:-1]:
        host, _, port = folder[:-1].rpartition("_")
        return f"{host}:{port}"
    return folder
