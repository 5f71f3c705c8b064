"""Open the registry client for a command, with the settings of this machine."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path

from imagelock.dataclass import replace
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.registry import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imagelock.config import Config
    from imagelock.registry.answers.given import Answers
    from imagelock.registry.auth.credentials.keychain import StoredKeychain
    from imagelock.registry.client import RegistryClient
    from imagelock.registry.lazy_client import LazyRegistryClient
    from imagelock.registry.settings import ClientSettings, Mirrors

DOWNLOAD_TIMEOUT: Final = 30.0
"""Seconds that the download of a file may take."""

_REGISTRIES_CONF: Final = "registries.conf"


class RunLog(Protocol):
    """Receives what concerns the run, not its result."""

    def trace(self, line: str) -> None:
        """Write a line about a request, if such lines are wanted."""
        ...

    def notice(self, text: str) -> None:
        """Write something that the user should know."""
        ...

    def warn(self, text: str) -> None:
        """Write a warning about security, which cannot be silenced."""
        ...


@contextmanager
def open_registry(
    config: Config,
    log: RunLog,
    timeout: float,
    *,
    trusted: frozenset[str] | None = None,
) -> Iterator[RegistryClient]:
    """Yield a client for every registry, configured by *config*, and close it.

    No request begins later than *timeout* seconds from now. *log* gets a line for
    each request, and at the end the notices of the run. Registries that are neither
    *trusted*, if given, nor in the settings are asked at public addresses alone.

    Modules are imported inside: a run without network loads no HTTP client.
    """
    settings = replace(client_settings(config, timeout), trusted=trusted)
    with _connected(settings, log, charts=config.charts) as client:
        yield client


@contextmanager
def lazy_registry(
    config: Config,
    log: RunLog,
    timeout: float | None,
    *,
    documents: Path | None = None,
    answers: Answers | None = None,
) -> Iterator[LazyRegistryClient]:
    """Yield a client that opens the client of `open_registry` on first use.

    Without *timeout*, it opens none: what *answers* do not have cannot be asked. The
    mirrors named in *config* are read at once, so that an error in their files is always
    reported.
    """
    if timeout is None:
        client = _lazy_client(None, answers)
        yield client
    else:
        settings = replace(client_settings(config, timeout), documents=documents)
        with ExitStack() as stack:
            client = _lazy_client(
                lambda: stack.enter_context(
                    _connected(settings, log, charts=config.charts)
                ),
                answers,
            )
            yield client
    if (use := client.answers_use) and use.outdated:
        count = "1 answer is" if use.outdated == 1 else f"{use.outdated} answers are"
        log.notice(f"note: {count} older than `--max-age` allows, and not used\n")


def _lazy_client(
    connect: Callable[[], RegistryClient] | None, answers: Answers | None
) -> LazyRegistryClient:
    if answers is None:
        from imagelock.registry.lazy_client import LazyRegistryClient

        return LazyRegistryClient(connect)
    from imagelock.registry.answering_client import AnsweringClient

    return AnsweringClient(connect, answers)


def download_file(url: str, log: RunLog) -> bytes:
    """Return the content of *url*, a file that is in no registry.

    Raises:
        RegistryError: it cannot be downloaded.
    """
    from imagelock.config import Config
    from imagelock.registry.download import download

    return download(
        url, client_settings(Config(), DOWNLOAD_TIMEOUT), log.trace, log.warn
    )


def authorities(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the authorities in `SSL_CERT_FILE` and `SSL_CERT_DIR` that exist.

    As for OpenSSL, paths that do not exist are ignored.
    """
    folders = environment.get("SSL_CERT_DIR", "").split(os.pathsep)
    names = [environment.get("SSL_CERT_FILE", ""), *folders]
    return tuple(Path(name) for name in names if name and Path(name).exists())


def certificate_folders(
    environment: Mapping[str, str], home: Path | None
) -> tuple[Path, ...]:
    """Return the `certs.d` folders of containers' tools and of Docker."""
    user = _user_configuration(environment, home)
    return (
        *((user / "containers/certs.d",) if user else ()),
        Path("/etc/containers/certs.d"),
        Path("/etc/docker/certs.d"),
    )


