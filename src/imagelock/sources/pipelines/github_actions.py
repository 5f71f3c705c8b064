"""Images in workflows and actions of GitHub, Gitea and Forgejo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import (
    EXPRESSION,
    Dialect,
    Scheme,
    at_places,
    of_documents,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Hit
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.yaml` and `.yml` in `.github/workflows`, `.gitea/workflows` and"
    " `.forgejo/workflows`; `action.yaml` and `action.yml` anywhere",
    read="`jobs.*.container`, `jobs.*.services.*.image`, `uses: docker://…` of steps,"
    " `runs.image: docker://…`",
    not_read="runners, actions, inputs of actions, scripts, `runs.image: Dockerfile`",
    pinned="behind the tag",
    notes="A value with `${{ … }}` is known to the runner alone (`expression`).",
)
_HOMES: Final = frozenset({".github", ".gitea", ".forgejo"})
_ACTION: Final = re.compile(r"action\.ya?ml", re.IGNORECASE)
_RUNS: Final = re.compile(r"""^["']?runs["']?[ \t]*+:""", re.MULTILINE)
_CONTAINERS: Final = (
    "jobs.*.container",
    "jobs.*.container.image",
    "jobs.*.services.*.image",
)
_ADDRESSES: Final = ("jobs.*.steps[].uses", "runs.image", "runs.steps[].uses")
_DIALECT: Final = Dialect("github-actions", (EXPRESSION,))


def may_match(path: PurePosixPath) -> bool:
    """Match workflows by their folder, and the two names of an action."""
    return _is_workflow(path) or _ACTION.fullmatch(path.name) is not None


def matches(path: PurePosixPath, text: str) -> bool:
    """Match every workflow, and an action that says how it runs."""
    if not may_match(path):
        return False
    return _is_workflow(path) or _RUNS.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of jobs, services and steps, and that of an action."""
    del context
    return of_documents(path, text, _DIALECT, _hits)


def _hits(document: Node) -> Iterator[Hit]:
    yield from at_places(document, _CONTAINERS, scheme=Scheme.ALLOWED)
    yield from at_places(document, _ADDRESSES, scheme=Scheme.NEEDED)


def _is_workflow(path: PurePosixPath) -> bool:
    *_, home, folder, name = ("", "", *path.parts)
    is_yaml = name.lower().endswith((".yaml", ".yml"))
    return is_yaml and folder == "workflows" and home in _HOMES
