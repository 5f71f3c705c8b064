"""Mirrors in `registries.conf`: those of Podman, Skopeo, Buildah and CRI-O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from imagelock.config.registries import HostSettings
from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import anonymous
from imagelock.registry.settings import HUB_HOST, Server
from imagelock.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_WILDCARD: Final = "*."
_SINGLE: Final = re.compile(r"/.*[:@]")
"""What the name of one tag or digest has behind its host."""
# A file of another program: what we do not know of it, we need not know.
_FOREIGN: Final = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Mirror(BaseModel):
    model_config = _FOREIGN

    location: Annotated[str, Field(min_length=1)]
    insecure: bool = False
    pull: Annotated[
        Literal["all", "digest-only", "tag-only"] | None,
        Field(alias="pull-from-mirror"),
    ] = None


class _Entry(BaseModel):
    model_config = _FOREIGN

    prefix: str = ""
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirror: list[_Mirror] = []
    by_digest_only: Annotated[bool, Field(alias="mirror-by-digest-only")] = False


def _version_1(_: object) -> object:
    raise ValueError("version 1 of the format is not followed")


class _Document(BaseModel):
    model_config = _FOREIGN

    registry: list[_Entry] = []
    registries: Annotated[object, BeforeValidator(_version_1)] = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """What holds for the names that begin with `prefix`."""

    prefix: str
    entry: _Entry

    def matched(self, name: str) -> str | None:
        """Return the part of *name* that `prefix` is for, if it is; by segments."""
        if self.prefix.startswith(_WILDCARD):
            host = name.partition("/")[0]
            return host if host.endswith(self.prefix[1:]) else None
        return self.prefix if f"{name}/".startswith(f"{self.prefix}/") else None


class ContainersMirrors:
    """The `[[registry]]` tables of containers-registries.conf(5), version 2.

    They are chosen by the longest `prefix`. A mirror may say what a tag stands
    for unless the file restricts it to digests: so do the programs themselves.
    """

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: len(rule.prefix), reverse=True)

    def servers(self, registry: str, repository: str) -> Sequence[Server]:
        """Return the mirrors, and last the location, for *repository*.

        Raises:
            Failure: the file blocks it, or has an entry for one tag of it.
        """
        name = f"{registry}/{repository}"
        if any(
            _SINGLE.search(r.prefix) and _untagged(r.prefix) == name
            for r in self._rules
        ):
            what = "`registries.conf` has an entry for a single tag or digest of it"
            raise Failure(what, hint="imagelock follows entries for repositories only")
        for rule in self._rules:
            if (matched := rule.matched(name)) is not None:
                return _servers(rule.entry, matched, name)
        return ()

    def known(self, registry: str) -> Sequence[Server]:
        """Return the servers of every entry for a part of *registry*, mirrors first.

        Raises:
            Failure: the file blocks all of it.
        """
        found: dict[Server, None] = {}
        for rule in self._rules:
            partial = "/" in rule.prefix
            name = rule.prefix if partial else registry
            if _SINGLE.search(rule.prefix) or name.partition("/")[0] != registry:
                continue
            matched = rule.matched(name)
            if matched is None or (partial and rule.entry.blocked):
                continue
            found.update(dict.fromkeys(_servers(rule.entry, matched, name)))
            if not partial:
                break
        else:
            # What no entry is for is asked of the registry itself.
            own = [Server(address=registry, is_mirror=False)] if found else []
            found.update(dict.fromkeys(own))
        return sorted(found, key=lambda server: not server.is_mirror)

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return that the certificates of insecure servers are not checked."""
        entries = [rule.entry for rule in self._rules]
        places = [(e.location or e.prefix, e.insecure) for e in entries]
        places += [(m.location, m.insecure) for e in entries for m in e.mirror]
        hosts = {
            place.partition("/")[0].lower() for place, insecure in places if insecure
        }
        return {_server(host): HostSettings(skip_verify=True) for host in hosts}


def read(file: Path, folders: Iterable[Path]) -> ContainersMirrors:
    """Read *file*, and each `*.conf` in *folders*, whose tables replace earlier ones.

    What is absent says nothing.

    Raises:
        ConfigurationError: a file is not what it should be; it names the file.
    """
    drops = [sorted(folder.glob("*.conf")) for folder in folders]
    paths = [file, *(path for drop in drops for path in drop)]
    entries: dict[str, _Rule] = {}
    for path in paths:
        for entry in _document(path).registry:
            rule = _rule(path, entry)
            entries[rule.prefix] = rule
    return ContainersMirrors(entries.values())


def _document(path: Path) -> _Document:
    try:
        return _Document.model_validate(toml.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return _Document()
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _unusable(path, f"`{place}`: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _rule(path: Path, entry: _Entry) -> _Rule:
    prefix = (entry.prefix or entry.location).rstrip("/")
    if not entry.location and not prefix.startswith(_WILDCARD):
        raise _unusable(path, f"the `[[registry]]` of `{prefix}` has no `location`")
    for place in (prefix, entry.location, *(m.location for m in entry.mirror)):
        if "://" in place or "@" in place.partition("/")[0]:
            raise _unusable(path, f"`{prefix}` has an address where a name belongs")
    if entry.by_digest_only and any(mirror.pull for mirror in entry.mirror):
        both = "`mirror-by-digest-only` and `pull-from-mirror`"
        raise _unusable(path, f"the `[[registry]]` of `{prefix}` has {both}")
    host, slash, rest = prefix.partition("/")
    return _Rule(f"{host.lower()}{slash}{rest}", entry)


def _unusable(path: Path, why: str) -> ConfigurationError:
    hint = "mend it, or remove `mirrors` from the settings of imagelock"
    return ConfigurationError(f"cannot use `{path}`: {anonymous(why)}", hint=hint)


def _servers(entry: _Entry, matched: str, name: str) -> list[Server]:
    """Return the servers of *entry*, for the names that begin with *matched*."""
    if entry.blocked:
        raise Failure(
            f"`registries.conf` blocks `{entry.prefix or entry.location}`",
            hint="ask whoever administers this machine",
        )
    pulls = ("digest-only" if entry.by_digest_only else m.pull for m in entry.mirror)
    found = [
        _at(
            mirror.location,
            matched,
            insecure=mirror.insecure,
            resolves=pull != "digest-only",
            serves=pull != "tag-only",
        )
        for mirror, pull in zip(entry.mirror, pulls, strict=True)
    ]
    own = entry.location or name.partition("/")[0]
    # The certificates of all hosts below a domain stay checked.
    insecure = entry.insecure and bool(entry.location)
    return [*found, _at(own, matched, insecure=insecure, is_mirror=False)]


def _at(
    location: str,
    matched: str,
    *,
    insecure: bool,
    resolves: bool = True,
    serves: bool = True,
    is_mirror: bool = True,
) -> Server:
    host, _, path = location.rstrip("/").partition("/")
    return Server(
        address=host.lower(),
        strip=matched.partition("/")[2],
        prefix=path,
        resolves=resolves,
        serves=serves,
        is_mirror=is_mirror,
        insecure=insecure,
    )


def _untagged(prefix: str) -> str:
    host, _, rest = prefix.partition("/")
    return f"{host}/{re.split('[:@]', rest)[0]}"


def _server(host: str) -> str:
    return HUB_HOST if host == DOCKER_HUB else host
