"""Images in `bitbucket-pipelines.yml`: of steps, services and pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import Dialect, Hit, Scheme, of_documents
from imagelock.sources.shared.variables import variables_of
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    select,
    steps_to,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`bitbucket-pipelines.yml` and `bitbucket-pipelines.yaml`",
    read="`image` of the file, of steps and of `definitions.services`, as text or with"
    " `name`; `pipe: docker://…`",
    not_read="other pipes, which are tags of git; scripts",
    pinned="behind the tag",
)
_PLACES: Final = (
    "image",
    "image.name",
    "definitions.services.*.image",
    "definitions.services.*.image.name",
)
_DIALECT: Final = Dialect("bitbucket")


def may_match(path: PurePosixPath) -> bool:
    """Match the one name that Bitbucket looks for, with either ending."""
    return path.name in {"bitbucket-pipelines.yml", "bitbucket-pipelines.yaml"}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of all steps, however they are grouped, and of services."""

    def hits(document: Node) -> Iterator[Hit]:
        variables = variables_of(context)
        for place in _PLACES:
            for at in select(NodeRef(document), place, VisitLimit()):
                yield Hit(at, variables=variables)
        for at in below(NodeRef(document), VisitLimit()):
            match steps_to(at.path, 3):
                case ("image", "step", *_) | ("name", "image", "step"):
                    yield Hit(at, variables=variables)
                case ("pipe", int(), "script" | "after-script"):
                    yield Hit(at, scheme=Scheme.NEEDED, variables=variables)
                case _:
                    pass

    return of_documents(path, text, _DIALECT, hits)
