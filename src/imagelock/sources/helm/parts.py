"""Put an image together from the keys of a mapping in the values of a chart.

`registry`, `repository` and `tag` with `digest` or `sha` (its hex digits); the
name may be in `image` or `name` instead. No chart has to follow this: it is what
charts do (the templates of Bitnami, ingress-nginx, kube-prometheus-stack).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.shared.digest_slots import digest_of, slot_of
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import DigestSlot, Found
    from imagelock.model.source_text import Text
    from imagelock.sources.helm.defaults import Defaults
    from imagelock.sources.shared.substituted_file import SubstitutedFile

DIGESTS: Final = {"digest": "{digest}", "sha": "{hex}"}
"""The keys of digests, and what their values are."""

TAGS: Final = ("tag", "imageTag", "version")
"""The keys of tags, the first of which that is there counts."""

_HOST: Final = re.compile(r"[^/.:]*+[.:][^/]*+/|localhost/")
_BY_CHART: Final = (
    "its tag is the `appVersion` of `Chart.yaml`, before which some charts put a `v`"
)
_BY_DEFAULT: Final = "its tag is `defaultImageTag`, which other images may have, too"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"


@dataclass(frozen=True, slots=True)
class Parts:
    """A mapping that names an image by the value of its key `name_key`.

    `is_duplicate_key` are the keys of the mapping that are written twice.
    """

    at: NodeRef
    name_key: str
    defaults: Defaults
    is_duplicate_key: frozenset[str]

    def image(self, file: SubstitutedFile) -> Found | None:
        """Return the image, or why it is not known; nothing if nothing is written."""
        named = self._name() or self._tag()
        if named is None:
            return None
        if self.is_doubled():
            detail = "a key is written twice, and readers differ about which counts"
            return file.skip(self._tag() or named, Reason.DUPLICATE_KEY, detail)
        if (name := self._full_name()) is None:
            detail = "the name of the image is in the values of the chart"
            return file.skip(self._tag() or named, Reason.NEEDS_BASE, detail)
        return self._tagged(file, name, named)

    def _tagged(self, file: SubstitutedFile, name: str, named: NodeRef) -> Found:
        """Return *name*, which is written at *named*, with its tag and digest."""
        tag, digest = self._tag(), self._digest()
        if tag is None and digest is None:
            return self._by_default(file, name, named)
        value = f"{name}:{_value(tag)}" if tag else name
        pinned = "@" in value
        if digest and not pinned:
            value = f"{value}@{digest_of(digest.node)}"
        found = file.classify(value, tag or digest or named)
        if pinned or not isinstance(found, Occurrence):
            return found
        slot = self._slot(file.text)
        return replace(
            found, slot=slot, unpinnable_reason=None if tag or slot else _ELSEWHERE
        )

    def _by_default(self, file: SubstitutedFile, name: str, named: NodeRef) -> Found:
        """Return *name* with the tag that the chart takes where none is written."""
        if "@" in name or ":" in name.rpartition("/")[2]:
            return file.classify(name, named)
        version = self.defaults.tag or self.defaults.chart.version
        if not version:
            detail = f"`{name}`: without a tag, the chart takes its own `appVersion`"
            return file.skip(named, Reason.CHART_DEFAULT, detail)
        # A build's version has a `+` that no tag can have.
        found = file.classify(f"{name}:{version.replace('+', '_')}", named)
        if isinstance(found, Occurrence):
            why = _BY_DEFAULT if self.defaults.tag else _BY_CHART
            return replace(found, unpinnable_reason=why)
        return found

    def _full_name(self) -> str | None:
        """Return the name with its registry, or `None` if that is elsewhere."""
        name, owner = _value(self._name()), ""
        if self._is_of_four():
            owner = _value(self._part("repository")) or self.defaults.organisation
            if not owner:
                return None
        if not name:
            return None
        parts = self._registry().rstrip("/"), owner.strip("/"), name
        return "/".join(part for part in parts if part)

    def _registry(self) -> str:
        registry = _value(self._part("registry"))
        node = self.at.node
        has_key = isinstance(node, Mapping) and "registry" in node.items
        if has_key or not _HOST.match(_value(self._name())):
            registry = self.defaults.everywhere or registry
        if not registry and self._is_of_four():
            registry = self.defaults.registry
        return registry.removeprefix("https://")

    def _is_of_four(self) -> bool:
        """Tell whether `repository` is an owner and `name` the image: Strimzi's form.

        It is where `repository` is empty, or the defaults of that form are there.
        """
        if self.name_key != "repository" or self._part("name") is None:
            return False
        return self._part("repository") is None or self.defaults.organisation != ""

    def _name(self) -> NodeRef | None:
        return self._part("name" if self._is_of_four() else self.name_key)

    def _tag(self) -> NodeRef | None:
        keys = [f"{self.name_key}Tag"]
        if self.name_key in {"image", "name", "repository"}:
            keys += TAGS
        return next((part for key in keys if (part := self._part(key))), None)

    def _digest(self) -> NodeRef | None:
        if _value(self._part("useDigest")) == "false":
            return None
        return next((part for key in DIGESTS if (part := self._part(key))), None)

    def _slot(self, text: Text) -> DigestSlot | None:
        if _value(self._part("useDigest")) == "false":
            return None
        slots = (
            slot_of(text, self.at.node, key, form) for key, form in DIGESTS.items()
        )
        return next((slot for slot in slots if slot), None)

    def is_doubled(self) -> bool:
        """Tell whether a key that counts is written twice."""
        keys = {self.name_key, "registry", "repository", *TAGS, *DIGESTS}
        return self.at.is_duplicate_key or not self.is_duplicate_key.isdisjoint(keys)

    def _part(self, key: str) -> NodeRef | None:
        """Return the value of *key*, if there is one that is not empty."""
        scalar = scalar_at(self.at.node, key)
        if scalar is None or not scalar.value.strip():
            return None
        return NodeRef(scalar, (self.at.path, key), self.at.node)


def _value(part: NodeRef | None) -> str:
    node = part.node if part else None
    return node.value.strip() if isinstance(node, Scalar) else ""
