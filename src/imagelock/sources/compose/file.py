"""A Compose file that was read, and its services."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

DEFINING: Final = ("image", "build", "extends", "provider")
"""The keys of which a service has at least one."""

_LEGACY_DEFINING: Final = ("image", "build")
_NOT_LEGACY: Final = frozenset(
    {"configs", "include", "models", "name", "networks", "secrets", "services"}
)


class TooMuchError(Exception):
    """A file that is small and, through its aliases, means too much."""


@dataclass(slots=True)
class Budget:
    """How much work the files of one project may still cause.

    A thousand aliases to a list of a thousand items are a million items: more
    than anybody writes, and few bytes.
    """

    left: int = 40_000_000

    def spend(self, amount: int) -> None:
        """Take *amount* characters or items, and 100 for the effort.

        Raises:
            TooMuchError: nothing is left.
        """
        self.left -= 100 + amount
        if self.left < 0:
            raise TooMuchError


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """What one document says of a service.

    `location` is the dotted path to it. `is_duplicate_key` tells that its key, or that of
    the services, is written twice, which Compose refuses.
    """

    name: str
    node: Mapping
    location: str
    is_duplicate_key: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComposeFile:
    """A file with the variables that count in it.

    `directory` is where its relative paths count from. `documents` are its
    mappings, `broken` what does not parse. `budget` is shared with the files
    that it includes.
    """

    path: PurePosixPath
    text: Text
    directory: PurePosixPath
    variables: collections.abc.Mapping[str, str]
    documents: tuple[Mapping, ...]
    broken: tuple[Broken, ...]
    services: tuple[Service, ...]
    budget: Budget
    by_name: dict[str, list[Service]] = field(init=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[Service]] = defaultdict(list)
        for service in self.services:
            by_name[service.name].append(service)
        object.__setattr__(self, "by_name", dict(by_name))


def open_file(
    path: PurePosixPath,
    text: Text,
    *,
    directory: PurePosixPath,
    variables: collections.abc.Mapping[str, str],
    budget: Budget,
) -> ComposeFile:
    """Return the file at *path*, whatever is wrong with it."""
    nodes = list(documents(text))
    mappings = tuple(node for node in nodes if isinstance(node, Mapping))
    return ComposeFile(
        path=path,
        text=text,
        directory=directory,
        variables=variables,
        documents=mappings,
        broken=tuple(node for node in nodes if isinstance(node, Broken)),
        services=tuple(s for mapping in mappings for s in _services(mapping)),
        budget=budget,
    )


def has_services(document: Mapping) -> bool:
    """Tell whether *document* is from Compose beyond doubt, whatever its name.

    Its `services` are a mapping, in which something is a service.
    """
    services = document.get("services")
    return isinstance(services, Mapping) and any(
        isinstance(service, Mapping)
        and any(key in service.items for key in DEFINING)
        and not _is_chart_value(service.get("image"))
        for service in services.items.values()
    )


def _is_chart_value(image: Node | None) -> bool:
    """Tell whether *image* is a mapping, as in Helm; `{{ image }}` has no key."""
    return isinstance(image, Mapping) and "" not in image.items


def value_of(mapping: Mapping, key: str) -> Node | None:
    """Return the value of *key*, if it says anything."""
    node = mapping.get(key)
    return None if node is None or is_nothing(node) else node


def is_nothing(node: Node) -> bool:
    """Tell whether *node* is empty, null, or reset."""
    if isinstance(node, Scalar):
        return node.null
    return isinstance(node, Mapping) and node.tag == "!reset"


def _services(document: Mapping) -> Iterator[Service]:
    is_duplicate_key = "services" in document.duplicate_keys()
    if "services" not in document.items:
        yield from _legacy_services(document)
        return
    # Of a doubled key all are read: whoever doubled it may mean any of them.
    nodes = [node for key, node in document.pairs if key.value == "services"]
    for node in nodes or [document.items["services"]]:
        if isinstance(node, Mapping):
            yield from _each(node, "services.", is_duplicate_key=is_duplicate_key)


def _each(
    services: Mapping, prefix: str, *, is_duplicate_key: bool
) -> Iterator[Service]:
    twice = services.duplicate_keys()
    own = [(key.value, node) for key, node in services.pairs if key.value in twice]
    once = [item for item in services.items.items() if item[0] not in twice]
    for name, node in [*own, *once]:
        if isinstance(node, Mapping) and not is_nothing(node):
            yield Service(name, node, prefix + name, is_duplicate_key or name in twice)


def _legacy_services(document: Mapping) -> Iterator[Service]:
    """Yield the services of a file without `services`, as of Compose 1.

    Everything in such a file is a service, and has an image or is built.
    """
    own = {
        name: node
        for name, node in document.items.items()
        if isinstance(node, Mapping) and not name.startswith("x-")
    }
    if _NOT_LEGACY.isdisjoint(document.items) and all(
        any(key in node.items for key in _LEGACY_DEFINING) for node in own.values()
    ):
        for name, node in own.items():
            yield Service(name, node, name)
