"""Manifests of Kubernetes, with what Flux and Argo CD make of folders of the project."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.gitops.builds import builds_in, objects_of
from imagelock.sources.helm.chart_files import is_changed_by_chart
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.chart_values import chart_relations
from imagelock.sources.kubernetes.walk import walk
from imagelock.sources.kustomize.kustomization import KustomizeProject
from imagelock.sources.shared.digest_slots import merge_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import ManifestImage, Relation, RemainingImages

ABOUT: Final = kubernetes.ABOUT
matches = kubernetes.matches

_JENKINS: Final = ("Template>", "Template ", "DockerBuildWrapper", "CpsFlowDefinition")
"""Ends of the names of classes in files of Jenkins: see `jenkins.config_xml`."""

_LISTS: Final = ("valueFiles", "valuesFiles", "valuesFrom")
_IN_CHART: Final = "the templates of the chart read this file, and can change it"


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the objects, and those that controllers put into others.

    In a file that a chart reads and changes, no image is certain.
    """
    for finding in _found(path, text, context):
        if isinstance(finding, Occurrence) and is_changed_by_chart(path, context):
            detail = f"`{finding.place.text}`: {_IN_CHART}"
            yield Skipped(
                place=finding.place, reason=Reason.CHART_DEFAULT, detail=detail
            )
        else:
            yield finding


def _found(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    project = KustomizeProject(context)
    found = kubernetes.find(path, text, context)
    builds = builds_in(path, text, project)
    if "ConfigMap" in text.value and any(word in text.value for word in _JENKINS):
        # Few objects have files of Jenkins.
        from imagelock.sources.gitops.jenkins_files import images_of_files

        files = images_of_files(path, text, objects_of(text), context)
        found = chain(found, files)
    made = [finding for build in builds for finding in build.findings(project)]
    if not made:
        yield from found
        return
    known = {(finding.place.path, finding.place.span) for finding in made}
    rest = [each for each in found if (each.place.path, each.place.span) not in known]
    yield from merge_duplicates([*rest, *made])


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield each file that an object has built, with the images that this changes.

    The files with values of charts are others that it uses.
    """
    if any(word in text.value for word in _LISTS):
        objects = (at for each in objects_of(text) for at in walk(each).charts)
        yield from chart_relations(path, objects, context)
    project = KustomizeProject(context)
    for build in builds_in(path, text, project):
        yield from build.usages(project)


def remaining(path: PurePosixPath, text: Text, context: Context) -> RemainingImages:
    """Return what the images of the built files are afterwards, in any of the builds."""
    project = KustomizeProject(context)
    left: dict[ManifestImage, list[ManifestImage]] = defaultdict(list)
    for build in builds_in(path, text, project):
        for image, images in build.remaining(project).items():
            left[image] += images
    return {
        image: tuple(dict.fromkeys(new))
        for image, new in left.items()
        if set(new) != {image}
    }
