"""Images in Kubernetes manifests, YAML or JSON.

Recognised by content: documents that have `apiVersion` and `kind`. Every list
of containers at any depth counts, which covers all workloads and most custom
resources; `kubernetes_kinds` says what else does. In kinds that are not known,
a key `image` counts if its value has a `/` or `:`, parses, and is neither a
picture nor a disk.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.sources.kubernetes.kinds import Role
from imagelock.sources.kubernetes.slots import with_slots
from imagelock.sources.kubernetes.walk import is_object, walk
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, dotted
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.kubernetes.hits import Hit

ABOUT: Final = About(
    recognised="YAML and JSON with `apiVersion` and `kind`",
    read="`containers`, `initContainers` and `ephemeralContainers` at any depth, image"
    " volumes, `List`, several documents, and the images of custom resources that are"
    " known by their kind; the values of charts in `HelmRelease` (Flux, Crossplane's"
    " `Release`), `Application` (Argo CD), `HelmChart` and `HelmChartConfig` (k3s); `images` of"
    " Flux' `Kustomization` and `postRenderers`, `kustomize.images` of `Application`",
    not_read="`CustomResourceDefinition`, `status`, annotations, the data of a"
    " `ConfigMap` or `Secret`, policies, patches of Flux",
    pinned="behind the tag; in `sha` of Prometheus and `ref.digest` of Flux; in the"
    " values of charts as in their files",
    notes="A document that does not parse is reported, and the others are read.",
)
_KEYS: Final = (
    re.compile(r"""(?<![\w.-])apiVersion["']?\s*+:"""),
    re.compile(r"""(?<![\w.-])kind["']?\s*+:"""),
)
_BLANK: Final = " \t\r\n"
_MOST_USES: Final = 100
_ADDRESS: Final = re.compile(r"(?:docker|oci)://")
_VALUES: Final = (
    (re.compile(r"\Ako://"), Reason.BUILD_OUTPUT, "`ko` builds it"),
    (
        re.compile(r"\$\(|\{\{(?:=| *(?:inputs|item|steps|tasks|workflow)\b)"),
        Reason.PARAMETER,
        "a parameter decides it when it runs",
    ),
    (
        re.compile(r"(?s)\A(?!.*\{\{).*\$\{?[A-Za-z_]"),
        Reason.VARIABLE,
        "a variable decides it, which is not known here",
    ),
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match text in which both `apiVersion` and `kind` are keys somewhere."""
    del path
    return all(key.search(text) for key in _KEYS)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of each object; what a kustomization replaces is none."""
    for document in documents(text):
        match document:
            case Broken():
                yield _broken(path, text, document)
            case Mapping() if is_object(document):
                yield from images(path, text, NodeRef(document), context.replaced)


def images(
    path: PurePosixPath, text: Text, document: NodeRef, replaced: frozenset[str]
) -> Iterator[Found]:
    """Yield the images of *document*, an object or a part of one.

    *replaced* are the names for which a kustomization puts in another image.
    """
    for found in _images(path, text, document):
        yield unless_replaced(found, replaced)


def unless_replaced(found: Found, names: frozenset[str]) -> Found:
    """Return *found*, unless a kustomization puts another image in its place.

    Its name is then only the key by which that finds it, and may be of no image.
    """
    written = re.split(r"@|:(?=[^/]*$)", found.place.text, maxsplit=1)[0]
    if isinstance(found, Skipped) or written not in names:
        return found
    detail = f"`{written}`: the kustomization beside it puts another image here"
    return Skipped(place=found.place, reason=Reason.REPLACED, detail=detail)


def _broken(path: PurePosixPath, text: Text, broken: Broken) -> Skipped:
    return Skipped(
        place=_place(path, text, (broken.start, broken.end), ("document",)),
        reason=Reason.TEMPLATE if broken.template else Reason.UNPARSEABLE,
        detail="a template, which is no YAML until it is rendered"
        if broken.template
        else broken.detail,
    )


def _images(path: PurePosixPath, text: Text, document: NodeRef) -> Iterator[Found]:
    """Yield what *document* names; what aliases name again is one with several uses."""
    together: dict[tuple[int, str], list[Hit]] = {}
    met = walk(document)
    for hit in met.hits:
        together.setdefault((id(hit.at.node), hit.suffix), []).append(hit)
    for same in sorted(together.values(), key=lambda same: same[0].at.node.start):
        if found := _found(path, text, same):
            yield found
    if met.charts:
        # Most files have none, and Helm's part is not small.
        from imagelock.sources.gitops.controllers import chart_images  # noqa: PLC0415

        yield from chart_images(path, text, met.charts)


def _found(path: PurePosixPath, text: Text, same: list[Hit]) -> Found | None:
    hit = min(same, key=lambda one: one.role.value)
    if (written := _written(text.value, hit)) is None:
        return None
    value, start, end = written
    uses = tuple(dict.fromkeys(dotted(one.at.path) for one in same[:_MOST_USES]))
    place = _place(path, text, (start, end), uses)
    found = with_slots(_judged(value, hit, place), text, hit)
    if hit.role is Role.GUESS and not _is_likely(value, found):
        return None
    if any(one.at.is_duplicate_key for one in same):
        detail = "a key is written twice, and readers differ about which counts"
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
    return found


def _place(
    path: PurePosixPath, text: Text, extent: tuple[int, int], uses: tuple[str, ...]
) -> Place:
    start, end = extent
    return Place(
        path=path,
        span=text.span(start, end),
        text=text.value[start:end],
        format="kubernetes",
        uses=uses,
    )


def _written(source: str, hit: Hit) -> tuple[str, int, int] | None:
    """Return the name in *hit* and where it is written, if there is one."""
    node = hit.at.node
    start, end = _trimmed(source, node.start, node.end)
    if not isinstance(node, Scalar):
        # `{{ image }}` is a mapping in a mapping to a YAML parser.
        templated = source.startswith("{{", start)
        return (source[start:end], start, end) if templated else None
    value = node.value.strip(_BLANK)
    if hit.role is Role.ADDRESS:
        scheme = _ADDRESS.match(value)
        if scheme is None:
            return None
        value = value[scheme.end() :]
        start += scheme.end() if source.startswith(scheme[0], start) else 0
    return None if node.null or not value else (value, start, end)


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    piece = source[start:end].rstrip(_BLANK)
    return start + len(piece) - len(piece.lstrip(_BLANK)), start + len(piece)


def _judged(value: str, hit: Hit, place: Place) -> Found:
    reasons = {
        Role.OUTPUT: (Reason.BUILD_OUTPUT, "a build gives this name to its result"),
        Role.PATTERN: (Reason.PATTERN, "a policy compares references with it"),
    }
    if hit.role in reasons:
        reason, detail = reasons[hit.role]
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    if hit.ranged:
        detail = f"`{value}`: it stands for a range of versions, not one"
        return Skipped(place=place, reason=Reason.PATTERN, detail=detail)
    value += hit.suffix
    for pattern, reason, detail in _VALUES:
        if pattern.search(value):
            return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    return classify(value, place)


def _is_likely(value: str, found: Found) -> bool:
    """Tell whether *value*, found in a kind that nobody knows, is an image."""
    if isinstance(found, Skipped):
        return found.reason is not Reason.INVALID
    return ("/" in value or ":" in value) and not DISK_OR_PICTURE.search(value)
