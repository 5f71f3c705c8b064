"""Images that the build of a target of Bake begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.sources.dockerfile.scan import NamedImage, RefusedName, ScanOptions, scan
from imagelock.syntax.hcl.tree import Object, below, each, is_null

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.bake.file import Target
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scan import ScannedName
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.values import Meaning

_IMAGE: Final = "docker-image://"
_TARGET: Final = "target:"
_WRONG: Final = (Judgement.INVALID, Judgement.UNREADABLE)
_SCANNING: Final = 20
"""How much more work it is to scan a character than to look at it once."""


@dataclass(frozen=True, slots=True)
class _Argument:
    """A build argument; `text` is its value, if that is known."""

    use: str
    meaning: Meaning
    text: str | None


def build_images(
    target: Target, context: Context, budget: WorkBudget
) -> Iterator[Found]:
    """Yield the images of *target*, as far as its file names them.

    Those that a Dockerfile of its own names are found in that file; what the
    arguments of this build make of them is found here.

    Raises:
        TooMuchError: the *budget* is spent.
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
        scanned = list(scan(meaning.text, options))
        if target.body.get("dockerfile-inline") is inline:
            yield from _inline(target, meaning, scanned)
        yield from _argued(target, arguments, scanned)
    elif arguments:
        texts = map(context.read, target.dockerfiles())
        text = next((text for text in texts if text is not None), None)
        if text is None:
            yield from _guessed(target, arguments)
        else:
            budget.charge(_SCANNING * len(text.value))
            yield from _argued(target, arguments, list(scan(text.value, options)))


def _contexts(target: Target) -> Iterator[Found]:
    """Yield the images and targets among the contexts that *target* itself names."""
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
    """Tell whether a context is an image, or not known from its beginning on."""
    return meaning.text.startswith(_IMAGE) or meaning.unknown(0, 0) is not None


def _tags(target: Target) -> Iterator[Found]:
    """Yield the names of what *target* makes."""
    tags = target.body.get("tags")
    for item in each(tags) if tags is not None else ():
        if item.start < item.end and not is_null(item):
            reason, detail = Reason.BUILD_OUTPUT, "is the name of what is built here"
            yield target.file.skipped(item, f"{target.use}.tags", reason, detail)


def _arguments(target: Target) -> dict[str, _Argument]:
    arguments: dict[str, _Argument] = {}
    for name, value in target.entries("args").items():
        meaning = target.file.scope.meaning(value)
        unknown = meaning.unknown(0, len(meaning.text))
        text = None if unknown else meaning.text
        use = below(f"{target.use}.args", name)
        arguments[name] = _Argument(use, meaning, text)
    return arguments


def _inline(
    target: Target, inline: Meaning, scanned: list[ScannedName]
) -> Iterator[Found]:
    """Yield what the Dockerfile in a Bake file names, where it names it."""
    use = f"{target.use}.dockerfile-inline"
    for one in scanned:
        characters = one.start, one.end
        if isinstance(one, NamedImage):
            yield target.file.named(inline, characters, use, one.value, one.variables)
        elif one.reason.judgement in _WRONG and inline.unknown(*characters):
            yield target.file.named(inline, characters, use)
        else:
            place = target.file.place(inline.spelling.range(*characters), use)
            yield Skipped(place=place, reason=one.reason, detail=one.detail)


def _argued(
    target: Target, arguments: dict[str, _Argument], scanned: list[ScannedName]
) -> Iterator[Found]:
    """Yield the images that *arguments* decide, at the first that does."""
    for one in scanned:
        if one.instruction != "FROM":
            continue
        name = next((name for name in one.variables if name in arguments), None)
        if name is not None:
            yield from _argument(target, arguments[name], one)


def _argument(target: Target, argument: _Argument, one: ScannedName) -> Iterator[Found]:
    characters = 0, len(argument.meaning.text)
    if argument.text is None:
        yield target.file.named(argument.meaning, characters, argument.use)
    elif not isinstance(one, RefusedName):
        names = () if one.value == argument.text else one.variables
        found = target.file.named(
            argument.meaning, characters, argument.use, one.value, names
        )
        if isinstance(found, Occurrence) and not one.value.endswith(argument.text):
            found = replace(
                found, unpinnable_reason="the Dockerfile writes more behind it"
            )
        yield found


def _guessed(target: Target, arguments: dict[str, _Argument]) -> Iterator[Found]:
    """Yield the arguments that are named like an image, for want of a Dockerfile."""
    for name, argument in arguments.items():
        if name.upper().endswith("IMAGE") and argument.text != "":
            characters = 0, len(argument.meaning.text)
            yield target.file.named(argument.meaning, characters, argument.use)
