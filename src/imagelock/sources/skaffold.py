"""Images in the configuration of Skaffold: what it builds with, and what it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_image
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import BuiltImage, Relation
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="YAML with `apiVersion: skaffold/…`",
    read="`builder` and `runImage` of `buildpacks`, `fromImage` of `jib` and `ko`, the"
    " images of `kaniko`, `googleCloudBuild`, `verify` and `customActions`, also in"
    " `profiles` and their `patches`; `setValues`, `overrides` and the files in `valuesFiles`"
    " of releases of Helm, and their"
    " `remoteChart` from `oci://` at its `version`",
    not_read="names of artifacts, which Skaffold builds, and buildpacks themselves",
    pinned="behind the tag",
)
_VERSION: Final = re.compile(
    r"""^["']?apiVersion["']?[ \t]*+:[ \t]*+["']?skaffold/""", re.MULTILINE
)
_OUTPUTS: Final = ("build.artifacts[].image", "test[].image", "deploy.docker.images[]")
_OF_ARTIFACTS: Final = (
    "buildpacks.builder",
    "buildpacks.runImage",
    "buildpack.builder",
    "buildpack.runImage",
    "jib.fromImage",
    "kaniko.image",
    "kaniko.initImage",
    "ko.fromImage",
)
_OF_CLOUD_BUILD: Final = ("docker", "gradle", "kaniko", "ko", "maven", "pack")
_IMAGES: Final = (
    *(f"build.artifacts[].{key}" for key in _OF_ARTIFACTS),
    *(f"build.googleCloudBuild.{key}Image" for key in _OF_CLOUD_BUILD),
    "build.googleCloudBuild.platformEmulatorInstallStep.image",
    "verify[].container.image",
    "customActions[].containers[].image",
)
"""Skaffold's `schema/latest/config.go`; each may stand in a profile, too."""

_PATCHES: Final = "profiles[].patches[]"
"""Operations of JSON Patch (skaffold.dev/docs/environment/profiles)."""

_STEP: Final = re.compile(r"\[\]|[^.\[\]]+")
_ITEM: Final = re.compile(r"\d+|-")
_RELEASES: Final = ("deploy.helm.releases[]", "manifests.helm.releases[]")
_ARTIFACTS: Final = ("build.artifacts[].image",)
_DEPLOYED: Final = frozenset(
    {"helm-template", "helm-values", "kubernetes", "kustomize"}
)
"""Formats of what Skaffold deploys."""

_REMOTE: Final = "registry://"
_LOCAL: Final = re.compile(r"(?:docker|tar)://")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the `apiVersion` of Skaffold."""
    del path
    return _VERSION.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the names of artifacts, and the images that Skaffold builds with and runs."""
    file = SourceFile(path=path, text=text, format="skaffold")
    findings: dict[int, Found] = {}
    nodes = list(documents(text))
    outputs = [at for node in nodes for at in _select(node, _OUTPUTS)]
    built = frozenset(map(_value, outputs))
    images = (at for node in nodes for at in _select(node, _IMAGES))
    for at in (*outputs, *images):
        if finding := file.scalar(_without_scheme(text.value, at)):
            findings.setdefault(
                at.node.start, _unless_built(finding, _value(at), built)
            )
    for node in nodes:
        if isinstance(node, Broken):
            for number, finding in enumerate(file.broken(node)):
                findings.setdefault(node.start + number, finding)
    yield from (findings[start] for start in sorted(findings))
    releases = [at for node in nodes for at in _select(node, _RELEASES)]
    for finding in _of_releases(file, releases, context):
        yield _unless_built(finding, finding.place.text, built)


def _of_releases(
    file: SourceFile, releases: list[NodeRef], context: Context
) -> Iterator[Found]:
    """Yield the images in the values of releases of Helm."""
    if releases:
        # Few files have releases, and Helm's part is not small.
        from imagelock.sources.helm.releases import release_images

        for release in releases:
            yield from release_images(file, release, context)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images of the artifacts, and the files with values of releases.

    Skaffold puts what it built in the place of each name in what it deploys, whatever
    the tag is, but not of a digest (`pkg/skaffold/kubernetes/manifest/images.go`).
    """
    file = SourceFile(path=path, text=text, format="skaffold")
    for node in documents(text):
        releases = list(_select(node, _RELEASES))
        yield from _values_files(path, releases, context)
        for at in _select(node, _ARTIFACTS):
            finding = file.scalar(at)
            built = finding and built_image(_value(at), finding.place, ())
            if built:
                yield replace(built, has_any_tag=True, formats=_scope(built))


def _values_files(
    path: PurePosixPath, releases: list[NodeRef], context: Context
) -> Iterator[Relation]:
    if releases:
        # Few files have releases, and Helm's part is not small.
        from imagelock.sources.helm.releases import release_relations

        for release in releases:
            yield from release_relations(path, release, context)


def _scope(built: BuiltImage) -> frozenset[str]:
    """Return the formats in which Skaffold replaces a name; none if all have it."""
    return frozenset() if built.files is None else _DEPLOYED


def _select(node: Node | Broken, patterns: tuple[str, ...]) -> Iterator[NodeRef]:
    if isinstance(node, Broken):
        return
    visits = VisitLimit()
    patches = list(select(NodeRef(node), _PATCHES, visits))
    for pattern in patterns:
        yield from select(NodeRef(node), pattern, visits)
        yield from select(NodeRef(node), f"profiles[].{pattern}", visits)
        for patch in patches:
            yield from _select_patched(patch, pattern, visits)


def _select_patched(
    patch: NodeRef, pattern: str, visits: VisitLimit
) -> Iterator[NodeRef]:
    """Yield what *patch* puts into places of *pattern*, a path in the configuration."""
    steps = _STEP.findall(pattern)
    target = [
        "[]" if _ITEM.fullmatch(step) else step
        for step in text_at(patch.node, "path").strip("/").split("/")
    ]
    if target == steps[: len(target)]:
        rest = "".join(s if s == "[]" else f".{s}" for s in steps[len(target) :])
        yield from select(patch, f"value{rest}", visits)


def _without_scheme(source: str, at: NodeRef) -> NodeRef:
    """Return *at* without `registry://`, which Jib allows before a name."""
    node = at.node
    if not isinstance(node, Scalar) or not node.value.startswith(_REMOTE):
        return at
    length = len(_REMOTE) if source.startswith(_REMOTE, node.start) else 0
    name = Scalar(node.value[len(_REMOTE) :], node.start + length, node.end)
    return replace(at, node=name)


def _unless_built(finding: Found, value: str, built: frozenset[str]) -> Found:
    if value in built:
        detail = f"`{value}` is the name of what Skaffold builds"
        return Skipped(place=finding.place, reason=Reason.BUILD_OUTPUT, detail=detail)
    if _LOCAL.match(value):
        # Jib takes a base image from other places, too.
        detail = f"`{value}` is on the machine itself, and no registry is asked"
        return Skipped(place=finding.place, reason=Reason.LOCAL, detail=detail)
    return finding


def _value(at: NodeRef) -> str:
    return at.node.value.strip() if isinstance(at.node, Scalar) else ""
