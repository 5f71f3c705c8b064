"""Follow images through the kustomizations of a project, as `kustomize build` does.

A kustomization takes what its resources have, also those of other folders, lets its
components change that, and then its patches, `images` and transformers, in this order
(`accumulateTarget` in kustomize's `api/internal/target/kusttarget.go`).
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.kustomize.fields import IMAGE_VOLUMES, NameFields
from imagelock.sources.kustomize.kustomization import is_kustomization
from imagelock.sources.kustomize.manifests import (
    images_of_manifest,
    objects_of_manifest,
)
from imagelock.sources.kustomize.objects import BuiltObjects, BuiltPlace
from imagelock.sources.kustomize.plugins import Labelling, Naming, Renaming
from imagelock.sources.kustomize.replacements import Copying
from imagelock.sources.kustomize.selector import Selected, Selector
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.kustomize_images import ImageEntry
from imagelock.sources.shared.kustomize_names import NamePatterns, is_expression
from imagelock.sources.shared.work_budget import WorkBudget

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.edits import Edit
    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.kustomize.steps import Step

    Made = ImageEntry | tuple[Found, bool]
    """An entry, or a finding in a patch with whether it is in an object."""

DEEPEST: Final = 60
"""How many kustomizations may use one another in a row."""

_MOST_WORK: Final = 20_000_000
"""How many images all builds of a project may compare with names and patches."""

_RUN: Final = 5000
_EXPRESSION: Final = 50
"""What running a kustomization, and matching an expression, count as."""


@dataclass(slots=True)
class KustomizeBuild:
    """The images in the objects of one build, after each of its steps.

    `made` are the entries, and the findings in patches with whether they are in
    objects, by the numbers of their steps. `sources` are the images that came with
    resources, and `fields` the places in which names are looked for. `is_complete` is
    false once there may be objects that are not known. `manifests` are all files with
    objects, and `changes_names` is whether objects get other names or labels.
    `unmatched` are the steps that are for nothing in it, and `unknown` those of which
    that is not certain.
    """

    project: KustomizeProject
    is_complete: bool = True
    objects: BuiltObjects = field(default_factory=BuiltObjects)
    made: list[Made] = field(default_factory=list)
    sources: set[ManifestImage] = field(default_factory=set)
    fields: NameFields = IMAGE_VOLUMES
    manifests: list[PurePosixPath] = field(default_factory=list)
    changes_names: bool = False
    unmatched: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)

    def run(
        self, kustomization: Kustomization, users: frozenset[PurePosixPath]
    ) -> None:
        """Do what *kustomization* does; a component changes what is there already.

        *users* are the kustomizations that use it, also through others.
        """
        is_too_deep = kustomization.path in users or len(users) > DEEPEST
        if is_too_deep or self._is_too_much(_RUN):
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
        for image, maker, source, _ in self.objects:
            if maker is None and source is not None:
                left[source].append(image)
        return left

    def origin(self, place: BuiltPlace) -> Hashable:
        """Return what tells *place* from others, also in a build with further steps."""
        made = None if place.maker is None else self.made[place.maker]
        at = made.place if isinstance(made, ImageEntry) else made and made[0].place
        field = place.image.container or place.image.field
        owner = place.source or (place.image.kind, place.names[0], field)
        return at and (at.path, at.span), owner

    def _add(self, path: PurePosixPath | None, users: frozenset[PurePosixPath]) -> None:
        """Add the images of the resource at *path*."""
        if path is not None and is_kustomization(path):
            kustomization = self.project.kustomization(path)
            if kustomization is None or path in users or len(users) > DEEPEST:
                self.is_complete = False
                return
            build = build_of(kustomization, self.project, users)
            places = [
                BuiltPlace(place.image, None, place.image, place.names)
                for place in build.objects
            ]
            is_complete, self.fields = build.is_complete, self.fields | build.fields
            self.manifests += build.manifests
            self.changes_names |= build.changes_names
        elif path is not None:
            images, is_complete = images_of_manifest(path, self.project.context)
            places = [BuiltPlace.of(image) for image in images]
            self.manifests.append(path)
        else:
            places, is_complete = [], False
        self.is_complete &= is_complete
        for place in dict.fromkeys(places):
            self.sources.add(place.image)
            self.objects.append(place)

    def _do(self, step: Step) -> None:
        if isinstance(step, Renaming):
            self._rename(step.entry, step.fields or self.fields)
        elif isinstance(step, Naming):
            self.objects.rename(step.prefix, step.suffix)
            self.changes_names |= bool(step.prefix or step.suffix)
        elif isinstance(step, Labelling):
            self.objects.label(step.labels, step.annotations)
            self.changes_names |= bool(step.labels or step.annotations)
        elif isinstance(step, Copying):
            self._overwrite(step)
        else:
            for selector, edit in step.edits:
                self._edit(selector, edit)

    def _is_too_much(self, cost: int) -> bool:
        """Return whether *cost*, added to that of all builds so far, is too much."""
        memory = self.project.context.memory
        budget = memory.remember(KustomizeBuild, lambda: WorkBudget(_MOST_WORK))
        budget.left -= cost
        if budget.left < 0:
            memory.current.is_repeatable = False
        return budget.left < 0

    def _rename(self, entry: ImageEntry, fields: NameFields) -> None:
        """Put the image of *entry* in place of those that its name matches."""
        index, names = len(self.made), NamePatterns.of([entry.name])
        self.made.append(entry)
        candidates = dict.fromkeys(self.objects.named(entry.name))
        cost = len(candidates)
        if is_expression(entry.name):
            candidates = dict.fromkeys(range(len(self.objects.places)))
            cost = len(candidates) * _EXPRESSION
        if not entry.is_effective or self._is_too_much(cost):
            self.unknown.add(index)
            return
        is_used = False
        for at in candidates:
            place = self.objects.places[at]
            if place and fields.have(place.image) and names.match(place.image.value):
                new = replace(place.image, value=entry.changed(place.image.value))
                self.objects.set(at, place._replace(image=new, maker=index))
                is_used = True
        if is_used:
            return
        if self.is_complete and self.sources:
            self.unmatched.add(index)
        elif entry.is_whole:
            # An object that is not known here may have the name.
            new = ManifestImage(value=entry.changed(entry.name))
            self.objects.append(BuiltPlace.of(new, index))
        else:
            self.unknown.add(index)

    def _overwrite(self, copying: Copying) -> None:
        """Take away images for which a value of another object is put there."""
        places = self.objects.places
        for at in chain.from_iterable(self._selected(copying.selector)):
            if (place := places[at]) is not None:
                image = copying.copied(place.image)
                places[at] = place._replace(image=image) if image else None

    def _edit(self, selector: Selector, edit: Edit) -> None:
        """Do what *edit* does to the objects of *selector*."""
        first = len(self.made)
        self.made += ((finding, bool(images)) for finding, images in edit.puts)
        objects = self._selected(selector)
        for places in objects:
            self._edit_object(places, edit, first)
        if not objects and edit.puts and not self._may_select(selector):
            self.unmatched.update(range(first, len(self.made)))
        elif not objects:
            for index, (_, images) in enumerate(edit.puts, first):
                for image in images:
                    self.objects.append(BuiltPlace.of(selector.located(image), index))

    def _may_select(self, selector: Selector) -> bool:
        """Return whether there may be an object for *selector*, with images or without."""
        if not self.is_complete:
            return True
        if self.changes_names:
            selector = Selector(selector.kind, is_target=True)
        objects = (
            each
            for path in dict.fromkeys(self.manifests)
            for each in objects_of_manifest(path, self.project.context)
        )
        images = (place.image for place in self.objects)
        return any(
            selector.selects(each) is not Selected.NO for each in chain(images, objects)
        )

    def _edit_object(self, places: list[int], edit: Edit, first: int) -> None:
        """Do *edit* to the object with *places*; its findings begin at *first*."""
        all_places = self.objects.places
        before = [(at, place) for at in places if (place := all_places[at])]
        if not before:
            return
        left, new = edit.apply([place.image for _, place in before])
        for (at, place), image in zip(before, left, strict=True):
            all_places[at] = place._replace(image=image) if image else None
        owner = before[0][1]
        kind, name, namespace = (
            owner.image.kind,
            owner.image.name,
            owner.image.namespace,
        )
        for index, images in enumerate(new, first):
            for image in images:
                located = replace(image, kind=kind, name=name, namespace=namespace)
                self.objects.append(BuiltPlace(located, index, None, owner.names))

    def _selected(self, selector: Selector) -> list[list[int]]:
        """Return the places of each object that *selector* selects for certain."""
        if self._is_too_much(self.objects.count):
            return []
        selected = self.objects.selected(selector)
        return [] if self._is_too_much(sum(map(len, selected))) else selected


def build_of(
    kustomization: Kustomization,
    project: KustomizeProject,
    users: frozenset[PurePosixPath] = frozenset(),
) -> KustomizeBuild:
    """Return the build of *kustomization*, which *users* use.

    A component alone is built with objects that are not known.
    """
    key = build_of, kustomization.key

    def run() -> KustomizeBuild:
        build = KustomizeBuild(project, is_complete=not kustomization.is_component)
        build.run(kustomization, users)
        return build

    return project.context.memory.remember(key, run)
