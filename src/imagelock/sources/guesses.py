"""Guesses: values with the names of images, in places that no format defines.

    X_IMAGE: name:tag, X_IMAGE=name:tag     variables, in YAML, JSON and `.env`
    name: X_IMAGE, value: name:tag          the same as Kubernetes writes it
    IMAGES: 4.3=name:4.3                    a map in a variable, an entry a line
    --x-image=name:tag, [-x-image, name]    arguments
    docker://name:tag                       in any text
    with: {image: name:tag}                 inputs of actions
    with: {driver-opts: image=name:tag}     options of builders
    data: {x_image: name:tag}               what a ConfigMap tells a program
    data: {x: registry.example/name:tag}    the same by a whole name
    agents: {image: name:tag}               agents of Buildkite in Kubernetes
    parallel: {matrix: [IMG: [a:1, b:2]]}   what a pipeline runs with in turn

A guess counts only if it is a reference with a tag, a digest or a path. Anything
else is not even skipped: no format says that it should be an image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.definitions import is_definition
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    dotted,
    scalar_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.paths import Path

FORMAT: Final = "guess"

_REFERENCE: Final = r"[A-Za-z0-9][\w.\-/:@]*+"
_WHOLE: Final = re.compile(rf"\A\s*+(?P<image>{_REFERENCE})\s*+\Z")
_ENTRY: Final = re.compile(rf"(?m)^[ \t]*+[\w.\-]++=(?P<image>{_REFERENCE})[ \t\r]*+$")
_ADDRESS: Final = re.compile(rf"docker://(?P<image>{_REFERENCE})")
_NAME: Final = r"(?:[A-Z0-9_]*_)?(?:IMAGE|IMG)S?|RELATED_IMAGE_\w+"
_VARIABLE: Final = re.compile(_NAME)
_SETTING: Final = re.compile(rf"(?:{_NAME})=(?P<image>{_REFERENCE})")
_INPUT: Final = re.compile(r"(?i)(?:[\w\-]*[_\-])?(?:image|img)s?")
_FLAG: Final = re.compile(r"--?(?:[\w.\-]*-)?image")
_ARGUMENT: Final = re.compile(rf"{_FLAG.pattern}=(?P<image>{_REFERENCE})")
_INPUTS: Final = frozenset({"with", "inputs", "matrix"})
_ASSIGNMENT: Final = re.compile(
    rf"(?m)^[ \t]*+(?:export[ \t]++)?(?P<name>\w++)[ \t]*+[:?+]{{0,3}}=[ \t]*+"
    rf"(?P<quote>[\"']?)(?P<image>{_REFERENCE})(?P=quote)[ \t\r]*+(?:#.*)?$"
)
_SIGN: Final = re.compile(
    r"IMAGE|IMG|-image|docker://|ConfigMap|\b(?:agents|with|inputs|matrix)[\"']?\s*+:"
)
_AROUND_SETTINGS: Final = frozenset({"data", "agents"})
"""Keys around settings, whose images are written with their tag."""
_OPTION: Final = re.compile(
    rf"(?m)(?:^|,)[ \t]*+image=(?P<image>{_REFERENCE})[ \t\r]*+(?=,|$)"
)
_HOST: Final = r"(?:[A-Za-z0-9\-]++\.)++[A-Za-z]++(?::[0-9]++)?/"
_WHOLE_NAME: Final = re.compile(rf"{_HOST}[^:@]++[:@].++")
_TAGGED: Final = re.compile(r"[^:@]*+(?::[0-9]++/[^:@]++)?[:@].++")
_NUMBERS: Final = re.compile(r"[\d.:/]*+")
_MAKEFILES: Final = ("makefile", "gnumakefile")


def may_have_some(text: Text) -> bool:
    """Return whether a YAML or JSON file may have guesses, by a look at its text."""
    return _SIGN.search(text.value) is not None


def of_tree(path: PurePosixPath, text: Text) -> Iterator[Occurrence]:
    """Yield the guesses in a YAML or JSON file; what does not parse has none."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    for document in documents(text, _has_none):
        if isinstance(document, Broken):
            continue
        for at in below(NodeRef(document), VisitLimit()):
            if isinstance(at.node, Scalar) and not at.node.null:
                # Most scalars have none, and to map their characters takes longer.
                for start, end in _in_scalar(at, at.node.value):
                    extent = map_offsets(text.value, at.node).range(start, end)
                    yield from _likely(file, extent, dotted(at.path))


