"""Put together an image from the keys of a mapping in the values of a chart.

`registry`, `repository` and `tag`, with `digest`, `sha` or `sha256` (its hex digits);
the name may be in `image`, `name` or `repo` instead. This is a convention of charts, not of
Helm (the templates of Bitnami, ingress-nginx, kube-prometheus-stack).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Occurrence, Reason
from imagelock.sources.helm.beside import HOST, open_part
from imagelock.sources.helm.keys import (
    DIGESTS,
    IMAGES,
    TAGS,
    part_keys,
    registry_keys,
    tag_keys,
)
from imagelock.sources.shared.digest_slots import digest_of, slot_of
from imagelock.sources.shared.go_numbers import rendered
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.paths import NodeRef, dotted, scalar_at, text_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import DigestSlot, Found
    from imagelock.model.source_text import Text
    from imagelock.sources.helm.defaults import Defaults
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node

_VERSION: Final = frozenset(":@")
_TAG_OF_CHART: Final = (
    "its tag is the `appVersion` of `Chart.yaml`, before which some charts put a `v`"
)
_DEFAULT_TAG: Final = "its tag is `defaultImageTag`, which other images may have, too"
_ELSEWHERE: Final = "its digest is written at another place, by an anchor"


def last_part(node: Node) -> Scalar | None:
    """Return the last part of a name whose beginning is the `repository` in *node*.

    The values of NVIDIA's operators have it in `image`, beside a `repository` that is
    a registry with a path, or empty as the version is, until somebody sets both.
    """
    repository = text_at(node, "repository").strip()
    is_registry = HOST.fullmatch(f"{repository}/") is not None
    image = scalar_at(node, "image")
    if image is None and is_registry:
        image = scalar_at(node, "name")
    if image is None or not image.value.strip() or not _VERSION.isdisjoint(image.value):
        return None
    is_unset = not repository and _is_empty(node, "repository", "version")
    is_beginning = is_unset or HOST.match(f"{repository}/")
    return image if is_registry or ("/" not in image.value and is_beginning) else None


def _is_empty(node: Node, *keys: str) -> bool:
    """Return whether all of *keys* are there in *node*, and empty."""
    scalars = [scalar_at(node, key) for key in keys]
    return all(scalar is not None and not scalar.value.strip() for scalar in scalars)


@dataclass(frozen=True, slots=True)
class Parts:
    """A mapping that names an image with the value of its key `name_key`.

    `duplicate_keys` are the keys of the mapping that are written twice.
    """

    at: NodeRef
    name_key: str
    defaults: Defaults
    duplicate_keys: frozenset[str]

    @property
    def name(self) -> NodeRef | None:
        """The name, if it is not empty."""
        return self._name()

    @property
    def tag(self) -> NodeRef | None:
        """The tag, if it is not empty."""
        return self._tag()

    @property
    def digest(self) -> NodeRef | None:
        """The digest, if it is not empty."""
        return self._digest()

    @property
    def is_whole(self) -> bool:
        """Whether the name has a tag or digest of its own."""
        return self._tag() is None and self._name_has_tag()

    def scalars(self) -> set[Scalar]:
        """Return the scalars of the name and the tag."""
        nodes = {part.node for part in (self._name(), self._tag()) if part}
        return {node for node in nodes if isinstance(node, Scalar)}

    def empty_tag(self) -> tuple[str, Scalar] | None:
        """Return the key of the tag and its value, if that is there and empty."""
        node = self.at.node
        for key in TAGS:
            value = node.get(key) if isinstance(node, Mapping) else None
            if isinstance(value, Scalar):
                return None if value.value.strip() else (key, value)
        return None

    def problem(self, file: SubstitutedFile) -> Found | None:
        """Return why the parts cannot be put together, if there is a reason."""
        at = self._tag() or self._name()
        if at and self.has_duplicate_key():
            return file.skip(at, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
        tag = None if self._name_has_tag() else self._tag()
        parts = {"tag": tag, "name": self._name(), "registry": self._part("registry")}
        for what, part in parts.items():
            if part and (other := self._other_text(file, part)):
                detail = (
                    f"`{_value(self._name())}`: the {what} is no text, and Helm writes"
                    f" it as `{other}`; put it in quotes"
                )
                return file.skip(tag or part, Reason.CHART_DEFAULT, detail)
        return None

    def _name_has_tag(self) -> bool:
        name = _value(self._name())
        return "@" in name or ":" in name.rpartition("/")[2]

    def image(self, file: SubstitutedFile) -> Found | None:
        """Return the image, or why it is skipped; `None` if no part is written."""
        name_or_tag = self._name() or self._tag()
        if name_or_tag is None:
            return None
        if problem := self.problem(file):
            return problem
        at = self._tag() or name_or_tag
        if (name := self._full_name()) is None:
            detail = "other values of the chart complete the name of the image"
            return file.skip(at, Reason.NEEDS_BASE, detail)
        if other := self.open_part(name):
            detail = f"`{name}`: `{other}` may have a part of it"
            return file.skip(at, Reason.CHART_DEFAULT, detail)
        return self._tagged(file, name, name_or_tag)

    def open_part(self, name: str) -> str | None:
        """Return the path of another value that may have a part of *name*."""
        step = self.at.path[1] if self.at.path else ""
        is_image = isinstance(step, str) and IMAGES.search(step) is not None
        name_key = "name" if self._has_organisation() else self.name_key
        if other := open_part(self.at.node, name_key, is_image=is_image):
            return dotted((self.at.path, other))
        return None if HOST.match(name) else self.defaults.outer or None

    def _tagged(self, file: SubstitutedFile, name: str, at: NodeRef) -> Found:
        """Return the image *name*, which is written at *at*, with tag and digest."""
        tag, digest = self._tag(), self._digest()
        if digest is None and any(map(self._inherited, DIGESTS)):
            detail = f"`{name}`: its digest is in the values of the chart"
            return file.skip(tag or at, Reason.NEEDS_BASE, detail)
        if tag is None and digest is None:
            return self._with_default_tag(file, name, at)
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

    def _other_text(self, file: SubstitutedFile, part: NodeRef) -> str | None:
        """Return how Helm writes a *part* that is no text, if that is not as here."""
        if not isinstance(part.node, Scalar):
            return None
        other = rendered(file.text, part.node)
        return None if other == _value(part) else other

    def _with_default_tag(self, file: SubstitutedFile, name: str, at: NodeRef) -> Found:
        """Return the image *name* with the default tag of its chart."""
        if "@" in name or ":" in name.rpartition("/")[2]:
            return file.classify(name, at)
        inherited = (self._inherited(key) for key in (*TAGS, *DIGESTS))
        if any(inherited):
            detail = f"`{name}`: its tag is in the values of the chart"
            return file.skip(at, Reason.NEEDS_BASE, detail)
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
        name = name or self._inherited(self.name_key)
        if name and self.name_key == "repository" and (last := last_part(self.at.node)):
            name = f"{name.rstrip('/')}/{last.value.strip()}"
        if not name or (self._has_hub() and "/" not in name):
            return None
        registry = self._registry(name).rstrip("/")
        if name.startswith(f"{registry}/"):
            return name  # a chart that put them together would find no image
        parts = registry, organisation.strip("/"), name
        return "/".join(part for part in parts if part)

    def _has_hub(self) -> bool:
        """Return whether `hub` completes short names, as in the charts of Istio."""
        return self.defaults.hub != "" or self._part("hub") is not None

    def _registry(self, name: str) -> str:
        node, has_host = self.at.node, HOST.match(name) is not None
        keys = "registry", *registry_keys(self.name_key)
        registry = next((_value(p) for key in keys if (p := self._part(key))), "")
        has_key = isinstance(node, Mapping) and any(key in node.items for key in keys)
        if not has_key and not has_host:
            registry = self._inherited("registry")
        if has_key or not has_host:
            registry = self.defaults.global_registry or registry
        if not registry and self._has_organisation():
            registry = self.defaults.registry
        return registry.removeprefix("https://")

    def _inherited(self, key: str) -> str:
        """Return the value of *key* in the values that these override."""
        return self.defaults.inherited(self.at.path, key)

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
        keys = [*tag_keys(self.name_key)]
        if self.name_key in {"image", "name", "repo", "repository"}:
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
        parts = part_keys(self.name_key)
        keys = {self.name_key, "registry", "repository", *TAGS, *DIGESTS, *parts}
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
