"""Base images of the targets of Bake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.sources.dockerfile.scan import NamedImage, ScanOptions, scan
from imagelock.syntax.hcl.tree import Object, below, each, is_null

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.bake.file import BakeTarget
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scan import ScannedName
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.values import Meaning

_IMAGE: Final = "docker-image://"
_TARGET: Final = "target:"
_WRONG: Final = (Judgement.INVALID, Judgement.UNREADABLE)
_SCANNING: Final = 20
"""The cost of scanning a character, in the units of a `WorkBudget`."""

_PART: Final = "the Dockerfile writes more behind it"


@dataclass(frozen=True, slots=True)
class _Argument:
    """A build argument; `text` is its value, if it is known."""

    use: str
    meaning: Meaning
    text: str | None


def build_images(
    target: BakeTarget, context: Context, budget: WorkBudget
) -> Iterator[Found]:
    """Yield the base images of *target* that its Bake file names.

    Those in a Dockerfile are found in that file; the arguments of the build that
    decide them are found here.

    Raises:
        TooMuchError: the *budget* is exceeded.
    """
    yield from _contexts(target)
    yield from _tags(target)
    arguments = _arguments(target)
    budget.charge(100 * len(arguments))
    options = ScanOptions(
        platforms=context.platforms,
        arguments={n: a.text for n, a in arguments.items() if a.text is not None},
        contexts=frozenset(target.entries("contexts")),
    )
    inline = target.setting("dockerfile-inline")
    if inline is not None:
        meaning = target.file.scope.meaning(inline)
        budget.charge(_SCANNING * len(meaning.text))
        names = list(scan(meaning.text, options))
        if target.body.get("dockerfile-inline") is inline:
            yield from _inline(target, meaning, names)
        yield from _by_arguments(target, arguments, names)
    elif arguments:
        texts = map(context.read, target.dockerfiles())
        text = next((text for text in texts if text is not None), None)
        if text is None:
            yield from _by_argument_names(target, arguments)
        else:
            budget.charge(_SCANNING * len(text.value))
            names = list(scan(text.value, options))
            yield from _by_arguments(target, arguments, names)


def _contexts(target: BakeTarget) -> Iterator[Found]:
    """Yield the images and targets among the contexts of *target* itself."""
    contexts = target.body.get("contexts")
    for pair in contexts.pairs if isinstance(contexts, Object) else ():
        use = below(f"{target.use}.contexts", pair.name)
        meaning = target.file.scope.meaning(pair.value)
        if meaning.text.startswith(_TARGET):
            reason, detail = Reason.TARGET_REFERENCE, "is a target of this file"
            yield target.file.skipped(pair.value, use, reason, detail)
        elif not is_null(pair.value) and _can_be_image(meaning):
            yield target.file.image(pair.value, use, _IMAGE)


def _can_be_image(meaning: Meaning) -> bool:
    """Return whether a context is an image, or has an unknown beginning."""
    return meaning.text.startswith(_IMAGE) or meaning.unknown(0, 0) is not None


def _tags(target: BakeTarget) -> Iterator[Found]:
    """Yield the names of the output of *target*."""
    tags = target.body.get("tags")
    for item in each(tags) if tags is not None else ():
        if item.start < item.end and not is_null(item):
            reason, detail = Reason.BUILD_OUTPUT, "is the name of what is built here"
            yield target.file.skipped(item, f"{target.use}.tags", reason, detail)


def _arguments(target: BakeTarget) -> dict[str, _Argument]:
    arguments: dict[str, _Argument] = {}
    for name, value in target.entries("args").items():
        meaning = target.file.scope.meaning(value)
        unknown = meaning.unknown(0, len(meaning.text))
        text = None if unknown else meaning.text
        use = below(f"{target.use}.args", name)
        arguments[name] = _Argument(use, meaning, text)
    return arguments


def _inline(
    target: BakeTarget, inline: Meaning, names: list[ScannedName]
) -> Iterator[Found]:
    """Yield the images of an inline Dockerfile, at their places in it."""
    file, use = target.file, f"{target.use}.dockerfile-inline"
    for name in names:
        characters = name.start, name.end
        if isinstance(name, NamedImage):
            yield file.named(inline, characters, use, name.value, name.variables)
        elif name.reason.judgement in _WRONG and inline.unknown(*characters):
            yield file.named(inline, characters, use)
        else:
            place = file.trimmed_place(inline.spelling.range(*characters), use)
            yield Skipped(place=place, reason=name.reason, detail=name.detail)


def _by_arguments(
    target: BakeTarget, arguments: dict[str, _Argument], names: list[ScannedName]
) -> Iterator[Found]:
    """Yield the images that *arguments* decide, at the first that does."""
    for name in names:
        if name.instruction != "FROM":
            continue
        key = next((key for key in name.variables if key in arguments), None)
        if key is not None:
            yield from _by_argument(target, arguments[key], name)


def _by_argument(
    target: BakeTarget, argument: _Argument, base: ScannedName
) -> Iterator[Found]:
    characters = 0, len(argument.meaning.text)
    if argument.text is None:
        yield target.file.named(argument.meaning, characters, argument.use)
    elif isinstance(base, NamedImage):
        variables = () if base.value == argument.text else base.variables
        finding = target.file.named(
            argument.meaning, characters, argument.use, base.value, variables
        )
        if isinstance(finding, Occurrence) and not base.value.endswith(argument.text):
            finding = replace(finding, unpinnable_reason=_PART)
        yield finding


def _by_argument_names(
    target: BakeTarget, arguments: dict[str, _Argument]
) -> Iterator[Found]:
    """Yield the arguments with the name of an image, as there is no Dockerfile."""
    for name, argument in arguments.items():
        if name.upper().endswith("IMAGE") and argument.text != "":
            characters = 0, len(argument.meaning.text)
            yield target.file.named(argument.meaning, characters, argument.use)
