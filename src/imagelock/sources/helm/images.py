"""Find the images in the values of a chart, at any depth.

Values have no schema. A mapping with a `repository` may be an image, and so may
a text whose key is `image` or ends with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.helm.beside import other_version, outer_registry
from imagelock.sources.helm.confirmed import Confirmed, Done, others
from imagelock.sources.helm.defaults import NO_CHART
from imagelock.sources.helm.image_keys import (
    IMAGE_KEYS,
    could_be_image,
    has_parts,
    if_likely,
    is_image_key,
    name_key,
    own_key,
    own_step,
)
from imagelock.sources.helm.keys import IMAGE, IMAGES, TAGS
from imagelock.sources.helm.named_images import named_images
from imagelock.sources.helm.parts import Parts, last_part
from imagelock.sources.helm.values_chart import UNKNOWN_CHART
from imagelock.sources.shared.classify import is_never_pulled, unless_never_pulled
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.image_likeness import SILENT_KEYS
from imagelock.sources.shared.official_images import is_unpublished
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    children,
    scalar_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.helm.chart_view import ChartView
    from imagelock.sources.helm.defaults import Defaults
    from imagelock.sources.helm.values_chart import ValuesChart
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.tree import Node

_UNRELEASED: Final = frozenset({"0.0.0", "v0.0.0"})


def values(
    file: SubstitutedFile, chart: ValuesChart = UNKNOWN_CHART
) -> Iterator[Found]:
    """Yield the images in *file*, whose whole text is values of *chart*."""
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        yield from images(file, NodeRef(document), VisitLimit(), chart)


def images(
    file: SubstitutedFile,
    values: NodeRef,
    visits: VisitLimit,
    chart: ValuesChart = UNKNOWN_CHART,
) -> Iterator[Found]:
    """Yield the images in *values*, in the order of the text.

    *visits* are those of all values of one document, which aliases may share. *chart*
    is what the values are for.
    """
    view, defaults = chart.view(file.text, values), chart.defaults(values)
    walk = _ValuesWalk(file, values.node, visits, view)
    walk.visit(values, defaults, is_below_image=False)
    for at, found in _in_texts(file, values):
        walk.done.scalars.add(at)
        walk.findings += found
    if view:
        walk.findings += others(file, view, _scalars(values), walk.done)
    yield from merge_duplicates(walk.findings)


def _in_texts(
    file: SubstitutedFile, values: NodeRef
) -> Iterator[tuple[Scalar, list[Found]]]:
    """Yield the texts in *values* that configure other programs, with their images."""
    text = file.text.value
    if "clouds" in text or "podTemplates" in text:
        from imagelock.sources.helm.jenkins_agents import agents_in_values

        yield from agents_in_values(file, values)
    if "[runners" in text:
        from imagelock.sources.helm.runner_configs import runners_in_values

        yield from runners_in_values(file, values)


@dataclass(slots=True)
class _ValuesWalk:
    file: SubstitutedFile
    top: Node
    visits: VisitLimit
    view: ChartView | None
    findings: list[Found] = field(default_factory=list)
    done: Done = field(default_factory=Done)
    _named: dict[str, str] | None = None

    def visit(self, at: NodeRef, defaults: Defaults, *, is_below_image: bool) -> None:
        """Add the images of *at* and of everything below it."""
        purpose = f"{is_below_image} {defaults.chart.version} {defaults.outer}"
        if isinstance(at.node, Scalar) or not self.visits.allow(at.node, purpose):
            return
        self._add_own(at, defaults, is_below_image=is_below_image)
        if outer := outer_registry(at):
            defaults = replace(defaults, outer=outer)
        for child in _children(at):
            step = own_step(child)
            if step in SILENT_KEYS:
                continue
            inner = defaults
            if at.node is self.top and step in defaults.chart.subcharts:
                inner = replace(defaults, chart=NO_CHART)
            is_image = isinstance(step, str) and IMAGES.search(step) is not None
            self.visit(child, inner, is_below_image=is_below_image or is_image)

    def _add_own(
        self, at: NodeRef, defaults: Defaults, *, is_below_image: bool
    ) -> None:
        """Add the images of *at* itself, a mapping or list."""
        if isinstance(at.node, Mapping):
            duplicate_keys = at.node.duplicate_keys
            own = name_key(at, is_below_image=is_below_image)
            if own is not None:
                if own == "repository" and (last := last_part(at.node)):
                    self.done.scalars.add(last)
                parts = Parts(at, own, defaults, duplicate_keys)
                self._add_image(parts, parts.image(self.file))
            for key in at.node.items:
                if is_image_key(at.node, key) and not (own and key == "image"):
                    parts = Parts(at, key, defaults, duplicate_keys)
                    self._add_image(parts, self._of_key(parts))
        if own_key(at).lower().endswith("images") or self._is_tags(at):
            for child in _children(at):
                self._add(self._in_images(child))

    def _is_tags(self, at: NodeRef) -> bool:
        """Return whether *at* is `images.tags`, with whole names.

        This is the convention of OpenStack-Helm and Airship. Templates decide which of
        them they use, if they are known.
        """
        return at.path == ((None, "images"), "tags") and not self.view

    def _add_image(self, parts: Parts, finding: Found | None) -> None:
        """Add what the templates make of *parts*, or *finding* without templates."""
        found: list[Found] | None = None
        if finding is not None and self.view and not self.view.is_foreign(parts.at):
            if problem := parts.problem(self.file):
                self.done.scalars.update(parts.scalars())
                finding = problem
            else:
                found = Confirmed(self.file, parts, self.view, self.done).images()
        if found is None:
            found = [finding] if finding is not None else []
        self.findings += (_as_pulled(each, parts) for each in found)

    def _add(self, finding: Found | None) -> None:
        if finding is not None:
            self.findings.append(finding)

    def _of_key(self, parts: Parts) -> Found | None:
        """Return the image in the scalar of `parts.name_key`."""
        key, node = parts.name_key, parts.at.node
        scalar = scalar_at(node, key)
        value = scalar.value.strip() if scalar else ""
        if scalar is None or not could_be_image(value):
            return None
        if parts.has_duplicate_key() or has_parts(node, key):
            return parts.image(self.file)
        at = NodeRef(scalar, (parts.at.path, key), node)
        if parts.defaults.hub and "/" not in value:
            detail = f"`{value}`: `hub` and `tag` of the chart complete it"
            return self.file.skip(at, Reason.NEEDS_BASE, detail)
        if meant := self._named_image(value):
            detail = f"`{value}` means the image in `{meant}`"
            return self.file.skip(at, Reason.ALIAS, detail)
        return self._of_text(value, at, parts)

    def _of_text(self, value: str, at: NodeRef, parts: Parts) -> Found | None:
        """Return the image *value*, unless other values complete it."""
        key = parts.name_key
        finding = if_likely(value, self.file.classify(value, at), strict=key != "image")
        if self.view or not isinstance(finding, Occurrence):
            return finding
        if key == "image" and _is_incomplete(value, finding):
            detail = f"`{value}`: other values of the chart complete the name"
            return self.file.skip(at, Reason.NEEDS_BASE, detail)
        if other := parts.open_part(value):
            detail = f"`{value}`: `{other}` may have a part of it"
            return self.file.skip(at, Reason.CHART_DEFAULT, detail)
        is_untagged = {":", "@"}.isdisjoint(value.rpartition("/")[2])
        if is_untagged and (other := other_version(parts.at.node, key)):
            detail = f"`{value}`: `{other}` may be its tag"
            return self.file.skip(at, Reason.CHART_DEFAULT, detail)
        return finding

    def _named_image(self, value: str) -> str | None:
        """Return the path of another image in the values that *value* is the name of."""
        if not {"/", ":", "@"}.isdisjoint(value):
            return None
        if self._named is None:
            self._named = named_images(self.top)
        return self._named.get(value)

    def _in_images(self, at: NodeRef) -> Found | None:
        """Return the image in *at*, if it is a scalar; it is in a list of images."""
        step = own_step(at)
        if not isinstance(at.node, Scalar) or step in {
            "repository",
            *IMAGE_KEYS,
            *TAGS,
        }:
            return None
        value = at.node.value.strip()
        if "/" not in value or ":" not in value.rpartition("/")[2]:
            return None
        if not could_be_image(value) or IMAGE.search(str(step)):
            return None
        return if_likely(value, self.file.classify(value, at), strict=True)


def _as_pulled(finding: Found, parts: Parts) -> Found:
    """Return *finding* of *parts*, as skipped if that is never pulled.

    Charts have `0.0.0` as their `appVersion` until they are released.
    """
    version = parts.defaults.chart.version
    is_unreleased = (
        version in _UNRELEASED
        and isinstance(finding, Occurrence)
        and finding.reference.tag == version
        and finding.reference.digest is None
        and not finding.place.text.endswith(version)
    )
    if is_unreleased:
        detail = f"`{finding.place.text}`: the chart gets its `appVersion`, here"
        detail = f"{detail} `{version}`, when it is released"
        return Skipped(place=finding.place, reason=Reason.CHART_DEFAULT, detail=detail)
    return unless_never_pulled(finding, is_never_pulled=is_never_pulled(parts.at.node))


def _is_incomplete(value: str, finding: Occurrence) -> bool:
    """Return whether *value* is a bare name that nobody can publish at Docker Hub."""
    is_bare = {"/", ":", "@"}.isdisjoint(value)
    return is_bare and is_unpublished(finding.reference)


def _scalars(values: NodeRef) -> dict[Scalar, NodeRef]:
    """Return the place of each scalar in *values*."""
    return {
        at.node: at for at in below(values, VisitLimit()) if isinstance(at.node, Scalar)
    }


def _children(at: NodeRef) -> Iterator[NodeRef]:
    for step, child, is_duplicate_key in children(at.node):
        is_duplicate = at.is_duplicate_key or is_duplicate_key
        yield NodeRef(child, (at.path, step), at.node, is_duplicate)
