"""Images in Cirrus CI: of the containers that tasks and pipes run in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import (
    MACHINE,
    LocatedValue,
    find_values,
)
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    children,
    steps_to,
)
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Why
    from imagelock.syntax.yaml_json.paths import Path
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.cirrus.yml` and `.cirrus.yaml`",
    read="`image` of `container`, `arm_container`, `windows_container`, `gke_container`"
    " and the like, of `additional_containers`, and of the steps of a `pipe`; in"
    " `matrix`, too",
    not_read="`macos_instance` and other virtual machines; a `dockerfile`, which is"
    " built; `.cirrus.star`, which is a program",
    pinned="behind the tag",
    notes="Variables get their values from `[variables]` in the configuration, then from"
    " `env` of the task, then of the file. One in a `matrix` has several values: it is"
    " a `variable`. Cirrus CI allows a key such as `task` more than once.",
)
_KEYS: Final = ("env", "environment")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each container."""
    file = SourceFile(path=path, text=text, format="cirrus")

    def values_of(document: Node) -> Iterator[LocatedValue]:
        # Shared by all tasks, as each could repeat everything by aliases.
        of_matrix, of_images = VisitLimit(), VisitLimit()
        for key, child, _ in children(document):
            nodes = (_at(node, name) for node in (child, document) for name in _KEYS)
            variables = variables_of(
                context,
                *((file, node) for node in nodes),
                varies=_names_in_matrix(child, of_matrix).__contains__,
            )
            task = NodeRef(child, (None, key), document)
            for at in below(task, of_images):
                is_image, why = _kind(at.path)
                if is_image:
                    yield LocatedValue(_without_tasks(at), why, variables=variables)

    return find_values(file, values_of)


def _at(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _names_in_matrix(task: Node, visits: VisitLimit) -> frozenset[str]:
    """Return the variables that have a value for each entry of a `matrix`."""
    names: set[str] = set()
    for at in below(NodeRef(task), visits):
        steps = steps_to(at.path, 3)
        if isinstance(at.node, Mapping) and "matrix" in steps:
            is_env = steps[0] in _KEYS or (len(steps) > 1 and steps[-1] in _KEYS)
            names.update(at.node.items if is_env else ())
    return frozenset(names)


def _kind(path: Path) -> tuple[bool, Why | None]:
    """Return whether *path* is that of an image, and why not of a container."""
    match steps_to(path, 4):
        case ("image", str(owner), *_) | ("image", int(), "matrix", str(owner)):
            is_machine = owner.endswith("_instance") or owner in {"tart", "parallels"}
            is_container = owner == "container" or owner.endswith("_container")
            return is_container or is_machine, MACHINE if is_machine else None
        case ("image", int(), "additional_containers", *_):
            return True, None
        case ("image", int(), "steps", str(owner)):
            return owner == "pipe" or owner.endswith("_pipe"), None
        case _:
            return False, None


def _without_tasks(at: NodeRef) -> NodeRef:
    """Return *at*, as a duplicate key only if `image` itself is written twice."""
    keys = at.parent.duplicate_keys if isinstance(at.parent, Mapping) else ()
    return replace(at, is_duplicate_key="image" in keys)
