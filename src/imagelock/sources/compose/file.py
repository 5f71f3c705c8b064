"""A parsed Compose file and its services."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Place
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.yaml_json.tree import Node

FORMAT: Final = "compose"
SERVICE_KEYS: Final = ("image", "build", "extends", "provider")
"""A service has at least one of these keys."""

_LEGACY_SERVICE_KEYS: Final = ("image", "build")
_NOT_LEGACY: Final = frozenset(
    {"configs", "include", "models", "name", "networks", "secrets", "services"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A service in one document.

    `location` is the dotted path to it. `is_duplicate_key` is true if its key, or
    `services`, is written twice, which Compose refuses.
    """

    name: str
    node: Mapping
    location: str
    is_duplicate_key: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComposeFile:
    """A file with the variables that count in it.

    Relative paths count from `directory`. `documents` are the mappings of the file,
    and `broken` its parse errors. `removed` are the names of services that it takes
    away from the files before it. `budget` is shared with the files that it includes.
    """

    source: SourceFile
    directory: PurePosixPath
    variables: collections.abc.Mapping[str, str]
    documents: tuple[Mapping, ...]
    broken: tuple[Broken, ...]
    services: tuple[Service, ...]
    removed: frozenset[str]
    budget: WorkBudget
    by_name: dict[str, list[Service]] = field(init=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[Service]] = defaultdict(list)
        for service in self.services:
            by_name[service.name].append(service)
        object.__setattr__(self, "by_name", dict(by_name))

    @property
    def path(self) -> PurePosixPath:
        """The path of the file from the root of the project."""
        return self.source.path

    @property
    def text(self) -> Text:
        """The text of the file."""
        return self.source.text

    def starts_over(self, name: str) -> bool:
        """Return whether the service *name* has nothing from the files before."""
        return name in self.removed or any(
            is_override(service.node) for service in self.by_name.get(name, ())
        )

    def trimmed_place(self, characters: tuple[int, int], use: str) -> Place:
        """Return the place of *characters* of the file, without blanks around them."""
        return self.source.trimmed_place(characters, use)


def open_compose_file(
    path: PurePosixPath,
    text: Text,
    *,
    directory: PurePosixPath,
    variables: collections.abc.Mapping[str, str],
    budget: WorkBudget,
) -> ComposeFile:
    """Return the file at *path*; nothing is raised for its content."""
    nodes = list(documents(text))
    mappings = tuple(node for node in nodes if isinstance(node, Mapping))
    return ComposeFile(
        source=SourceFile(path=path, text=text, format=FORMAT),
        directory=directory,
        variables=variables,
        documents=mappings,
        broken=tuple(node for node in nodes if isinstance(node, Broken)),
        services=tuple(s for mapping in mappings for s in _services(mapping)),
        removed=frozenset(name for mapping in mappings for name in _removed(mapping)),
        budget=budget,
    )


def has_services(document: Mapping) -> bool:
    """Return whether *document* is certainly from Compose.

    Its `services` are a mapping with at least one service.
    """
    services = document.get("services")
    return isinstance(services, Mapping) and any(
        isinstance(service, Mapping)
        and any(key in service.items for key in SERVICE_KEYS)
        and not _is_chart_value(service.get("image"))
        for service in services.items.values()
    )


def _is_chart_value(image: Node | None) -> bool:
    """Return whether *image* is a mapping, as in Helm; `{{ image }}` has no key."""
    return isinstance(image, Mapping) and "" not in image.items


def value_of(mapping: Mapping, key: str) -> Node | None:
    """Return the value of *key*, or `None` if it is empty, null, or reset."""
    node = mapping.get(key)
    return None if node is None or is_nothing(node) else node


def is_nothing(node: Node) -> bool:
    """Return whether *node* is empty, null, or reset."""
    return is_reset(node) or (isinstance(node, Scalar) and node.null)


def is_reset(node: Node) -> bool:
    """Return whether *node* takes away what other files have in its place."""
    return node.tag == "!reset"


def is_override(node: Node) -> bool:
    """Return whether *node* replaces what other files have in its place."""
    return node.tag == "!override"


def _removed(document: Mapping) -> Iterator[str]:
    services = document.get("services")
    if isinstance(services, Mapping):
        yield from (name for name, node in services.items.items() if is_reset(node))


def _services(document: Mapping) -> Iterator[Service]:
    is_duplicate_key = "services" in document.duplicate_keys
    if "services" not in document.items:
        yield from _legacy_services(document)
        return
    # All values of a duplicate key are read, as any of them may be meant.
    nodes = [node for key, node in document.pairs if key.value == "services"]
    for node in nodes or [document.items["services"]]:
        if isinstance(node, Mapping):
            yield from _services_in(
                node, "services.", is_duplicate_key=is_duplicate_key
            )


def _services_in(
    services: Mapping, prefix: str, *, is_duplicate_key: bool
) -> Iterator[Service]:
    duplicates = services.duplicate_keys
    pairs = [
        (key.value, node) for key, node in services.pairs if key.value in duplicates
    ]
    pairs += [item for item in services.items.items() if item[0] not in duplicates]
    for name, node in pairs:
        if isinstance(node, Mapping) and not is_nothing(node):
            is_duplicate = is_duplicate_key or name in duplicates
            yield Service(name, node, prefix + name, is_duplicate)


def _legacy_services(document: Mapping) -> Iterator[Service]:
    """Yield the services of a Compose 1 file, which has no `services`.

    Everything in such a file is a service, with an image or a build.
    """
    services = {
        name: node
        for name, node in document.items.items()
        if isinstance(node, Mapping) and not name.startswith("x-")
    }
    if _NOT_LEGACY.isdisjoint(document.items) and all(
        any(key in node.items for key in _LEGACY_SERVICE_KEYS)
        for node in services.values()
    ):
        for name, node in services.items():
            yield Service(name, node, name)
