"""Look for credentials in every place, in order, and only when needed."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass, replace
from imagelock.errors import reason
from imagelock.registry.auth.credentials.file import (
    CredentialFile,
    parse_docker_config,
    parse_dockercfg,
)
from imagelock.registry.auth.credentials.helper import CredentialHelpers
from imagelock.registry.auth.credentials.model import StoredCredential
from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_VARIABLE: Final = "DOCKER_AUTH_CONFIG"
_CONTAINERS: Final = "containers/auth.json"


@dataclass(frozen=True, slots=True)
class _CredentialSource:
    """A place with a configuration; messages call it `name`."""

    name: str
    read: Callable[[], bytes | str]
    parse: Callable[[bytes | str], CredentialFile] = parse_docker_config


class StoredKeychain:
    """The credentials stored on this machine; thread-safe.

    The first place with a credential for a repository counts. Nothing is read before
    a registry requires it.
    """

    def __init__(
        self, sources: Iterable[_CredentialSource], helpers: CredentialHelpers
    ) -> None:
        self._sources = tuple(sources)
        self._helpers = helpers
        self._files: dict[str, CredentialFile] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls, environment: Mapping[str, str], home: Path | None, run: Path | None = None
    ) -> Self:
        """Return the keychain of the user with the folder *home*, if there is one.

        The places are, in order: `$REGISTRY_AUTH_FILE`, the JSON in
        `$DOCKER_AUTH_CONFIG`, `config.json` in `$DOCKER_CONFIG` or `~/.docker`,
        `containers/auth.json` in `$XDG_RUNTIME_DIR`, or else `auth.json` in *run*, if
        that is given, `containers/auth.json` in `$XDG_CONFIG_HOME` or `~/.config`, and
        `~/.dockercfg`.
        """
        return cls(_sources(environment, home, run), CredentialHelpers(environment))

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        """Return the credential stored for *repository* of exactly *registry*.

        Raises:
            Failure: a place cannot be read, or is malformed, or a credential helper
                did not answer.
        """
        for source in self._sources:
            if stored := self._stored(source, registry, repository):
                return stored
        return None

    def _stored(
        self, source: _CredentialSource, registry: str, repository: str
    ) -> StoredCredential | None:
        file = self._file(source)
        helper, setting = file.helper(registry, repository)
        if helper:
            # As in Docker, a helper replaces the secrets in the file.
            secret = self._helpers.secret(helper, registry)
        else:
            setting = "auths"
            try:
                secret = file.secret(registry, repository)
            except ValueError as error:
                raise _malformed(source, error) from None
        return (
            StoredCredential(secret, f"{setting} of {source.name}") if secret else None
        )

    def _file(self, source: _CredentialSource) -> CredentialFile:
        with self._lock:
            if source.name not in self._files:
                self._files[source.name] = _load(source)
            return self._files[source.name]


def _sources(
    environment: Mapping[str, str], home: Path | None, run: Path | None
) -> Iterable[_CredentialSource]:
    if path := environment.get("REGISTRY_AUTH_FILE"):
        yield _source_at(Path(path), home)
    if text := environment.get(_VARIABLE):
        yield _CredentialSource(f"${_VARIABLE}", partial(str, text))
    if docker := _folder(environment.get("DOCKER_CONFIG"), home, ".docker"):
        yield _source_at(docker / "config.json", home)
    if folder := environment.get("XDG_RUNTIME_DIR"):
        yield _source_at(Path(folder) / _CONTAINERS, home)
    elif run:
        yield _source_at(run / "auth.json", home)
    if config := _folder(environment.get("XDG_CONFIG_HOME"), home, ".config"):
        yield _source_at(config / _CONTAINERS, home)
    if home:
        yield replace(_source_at(home / ".dockercfg", home), parse=parse_dockercfg)


def _folder(path: str | None, home: Path | None, name: str) -> Path | None:
    if path:
        return Path(path)
    return home and home / name


def _source_at(path: Path, home: Path | None) -> _CredentialSource:
    name = str(path)
    if home and path.is_relative_to(home):
        name = f"~/{path.relative_to(home)}"
    return _CredentialSource(name, path.read_bytes)


def _load(source: _CredentialSource) -> CredentialFile:
    try:
        return source.parse(source.read())
    except FileNotFoundError:
        return CredentialFile()
    except OSError as error:
        what = f"cannot read `{source.name}`: {reason(error)}"
        raise Failure(what, hint="make it readable, or move it away") from error
    except ValueError as error:
        # No `from`: the error may quote a secret.
        raise _malformed(source, error) from None


def _malformed(source: _CredentialSource, error: ValueError) -> Failure:
    message = f"`{source.name}` is not a Docker configuration: {error}"
    hint = "fix it, or move it away and run `docker login` again"
    return Failure(message, hint=hint)
