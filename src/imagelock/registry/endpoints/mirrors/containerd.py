"""Mirrors in containerd's `hosts.toml`, as on most Kubernetes nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from imagelock.config.registries import ClientCertificate, HostSettings
from imagelock.dataclass import dataclass, replace
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.address import parse_url
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import strip_userinfo
from imagelock.registry.settings import API, HUB_HOST, ServerSettings
from imagelock.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_FILE: Final = "hosts.toml"
_DEFAULT: Final = "_default"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


_Files: TypeAlias = Annotated[list[str], BeforeValidator(_as_list)]
_Pairs: TypeAlias = Annotated[
    list[str | Annotated[list[str], Field(min_length=2, max_length=2)]],
    BeforeValidator(_as_list),
]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _refused(_: object) -> object:
    raise ValueError("imagelock does not follow this setting")


class _HostTable(BaseModel):
    """The fields of a host that matter for pulling."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    capabilities: list[
        Annotated[Literal["pull", "resolve", "push"], BeforeValidator(_lower)]
    ] = []
    ca: _Files = []
    client: _Pairs = []
    skip_verify: bool = False
    override_path: bool = False
    # These change where a request goes, or its content, so they cannot be ignored.
    proxy: Annotated[object, BeforeValidator(_refused)] = None
    header: Annotated[object, BeforeValidator(_refused)] = None


class _HostsDocument(_HostTable):
    server: str = ""
    host: dict[str, _HostTable] = {}


@dataclass(frozen=True, slots=True)
class _HostsFile:
    """The servers in one `hosts.toml`, and the TLS of each by `host[:port]`."""

    servers: tuple[ServerSettings, ...]
    tls: Mapping[str, HostSettings]


class ContainerdMirrors:
    """The folders of containerd's `config_path`, by registry; `_default` for others.

    containerd, `docs/hosts.md`. A host may resolve tags if it has the capability
    `resolve`, and serve content if it has `pull`; without `capabilities` it has all.
    """

    def __init__(self, folders: Mapping[str, _HostsFile | Failure]) -> None:
        self._folders = folders

    def servers(self, registry: str, repository: str) -> Sequence[ServerSettings]:  # noqa: ARG002 - for all of them
        """Return the hosts for *registry* in their order, and last its server.

        Raises:
            Failure: the file for it cannot be used.
        """
        return self.all_servers(registry)

    def all_servers(self, registry: str) -> Sequence[ServerSettings]:
        """Return the same as `servers`, since a file is for all of a registry.

        Raises:
            Failure: the file for it cannot be used.
        """
        files = (self._folders.get(name) for name in _folder_names(registry))
        file = next((file for file in files if file is not None), None)
        if isinstance(file, Failure):
            raise Failure(str(file), hint=file.hint)
        if file is None:
            return ()
        return [_for_registry(server, registry) for server in file.servers]

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return the authorities, certificates and `skip_verify` of every host."""
        settings: dict[str, HostSettings] = {}
        for name, file in self._folders.items():
            if not isinstance(file, Failure):
                # Without `server`, the fields at the top are for the registry itself.
                registry_host = _host_of(_registry_of(name))
                settings |= {
                    host or registry_host: tls for host, tls in file.tls.items()
                }
        return settings


def read_hosts_folders(folder: Path) -> ContainerdMirrors:
    """Read the `hosts.toml` in each folder of *folder*, where there is one.

    A file that cannot be used is a failure only when its registry is asked for.
    """
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return ContainerdMirrors({})
    files = {path.name: _read_hosts_file(path) for path in folders}
    return ContainerdMirrors(
        {name: file for name, file in files.items() if file is not None}
    )


def _read_hosts_file(folder: Path) -> _HostsFile | Failure | None:
    path = folder / _FILE
    try:
        document = _HostsDocument.model_validate(toml.loads(path.read_text("utf-8")))
        return _hosts_file(folder, document)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _unusable(path, f"`{place}`: {first['msg']}")
    except (OSError, ValueError, httpx.InvalidURL) as error:
        return _unusable(path, str(error))


def _unusable(path: Path, reason: str) -> Failure:
    hint = "fix it, or remove `mirrors` from the settings of imagelock"
    return Failure(f"cannot use `{path}`: {strip_userinfo(reason)}", hint=hint)


def _hosts_file(folder: Path, document: _HostsDocument) -> _HostsFile:
    """Return the servers in *document*, the `hosts.toml` in *folder*.

    Raises:
        ValueError: a host is not an address.
    """
    servers, tls = [], {}
    for address, host in (*document.host.items(), (document.server, document)):
        server = _server(address, host)
        servers.append(server)
        settings = _tls(folder, host)
        if settings != HostSettings():
            tls[_netloc(server.address)] = settings
    return _HostsFile(tuple(servers), tls)


def _server(address: str, host: _HostTable) -> ServerSettings:
    """Return the server at *address*; an empty one means the registry itself."""
    is_mirror = not isinstance(host, _HostsDocument)
    capabilities = set(host.capabilities or ("pull", "resolve"))
    url = parse_url(
        address if "://" in address or not address else f"https://{address}"
    )
    if address and (
        url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query
    ):
        raise ValueError("a `host` or `server` is not an address like `https://host`")
    root = url.path.rstrip("/")
    if not host.override_path and not root.endswith(API):
        root += API
    return ServerSettings(
        address=f"{url.scheme}://{url.netloc.decode('ascii')}" if address else "",
        root=root,
        resolves="resolve" in capabilities,
        serves="pull" in capabilities,
        is_mirror=is_mirror,
    )


def _tls(folder: Path, host: _HostTable) -> HostSettings:
    pairs = [(p, "") if isinstance(p, str) else tuple(p) for p in host.client]
    return HostSettings(
        authorities=tuple(folder / name for name in host.ca),
        client_certificates=tuple(
            ClientCertificate(folder / c, folder / k if k else None) for c, k in pairs
        ),
        skip_verify=host.skip_verify,
    )


def _for_registry(server: ServerSettings, registry: str) -> ServerSettings:
    """Return the server, with `ns=` unless it is the host of *registry* itself."""
    if not server.address:
        return replace(server, address=registry, root=API)
    is_registry = _netloc(server.address) == _host_of(registry)
    return replace(server, namespace="" if is_registry else registry)


def _netloc(address: str) -> str:
    return address.partition("://")[2]


def _host_of(registry: str) -> str:
    return HUB_HOST if registry == DOCKER_HUB else registry


def _folder_names(registry: str) -> Iterator[str]:
    """Yield the names of folders for *registry*, in order of precedence."""
    host, colon, port = registry.rpartition(":")
    if colon and not port.endswith("]"):
        yield f"{host}_{port}_"
    yield registry
    yield _DEFAULT


def _registry_of(folder: str) -> str:
    """Return the registry that a folder is for, the inverse of `_folder_names`."""
    if folder.endswith("_") and "_" in folder[:-1]:
        host, _, port = folder[:-1].rpartition("_")
        return f"{host}:{port}"
    return folder
