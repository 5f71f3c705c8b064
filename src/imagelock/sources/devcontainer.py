"""Images and features of development containers: `devcontainer.json`."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.sources.compose import compose
from imagelock.sources.dockerfile.build_arguments import BuildArgument, base_images
from imagelock.sources.protocol import About
from imagelock.sources.shared.plain import broken, named, place_of
from imagelock.syntax.yaml_json.documents import Broken, with_comments
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, scalar_at, select
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`devcontainer.json`, `.devcontainer.json`",
    read="`image`, keys of `features`, `build.args` that decide a `FROM`, and the"
    " files of `dockerComposeFile` and `build.dockerfile` whatever their names are",
    not_read="features in a folder, from an address or without a registry",
    pinned="behind the tag; a feature has either a tag or a digest, and only one"
    " without a tag can get a digest",
    notes="The file is JSON with comments. A template's options"
    " (`${templateOption:…}`) and variables of the machine (`${localEnv:…}`) are"
    " not known.",
)
_NAMES: Final = frozenset({"devcontainer.json", ".devcontainer.json"})
_LOCAL: Final = re.compile(r"\.{1,2}/")
_REGISTRY: Final = re.compile(r"(?![a-z+]*://)(?:[^/]*[.:][^/]*|localhost)/")
_TEMPLATE: Final = re.compile(r"\$\{templateOption:")
_VARIABLE: Final = re.compile(r"\$\{[A-Za-z]++(?::|\})")
_FEATURE: Final = (
    "a feature has either a tag or a digest; `devcontainer-lock.json` locks"
)


def may_match(path: PurePosixPath) -> bool:
    """Match the two names that tools look for, in any folder."""
    return path.name in _NAMES


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image, the features, and what the build and Compose files name."""
    for document in with_comments(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "devcontainer")
            continue
        for one in select(NodeRef(document), "image", VisitLimit()):
            if found := _known(named(path, text, one, "devcontainer")):
                yield found
        yield from _features(path, text, document)
        yield from _build(path, text, document, context)
        yield from _composed(path, document, context)


def _known(found: Found | None) -> Found | None:
    """Return *found*, or why it is not known what it means."""
    if found is None or "${" not in found.place.text:
        return found
    shown = f"`{found.place.text}`"
    if _TEMPLATE.search(found.place.text):
        detail = f"{shown}: an option of the template decides it"
        return Skipped(place=found.place, reason=Reason.TEMPLATE, detail=detail)
    if _VARIABLE.search(found.place.text):
        detail = f"{shown}: the machine that it runs on decides it"
        return Skipped(place=found.place, reason=Reason.VARIABLE, detail=detail)
    return found


def _features(path: PurePosixPath, text: Text, document: object) -> Iterator[Found]:
    features = document.get("features") if isinstance(document, Mapping) else None
    for key, _ in features.pairs if isinstance(features, Mapping) else ():
        at = NodeRef(key, ((None, "features"), key.value))
        if _LOCAL.match(key.value):
            detail = f"`{key.value}` is a folder of this project"
            place = place_of(path, text, at, "devcontainer")
            yield Skipped(place=place, reason=Reason.LOCAL, detail=detail)
        elif _REGISTRY.match(key.value) and (
            found := named(path, text, at, "devcontainer")
        ):
            yield _feature(found, text, key)


def _feature(found: Found, text: Text, key: Scalar) -> Found:
    """Return *found* with where its digest goes: in the place of a tag, if at all.

    A name with both is refused (devcontainers/cli, `containerCollectionsOCI.ts`).
    """
    if not isinstance(found, Occurrence) or "@" in key.value:
        return found
    if ":" in key.value.rpartition("/")[2]:
        return replace(found, unpinnable_reason=_FEATURE)
    return replace(found, slot=DigestSlot(text.span(key.end, key.end), "@{digest}"))


def _build(
    path: PurePosixPath, text: Text, document: object, context: Context
) -> Iterator[Found]:
    """Yield what the Dockerfile begins with because of the arguments of the build."""
    node = document if isinstance(document, Mapping) else None
    file = scalar_at(node, "build", "dockerfile") or scalar_at(node, "dockerFile")
    if node is None or file is None:
        return
    arguments: dict[str, BuildArgument] = {}
    for one in select(NodeRef(node), "build.args.*", VisitLimit()):
        if isinstance(one.node, Scalar) and not one.node.null:
            place = place_of(path, text, one, "devcontainer")
            key = one.path[1] if one.path else ""
            arguments[str(key)] = BuildArgument(one.node.value, place)
    for found in base_images(_beside(path, file.value), arguments, context):
        yield _known(found) or found


def _composed(
    path: PurePosixPath, document: object, context: Context
) -> Iterator[Found]:
    """Yield what the listed Compose files name, if their names do not tell.

    A file in a hidden folder, such as `.devcontainer`, is none of Compose's
    unless something names it.
    """
    node = document.get("dockerComposeFile") if isinstance(document, Mapping) else None
    nodes = node.items if isinstance(node, Sequence) else (node,)
    names = {n.value: None for n in nodes if isinstance(n, Scalar) and not n.null}
    for file in dict.fromkeys(_beside(path, name) for name in names):
        text = context.read(file)
        if text is not None and not compose.matches(file, text.value):
            yield from compose.find(file, text, context)


def _beside(path: PurePosixPath, name: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(path.parent / name))
