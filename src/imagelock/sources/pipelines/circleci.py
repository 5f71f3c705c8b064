"""Images in the configuration of CircleCI: `docker` of jobs and executors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import (
    MACHINE,
    Dialect,
    at_places,
    of_documents,
)
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
    recognised="`.yaml` and `.yml` below `.circleci`",
    read="`docker[].image` of `jobs` and `executors`, in inline orbs, too",
    not_read="`machine.image` and `macos`, which are virtual machines; orbs",
    pinned="behind the tag",
    notes="A value with `<< … >>` is a parameter, even if that has a default.",
)
_OWNERS: Final = (
    "jobs.*",
    "executors.*",
    "orbs.*.jobs.*",
    "orbs.*.executors.*",
)
_IMAGES: Final = tuple(f"{owner}.docker[].image" for owner in _OWNERS)
_MACHINES: Final = tuple(f"{owner}.machine.image" for owner in _OWNERS)
_PARAMETER: Final = (
    re.compile(r"<<"),
    Reason.PARAMETER,
    "a parameter decides it when it runs",
)
_DIALECT: Final = Dialect("circleci", (_PARAMETER,))


def may_match(path: PurePosixPath) -> bool:
    """Match YAML anywhere below `.circleci`: a setup may continue with any file."""
    return path.suffix.lower() in {".yaml", ".yml"} and ".circleci" in path.parts[:-1]


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images that jobs run in, and those of virtual machines as skipped."""

    def hits(document: Node) -> Iterator[Hit]:
        variables = variables_of(context)
        yield from at_places(document, _IMAGES, variables=variables)
        yield from at_places(document, _MACHINES, why=MACHINE)

    return of_documents(path, text, _DIALECT, hits)
