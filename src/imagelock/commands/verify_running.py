"""What runs, as a cluster or a Docker host tells it, compared with the lock.

Read are `kubectl get pods -o json`, `docker inspect` of containers (and of their
images), and `docker compose ps --format json`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import ConfigurationError, ImagelockError, RegistryError
from imagelock.model.digest import Digest
from imagelock.model.finding import Finding, Rule
from imagelock.model.reference import Reference
from imagelock.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image

    Configurations = Callable[[Image], frozenset[Digest]]
    """Returns the digests of the configurations of an image, which may be asked for."""

_MOST_NAMED: Final = 5
_STATUSES: Final = (
    ("containers", "containerStatuses"),
    ("initContainers", "initContainerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container that runs.

    `where` names it for people, and `image` is the reference that it was started
    with. `digests` are those of the index or manifest that it was pulled by.
    `identity` is the digest that the host knows the image by: of its configuration
    with most, of an index or manifest with some.
    """

    where: str
    image: str
    digests: frozenset[Digest] = frozenset()
    identity: Digest | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings, and how many containers could not be compared."""

    findings: tuple[Finding, ...]
    could_not_check: int


def containers(text: str) -> list[Container]:
    """Return the containers that *text* tells of, in its order.

    Raises:
        ConfigurationError: it is none of the known outputs.
    """
    if not text.strip():
        # A command before the pipe failed: nothing was compared.
        raise ConfigurationError("the input is empty")
    values = _values(text)
    objects = [
        one
        for value in values
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
    ]
    pods = [pod for one in objects for pod in _pods(one)]
    if pods or any("items" in one for one in objects):
        return [one for pod in pods for one in _of_pod(pod)]
    digests = {_text(one, "Id"): _of_image(one) for one in objects if "RepoTags" in one}
    found = [one for part in objects if (one := _of_docker(part, digests))]
    if objects and not found:
        raise ConfigurationError(
            "the input tells of no containers",
            hint="give it the output of `kubectl get pods -A -o json` or of"
            " `docker inspect $(docker ps -q)`",
        )
    return found


def compare(
    running: Iterable[Container],
    lockfile: Lockfile,
    path: PurePosixPath,
    configurations: Configurations | None,
) -> Compared:
    """Return where *running* is not what the lock says.

    Digests alone decide: the same content under another name is the same.
    *configurations* returns the digests of the configurations of a locked image,
    which only a registry knows; `None` if none may be asked.
    """
    names = _names(lockfile)
    alike: dict[Container, list[str]] = defaultdict(list)
    for one in running:
        alike[replace(one, where="")].append(one.where)
    together: dict[tuple[Rule, str, str], list[str]] = defaultdict(list)
    for one, places in alike.items():
        # A fleet asks a registry once, also one that does not answer.
        if verdict := _verdict(one, lockfile, names, configurations):
            rule, message = verdict
            together[rule, one.image, message] += places
    findings = [
        Finding(
            rule=rule,
            severity=rule.severity,
            message=f"{message}: {_listed(places)}",
            path=path,
            span=Span(0, 0, 1, 1),
        )
        for (rule, _, message), places in together.items()
    ]
    unknown = sum(
        len(places)
        for (rule, _, _), places in together.items()
        if rule is Rule.COULD_NOT_CHECK
    )
    return Compared(tuple(findings), unknown)


def _values(text: str) -> list[Any]:
    """Return the JSON values in *text*: one, or one on each line."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        message = f"the input is not JSON: {error}"
        raise ConfigurationError(message) from None


