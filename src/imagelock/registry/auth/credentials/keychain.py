"""Ask every place where credentials may be, in order, and only when needed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from imagelock.errors import reason
from imagelock.registry.auth.credentials.file import CredentialFile, parse, parse_legacy
from imagelock.registry.auth.credentials.helper import Helpers
from imagelock.registry.auth.credentials.model import Stored
from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_VARIABLE: Final = "DOCKER_AUTH_CONFIG"
_CONTAINERS: Final = "containers/auth.json"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a configuration is, how messages name it, and how it is read."""

    name: str
    read: Callable[[], bytes | str]
    parse: Callable[[bytes | str], CredentialFile] = parse


class StoredKeychain:
    """What is stored on this machine; for many threads.

    The first place that has something for a repository is the one that counts.
    Nothing is read before a registry asks.
    """

    def __init__(self, places: Iterable[_Place], helpers: Helpers) -> None:
        self._places = tuple(places)
        self._helpers = helpers
        self._files: dict[str, CredentialFile] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls, environment: Mapping[str, str], home: Path, run: Path | None = None
    ) -> Self:
        """Return the keychain of a user.

        The places are, in order: `$REGISTRY_AUTH_FILE`, the JSON in
        `$DOCKER_AUTH_CONFIG`, `config.json` in `$DOCKER_CONFIG` or `~/.docker`,
        `containers/auth.json` in `$XDG_RUNTIME_DIR`, or else `auth.json` in *run*, if
        there is one, `containers/auth.json` in `$XDG_CONFIG_HOME` or `~/.config`, and
        `~/.dockercfg`.
        """
        return cls(_places(environment, home, run), Helpers(environment))

    def credential(self, registry: str, repository: str) -> Stored | None:
        """Return what is stored for *repository* of exactly *registry*.

        Raises:
            Failure: a place cannot be read, or is broken, or a credential helper did
                not answer.
        """
        for place in self._places:
            if found := self._asked(place, registry, repository):
                return found
        return None

    def _asked(self, place: _Place, registry: str, repository: str) -> Stored | None:
        file = self._file(place)
        helper, setting = file.helper(registry, repository)
        if helper:
            # As for Docker, a helper hides what the file itself has.
            secret = self._helpers.secret(helper, registry)
        else:
            setting = "auths"
            try:
                secret = file.secret(registry, repository)
            except ValueError as error:
                raise _broken(place, error) from None
        return Stored(secret, f"{setting} of {place.name}") if secret else None

    def _file(self, place: _Place) -> CredentialFile:
        with self._lock:
            if place.name not in self._files:
                self._files[place.name] = _load(place)
            return self._files[place.name]


def _places(
    environment: Mapping[str, str], home: Path, run: Path | None
) -> Iterable[_Place]:
    if path := environment.get("REGISTRY_AUTH_FILE"):
        yield _at(Path(path), home)
    if text := environment.get(_VARIABLE):
        yield _Place(f"${_VARIABLE}", partial(str, text))
    docker = environment.get("DOCKER_CONFIG") or home / ".docker"
    yield _at(Path(docker) / "config.json", home)
    if folder := environment.get("XDG_RUNTIME_DIR"):
        yield _at(Path(folder) / _CONTAINERS, home)
    elif run:
        yield _at(run / "auth.json", home)
    own = environment.get("XDG_CONFIG_HOME") or home / ".config"
    yield _at(Path(own) / _CONTAINERS, home)
    yield replace(_at(home / ".dockercfg", home), parse=parse_legacy)


def _at(path: Path, home: Path) -> _Place:
    inside = path.is_relative_to(home)
    return _Place(
        f"~/{path.relative_to(home)}" if inside else str(path), path.read_bytes
    )


def _load(place: _Place) -> CredentialFile:
    try:
        return place.parse(place.read())
    except FileNotFoundError:
        return CredentialFile()
    except OSError as error:
        what = f"cannot read `{place.name}`: {reason(error)}"
        raise Failure(what, hint="make it readable, or move it away") from error
    except ValueError as error:
        # No `from`: what the error quotes may be a secret.
        raise _broken(place, error) from None


def _broken(place: _Place, error: ValueError) -> Failure:
    message = f"`{place.name}` is not a Docker configuration: {error}"
    hint = "mend it, or move it away and run `docker login` again"
    return Failure(message, hint=hint)
