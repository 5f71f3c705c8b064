"""Put together an image from the keys of a mapping in the values of a chart.

`registry`, `repository` and `tag` with `digest` or `sha` or `sha256` (its hex digits); the
name may be in `image` or `name` instead. This is a convention of charts, not of
Helm (the templates of Bitnami, ingress-nginx, kube-prometheus-stack).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.helm.numbers import rendered_number
from imagelock.sources.shared.digest_slots import digest_of, slot_of
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import DigestSlot, Found
    from imagelock.model.source_text import Text
    from imagelock.sources.helm.defaults import Defaults
    from imagelock.sources.shared.substituted_file import SubstitutedFile

DIGESTS: Final = {"digest": "{digest}", "sha": "{hex}", "sha256": "{hex}"}
"""The keys of digests, with the templates of their slots."""

TAGS: Final = ("tag", "imageTag", "version")
"""The keys of tags; the first that is there counts."""

_HOST: Final = re.compile(r"[^/.:]*+[.:][^/]*+/|localhost/")
_TAG_OF_CHART: Final = (
    "its tag is the `appVersion` of `Chart.yaml`, before which some charts put a `v`"
)
_DEFAULT_TAG: Final = "its tag is `defaultImageTag`, which other images may have, too"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"


@dataclass(frozen=True, slots=True)
class Parts:
    """A mapping that names an image with the value of its key `name_key`.

    `duplicate_keys` are the keys of the mapping that are written twice.
    """

    at: NodeRef
    name_key: str
    defaults: Defaults
    duplicate_keys: frozenset[str]

    def image(self, file: SubstitutedFile) -> Found | None:
        """Return the image, or why it is skipped; `None` if no part is written."""
        name_or_tag = self._name() or self._tag()
        if name_or_tag is None:
            return None
        at = self._tag() or name_or_tag
        if self.has_duplicate_key():
            return file.skip(at, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
        if (name := self._full_name()) is None:
            detail = "the name of the image is in the values of the chart"
            return file.skip(at, Reason.NEEDS_BASE, detail)
        return self._tagged(file, name, name_or_tag)

    def _tagged(self, file: SubstitutedFile, name: str, at: NodeRef) -> Found:
        """Return the image *name*, which is written at *at*, with tag and digest."""
        tag, digest = self._tag(), self._digest()
        if tag is None and digest is None:
            return self._with_default_tag(file, name, at)
        if tag and (other := self._other_number(file, tag)):
            detail = (
                f"`{name}`: the tag is a number, which Helm writes as `{other}`;"
                " put it in quotes"
            )
            return file.skip(tag, Reason.CHART_DEFAULT, detail)
        value = f"{name}:{_value(tag)}" if tag else name
        is_pinned = "@" in value
        if digest and not is_pinned:
            value = f"{value}@{digest_of(digest.node)}"
        finding = file.classify(value, tag or digest or at)
        if is_pinned or not isinstance(finding, Occurrence):
            return finding
        slot = self._slot(file.text)
        reason = None if tag or slot else _ELSEWHERE
        return replace(finding, slot=slot, unpinnable_reason=reason)

    def _other_number(self, file: SubstitutedFile, tag: NodeRef) -> str | None:
        """Return how Helm writes a *tag* that is a number, if that is not as here."""
        if not isinstance(tag.node, Scalar):
            return None
        number = rendered_number(file.text, tag.node)
        return None if number == _value(tag) else number

    def _with_default_tag(self, file: SubstitutedFile, name: str, at: NodeRef) -> Found:
        """Return the image *name* with the default tag of its chart."""
        if "@" in name or ":" in name.rpartition("/")[2]:
            return file.classify(name, at)
        version = self.defaults.tag or self.defaults.chart.version
        if not version:
            detail = f"`{name}`: without a tag, the chart takes its own `appVersion`"
            return file.skip(at, Reason.CHART_DEFAULT, detail)
        # A version can have a `+`, and a tag cannot.
        finding = file.classify(f"{name}:{version.replace('+', '_')}", at)
        if isinstance(finding, Occurrence):
            reason = _DEFAULT_TAG if self.defaults.tag else _TAG_OF_CHART
            return replace(finding, unpinnable_reason=reason)
        return finding

    def _full_name(self) -> str | None:
        """Return the name with its registry, or `None` if a part is elsewhere."""
        name, organisation = _value(self._name()), ""
        if self._has_organisation():
            organisation = (
                _value(self._part("repository")) or self.defaults.organisation
            )
            if not organisation:
                return None
        if not name:
            return None
        parts = self._registry().rstrip("/"), organisation.strip("/"), name
        return "/".join(part for part in parts if part)

    def _registry(self) -> str:
        registry = _value(self._part("registry"))
        node = self.at.node
        has_key = isinstance(node, Mapping) and "registry" in node.items
        if has_key or not _HOST.match(_value(self._name())):
            registry = self.defaults.global_registry or registry
        if not registry and self._has_organisation():
            registry = self.defaults.registry
        return registry.removeprefix("https://")

    def _has_organisation(self) -> bool:
        """Return whether `repository` is an organisation, and `name` the repository.

        This is the form of Strimzi: `repository` is empty, or `defaults` has one.
        """
        if self.name_key != "repository" or self._part("name") is None:
            return False
        return self._part("repository") is None or self.defaults.organisation != ""

    def _name(self) -> NodeRef | None:
        return self._part("name" if self._has_organisation() else self.name_key)

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
            slot_of(text, self.at.node, key, template)
            for key, template in DIGESTS.items()
        )
        return next((slot for slot in slots if slot), None)

    def has_duplicate_key(self) -> bool:
        """Return whether a key that counts is written twice."""
        keys = {self.name_key, "registry", "repository", *TAGS, *DIGESTS}
        return self.at.is_duplicate_key or not self.duplicate_keys.isdisjoint(keys)

    def _part(self, key: str) -> NodeRef | None:
        """Return the value of *key*, unless it is empty."""
        scalar = scalar_at(self.at.node, key)
        if scalar is None or not scalar.value.strip():
            return None
        return NodeRef(scalar, (self.at.path, key), self.at.node)


def _value(part: NodeRef | None) -> str:
    node = part.node if part else None
    return node.value.strip() if isinstance(node, Scalar) else ""
