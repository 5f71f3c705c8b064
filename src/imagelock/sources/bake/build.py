"""Base images of the targets of Bake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.sources.bake.templates import TARGET
from imagelock.sources.dockerfile.build_arguments import DECIDED, is_decided
from imagelock.sources.dockerfile.reached import reached_names
from imagelock.sources.dockerfile.scan import ScanOptions, scan
from imagelock.sources.dockerfile.scanned_names import FRONTEND, NamedImage
from imagelock.syntax.hcl.tree import below, each, is_null

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.bake.targets import BakeTarget
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scanned_names import ScannedName
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.meaning import Meaning

IMAGE: Final = "docker-image://"
"""Before the name of an image among the contexts of a build."""

_WRONG: Final = (Judgement.INVALID, Judgement.UNREADABLE)
_SCANNING: Final = 20
"""The cost of scanning a character, in the units of a `WorkBudget`."""

_PART: Final = "the Dockerfile writes more behind it"


@dataclass(frozen=True, slots=True)
class _Argument:
    """A build argument in `file`; `text` is its value, if it is known."""

    file: HclFile
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
        contexts=target.contexts,
    )
    inline = target.setting("dockerfile-inline")
    if inline is not None:
        file, value = inline
        meaning = file.scope.meaning(value)
        budget.charge(_SCANNING * len(meaning.text))
        names = list(scan(meaning.text, options))
        if target.own_setting("dockerfile-inline") is not None:
            use = f"{target.use}.dockerfile-inline"
            yield from _inline(file, use, meaning, names, arguments)
        yield from _by_arguments(arguments, _reached(names, meaning.text, target))
    elif arguments and not target.is_template:
        texts = map(context.read, target.dockerfiles())
        text = next((text for text in texts if text is not None), None)
        if text is None:
            yield from _by_argument_names(arguments)
        else:
            budget.charge(_SCANNING * len(text.value))
            names = list(scan(text.value, options))
            yield from _by_arguments(arguments, _reached(names, text.value, target))


def _reached(
    names: list[ScannedName], dockerfile: str, target: BakeTarget
) -> list[ScannedName]:
    """Return *names* in a *dockerfile* without those in stages that *target* leaves out."""
    setting = target.setting("target")
    stage = setting and setting[0].scope.meaning(setting[1]).known_text
    return reached_names(names, dockerfile, stage or "")


def _contexts(target: BakeTarget) -> Iterator[Found]:
    """Yield the images and targets among the contexts of *target* itself."""
    for name, (file, value) in target.own_entries("contexts").items():
        use = below(f"{target.use}.contexts", name)
        meaning = file.scope.meaning(value)
        if meaning.text.startswith(TARGET):
            reason, detail = Reason.TARGET_REFERENCE, "is a target of this file"
            yield file.skipped(value, use, reason, detail)
        elif _can_be_image(meaning):
            yield file.image(value, use, IMAGE)


def _can_be_image(meaning: Meaning) -> bool:
    """Return whether a context is an image, or has an unknown beginning."""
    return meaning.text.startswith(IMAGE) or meaning.unknown(0, 0) is not None


def tag_names(target: BakeTarget) -> Iterator[tuple[str, Place]]:
    """Yield the names of the output of *target* that are known, with their places."""
    if (tags := target.own_setting("tags")) is not None:
        file, names = tags
        for item in each(names):
            name = file.scope.meaning(item).known_text
            if name and item.start < item.end:
                use = f"{target.use}.tags"
                yield name, file.trimmed_place((item.start, item.end), use)


def _tags(target: BakeTarget) -> Iterator[Found]:
    """Yield the names of the output of *target*."""
    if (tags := target.own_setting("tags")) is None:
        return
    file, names = tags
    for item in each(names):
        if item.start < item.end and not is_null(item):
            reason, detail = Reason.BUILD_OUTPUT, "is the name of what is built here"
            yield file.skipped(item, f"{target.use}.tags", reason, detail)


def _arguments(target: BakeTarget) -> dict[str, _Argument]:
    arguments: dict[str, _Argument] = {}
    for name, (file, value) in target.entries("args").items():
        meaning = file.scope.meaning(value)
        use = below(f"{target.use}.args", name)
        arguments[name] = _Argument(file, use, meaning, meaning.known_text)
    return arguments


def _inline(
    file: HclFile,
    use: str,
    inline: Meaning,
    names: list[ScannedName],
    arguments: Container[str],
) -> Iterator[Found]:
    """Yield the images of an inline Dockerfile, at their places in it."""
    for name in names:
        characters = name.start, name.end
        if isinstance(name, NamedImage):
            if not is_decided(name, arguments):
                yield file.named(inline, characters, use, name.value, name.variables)
        elif name.reason.judgement in _WRONG and inline.unknown(*characters):
            yield file.named(inline, characters, use)
        else:
            place = file.trimmed_place(inline.spelling.range(*characters), use)
            yield Skipped(place=place, reason=name.reason, detail=name.detail)


def _by_arguments(
    arguments: dict[str, _Argument], names: list[ScannedName]
) -> Iterator[Found]:
    """Yield the images that *arguments* decide, at the first that does."""
    for name in names:
        if name.instruction not in DECIDED:
            continue
        key = next((key for key in name.variables if key in arguments), None)
        if key is not None:
            yield from _by_argument(arguments[key], name)


def _by_argument(argument: _Argument, base: ScannedName) -> Iterator[Found]:
    characters = 0, len(argument.meaning.text)
    if argument.text is None:
        yield argument.file.named(argument.meaning, characters, argument.use)
    elif isinstance(base, NamedImage):
        variables = () if base.value == argument.text else base.variables
        finding = argument.file.named(
            argument.meaning, characters, argument.use, base.value, variables
        )
        if isinstance(finding, Occurrence) and not base.value.endswith(argument.text):
            finding = replace(finding, unpinnable_reason=_PART)
        yield finding


def _by_argument_names(arguments: dict[str, _Argument]) -> Iterator[Found]:
    """Yield the arguments with the name of an image, as there is no Dockerfile."""
    for name, argument in arguments.items():
        is_image = name == FRONTEND or name.upper().endswith("IMAGE")
        if is_image and argument.text != "":
            characters = 0, len(argument.meaning.text)
            yield argument.file.named(argument.meaning, characters, argument.use)
