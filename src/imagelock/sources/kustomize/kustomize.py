"""Images of kustomizations: `images`, charts, and patches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import rendered
from imagelock.sources.kustomize.build import build_of
from imagelock.sources.kustomize.build_findings import build_findings
from imagelock.sources.kustomize.charts import chart_images, charts
from imagelock.sources.kustomize.kustomization import KustomizeProject, is_kustomization
from imagelock.sources.kustomize.plugins import plugins_of
from imagelock.sources.kustomize.replacements import replaced_fields
from imagelock.sources.kustomize.steps import steps_of
from imagelock.sources.kustomize.uses import (
    all_parts,
    has_changes,
    remaining_images,
    usages,
)
from imagelock.sources.protocol import About
from imagelock.sources.shared.digest_slots import merge_duplicates
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.kustomize.kustomization import Kustomization
    from imagelock.sources.relations import RemainingImages, Usage

ABOUT: Final = About(
    recognised="`kustomization.yaml`, `kustomization.yml`, `Kustomization`, and YAML"
    " with `kustomize.config.k8s.io`",
    read="`images[]`: `newName`, `newTag` and `digest`; functions in `transformers`,"
    " `generators` and `validators`; patches, here and in other"
    " files: objects, and operations on an `image`; `ImageTagTransformer` and"
    " transformers of patches; charts of `helmCharts` from `oci://`, their"
    " `valuesInline`, and files with values",
    not_read="files of `configMapGenerator` and `secretGenerator`, resources and charts"
    " that are not in the project",
    pinned="in `digest` if that key is there, and otherwise behind the tag in `newTag`;"
    " in values and patches as in their own files",
    notes="Kustomizations are followed as `kustomize build` does: `resources` (files"
    " and folders), `components`, patches, `images`, `transformers`. An image that each"
    " kustomization above replaces, by its name or by a patch, is only a key and is not"
    " locked; what is locked is the last entry or patch that decides it. A"
    " kustomization that no other uses is a build of its own; the base of an overlay is"
    " not. A patch finds an object by the name in its manifest, and by the names that"
    " `namePrefix` and `nameSuffix` below it make of that; `labelSelector` and"
    " `annotationSelector` count. Where a replacement copies a value over an image,"
    " that image is not locked, and the replacement is skipped. With `imagePullPolicy:"
    " Never` after all changes, an image is not locked (`local`), wherever the policy and"
    " the image come from."
    "\n\n"
    "An entry without tag takes it from the manifests. It is skipped if these are not"
    " in the project (`needs-base`); so is one with `tagSuffix`, which versions of"
    " Kustomize add once or twice. A name that is a regular expression is a `pattern`"
    " where the manifests are not known. An entry whose name no manifest has, and a"
    " patch for an object that no manifest has, is `unmatched`.",
)
_GROUP: Final = "kustomize.config.k8s.io"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name, as `apiVersion` is optional, or by the `apiVersion`."""
    return is_kustomization(rendered(path)) or _GROUP in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images that a build of the kustomization gets from it and its parts.

    Its parts are components, and files with patches, values, and transformers.
    """
    file = SubstitutedFile(path=path, text=text, format="kustomize")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
    project = KustomizeProject(context)
    if kustomization := project.parsed(path, text):
        if has_changes(kustomization, project):
            build = build_of(kustomization, project)
            found = build_findings(build, context.changed, context.never_pulled)
            yield from _merged(found)
        for each in all_parts(kustomization, project):
            yield from _others(each, project)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Usage]:
    """Yield each file that the kustomization uses, with the images that it changes."""
    project = KustomizeProject(context)
    if kustomization := project.parsed(path, text):
        yield from usages(kustomization, project)


def remaining(path: PurePosixPath, text: Text, context: Context) -> RemainingImages:
    """Return what the images are that the kustomization changes, after that."""
    project = KustomizeProject(context)
    kustomization = project.parsed(path, text)
    return remaining_images(kustomization, project) if kustomization else {}


def _merged(findings: Iterable[Found]) -> Iterator[Found]:
    """Yield *findings*, those of one place as one."""
    by_path: dict[PurePosixPath, list[Found]] = defaultdict(list)
    for finding in findings:
        by_path[finding.place.path].append(finding)
    for of_file in by_path.values():
        yield from merge_duplicates(of_file)


def _others(kustomization: Kustomization, project: KustomizeProject) -> Iterator[Found]:
    """Yield what is not in an object: charts, and values that are copied."""
    steps = steps_of(kustomization, project)
    for file, chart in (*charts(kustomization), *steps.generators.charts):
        yield from chart_images(kustomization, file, chart, project.context)
    yield from replaced_fields(steps.replacements)
    yield from steps.replacements.broken
    yield from replaced_fields(steps.transformers.replacements)
    yield from steps.transformers.broken
    yield from steps.generators.broken
    validators = plugins_of(kustomization, "validators", project)
    for plugins in (steps.transformers, steps.generators, validators):
        yield from plugins.functions
