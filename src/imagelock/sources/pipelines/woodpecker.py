"""Images in workflows of Woodpecker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import Dialect, at_places, of_documents
from imagelock.sources.shared.variables import variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Hit
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.woodpecker.yml` and `.woodpecker.yaml`, and YAML below `.woodpecker`",
    read="`image` of `steps`, `services` and `clone`, each a list or a mapping, and of"
    " `pipeline`, as `steps` was called before",
    not_read="settings of plugins; what `variables` holds, unless an alias uses it",
    pinned="behind the tag, at the anchor where an alias names it",
    notes="A matrix gives a variable several values: it is a `variable`, unless"
    " `[variables]` in the configuration sets it.",
)
_PLACES: Final = tuple(
    f"{group}{each}.image"
    for group in ("clone", "pipeline", "services", "steps")
    for each in (".*", "[]")
)
_NAMES: Final = frozenset({".woodpecker.yaml", ".woodpecker.yml"})
_DIALECT: Final = Dialect("woodpecker")


def may_match(path: PurePosixPath) -> bool:
    """Match the names and the folder that Woodpecker looks for."""
    is_yaml = path.suffix.lower() in {".yaml", ".yml"}
    return path.name in _NAMES or (is_yaml and ".woodpecker" in path.parts[:-1])


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of steps, services and of what clones."""

    def hits(document: Node) -> Iterator[Hit]:
        return at_places(document, _PLACES, variables=variables_of(context))

    return of_documents(path, text, _DIALECT, hits)
