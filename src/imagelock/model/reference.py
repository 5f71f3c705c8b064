"""Image references in Docker's normal form."""

from __future__ import annotations

import re
from functools import lru_cache

from imagelock.dataclass import dataclass, replace
from imagelock.errors import InvalidReferenceError
from imagelock.light_typing import Final, Self
from imagelock.model.digest import Digest, is_hexadecimal

DOCKER_HUB: Final = "docker.io"
"""The default registry of references."""

_HUB_ALIASES: Final = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}
_IMAGE_ID_LENGTH: Final = 64
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY: Final = re.compile(
    rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::(?P<port>[0-9]+))?"
)
_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LONGEST_REPOSITORY: Final = 255
_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image reference in normal form, with all defaults filled in.

        docker.io / library/nginx : 1.27 @ sha256:…
        registry    repository      tag    digest

    The grammar is that of distribution/reference, whose test cases are in
    `tests/vectors/references.json`. It is stricter in three ways, because a lock
    needs one name per image: the host of the registry is lower case, the aliases
    of Docker Hub are `docker.io`, and an impossible registry (an empty host, a
    port above 65535) is refused.

    A chart in a repository with an `index.yaml` has the `scheme` of its address, its
    host as the registry, and its version as the tag: see `chart_address.py`.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None
    scheme: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse *text* as Docker does, and fill in the defaults.

        Raises:
            InvalidReferenceError: no registry would accept *text*.
        """
        if len(text) == _IMAGE_ID_LENGTH and is_hexadecimal(text):
            message = f"`{text}` is an image ID, which no registry knows"
            raise InvalidReferenceError(message, hint="use a name and a tag")
        name, separator, digest_text = text.partition("@")
        digest = Digest.parse(digest_text) if separator else None
        registry, remainder = _split_registry(name)
        repository, separator, tag = remainder.partition(":")
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        _check_repository(repository, text)
        if separator and not _TAG.fullmatch(tag):
            raise InvalidReferenceError(
                f"`{text}` is not an image reference: `{tag}` is not a tag",
                hint="a tag has up to 128 letters, digits, `_`, `.` and `-`,"
                " and starts with neither `.` nor `-`",
            )
        default = None if digest else "latest"
        return cls(
            registry=registry,
            repository=repository,
            tag=tag if separator else default,
            digest=digest,
        )

    @classmethod
    def of_chart(cls, address: str, chart: str, version: str) -> Self:
        """Return the reference to a *chart* of the repository at *address*.

        Raises:
            InvalidReferenceError: one of them is not what its name says.
        """
        from imagelock.model.chart_address import chart_parts  # most have none

        scheme, host, repository = chart_parts(address, chart, version)
        return cls(registry=host, repository=repository, tag=version, scheme=scheme)

    @staticmethod
    def parse_key(text: str) -> Reference:
        """Parse *text*, the normal form of a reference to an image or to a chart.

        In files, references to images never have a scheme. A text that was parsed
        before is the same object: what files name is in the lockfile, too.

        Raises:
            InvalidReferenceError: it is neither.
        """
        return _of_key(text)

    @property
    def chart_repository(self) -> tuple[str, str]:
        """The address of the repository of a chart, and the name of the chart."""
        path, _, chart = self.repository.rpartition("/")
        return f"{self.scheme}://{self.registry}/{path}".rstrip("/"), chart

    @property
    def key(self) -> Self:
        """The reference without its digest, which names its lock entry.

        A reference by digest alone is its own key.
        """
        return replace(self, digest=None) if self.tag and self.digest else self

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar(self) -> str:
        """The short form that people write: `nginx:1.27`."""
        if self.registry != DOCKER_HUB or self.scheme:
            return str(self)
        short = self.repository.removeprefix("library/")
        if "/" in short:
            short = self.repository
        first, slash, _ = short.partition("/")
        if slash and _names_a_registry(first):
            return str(self)
        return f"{short}{self._suffix}"

    @property
    def familiar_name(self) -> str:
        """The short form without tag and digest: `nginx`."""
        return self.familiar.removesuffix(self._suffix)

    def at(self, digest: Digest) -> Self:
        """Return this reference with *digest*."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        text = f"{self.registry}/{self.repository}{self._suffix}"
        return f"{self.scheme}://{text}" if self.scheme else text

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


@lru_cache(maxsize=100_000)
def _of_key(text: str) -> Reference:
    """See `Reference.parse_key`."""
    if "://" not in text:
        return Reference.parse(text)
    from imagelock.model.chart_address import split_key  # most have none

    key, separator, digest = text.partition("@")
    reference = Reference.of_chart(*split_key(key))
    return reference.at(Digest.parse(digest)) if separator else reference


def _split_registry(name: str) -> tuple[str, str]:
    """Return the registry and the rest of *name* (`splitDockerDomain` in Docker)."""
    first, slash, remainder = name.partition("/")
    registry = _registry(first) if slash else None
    return (DOCKER_HUB, name) if registry is None else (registry, remainder)


@lru_cache(maxsize=256)
def _registry(first: str) -> str | None:
    """Return the registry that *first* names, a name up to `/`, if it is one.

    Many references are of the same few.
    """
    if not _names_a_registry(first):
        return None
    host = first.lower()
    match = _REGISTRY.fullmatch(first)
    dotless = "." not in first and ":" not in first and host != "localhost"
    if match is None or dotless:
        hint = "image names are lowercase" if first != host else None
        raise InvalidReferenceError(f"`{first}` is not a registry", hint=hint)
    # Six digits are enough, and `int` refuses thousands of them.
    port = (match["port"] or "").lstrip("0")[:6]
    if port and int(port) > _HIGHEST_PORT:
        raise InvalidReferenceError(f"`{first}` has a port above {_HIGHEST_PORT}")
    return DOCKER_HUB if host.removesuffix(":443") in _HUB_ALIASES else host


def _names_a_registry(first: str) -> bool:
    return (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )


def _check_repository(repository: str, text: str) -> None:
    if len(repository) > _LONGEST_REPOSITORY:
        message = f"`{text}` has a repository of over {_LONGEST_REPOSITORY} characters"
        raise InvalidReferenceError(message)
    if _REPOSITORY.fullmatch(repository):
        return
    message = f"`{text}` is not an image reference"
    hint = "write it as `registry/repository:tag`"
    if _REPOSITORY.fullmatch(repository.lower()):
        hint = f"repository names are lowercase: `{repository.lower()}`"
    raise InvalidReferenceError(message, hint=hint)
