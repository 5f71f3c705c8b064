"""The containers that run, from the output of kubectl and Docker.

Supported are `kubectl get pods -o json`, `docker inspect` of containers (and of their
images), and `docker compose ps --format json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, UsageError
from imagelock.model.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STATUSES: Final = (
    ("containers", "containerStatuses"),
    ("initContainers", "initContainerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
)


@dataclass(frozen=True, slots=True)
class Container:
    """A running container.

    `where` names it for people, and `image` is the reference that it was started
    with. `digests` are those of the index or manifest that it was pulled by.
    `identity` is the digest by which the host knows the image: of its configuration
    on most hosts, of an index or manifest on some.
    """

    where: str
    image: str
    digests: frozenset[Digest] = frozenset()
    identity: Digest | None = None


def running_containers(text: str) -> list[Container]:
    """Return the containers in *text*, in its order.

    Raises:
        UsageError: *text* is the output of no supported command.
    """
    if not text.strip():
        # A command before the pipe failed: nothing was compared.
        raise UsageError("the input is empty")
    objects = [
        item
        for value in _parse_json(text)
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, dict)
    ]
    pods = [pod for item in objects for pod in _pods(item)]
    if pods or any("items" in item for item in objects):
        return [container for pod in pods for container in _pod_containers(pod)]
    digests = {
        _text(item, "Id"): _repo_digests(item) for item in objects if "RepoTags" in item
    }
    containers = [_docker_container(item, digests) for item in objects]
    found = [container for container in containers if container is not None]
    if objects and not found:
        raise UsageError(
            "the input has no containers",
            hint="give it the output of `kubectl get pods -A -o json` or of"
            " `docker inspect $(docker ps -q)`",
        )
    return found


def _parse_json(text: str) -> list[Any]:
    """Return the JSON values in *text*: a single value, or a value on each line."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        message = f"the input is not JSON: {error}"
        raise UsageError(message) from None


def _pods(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    items = value.get("items")
    for item in items if isinstance(items, list) else [value]:
        if isinstance(item, dict) and _text(item, "kind") == "Pod":
            yield item


def _pod_containers(pod: dict[str, Any]) -> Iterator[Container]:
    metadata, status = _mapping(pod, "metadata"), _mapping(pod, "status")
    name = f"{_text(metadata, 'namespace') or 'default'}/{_text(metadata, 'name')}"
    for specs, statuses in _STATUSES:
        states = {_text(state, "name"): state for state in _list(status, statuses)}
        for spec in _list(_mapping(pod, "spec"), specs):
            state = states.get(_text(spec, "name"), {})
            identity = _text(state, "imageID")
            digest = _digest(identity)
            yield Container(
                where=f"{name} ({_text(spec, 'name')})",
                image=_text(spec, "image") or _text(state, "image"),
                digests=optional_set(digest) if "@" in identity else frozenset(),
                identity=None if "@" in identity else digest,
            )


def _docker_container(
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
            digests=images.get(identity, frozenset())
            | optional_set(_digest(descriptor)),
            identity=_digest(identity),
        )
    if "Service" in value and _text(value, "Image"):
        return Container(_text(value, "Name"), _text(value, "Image"))
    return None


def _repo_digests(value: dict[str, Any]) -> frozenset[Digest]:
    """Return the digests of `docker image inspect` by which it was pulled."""
    repo_digests = value.get("RepoDigests")
    names = map(str, repo_digests if isinstance(repo_digests, list) else [])
    return frozenset().union(*(optional_set(_digest(name)) for name in names))


def _digest(text: str) -> Digest | None:
    """Return the digest at the end of *text*.

    `docker-pullable://repository@sha256:…`, `docker://sha256:…`,
    `repository@sha256:…` and `sha256:…` occur.
    """
    try:
        return Digest.parse(text.rpartition("@")[2].rpartition("/")[2])
    except ImagelockError:
        return None


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    inner = value.get(key)
    items = inner if isinstance(inner, list) else []
    return [item for item in items if isinstance(item, dict)]


def _text(value: dict[str, Any], key: str) -> str:
    inner = value.get(key)
    return inner if isinstance(inner, str) else ""


def optional_set(digest: Digest | None) -> frozenset[Digest]:
    """Return a set of *digest*, or an empty one."""
    return frozenset({digest} if digest else ())
