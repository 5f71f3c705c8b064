"""Keys beside an image in an object: what they add to it, and what they say of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node

NAMED: Final = re.compile(r"(?![./])[^/\s]*[.:][^/\s]*/(?!/)\S++")
"""A name with its registry, which no address is: that has `//`."""

_REPOSITORY: Final = re.compile(
    r"(?!(?:www\.)?git(?:hub|lab)\.com/)[a-z0-9](?:[a-z0-9.:_-]|/(?!/))*+"
)
"""The path of an image, with its registry or without, and no address of a forge."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*+")
_PROCESS: Final = ("args", "command", "env", "envFrom", "volumeMounts")
"""Lists that a container of Kubernetes has."""


def beside(parent: Node | None, key: str) -> str:
    """Return the text at the dotted *key* of *parent*, without blanks around it."""
    return text_at(parent, *key.split(".")).strip() if key else ""


def is_container(node: Node | None) -> bool:
    """Return whether *node*, which has an `image`, has what only containers have.

    Operators take containers at any key: `sidecars`, `hooks`, `probe`.
    """
    if not isinstance(node, Mapping):
        return False
    has_process = any(isinstance(node.get(key), Sequence) for key in _PROCESS)
    return "imagePullPolicy" in node.items or ("name" in node.items and has_process)


def registry_beside(at: NodeRef) -> str:
    """Return the `registry/` beside the name *at*, unless that has one."""
    name = _name(at)
    keys = ("registry", "imageRegistry")
    registry = next(filter(None, (beside(at.parent, key) for key in keys)), "")
    is_whole = not registry or NAMED.match(name) or name.startswith(f"{registry}/")
    return "" if is_whole else f"{registry.rstrip('/')}/"


def repository_beside(at: NodeRef) -> str:
    """Return the `repository` beside the name *at*, if that can be the end of one."""
    repository = beside(at.parent, "repository").rstrip("/")
    is_path = _REPOSITORY.fullmatch(repository) and _NAME.fullmatch(_name(at))
    return repository if is_path else ""


def _name(at: NodeRef) -> str:
    return at.node.value.strip() if isinstance(at.node, Scalar) else ""