def _has_none(document: str) -> bool:
    """Return whether *document* has no guess, by a look at its text."""
    return _SIGN.search(document) is None or is_definition(document)


def is_assignments(path: PurePosixPath) -> bool:
    """Return whether a file is one of assignments by its name: `.env`, a Makefile."""
    name = path.name.lower()
    is_env = name == ".env" or name.startswith(".env.") or name.endswith(".env")
    return is_env or name in _MAKEFILES or name.endswith(".mk")


def of_assignments(path: PurePosixPath, text: Text) -> Iterator[Occurrence]:
    """Yield the guesses among the assignments of an `.env` or a Makefile."""
    file = SourceFile(path=path, text=text, format=FORMAT)
    is_makefile = path.name.lower().endswith((*_MAKEFILES, ".mk"))
    for match in _ASSIGNMENT.finditer(text.value):
        name = match["name"]
        if _VARIABLE.fullmatch(name) or (is_makefile and name.endswith("BASE")):
            yield from _likely(file, match.span("image"), name)


def _in_scalar(at: NodeRef, value: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of *value* that may be references."""
    key, above = _last_keys(at.path)
    if isinstance(at.parent, Mapping):
        is_value = key == "value" and (name := scalar_at(at.parent, "name"))
        key = name.value if is_value and name else key
    elif isinstance(at.parent, Sequence):
        yield from _in_item(at, value)
    for pattern in _patterns(key, above, value):
        yield from (match.span("image") for match in pattern.finditer(value))


def _patterns(key: str, above: str, value: str) -> Iterator[re.Pattern[str]]:
    """Yield what to look for in the *value* of *key* in the mapping *above*."""
    if _is_setting(above, key, value):
        yield _WHOLE
    elif _VARIABLE.fullmatch(key) or (above in _INPUTS and _INPUT.fullmatch(key)):
        yield _WHOLE
        yield _ENTRY
    elif above in _INPUTS and key == "driver-opts":
        yield _OPTION
    yield _ADDRESS


def _is_setting(above: str, key: str, value: str) -> bool:
    """Return whether a setting is a tagged image by its *key*, or by its host.

    `family/ubuntu` at a key `image` is the disk of a virtual machine.
    """
    if above not in _AROUND_SETTINGS:
        return False
    is_whole = above == "data" and _WHOLE_NAME.fullmatch(value.strip())
    return bool(
        is_whole or (_INPUT.fullmatch(key) and _TAGGED.fullmatch(value.strip()))
    )


def _in_item(at: NodeRef, value: str) -> Iterator[tuple[int, int]]:
    """Yield the image in an item: `X_IMAGE=name`, `--x-image=name`, `name`."""
    for pattern in (_SETTING, _ARGUMENT):
        if match := pattern.fullmatch(value):
            yield match.span("image")
    index = at.path[1] if at.path else 0
    if isinstance(at.parent, Sequence) and isinstance(index, int) and index:
        before = at.parent.items[index - 1]
        match = _WHOLE.fullmatch(value)
        if match and isinstance(before, Scalar) and _FLAG.fullmatch(before.value):
            yield match.span("image")


def _last_keys(path: Path) -> tuple[str, str]:
    """Return the key that *path* ends with, and the key that is around it.

    `default` and the indexes of lists do not count: `inputs.img.default`.
    """
    steps: list[str] = []
    while path is not None and len(steps) < 2:  # noqa: PLR2004 - the two keys
        path, step = path
        if isinstance(step, str) and (steps or step != "default"):
            steps.append(step)
    return (*steps, "", "")[0], (*steps, "", "")[1]


def _likely(
    file: SourceFile, extent: tuple[int, int], use: str
) -> Iterator[Occurrence]:
    """Yield the reference at *extent*, if it can hardly be anything else."""
    place = file.place_of(*extent, use)
    value = place.text
    is_name = not any(mark in value for mark in "/:@")
    if is_name or _NUMBERS.fullmatch(value) or DISK_OR_PICTURE.search(value):
        return
    if isinstance(finding := classify(value, place), Occurrence):
        yield finding
