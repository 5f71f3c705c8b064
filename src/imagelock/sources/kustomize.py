"""Images of kustomizations: `images`, and charts from `oci://`.

An entry of `images` finds an image by its `name` and puts together another:
`newName`, or the name itself, with `newTag` and `digest` (kustomize,
`api/filters/imagetag/updater.go`).
"""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.occurrence import Reason, Skipped
from imagelock.sources.documents import Broken, documents
from imagelock.sources.judge import judge
from imagelock.sources.paths import Selected, Visits, scalar_at, select
from imagelock.sources.plain import broken, place_of
from imagelock.sources.source import About
from imagelock.sources.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.occurrence import Found, Place
    from imagelock.sources.context import Context
    from imagelock.text import Text

ABOUT: Final = About(
    recognised="`kustomization.yaml`, `kustomization.yml`, `Kustomization`, and YAML"
    " with `kustomize.config.k8s.io`",
    read="`images[]`: `newName`, `newTag` and `digest`; charts of `helmCharts` from"
    " `oci://`",
    not_read="patches, and the values of charts",
    pinned="behind the tag in `newTag`",
    notes="An entry without tag and digest takes the tag from the manifests, and is"
    " skipped (`needs-base`); so is one with `tagSuffix`. A name that is a"
    " regular expression is a `pattern`. In the manifests that `resources`"
    " lists, a replaced image is only a key and is not locked.",
)
_NAMES: Final = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
_GROUP: Final = "kustomize.config.k8s.io"
_EXPRESSION: Final = re.compile(r"[*+?()\[\]{}|\\^$]")
_REPLACING: Final = ("newName", "newTag", "digest", "tagSuffix")


def may_match(path: PurePosixPath) -> bool:
    """Match the names that kustomize looks for, and any YAML file."""
    return path.name in _NAMES or path.suffix in {".yaml", ".yml"}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name, for `apiVersion` and `kind` may be left out, or by it."""
    return path.name in _NAMES or _GROUP in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield what each entry of `images`, and each chart, is put together to."""
    del context
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, "kustomize")
            continue
        for entry in select(Selected(document), "images[]", Visits()):
            yield from _image(path, text, entry)
        for entry in select(Selected(document), "helmCharts[]", Visits()):
            yield from _chart(path, text, entry)


def replacements(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield each file that the kustomization lists, with each name it replaces."""
    del context
    for document in documents(text):
        if not isinstance(document, Mapping):
            continue
        entries = select(Selected(document), "images[]", Visits())
        names = {name for entry in entries if (name := _replaced_name(entry.node))}
        for resource in _resources(document) if names else ():
            file = PurePosixPath(os.path.normpath(path.parent / resource))
            yield from ((file, name) for name in sorted(names))


def _image(path: PurePosixPath, text: Text, entry: Selected) -> Iterator[Found]:
    parts = {
        key: Selected(node, (entry.path, key))
        for key in ("name", *_REPLACING)
        if (node := scalar_at(entry.node, key)) and node.value.strip()
    }
    written = parts.get("newTag") or parts.get("digest")
    if "tagSuffix" in parts or (written is None and "newName" in parts):
        at = parts["tagSuffix" if "tagSuffix" in parts else "newName"]
        detail = "the tag comes from the manifests that it is put into"
        yield _skipped(path, text, at, Reason.NEEDS_BASE, detail)
    elif written is not None and "newName" not in parts and "name" in parts:
        at = parts["name"]
        if _EXPRESSION.search(_value(at)):
            detail = f"`{_value(at)}`: a regular expression that many names can match"
            yield _skipped(path, text, at, Reason.PATTERN, detail)
            return
        yield judge(_joined(parts, "name"), _place(path, text, written))
    elif written is not None and "newName" in parts:
        yield judge(_joined(parts, "newName"), _place(path, text, written))


def _joined(parts: dict[str, Selected], name: str) -> str:
    tag = f":{_value(parts['newTag'])}" if "newTag" in parts else ""
    digest = f"@{_value(parts['digest'])}" if "digest" in parts else ""
    return f"{_value(parts[name])}{tag}{digest}"


def _chart(path: PurePosixPath, text: Text, entry: Selected) -> Iterator[Found]:
    """Yield a chart that is pulled from a registry, at its version."""
    repo, name, version = (
        scalar_at(entry.node, key) for key in ("repo", "name", "version")
    )
    if repo and name and version and repo.value.startswith("oci://"):
        address = repo.value.removeprefix("oci://").rstrip("/")
        at = Selected(version, (entry.path, "version"))
        # `+` is no letter of a tag: Helm writes `_` for it.
        tag = version.value.replace("+", "_")
        yield judge(f"{address}/{name.value}:{tag}", _place(path, text, at))


def _replaced_name(node: object) -> str | None:
    if not isinstance(node, Mapping) or not any(scalar_at(node, k) for k in _REPLACING):
        return None
    name = scalar_at(node, "name")
    return name.value if name else None


def _resources(document: Mapping) -> Iterator[str]:
    listed = document.get("resources")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Scalar) and item.value.endswith((".yaml", ".yml", ".json")):
            yield item.value


def _value(selected: Selected) -> str:
    node = selected.node
    return node.value.strip() if isinstance(node, Scalar) else ""


def _place(path: PurePosixPath, text: Text, at: Selected) -> Place:
    return place_of(path, text, at, "kustomize")


def _skipped(
    path: PurePosixPath, text: Text, at: Selected, reason: Reason, detail: str
) -> Skipped:
    return Skipped(place=_place(path, text, at), reason=reason, detail=detail)
