"""Find the images in the values of a chart, wherever they are written.

Values have no schema. A mapping is an image if it has a `repository` and looks
like one, and a text is if its key is `image` or ends with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.helm.defaults import NO_CHART, defaults_of
from imagelock.sources.helm.parts import DIGESTS, TAGS, Parts
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE, SILENT_KEYS
from imagelock.sources.shared.plain import broken
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, children, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.helm.defaults import Chart, Defaults
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node

_IMAGE: Final = re.compile(r"(?:^i|I|[_-]i)mage$")
_IMAGES: Final = re.compile(r"(?:^i|I|[_-]i)mages?$")
_TELLING: Final = frozenset(
    {"registry", "digest", "sha", "pullPolicy", "imagePullPolicy", "pullSecrets"}
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


def values(file: SubstitutedFile, chart: Chart = NO_CHART) -> Iterator[Found]:
    """Yield the images in *file*, whose whole text is values of *chart*."""
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield broken(file.path, file.text, document, file.format)
        else:
            defaults = defaults_of(document, chart)
            yield from images(file, NodeRef(document), defaults, VisitLimit())


def images(
    file: SubstitutedFile, values: NodeRef, defaults: Defaults, visits: VisitLimit
) -> Iterator[Found]:
    """Yield the images in *values*, in the order of the text.

    *defaults* are what the same values and their chart fill in. *visits* are
    those of all values of one document, which aliases may share.
    """
    walk = _Walk(file, values.node, visits)
    walk.visit(values, defaults, below=False)
    yield from merge_duplicates(walk.found)


@dataclass(slots=True)
class _Walk:
    file: SubstitutedFile
    top: Node
    visits: VisitLimit
    found: list[Found] = field(default_factory=list)

    def visit(self, at: NodeRef, defaults: Defaults, *, below: bool) -> None:
        """Meet *at* and all that is in it; *below* tells that it is below `image`."""
        purpose = f"{below} {defaults.chart.version}"
        if isinstance(at.node, Scalar) or not self.visits.allow(at.node, purpose):
            return
        self._meet(at, defaults, below=below)
        for step, child, is_duplicate_key in children(at.node):
            if step in SILENT_KEYS:
                continue
            inner = defaults
            if at.node is self.top and step in defaults.chart.parts:
                inner = replace(defaults, chart=NO_CHART)
            one = NodeRef(
                child, (at.path, step), at.node, at.is_duplicate_key or is_duplicate_key
            )
            named = isinstance(step, str) and _IMAGES.search(step) is not None
            self.visit(one, inner, below=below or named)

    def _meet(self, at: NodeRef, defaults: Defaults, *, below: bool) -> None:
        """Add the images that *at*, a mapping or list, names by itself."""
        if isinstance(at.node, Mapping):
            is_duplicate_key = at.node.duplicate_keys()
            name = _name_key(at, below=below)
            if name is not None:
                self._add(Parts(at, name, defaults, is_duplicate_key).image(self.file))
            for key in at.node.items:
                if _IMAGE.search(key) and not (name and key == "image"):
                    self._add(self._written(Parts(at, key, defaults, is_duplicate_key)))
        if _own_key(at).lower().endswith("images"):
            for step, child, twice in children(at.node):
                one = NodeRef(
                    child, (at.path, step), at.node, at.is_duplicate_key or twice
                )
                self._add(self._listed(one))

    def _add(self, found: Found | None) -> None:
        if found is not None:
            self.found.append(found)

    def _written(self, parts: Parts) -> Found | None:
        """Return what the text names by which *parts* are known."""
        key, node = parts.name_key, parts.at.node
        scalar = scalar_at(node, key)
        value = scalar.value.strip() if scalar else ""
        if scalar is None or not _could_be(value):
            return None
        if parts.is_doubled() or _has_parts(node, key):
            return parts.image(self.file)
        one = NodeRef(scalar, (parts.at.path, key), node)
        if parts.defaults.hub and "/" not in value:
            detail = f"`{value}`: `hub` and `tag` of the chart complete it"
            return self.file.skip(one, Reason.NEEDS_BASE, detail)
        return _likely(value, self.file.classify(value, one), strict=key != "image")

    def _listed(self, one: NodeRef) -> Found | None:
        """Return what *one*, a text in a list or mapping `images`, names."""
        step = one.path[1] if one.path else ""
        if not isinstance(one.node, Scalar) or step in {"repository", *_TELLING, *TAGS}:
            return None
        value = one.node.value.strip()
        if "/" not in value or ":" not in value.rpartition("/")[2]:
            return None
        if not _could_be(value) or _IMAGE.search(str(step)):
            return None
        return _likely(value, self.file.classify(value, one), strict=True)


def _own_key(at: NodeRef) -> str:
    """Return the key of *at*, or an empty text if it is in a list."""
    step = at.path[1] if at.path else ""
    return step if isinstance(step, str) else ""


def _name_key(at: NodeRef, *, below: bool) -> str | None:
    """Return the key that names the image, if the mapping *at* is one by its keys."""
    keys = at.node.items if isinstance(at.node, Mapping) else {}
    if "repository" in keys:
        return "repository" if _is_image(at, below=below) else None
    if not _IMAGE.search(_own_key(at)) or "image" in keys:
        return None
    has_tag = any(key in keys for key in ("tag", *DIGESTS))
    return "name" if has_tag else None


def _is_image(at: NodeRef, *, below: bool) -> bool:
    """Tell whether the mapping *at*, which has a `repository`, is an image."""
    keys = at.node.items if isinstance(at.node, Mapping) else {}
    scalar = scalar_at(at.node, "repository")
    value = scalar.value if scalar else ""
    if "://" in value or _FORGE.match(value):
        return False
    if below or not _TELLING.isdisjoint(keys):
        return True
    if _OTHER.search(_own_key(at)) or not _NOT_IMAGES.isdisjoint(keys):
        return False
    return "tag" in keys and value != ""


def _has_parts(node: object, key: str) -> bool:
    """Tell whether other keys of *node* complete the name below *key*."""
    keys = node.items if isinstance(node, Mapping) else {}
    others = [f"{key}Tag"]
    if key == "image":
        others += ("tag", "registry", *DIGESTS)
    return any(other in keys for other in others)


def _could_be(value: str) -> bool:
    return (
        value not in {"", *_WORDS}
        and "://" not in value
        and not DISK_OR_PICTURE.search(value)
    )


def _likely(value: str, found: Found, *, strict: bool) -> Found | None:
    """Return *found*, unless *value* is some other text than a reference.

    A key `image` is believed, unless it is *strict*; one that only ends with it
    must look like a reference.
    """
    invalid = isinstance(found, Skipped) and found.reason is Reason.INVALID
    bare = "/" not in value and ":" not in value
    if bare and (strict or invalid):
        return None if isinstance(found, Occurrence) or invalid else found
    return None if invalid and strict else found