def registries_conf(
    environment: Mapping[str, str],
    home: Path | None,
    system: Path = Path("/etc/containers"),
) -> tuple[Path, tuple[Path, ...]]:
    """Return the path of `registries.conf`, and its drop-in folders in their order.

    containers-registries.conf(5), and the programs that use it: a user's file
    replaces that of *system*, and then the drop-in folder of *system* is not read.
    """
    configuration = _user_configuration(environment, home)
    user = configuration and configuration / "containers"
    folders = [folder / f"{_REGISTRIES_CONF}.d" for folder in (system, user) if folder]
    file = system / _REGISTRIES_CONF
    if path := environment.get("CONTAINERS_REGISTRIES_CONF"):
        file = Path(path)
    elif user and (user / _REGISTRIES_CONF).is_file():
        file, folders = user / _REGISTRIES_CONF, folders[1:]
    if path := environment.get("CONTAINERS_REGISTRIES_CONF_DIR"):
        folders = [Path(path)]
    return file, tuple(folders)


def client_settings(config: Config, timeout: float = DEFAULT_TIMEOUT) -> ClientSettings:
    """Return how registries are reached, by *config* and by the settings of the user."""
    from imagelock.registry.settings import ClientSettings

    return ClientSettings(
        hosts=config.registries,
        authorities=authorities(os.environ),
        certificate_folders=certificate_folders(os.environ, _home()),
        mirrors=_mirrors(config),
        timeout=config.request_timeout,
        deadline=timeout,
        pulls=_pulls(config),
    )


def _pulls(config: Config) -> Path | None:
    """Return the file that counts the pulls of the user, unless it is in a checkout.

    None is needed if *config* allows every registry any number of them.
    """
    if all(host.pulls_per_6h is None for host in config.registries.values()):
        return None
    from imagelock.cache_storage import is_in_checkout
    from imagelock.user_cache import user_cache

    folder = user_cache(os.environ)
    if folder is None or is_in_checkout(folder, Path.cwd()):
        return None
    return folder / "pulls.sqlite"


def stored_keychain() -> StoredKeychain:
    """Return the credentials that this machine has; they are read when needed."""
    from imagelock.registry.auth.credentials.keychain import StoredKeychain

    return StoredKeychain.of(os.environ, _home(), _runtime_folder())


@contextmanager
def _connected(
    settings: ClientSettings, log: RunLog, *, charts: bool
) -> Iterator[RegistryClient]:
    from imagelock.registry.client import RegistryClient

    kind = RegistryClient
    if charts:
        from imagelock.registry.chart_client import ChartClient  # few projects ask

        kind = ChartClient
    keychain = stored_keychain()
    with kind(settings, keychain, log=log.trace, warn=log.warn) as client:
        try:
            yield client
        finally:
            for notice in client.notices:
                log.notice(f"warning: {notice}\n")


def _user_configuration(
    environment: Mapping[str, str], home: Path | None
) -> Path | None:
    """Return the folder of the user's settings (XDG Base Directory Specification)."""
    if folder := environment.get("XDG_CONFIG_HOME"):
        return Path(folder)
    return home and home / ".config"


def _home() -> Path | None:
    """Return the user's home, if there is one.

    A container may run as a user id that nobody has, without `HOME`.
    """
    try:
        return Path.home()
    except RuntimeError:
        return None


def _runtime_folder() -> Path | None:
    """Return where Podman stores logins outside of a session; containers-auth.json(5).

    Windows has no user ids, and there Podman runs in a virtual machine.
    """
    return Path("/run/containers", str(os.getuid())) if hasattr(os, "getuid") else None


def _mirrors(config: Config) -> Mirrors:
    path = Path(config.mirrors_path) if config.mirrors_path else None
    match config.mirrors:
        case "containers":
            from imagelock.registry.endpoints.mirrors.containers import (
                read_registries_conf,
            )

            if path:
                return read_registries_conf(path, ())
            return read_registries_conf(*registries_conf(os.environ, _home()))
        case "containerd":
            from imagelock.registry.endpoints.mirrors.containerd import (
                read_hosts_folders,
            )

            return read_hosts_folders(path or Path("/etc/containerd/certs.d"))
        case None:
            from imagelock.registry.settings import NoMirrors

            return NoMirrors()
