"""Connect the verbs with real registries."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.config import Config
    from imagelock.registry.client import Registry
    from imagelock.registry.lazy_client import LazyRegistryClient
    from imagelock.registry.settings import Mirrors, Settings

DEFAULT_TIMEOUT: Final = 300.0
"""Seconds that all requests of a run may take."""

_REGISTRIES: Final = "registries.conf"


class Log(Protocol):
    """Where the client writes what concerns the run, not its result."""

    def trace(self, line: str) -> None:
        """Write a line about a request, for whoever wants to see each step."""
        ...

    def notice(self, text: str) -> None:
        """Write something that the user should know."""
        ...

    def warn(self, text: str) -> None:
        """Write a warning about safety, which is shown in any case."""
        ...


@contextmanager
def open_registry(config: Config, log: Log, timeout: float) -> Iterator[Registry]:
    """Open the client for every registry, as *config* says, for *timeout* seconds.

    *log* gets each request, and at the end what the user should know although the
    run went on.

    Imported here and not above: a run without network loads no HTTP client.
    """
    with _connected(_settings(config, timeout), log) as registry:
        yield registry


@contextmanager
def lazy_registry(
    config: Config, log: Log, timeout: float
) -> Iterator[LazyRegistryClient]:
    """Open what opens the same client at the first question, if there is one.

    The mirrors that *config* names are read all the same, so that what is wrong with
    them is told.
    """
    from imagelock.registry.lazy_client import LazyRegistryClient  # noqa: PLC0415

    settings = _settings(config, timeout)
    with ExitStack() as stack:
        yield LazyRegistryClient(lambda: stack.enter_context(_connected(settings, log)))


def authorities(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return what is there of the authorities that OpenSSL's variables name.

    As for OpenSSL, what is absent does not matter.
    """
    folders = environment.get("SSL_CERT_DIR", "").split(os.pathsep)
    named = [environment.get("SSL_CERT_FILE", ""), *folders]
    return tuple(Path(name) for name in named if name and Path(name).exists())


def certificate_folders(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the `certs.d` folders of containers' tools and of Docker."""
    settings = environment.get("XDG_CONFIG_HOME")
    return (
        (Path(settings) if settings else home / ".config") / "containers/certs.d",
        Path("/etc/containers/certs.d"),
        Path("/etc/docker/certs.d"),
    )


def registries_conf(
    environment: Mapping[str, str], home: Path, system: Path = Path("/etc/containers")
) -> tuple[Path, tuple[Path, ...]]:
    """Return the `registries.conf`, and the folders of more, in their order.

    As containers-registries.conf(5) and its programs have it: a user's own file is
    read in place of the *system*'s, and then the system's folder is not.
    """
    own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers"
    folders = [system / f"{_REGISTRIES}.d", own / f"{_REGISTRIES}.d"]
    file = system / _REGISTRIES
    if named := environment.get("CONTAINERS_REGISTRIES_CONF"):
        file = Path(named)
    elif (own / _REGISTRIES).is_file():
        file, folders = own / _REGISTRIES, folders[1:]
    if named := environment.get("CONTAINERS_REGISTRIES_CONF_DIR"):
        folders = [Path(named)]
    return file, tuple(folders)


def _settings(config: Config, timeout: float) -> Settings:
    from imagelock.registry.settings import Settings  # noqa: PLC0415

    return Settings(
        hosts=config.registries,
        authorities=authorities(os.environ),
        certificate_folders=certificate_folders(os.environ, Path.home()),
        mirrors=_mirrors(config),
        timeout=config.request_timeout,
        deadline=timeout,
    )


@contextmanager
def _connected(settings: Settings, log: Log) -> Iterator[Registry]:
    from imagelock.registry.auth.credentials.keychain import StoredKeychain  # noqa: PLC0415
    from imagelock.registry.client import Registry  # noqa: PLC0415

    # Where Podman logs in who has no session, as root: containers-auth.json(5).
    run = Path("/run/containers", str(os.getuid()))
    keychain = StoredKeychain.of(os.environ, Path.home(), run)
    with Registry(settings, keychain, log=log.trace, warn=log.warn) as registry:
        try:
            yield registry
        finally:
            for notice in registry.notices:
                log.notice(f"warning: {notice}\n")


def _mirrors(config: Config) -> Mirrors:
    path = _path(config.mirrors_path)
    match config.mirrors:
        case "containers":
            from imagelock.registry.endpoints.mirrors import containers  # noqa: PLC0415

            if path:
                return containers.read(path, ())
            return containers.read(*registries_conf(os.environ, Path.home()))
        case "containerd":
            from imagelock.registry.endpoints.mirrors import containerd  # noqa: PLC0415

            return containerd.read(path or Path("/etc/containerd/certs.d"))
        case None:
            from imagelock.registry.settings import NoMirrors  # noqa: PLC0415

            return NoMirrors()


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
