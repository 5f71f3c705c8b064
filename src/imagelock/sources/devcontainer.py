"""Images and features of development containers: `devcontainer.json`."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.sources.compose import compose
from imagelock.sources.dockerfile.build_arguments import BuildArgument, base_images
from imagelock.sources.protocol import About
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, with_comments
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`devcontainer.json`, `.devcontainer.json`, `test/*/scenarios.json`",
    read="`image`, keys of `features`, `build.args` that decide a `FROM`, and the"
    " files of `dockerComposeFile` and `build.dockerfile` whatever their names are",
    not_read="features in a folder, from an address or without a registry",
    pinned="behind the tag; a feature has either a tag or a digest, and only one"
    " without a tag can get a digest",
    notes="The file is JSON with comments. In `scenarios.json`, each scenario of the"
    " tests of a feature is such a file, for the folder with its name. A template's"
    " options"
    " (`${templateOption:…}`) and variables of the machine (`${localEnv:…}`) are"
    " not known.",
)
_LOCAL: Final = re.compile(r"\.{1,2}/")
_REGISTRY: Final = re.compile(r"(?![a-z+]*://)(?:[^/]*[.:][^/]*|localhost)/")
_TEMPLATE: Final = re.compile(r"\$\{templateOption:")
_SCENARIOS: Final = "scenarios.json"
_VARIABLE: Final = re.compile(r"\$\{[A-Za-z]++(?::|\})")
_FEATURE: Final = (
    "a feature has either a tag or a digest; `devcontainer-lock.json` locks"
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text, and scenarios with features."""
    return path.name.lower() != _SCENARIOS or '"features"' in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image, the features, and the images of the build and Compose files."""
    file = SourceFile(path=path, text=text, format="devcontainer")
    for document in with_comments(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        elif path.name.lower() == _SCENARIOS:
            for at, folder in _scenarios(document, path.parent):
                yield from _container(file, at, folder, context)
        else:
            yield from _container(file, NodeRef(document), path.parent, context)


def _scenarios(
    document: Node, folder: PurePosixPath
) -> Iterator[tuple[NodeRef, PurePosixPath]]:
    """Yield each scenario of *document*, and the folder with its files.

    A scenario tests features (containers.dev/implementors/features-distribution and
    `devcontainer features test`): other files of that name have none.
    """
    for name, node in document.items.items() if isinstance(document, Mapping) else ():
        if isinstance(node, Mapping) and isinstance(node.get("features"), Mapping):
            yield NodeRef(node, (None, name)), folder / name


def _container(
    file: SourceFile, at: NodeRef, folder: PurePosixPath, context: Context
) -> Iterator[Found]:
    """Yield the images of the container *at*, whose paths are below *folder*."""
    for image in select(at, "image", VisitLimit()):
        if finding := file.scalar(image):
            yield _unless_variable(finding)
    yield from _features(file, at)
    yield from _build(file, at, folder, context)
    yield from _compose_files(at.node, folder, context)


def _unless_variable(finding: Found) -> Found:
    """Return *finding*, or why its value is not known."""
    text = finding.place.text
    if _TEMPLATE.search(text):
        detail = f"`{text}`: an option of the template decides it"
        return Skipped(place=finding.place, reason=Reason.TEMPLATE, detail=detail)
    if _VARIABLE.search(text):
        detail = f"`{text}`: the machine that it runs on decides it"
        return Skipped(place=finding.place, reason=Reason.VARIABLE, detail=detail)
    return finding


def _features(file: SourceFile, container: NodeRef) -> Iterator[Found]:
    node = container.node
    features = node.get("features") if isinstance(node, Mapping) else None
    for key, _ in features.pairs if isinstance(features, Mapping) else ():
        at = NodeRef(key, ((container.path, "features"), key.value))
        if _LOCAL.match(key.value):
            detail = f"`{key.value}` is a folder of this project"
            yield file.skip(at, Reason.LOCAL, detail)
        elif _REGISTRY.match(key.value) and (finding := file.scalar(at)):
            yield _feature(finding, file.text, key)


def _feature(finding: Found, text: Text, key: Scalar) -> Found:
    """Return *finding* with the slot of its digest, which replaces a tag.

    A name with both is refused (devcontainers/cli, `containerCollectionsOCI.ts`).
    """
    if not isinstance(finding, Occurrence) or "@" in key.value:
        return finding
    if ":" in key.value.rpartition("/")[2]:
        return replace(finding, unpinnable_reason=_FEATURE)
    return replace(finding, slot=DigestSlot(text.span(key.end, key.end), "@{digest}"))


def _build(
    file: SourceFile, container: NodeRef, folder: PurePosixPath, context: Context
) -> Iterator[Found]:
    """Yield the base images of the Dockerfile that arguments of the build decide."""
    node = container.node if isinstance(container.node, Mapping) else None
    name = scalar_at(node, "build", "dockerfile") or scalar_at(node, "dockerFile")
    if node is None or name is None:
        return
    arguments: dict[str, BuildArgument] = {}
    for at in select(container, "build.args.*", VisitLimit()):
        if isinstance(at.node, Scalar) and not at.node.null:
            key = at.path[1] if at.path else ""
            arguments[str(key)] = BuildArgument(at.node.value, file.place(at))
    stage = scalar_at(node, "build", "target")
    target = stage.value if stage else ""
    dockerfile = _in_folder(folder, name.value)
    for finding in base_images(dockerfile, arguments, context, target):
        yield _unless_variable(finding)


def _compose_files(
    document: Node, folder: PurePosixPath, context: Context
) -> Iterator[Found]:
    """Yield the images of the listed Compose files, unless they are read anyway.

    In a hidden folder such as `.devcontainer` a file without Compose's name is
    Compose's only if something lists it.
    """
    node = document.get("dockerComposeFile") if isinstance(document, Mapping) else None
    nodes = node.items if isinstance(node, Sequence) else (node,)
    names = {n.value: None for n in nodes if isinstance(n, Scalar) and not n.null}
    for file in dict.fromkeys(_in_folder(folder, name) for name in names):
        text = context.read(file)
        if text is not None and not compose.matches(file, text.value):
            yield from compose.find(file, text, context)


def _in_folder(folder: PurePosixPath, name: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(folder / name))
