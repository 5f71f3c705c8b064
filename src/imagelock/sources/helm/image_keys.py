"""Which keys of the values of a chart have images, and what their values look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.helm.keys import (
    DIGESTS,
    IMAGE,
    IMAGE_NAME,
    part_keys,
    registry_keys,
)
from imagelock.sources.helm.parts import last_part
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE
from imagelock.syntax.yaml_json.paths import text_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node

IMAGE_KEYS: Final = frozenset(
    {"registry", *DIGESTS, "pullPolicy", "imagePullPolicy", "pullSecrets"}
)
"""Keys that only images have."""
_OTHER: Final = re.compile(
    r"(?i)git|charts?$|^(?:helm|config|modules?|repos?|repository|sources?)$"
)
"""Keys of mappings whose `repository` and `tag` are not those of an image."""
_NOT_IMAGES: Final = frozenset({"branch", "chart", "commit", "path", "revision", "url"})
_FORGE: Final = re.compile(
    r"(?:git@|(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)/)"
)
_WORDS: Final = frozenset({"true", "false"})
_DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|[smhdwy]))+")
"""How long pictures or names of images are kept: no repository is called `24h`."""


def own_step(at: NodeRef) -> str | int:
    """Return the last step to *at*, which is empty for the whole document."""
    return at.path[1] if at.path else ""


def own_key(at: NodeRef) -> str:
    """Return the key of *at*, or an empty text if it is in a list."""
    step = own_step(at)
    return step if isinstance(step, str) else ""


def name_key(at: NodeRef, *, is_below_image: bool) -> str | None:
    """Return the key of the image's name, if the keys of the mapping *at* have one."""
    keys = at.node.items if isinstance(at.node, Mapping) else {}
    if "repository" in keys:
        is_image = _is_image(at, is_below_image=is_below_image)
        return "repository" if is_image else None
    if not IMAGE.search(own_key(at)) or "image" in keys:
        return None
    if not any(key in keys for key in ("tag", *DIGESTS)) and not _is_versioned(at.node):
        return None
    return "repo" if "repo" in keys and "name" not in keys else "name"


def _is_versioned(node: Node) -> bool:
    """Return whether *node* has a `version`, and a `name` that is one of an image.

    Images of machines have a version, too, and names without a path.
    """
    if not text_at(node, "version").strip():
        return False
    return "/" in text_at(node, "name") or text_at(node, "registry").strip() != ""


def _is_image(at: NodeRef, *, is_below_image: bool) -> bool:
    """Return whether the mapping *at*, which has a `repository`, is an image."""
    keys = at.node.items if isinstance(at.node, Mapping) else {}
    value = text_at(at.node, "repository")
    if "://" in value or _FORGE.match(value) or DISK_OR_PICTURE.search(value):
        return False
    if is_below_image or not IMAGE_KEYS.isdisjoint(keys) or last_part(at.node):
        return True
    if _OTHER.search(own_key(at)) or not _NOT_IMAGES.isdisjoint(keys):
        return False
    return "tag" in keys and value != ""


def has_parts(node: object, key: str) -> bool:
    """Return whether other keys of *node* complete the name at *key*."""
    keys = node.items if isinstance(node, Mapping) else {}
    others = part_keys(key)
    if key == "image":
        others = *others, "tag", "registry", *DIGESTS
    return any(other in keys for other in others)


def is_image_key(node: Mapping, key: str) -> bool:
    """Return whether *key* of *node* is that of an image, or of its name.

    `imageRepository` can also be where images are; then no tag is beside it.
    """
    if IMAGE.search(key):
        return True
    if not IMAGE_NAME.search(key):
        return False
    name = text_at(node, key)
    if "/" not in name and not any(k in node.items for k in registry_keys(key)):
        return False  # an image of a machine, or what the project builds
    return has_parts(node, key) or ":" in name.rpartition("/")[2]


def could_be_image(value: str) -> bool:
    """Return whether *value*, at the key of an image, can be one."""
    return (
        value not in {"", *_WORDS}
        and "://" not in value
        and not DISK_OR_PICTURE.search(value)
        and not _DURATION.fullmatch(value)
    )


def if_likely(value: str, finding: Found, *, strict: bool) -> Found | None:
    """Return *finding*, unless *value* is probably not a reference.

    Anything valid at a key `image` is one; with *strict*, for keys that only end
    with it, *value* must have a `/` or `:`.
    """
    is_invalid = isinstance(finding, Skipped) and finding.reason is Reason.INVALID
    is_bare = "/" not in value and ":" not in value
    if is_bare and (strict or is_invalid):
        return None if isinstance(finding, Occurrence) or is_invalid else finding
    return None if is_invalid and strict else finding
