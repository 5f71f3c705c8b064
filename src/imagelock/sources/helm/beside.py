"""Values that may have a part of an image's name, where no template tells.

Charts put names together in many ways: `org` beside `name`, `imagePrefix`, a `registry`
for all images at the top. Where the templates are not known, such a value leaves the
name open, and the image that the other keys make would be somebody else's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.reference import DOCKER_HUB
from imagelock.sources.helm.keys import DIGESTS, TAGS
from imagelock.syntax.yaml_json.paths import children, dotted, scalar_at, text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node

HOST: Final = re.compile(r"[^/.:]*+[.:][^/]*+/|localhost/")
"""The registry at the beginning of a name."""

_PARTS: Final = re.compile(
    r"(?i)account|domain|flavou?r|group|host|hostname|hub|namespace|org(?:ani[sz]ation)?"
    r"|owner|path|prefix|project|(?:registry|repo|repository|tag)prefix|server"
    r"|(?:tag)?suffix|variant"
)
"""What keys call a part of a name or tag, beside the usual ones."""

_REGISTRY: Final = re.compile(
    r"(?i)(?:default|global)?(?:container|docker|images?)?[-_]?"
    r"(?:registry|registryurl|hub|prefix|repositoryprefix|repo|repository)"
)
"""Keys of a registry that the names of other images may continue."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._/-]*")
"""A repository, or a part of one."""

_DIGEST_OF_AN_IMAGE: Final = re.compile(r"(?!use|image)[a-z0-9]+Digest")
"""Keys of digests of which each is that of another image, as in Cilium's operator."""


def open_part(node: Node, name_key: str, *, is_image: bool) -> str | None:
    """Return the key in *node* that may have another part of the image at *name_key*.

    *is_image* tells that *node* is a mapping for an image, where `org` or `prefix` can
    concern nothing else. Elsewhere, such a key has that of the image in it.
    """
    name = text_at(node, name_key).strip()
    for key, value in _texts(node):
        if _continues(name, key, value, name_key, is_image=is_image):
            return key
        is_of_name = key.startswith(name_key) and _PARTS.fullmatch(key[len(name_key) :])
        is_part = is_of_name or (is_image and _PARTS.fullmatch(key))
        if is_part and not f"{name}/".startswith(f"{value}/"):
            return key
    if is_image and isinstance(node, Mapping) and DIGESTS.keys().isdisjoint(node.items):
        return next(filter(_DIGEST_OF_AN_IMAGE.fullmatch, node.items), None)
    return None


def _continues(
    name: str, key: str, value: str, name_key: str, *, is_image: bool
) -> bool:
    """Return whether *value* may be the end of a *name* whose key is `repository`.

    `name` beside it is also what others call the image: the last part of it again, or
    what has a name outside of mappings for images.
    """
    is_end = key == "image" or (key == "name" and is_image)
    if name_key != "repository" or not is_end or not _NAME.fullmatch(value):
        return False
    is_last = key == "image" and "/" not in value
    if (HOST.match if is_last else HOST.fullmatch)(f"{name}/"):
        return False  # the one continues the other, as `last_part` knows
    return name.rpartition("/")[2] != value.rpartition("/")[2]


def other_version(node: Node, name_key: str) -> str | None:
    """Return the key in *node* of what may be the tag of the untagged *name_key*."""
    stem = name_key[: -len("image")].rstrip("-_")
    for key in (f"{name_key}Version", f"{stem}Version" if stem else "version"):
        if (value := scalar_at(node, key)) and value.value.strip():
            return key
    return None


def outer_registry(at: NodeRef) -> str | None:
    """Return the path of a registry in *at*, which images below may have."""
    has_tag = any(text_at(at.node, key) for key in TAGS)
    for key, value in _texts(at.node):
        is_registry = _REGISTRY.fullmatch(key) and HOST.match(f"{value}/")
        is_image = has_tag and key in {"repo", "repository"}
        if is_registry and not is_image and value.rstrip("/") != DOCKER_HUB:
            return dotted((at.path, key))
    return None


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the keys of *node* with their values, if these are texts."""
    for key, value, _ in children(node):
        if isinstance(key, str) and isinstance(value, Scalar):
            text = value.value.strip()
            if text and text not in {"null", "~", "true", "false"}:
                yield key, text
