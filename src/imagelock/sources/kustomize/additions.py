"""What the additions of a controller to a kustomization change."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Occurrence
from imagelock.sources.relations import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.span import Span
    from imagelock.sources.kustomize.kustomization import (
        Kustomization,
        KustomizeProject,
    )
    from imagelock.sources.relations import ManifestImage


@dataclass(frozen=True, slots=True)
class ControlledBuild:
    """A kustomization that a controller builds, and `base`, that without its additions.

    `base` is `None` if it is not in the project, and `uses` are the files that it is
    made of: itself, or the manifests of a folder without one.
    """

    kustomization: Kustomization
    base: Kustomization | None = None
    uses: tuple[PurePosixPath, ...] = ()

    @property
    def has_additions(self) -> bool:
        """Whether there is anything that may change images."""
        return self.kustomization.added is not None

    def usages(self, project: KustomizeProject) -> Iterator[Usage]:
        """Yield the files that it uses, and whether it changes their images."""
        if not self.has_additions:
            yield from (Usage(path=path) for path in self.uses)
            return
        from imagelock.sources.kustomize.uses import files_of, has_changes

        changes = has_changes(self.kustomization, project)
        for path in self.uses:
            yield Usage(path=path, changes_images=changes)
        known = set(files_of(self.base, project)) if self.base else set()
        for path in files_of(self.kustomization, project):
            if path not in known:
                yield Usage(path=path, changes_images=changes, is_part=True)

    def findings(self, project: KustomizeProject) -> Iterator[Found]:
        """Yield the images that the additions put into objects.

        Of what `base` puts there, only what it puts there because of the additions.
        """
        if not self.has_additions:
            return
        # Most controllers add nothing, and what builds is not small.
        from imagelock.sources.kustomize.build import build_of
        from imagelock.sources.kustomize.build_findings import build_findings

        before = build_of(self.base, project) if self.base else None
        known = set(build_findings(before)) if before else set()
        places = {_place(finding) for finding in known}
        for finding in build_findings(build_of(self.kustomization, project)):
            is_new = isinstance(finding, Occurrence) or _place(finding) not in places
            if is_new and finding not in known:
                yield finding

    def remaining(
        self, project: KustomizeProject
    ) -> dict[ManifestImage, list[ManifestImage]]:
        """Return what each image of `base` is with the additions."""
        if self.base is None:
            return {}
        from imagelock.sources.kustomize.build import build_of

        before = build_of(self.base, project)
        after = build_of(self.kustomization, project)
        left: dict[object, list[ManifestImage]] = defaultdict(list)
        for place in after.objects:
            left[after.origin(place)].append(place.image)
        remaining: dict[ManifestImage, list[ManifestImage]] = defaultdict(list)
        for place in before.objects:
            remaining[place.image] += left[before.origin(place)]
        return remaining


def _place(finding: Found) -> tuple[PurePosixPath, Span]:
    return finding.place.path, finding.place.span
