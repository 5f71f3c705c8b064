"""Follow images through the kustomizations of a project, as `kustomize build` does.

A kustomization takes what its resources have, also those of other folders, lets its
components change that, and then its patches, `images` and transformers, in this order
(`accumulateTarget` in kustomize's `api/internal/target/kusttarget.go`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kustomize.fields import IMAGE_VOLUMES, NameFields
from imagelock.sources.kustomize.kustomization import is_kustomization
from imagelock.sources.kustomize.manifests import images_of_manifest
from imagelock.sources.kustomize.plugins import Renaming
from imagelock.sources.kustomize.selector import Selected
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.kustomize_images import ImageEntry
from imagelock.sources.shared.kustomize_names import NamePatterns

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.edits import Edit
    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.kustomize.selector import Selector
    from imagelock.sources.kustomize.steps import Step

DEEPEST: Final = 60
"""How many kustomizations may use one another in a row."""

_MOST_COMPARISONS: Final = 2_000_000
_UNMATCHED: Final = "no image in the manifests has this name"
_REPLACED: Final = "Kustomize puts another image here"


class _BuiltPlace(NamedTuple):
    """An image in an object of a build.

    `maker` is the index of the step in `made` that put it there; `source` is what it
    was when it came, where it came with a resource.
    """

    image: ManifestImage
    maker: int | None
    source: ManifestImage | None


@dataclass(slots=True)
class KustomizeBuild:
    """The images in the objects of one build, after each of its steps.

    `made` are the entries and the findings in patches, and whether these are in
    objects. `sources` are the images that came with resources, `fields` the places in
    which names are looked for. `is_complete` is false once there may be objects that
    are not known.
    """

    project: KustomizeProject
    is_complete: bool = True
    images: list[_BuiltPlace] = field(default_factory=list)
    made: list[ImageEntry | tuple[Found, bool]] = field(default_factory=list)
    sources: set[ManifestImage] = field(default_factory=set)
    fields: NameFields = IMAGE_VOLUMES
    _unmatched: set[int] = field(default_factory=set)
    _unknown: set[int] = field(default_factory=set)
    _comparisons: int = 0

    def run(
        self, kustomization: Kustomization, users: frozenset[PurePosixPath]
    ) -> None:
        """Do what *kustomization* does; a component changes what is there already.

        *users* are the kustomizations that use it, also through others.
        """
        if kustomization.path in users or len(users) > DEEPEST:
            self.is_complete = False
            return
        users |= {kustomization.path}
        resources = self.project.resources(kustomization)
        if not resources and not kustomization.is_component:
            self.is_complete = False  # Something else adds them.
        for path in resources:
            self._add(path, users)
        steps = steps_of(kustomization, self.project)
        self.is_complete &= not steps.adds_unknown_objects
        self.fields |= steps.fields
        for component in self.project.components(kustomization):
            self.is_complete &= component is not None
            if component is not None:
                self.run(component, users)
        for step in steps.changes:
            self._do(step)

    def remaining(self) -> dict[ManifestImage, list[ManifestImage]]:
        """Return what each image that came with a resource is in the end."""
        left: dict[ManifestImage, list[ManifestImage]] = {s: [] for s in self.sources}
        for image, maker, source in self.images:
            if maker is None and source is not None:
                left[source].append(image)
        return left

    def findings(self, changed: Container[ManifestImage]) -> Iterator[Found]:
        """Yield what entries and patches put into objects; *changed* is so later."""
        left: dict[int | None, dict[str, None]] = defaultdict(dict)
        for image, maker, _ in self.images:
            if image not in changed:
                left[maker][image.value] = None
        for index, made in enumerate(self.made):
            if not isinstance(made, ImageEntry):
                finding, is_in_object = made
                is_left = index in left or not is_in_object
                yield finding if is_left else _replaced(finding)
            elif index in left:
                yield from (made.finding(value) for value in left[index])
            elif index in self._unknown:
                yield from filter(None, [made.alone()])
            elif index in self._unmatched:
                yield made.skip(Reason.UNMATCHED, f"`{made.name}`: {_UNMATCHED}")
            else:
                yield made.skip(Reason.REPLACED, f"`{made.name}`: {_REPLACED}")

    def _add(self, path: PurePosixPath | None, users: frozenset[PurePosixPath]) -> None:
        """Add the images of the resource at *path*."""
        if path is not None and is_kustomization(path):
            kustomization = self.project.kustomization(path)
            if kustomization is None or path in users or len(users) > DEEPEST:
                self.is_complete = False
                return
            build = build_of(kustomization, self.project, users)
            images = list(dict.fromkeys(place.image for place in build.images))
            is_complete, self.fields = build.is_complete, self.fields | build.fields
        elif path is not None:
            images, is_complete = images_of_manifest(path, self.project.context)
        else:
            images, is_complete = [], False
        self.is_complete &= is_complete
        self.sources.update(images)
        self.images += (_BuiltPlace(image, None, image) for image in images)

    def _do(self, step: Step) -> None:
        if isinstance(step, Renaming):
            self._rename(step.entry, step.fields or self.fields)
            return
        for selector, edit in step.edits:
            self._edit(selector, edit)

    def _is_too_much(self) -> bool:
        self._comparisons += len(self.images)
        return self._comparisons > _MOST_COMPARISONS

    def _rename(self, entry: ImageEntry, fields: NameFields) -> None:
        """Put the image of *entry* in place of those that its name matches."""
        index, names = len(self.made), NamePatterns.of([entry.name])
        self.made.append(entry)
        if not entry.is_effective or self._is_too_much():
            self._unknown.add(index)
            return
        count = 0
        for at, (image, _, source) in enumerate(self.images):
            if fields.have(image) and names.match(image.value):
                new = replace(image, value=entry.changed(image.value))
                self.images[at] = _BuiltPlace(new, index, source)
                count += 1
        if count:
            return
        if self.is_complete and self.sources:
            self._unmatched.add(index)
        elif entry.is_whole:
            # An object that is not known here may have the name.
            new = ManifestImage(value=entry.changed(entry.name))
            self.images.append(_BuiltPlace(new, index, None))
        else:
            self._unknown.add(index)

    def _edit(self, selector: Selector, edit: Edit) -> None:
        """Do what *edit* does to the objects of *selector*."""
        first = len(self.made)
        self.made += ((finding, bool(images)) for finding, images in edit.puts)
        objects = [] if self._is_too_much() else self._selected(selector)
        is_everywhere = bool(objects)
        gone: set[int] = set()
        for places in objects:
            before = [self.images[at].image for at in places]
            for at, left in zip(places, edit.remaining(before), strict=True):
                if left is None:
                    gone.add(at)
                else:
                    self.images[at] = self.images[at]._replace(image=left)
            self._put(edit, first, before)
        if not is_everywhere:
            self._put(edit, first, [], selector)
        if gone:
            self.images = [p for at, p in enumerate(self.images) if at not in gone]

    def _put(
        self,
        edit: Edit,
        first: int,
        before: list[ManifestImage],
        selector: Selector | None = None,
    ) -> None:
        """Add the images of *edit* to the object with those *before*."""
        for index, (_, images) in enumerate(edit.puts, first):
            for image in images:
                if selector is not None:
                    new = selector.located(image)
                else:
                    known = before[0]
                    new = replace(
                        image,
                        kind=known.kind,
                        name=known.name,
                        namespace=known.namespace,
                    )
                    new = edit.put(new, before)
                self.images.append(_BuiltPlace(new, index, None))

    def _selected(self, selector: Selector) -> list[list[int]]:
        """Return the places of each object that *selector* selects for certain."""
        objects: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for at, (image, _, _) in enumerate(self.images):
            objects[image.kind, image.name, image.namespace].append(at)
        return [
            places
            for places in objects.values()
            if selector.selects(self.images[places[0]].image) is Selected.YES
        ]


def build_of(
    kustomization: Kustomization,
    project: KustomizeProject,
    users: frozenset[PurePosixPath] = frozenset(),
) -> KustomizeBuild:
    """Return the build of *kustomization*, which *users* use.

    A component alone is built with objects that are not known.
    """
    key = build_of, kustomization.path, kustomization.file.text
    if key not in project.context.memory:
        build = KustomizeBuild(project, is_complete=not kustomization.is_component)
        build.run(kustomization, users)
        project.context.memory[key] = build
    answer: KustomizeBuild = project.context.memory[key]
    return answer


def _replaced(finding: Found) -> Found:
    detail = f"`{finding.place.text}`: {_REPLACED}"
    return Skipped(place=finding.place, reason=Reason.REPLACED, detail=detail)
