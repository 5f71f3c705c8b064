"""Images in Azure Pipelines: container resources, jobs and services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import rendered
from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import (
    EXPRESSION,
    MACHINE,
    LocatedValue,
    find_values,
)
from imagelock.sources.shared.matrix import Matrix
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    scalar_at,
    steps_to,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Why
    from imagelock.syntax.yaml_json.paths import Path
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`azure-pipelines*.yml` and the like, YAML in `.azure-pipelines`,"
    " `azure-pipelines`, `.azuredevops` and `.pipelines`, and any other YAML with"
    " `stages`, `jobs`, `steps`, `pool` or `parameters` and, below, `vmImage` or a list"
    " of `job`, `deployment` or `template`",
    read="`resources.containers[].image`, `container` of jobs as text or with `image`,"
    " `services.*`; in templates, too; values of a matrix that `$[ variables.NAME ]`"
    " makes the container of a job",
    not_read="`vmImage`, which is a virtual machine; variables and inputs of tasks",
    pinned="behind the tag",
    notes="`container: name` means a container of `resources` if there is one of that"
    " name. Without one, a name with neither `/` nor `:` may be one of the file that"
    " uses this template, and is skipped (`container-alias`). `$(name)` is a `variable`,"
    " `${{ … }}` and `$[ … ]` are an `expression`.",
)
_NAMED: Final = re.compile(r".*azure[-_.]?pipelines?.*", re.IGNORECASE)
_FOLDERS: Final = frozenset(
    {".azure-pipelines", ".azuredevops", ".pipelines", "azure-pipelines"}
)
_KEYS: Final = re.compile(
    r"^(?:stages|jobs|steps|pool|parameters)[ \t]*+:", re.MULTILINE
)
_ITEM: Final = re.compile(
    r"^[ \t]*+-[ \t]++(?:job|deployment|template)[ \t]*+:", re.MULTILINE
)
"""An item that no other format has below one of `_KEYS`.

A template, which may be anywhere, has no machine if its caller chooses it.
"""
_API_VERSION: Final = re.compile(r"^apiVersion[ \t]*+:", re.MULTILINE)
_OTHERS: Final = frozenset({"parameters", "variables", "env", "inputs"})
_ALIAS: Final = (
    Reason.CONTAINER_ALIAS,
    "it may be a container that another file declares",
)
_NEWEST: Final = (
    Reason.PATTERN,
    "a run takes the tag that started it, or the newest one",
)
_MATRIX: Final = Matrix(
    re.compile(r"\$\[\s*+variables(?:\.|\[')(?P<name>\w++)(?:'\])?\s*+\]"),
    owner=-1,
    paths=("strategy.matrix.*.NAME",),
)
_BARE: Final = re.compile(r"[A-Za-z0-9_. -]++")
_UNRESOLVABLE: Final = (
    EXPRESSION,
    (re.compile(r"\$\["), *EXPRESSION[1:]),
    (
        re.compile(r"\$\("),
        Reason.VARIABLE,
        Reason.VARIABLE.sentence,
    ),
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name or folder, or by keys that no other format has."""
    if _API_VERSION.search(text):
        return False
    if _is_named(path):
        return True
    is_ours = "vmImage" in text or _ITEM.search(text) is not None
    return is_ours and _KEYS.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of containers that are declared, and of those used directly."""
    variables = variables_of(context)

    def values_of(document: Node) -> Iterator[LocatedValue]:
        top = NodeRef(document)
        nodes = list(below(top, VisitLimit()))
        declared = set(_declared(nodes))
        for at in nodes:
            if _is_image(at.path):
                yield LocatedValue(at, variables=variables)
            elif _is_use(at.path):
                for use in (at, *_MATRIX.values(top, at, None)):
                    if (name := scalar_at(use.node)) and name.value not in declared:
                        yield LocatedValue(use, _alias(name.value), variables=variables)
            elif why := _why_not(at):
                yield LocatedValue(at, why)

    file = SourceFile(path=path, text=text, format="azure-pipelines")
    return find_values(file, values_of, _UNRESOLVABLE)


def _is_named(path: PurePosixPath) -> bool:
    folders = (part.lower() for part in path.parts[:-1])
    return _NAMED.fullmatch(rendered(path).stem) is not None or not _FOLDERS.isdisjoint(
        folders
    )


def _declared(nodes: Iterable[NodeRef]) -> Iterator[str]:
    """Yield the names of the container resources among *nodes*."""
    for at in nodes:
        match steps_to(at.path, 3), at.node:
            case ("container", int(), "containers"), Scalar() as name:
                yield name.value
            case _:
                pass


def _is_image(path: Path) -> bool:
    match steps_to(path, 4):
        case ("image", int(), "containers", "resources"):
            return True
        case ("image", "container", *others) | ("image", str(), "services", *others):
            return _OTHERS.isdisjoint(others)
        case _:
            return False


def _why_not(at: NodeRef) -> Why | None:
    """Return why *at* is none, if it is a machine or an image without a tag."""
    match steps_to(at.path, 4):
        case ("vmImage", *_):
            return MACHINE
        case ("repository", int(), "containers", "resources"):
            return _NEWEST if text_at(at.parent, "type") == "ACR" else None
        case _:
            return None


def _is_use(path: Path) -> bool:
    """Return whether *path* leads to the container of a job or service."""
    match steps_to(path, 3):
        case ("container", int(), "containers") | ("container", str(), "matrix"):
            return False
        case ("container", *others) | (str(), "services", *others):
            return _OTHERS.isdisjoint(others[:1])
        case _:
            return False


def _alias(value: str) -> Why | None:
    return _ALIAS if _BARE.fullmatch(value.strip()) else None
