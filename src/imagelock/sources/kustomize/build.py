"""Follow images through the kustomizations of a project, as `kustomize build` does.

A kustomization takes what its resources have, also those of other folders, lets its
components change that, and then its patches, `images` and transformers, in this order
(`accumulateTarget` in kustomize's `api/internal/target/kusttarget.go`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kustomize.changes import ImageChanges, has_name
from imagelock.sources.kustomize.kustomization import is_kustomization
from imagelock.sources.kustomize.manifests import manifest_images
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.relations import ManifestImage
from imagelock.sources.shared.kustomize_images import ImageEntry
from imagelock.sources.shared.kustomize_names import NamePatterns

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.kustomize.patches import Patch
    from imagelock.sources.kustomize.steps import Step

DEEPEST: Final = 60
"""How many kustomizations may use one another in a row."""

_MOST_COMPARISONS: Final = 2_000_000
_UNMATCHED: Final = "no image in the manifests has this name"
_REPLACED: Final = "Kustomize puts another image here"

_Made = ImageEntry | tuple["Found", bool]
"""What puts images into objects: an entry, or a finding in a patch.

The flag is whether the finding is in an object, so that later steps can change it.
"""


@dataclass(slots=True)
class KustomizeBuild:
    """The images in the objects of one build, after each of its steps.

    `images` are those, with the index in `made` of what put them there; `None` stands
    for a manifest, or for another build. `is_complete` is false once something adds
    objects that are not in the project.
    """

    project: KustomizeProject
    is_complete: bool = True
    images: dict[tuple[ManifestImage, int | None], None] = field(default_factory=dict)
    made: list[_Made] = field(default_factory=list)
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
        for component in self.project.components(kustomization):
            self.is_complete &= component is not None
            if component is not None:
                self.run(component, users)
        for step in steps.changes:
            self._do(step)

    def findings(self, changed: Container[ManifestImage]) -> Iterator[Found]:
        """Yield what entries and patches put into objects; *changed* is so later."""
        left: dict[int | None, dict[str, None]] = defaultdict(dict)
        for image, origin in self.images:
            if image not in changed:
                left[origin][image.value] = None
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

    def _do(self, step: Step) -> None:
        if isinstance(step, ImageEntry):
            self._rename(step)
        else:
            self._patch(step)

    def _add(self, path: PurePosixPath | None, users: frozenset[PurePosixPath]) -> None:
        """Add the images of the resource at *path*."""
        images, is_complete = (
            ((), False) if path is None else images_of(path, self.project, users)
        )
        self.is_complete &= is_complete
        self.images.update(((image, None), None) for image in images)

    def _rename(self, entry: ImageEntry) -> None:
        """Put the image of *entry* in place of those that its name matches."""
        index, names = len(self.made), NamePatterns.of([entry.name])
        self.made.append(entry)
        self._comparisons += len(self.images)
        if not entry.is_effective or self._comparisons > _MOST_COMPARISONS:
            self._unknown.add(index)
            return
        matched = {
            (image, origin)
            for image, origin in self.images
            if has_name(image) and names.match(image.value)
        }
        if matched:
            self.images = {
                (replace(image, value=entry.changed(image.value)), index)
                if (image, origin) in matched
                else (image, origin): None
                for image, origin in self.images
            }
        elif self.is_complete and self.images:
            self._unmatched.add(index)
        elif entry.is_whole:
            # An object that is not known here may have the name.
            self.images[ManifestImage(value=entry.changed(entry.name)), index] = None
        else:
            self._unknown.add(index)

    def _patch(self, patch: Patch) -> None:
        changes = ImageChanges.of((), [patch])
        if changes:
            self._comparisons += len(self.images)
            self.images = {key: None for key in self.images if key[0] not in changes}
        for finding, images in patch.images:
            self.images.update(((image, len(self.made)), None) for image in images)
            self.made.append((finding, bool(images)))


def images_of(
    path: PurePosixPath, project: KustomizeProject, users: frozenset[PurePosixPath]
) -> tuple[tuple[ManifestImage, ...], bool]:
    """Return the images that the resource at *path* adds, and whether they are all.

    *users* are the kustomizations around it.
    """
    key = images_of, path
    if key not in project.context.memory:
        kustomization = project.kustomization(path) if is_kustomization(path) else None
        if kustomization is None:
            project.context.memory[key] = manifest_images(path, project.context)
        else:
            build = KustomizeBuild(project)
            build.run(kustomization, users)
            images = dict.fromkeys(image for image, _ in build.images)
            project.context.memory[key] = tuple(images), build.is_complete
    answer: tuple[tuple[ManifestImage, ...], bool] = project.context.memory[key]
    return answer


def _replaced(finding: Found) -> Found:
    detail = f"`{finding.place.text}`: {_REPLACED}"
    return Skipped(place=finding.place, reason=Reason.REPLACED, detail=detail)
