"""Mirrors in the `registries.conf` of Podman, Skopeo, Buildah and CRI-O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from imagelock.config.registries import HostSettings
from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import strip_userinfo
from imagelock.registry.settings import HUB_HOST, ServerSettings
from imagelock.syntax import toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_WILDCARD: Final = "*."
_TAG_OR_DIGEST: Final = re.compile(r"/.*[:@]")
"""Matches the name of a single tag or digest, but not a host with a port."""
# A file of another program: unknown keys do not concern us.
_FOREIGN: Final = ConfigDict(extra="ignore", frozen=True, strict=True)


class _MirrorTable(BaseModel):
    model_config = _FOREIGN

    location: Annotated[str, Field(min_length=1)]
    insecure: bool = False
    pull: Annotated[
        Literal["all", "digest-only", "tag-only"] | None,
        Field(alias="pull-from-mirror"),
    ] = None


class _RegistryTable(BaseModel):
    model_config = _FOREIGN

    prefix: str = ""
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    mirror: list[_MirrorTable] = []
    by_digest_only: Annotated[bool, Field(alias="mirror-by-digest-only")] = False


def _version_1(_: object) -> object:
    raise ValueError("version 1 of the format is not followed")


class _RegistriesDocument(BaseModel):
    model_config = _FOREIGN

    registry: list[_RegistryTable] = []
    registries: Annotated[object, BeforeValidator(_version_1)] = None


@dataclass(frozen=True, slots=True)
class _PrefixRule:
    """The `[[registry]]` table for the names that begin with `prefix`."""

    prefix: str
    table: _RegistryTable

    def matched(self, name: str) -> str | None:
        """Return the leading segments of *name* that `prefix` matches, if it does."""
        if self.prefix.startswith(_WILDCARD):
            host = name.partition("/")[0]
            return host if host.endswith(self.prefix[1:]) else None
        return self.prefix if f"{name}/".startswith(f"{self.prefix}/") else None


class ContainersMirrors:
    """The `[[registry]]` tables of containers-registries.conf(5), version 2.

    The longest matching `prefix` counts. As in the programs themselves, a mirror may
    resolve tags unless the file restricts it to digests.
    """

    def __init__(self, rules: Iterable[_PrefixRule]) -> None:
        self._rules = sorted(rules, key=lambda rule: len(rule.prefix), reverse=True)

    def servers(self, registry: str, repository: str) -> Sequence[ServerSettings]:
        """Return the mirrors, and last the location, for *repository*.

        Raises:
            Failure: the file blocks it, or has a table for a single tag of it.
        """
        name = f"{registry}/{repository}"
        if any(
            _TAG_OR_DIGEST.search(r.prefix) and _untagged(r.prefix) == name
            for r in self._rules
        ):
            what = "`registries.conf` has an entry for a single tag or digest of it"
            raise Failure(what, hint="imagelock follows entries for repositories only")
        for rule in self._rules:
            if (matched := rule.matched(name)) is not None:
                return _servers(rule.table, matched, name)
        return ()

    def all_servers(self, registry: str) -> Sequence[ServerSettings]:
        """Return the servers of every table for a part of *registry*, mirrors first.

        Raises:
            Failure: the file blocks all of it.
        """
        servers: dict[ServerSettings, None] = {}
        for rule in self._rules:
            is_partial = "/" in rule.prefix
            name = rule.prefix if is_partial else registry
            if _TAG_OR_DIGEST.search(rule.prefix) or name.partition("/")[0] != registry:
                continue
            matched = rule.matched(name)
            if matched is None or (is_partial and rule.table.blocked):
                continue
            servers.update(dict.fromkeys(_servers(rule.table, matched, name)))
            if not is_partial:
                break
        else:
            # Repositories without a table are served by the registry itself.
            if servers:
                servers[ServerSettings(address=registry, is_mirror=False)] = None
        return sorted(servers, key=lambda server: not server.is_mirror)

    def hosts(self) -> Mapping[str, HostSettings]:
        """Return `skip_verify` for the hosts of insecure servers."""
        tables = [rule.table for rule in self._rules]
        locations = [t.location or t.prefix for t in tables if t.insecure]
        locations += [m.location for t in tables for m in t.mirror if m.insecure]
        hosts = {location.partition("/")[0].lower() for location in locations}
        return {_host_of(host): HostSettings(skip_verify=True) for host in hosts}


def read_registries_conf(file: Path, folders: Iterable[Path]) -> ContainersMirrors:
    """Read *file*, and each `*.conf` in *folders*, whose tables replace earlier ones.

    Files and folders may be absent.

    Raises:
        ConfigurationError: a file cannot be used; the message names it.
    """
    drop_ins = [path for folder in folders for path in sorted(folder.glob("*.conf"))]
    rules: dict[str, _PrefixRule] = {}
    for path in (file, *drop_ins):
        for table in _document(path).registry:
            rule = _rule(path, table)
            rules[rule.prefix] = rule
    return ContainersMirrors(rules.values())


def _document(path: Path) -> _RegistriesDocument:
    try:
        return _RegistriesDocument.model_validate(toml.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return _RegistriesDocument()
    except ValidationError as error:
        first: Any = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _unusable(path, f"`{place}`: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _rule(path: Path, table: _RegistryTable) -> _PrefixRule:
    prefix = (table.prefix or table.location).rstrip("/")
    if not table.location and not prefix.startswith(_WILDCARD):
        raise _unusable(path, f"the `[[registry]]` of `{prefix}` has no `location`")
    for place in (prefix, table.location, *(m.location for m in table.mirror)):
        if "://" in place or "@" in place.partition("/")[0]:
            raise _unusable(path, f"`{prefix}` has an address where a name belongs")
    if table.by_digest_only and any(mirror.pull for mirror in table.mirror):
        both = "`mirror-by-digest-only` and `pull-from-mirror`"
        raise _unusable(path, f"the `[[registry]]` of `{prefix}` has {both}")
    host, slash, path_in_host = prefix.partition("/")
    return _PrefixRule(f"{host.lower()}{slash}{path_in_host}", table)


def _unusable(path: Path, reason: str) -> ConfigurationError:
    hint = "fix it, or remove `mirrors` from the settings of imagelock"
    return ConfigurationError(
        f"cannot use `{path}`: {strip_userinfo(reason)}", hint=hint
    )


def _servers(table: _RegistryTable, matched: str, name: str) -> list[ServerSettings]:
    """Return the servers of *table* for *name*, which begins with *matched*."""
    if table.blocked:
        raise Failure(
            f"`registries.conf` blocks `{table.prefix or table.location}`",
            hint="ask the administrator of this machine",
        )
    pulls = ("digest-only" if table.by_digest_only else m.pull for m in table.mirror)
    mirrors = [
        _server_at(
            mirror.location,
            matched,
            insecure=mirror.insecure,
            resolves=pull != "digest-only",
            serves=pull != "tag-only",
        )
        for mirror, pull in zip(table.mirror, pulls, strict=True)
    ]
    location = table.location or name.partition("/")[0]
    # An `insecure` wildcard does not cover the hosts below its domain.
    insecure = table.insecure and bool(table.location)
    return [*mirrors, _server_at(location, matched, insecure=insecure, is_mirror=False)]


def _server_at(
    location: str,
    matched: str,
    *,
    insecure: bool,
    resolves: bool = True,
    serves: bool = True,
    is_mirror: bool = True,
) -> ServerSettings:
    host, _, path = location.rstrip("/").partition("/")
    return ServerSettings(
        address=host.lower(),
        strip=matched.partition("/")[2],
        prefix=path,
        resolves=resolves,
        serves=serves,
        is_mirror=is_mirror,
        insecure=insecure,
    )


def _untagged(prefix: str) -> str:
    host, _, path = prefix.partition("/")
    return f"{host}/{re.split('[:@]', path)[0]}"


def _host_of(host: str) -> str:
    return HUB_HOST if host == DOCKER_HUB else host