def _pods(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    items = value.get("items")
    for one in items if isinstance(items, list) else [value]:
        if isinstance(one, dict) and _text(one, "kind") == "Pod":
            yield one


def _of_pod(pod: dict[str, Any]) -> Iterator[Container]:
    metadata, status = _mapping(pod, "metadata"), _mapping(pod, "status")
    name = f"{_text(metadata, 'namespace') or 'default'}/{_text(metadata, 'name')}"
    for specified, told in _STATUSES:
        states = {_text(one, "name"): one for one in _list(status, told)}
        for one in _list(_mapping(pod, "spec"), specified):
            state = states.get(_text(one, "name"), {})
            identity = _text(state, "imageID")
            digest = _digest(identity)
            yield Container(
                where=f"{name} ({_text(one, 'name')})",
                image=_text(one, "image") or _text(state, "image"),
                digests=_set(digest) if "@" in identity else frozenset(),
                identity=None if "@" in identity else digest,
            )


def _of_docker(
    value: dict[str, Any], images: Mapping[str, frozenset[Digest]]
) -> Container | None:
    """Return the container of `docker inspect`, or of a line of `compose ps`."""
    configuration = _mapping(value, "Config")
    image = _text(configuration, "Image")
    if image:
        identity = _text(value, "Image")
        descriptor = _text(_mapping(value, "ImageManifestDescriptor"), "digest")
        return Container(
            where=_text(value, "Name").removeprefix("/"),
            image=image,
            digests=images.get(identity, frozenset()) | _set(_digest(descriptor)),
            identity=_digest(identity),
        )
    if "Service" in value and _text(value, "Image"):
        return Container(_text(value, "Name"), _text(value, "Image"))
    return None


def _of_image(value: dict[str, Any]) -> frozenset[Digest]:
    """Return the digests of `docker image inspect` by which it was pulled."""
    written = value.get("RepoDigests")
    names = [str(one) for one in written] if isinstance(written, list) else []
    return frozenset().union(*(_set(_digest(name)) for name in names))


def _set(digest: Digest | None) -> frozenset[Digest]:
    return frozenset({digest} if digest else ())


def _digest(text: str) -> Digest | None:
    """Return the digest at the end of *text*.

    `docker-pullable://repository@sha256:…`, `docker://sha256:…`,
    `repository@sha256:…` and `sha256:…` are met.
    """
    try:
        return Digest.parse(text.rpartition("@")[2].rpartition("/")[2])
    except ImagelockError:
        return None


def _names(lockfile: Lockfile) -> dict[Digest, Reference]:
    return {
        digest: image.reference
        for image in lockfile.images.values()
        for digest in _digests_of(image)
    }


def _digests_of(image: Image) -> frozenset[Digest]:
    return frozenset({image.digest, *(one.digest for one in image.platforms)})


def _verdict(
    one: Container,
    lockfile: Lockfile,
    names: Mapping[Digest, Reference],
    configurations: Configurations | None,
) -> tuple[Rule, str] | None:
    """Return what is wrong with *one*, if anything is."""
    try:
        reference = Reference.parse(one.image)
    except ImagelockError:
        reference = None
    image = lockfile.images.get(reference.key) if reference else None
    digests = one.digests or _set(reference.digest if reference else None)
    if image is None:
        if (digests | _set(one.identity)) & names.keys():
            return None
        return Rule.RUNS_UNLOCKED, f"`{one.image}` runs and is not in the lockfile"
    locked = _digests_of(image)
    if (digests | _set(one.identity)) & locked:
        return None
    if digests:
        return Rule.RUNS_OTHER, _other(one, image, digests)
    if one.identity is None:
        message = f"`{one.image}` runs, and nothing tells with which digest"
        return Rule.COULD_NOT_CHECK, message
    return _by_configuration(one, image, one.identity, configurations)


def _by_configuration(
    one: Container,
    image: Image,
    identity: Digest,
    configurations: Configurations | None,
) -> tuple[Rule, str] | None:
    """Compare what is known by its configuration alone, which no lock has."""
    if configurations is None:
        message = f"`{one.image}` runs as the image {identity.short}, which only a"
        return Rule.COULD_NOT_CHECK, f"{message} registry can compare with the lock"
    try:
        known = configurations(image)
    except RegistryError as error:
        return Rule.COULD_NOT_CHECK, f"`{one.image}`: {error}"
    if identity in known:
        return None
    return Rule.RUNS_OTHER, _other(one, image, frozenset({identity}))


def _other(one: Container, image: Image, digests: frozenset[Digest]) -> str:
    shown = ", ".join(sorted(f"{d.algorithm}:{d.short}" for d in digests))
    locked = f"{image.digest.algorithm}:{image.digest.short}"
    return f"`{one.image}` runs as {shown} and is locked to {locked}"


def _listed(places: list[str]) -> str:
    """Return the first of *places*, and how many more there are."""
    first = sorted(set(places))
    more = len(first) - _MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return ", ".join(first[:_MOST_NAMED]) + rest


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    inner = value.get(key)
    items = inner if isinstance(inner, list) else []
    return [one for one in items if isinstance(one, dict)]


def _text(value: dict[str, Any], key: str) -> str:
    inner = value.get(key)
    return inner if isinstance(inner, str) else ""
