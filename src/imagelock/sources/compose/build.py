"""Base images of the builds of a Compose file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Judgement, Reason, Skipped
from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.named_values import (
    NamedValue,
    named_values,
    with_outer_value,
)
from imagelock.sources.compose.value import ComposeValue
from imagelock.sources.compose.values import classify_in, image_in, text_of, value_at
from imagelock.sources.context import path_below
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.build_arguments import (
    bases_by_argument,
    is_decided,
    unpinnable_unless_suffix,
)
from imagelock.sources.dockerfile.reached import reached_names
from imagelock.sources.dockerfile.scan import ScanOptions, scan
from imagelock.sources.dockerfile.scanned_names import FRONTEND, NamedImage, RefusedName
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scanned_names import ScannedName
    from imagelock.syntax.yaml_json.tree import Node

_IMAGE: Final = "docker-image://"
_SERVICE: Final = "service:"
_WRONG: Final = (Judgement.INVALID, Judgement.UNREADABLE)
_SCANNING: Final = 20
"""The cost of scanning a character, in the units of a `WorkBudget`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The build of a service.

    `dockerfile` is the path of its Dockerfile from the root of the project, if it is
    there, and `inline` the text of `dockerfile_inline`. `target` is the stage to build.
    """

    file: ComposeFile
    use: str
    dockerfile: PurePosixPath | None
    inline: ComposeValue | Skipped | None
    arguments: tuple[NamedValue, ...]
    contexts: tuple[NamedValue, ...]
    target: str = ""


@dataclass(frozen=True, slots=True)
class BuildPart:
    """What one service in one file says of a build."""

    file: ComposeFile
    service: Service

    @property
    def node(self) -> Node | None:
        """The `build` of the service, a reset included."""
        return self.service.node.get("build")

    @property
    def use(self) -> str:
        """The dotted path to the build."""
        return f"{self.service.location}.build"

    def get(self, key: str) -> Node | None:
        """Return the value of *key*; a text is the context."""
        node = value_of(self.service.node, "build")
        if isinstance(node, Mapping):
            return value_of(node, key)
        return node if isinstance(node, Scalar) and key == "context" else None


def build_of(parts: Sequence[BuildPart], *, is_whole: bool = True) -> Build | None:
    """Return the build that *parts* have together; of each key, the last one counts.

    Unless it *is_whole*, something that cannot be read may have the context.
    """
    parts = [part for part in parts if value_of(part.service.node, "build")]
    if not parts:
        return None
    inline = next(_with_key(parts, "dockerfile_inline"), None)
    return Build(
        file=parts[-1].file,
        use=(inline or parts[-1]).use,
        dockerfile=_dockerfile(parts, is_whole=is_whole),
        inline=_inline_of(inline) if inline else None,
        arguments=tuple(
            with_outer_value(part.file, argument)
            for part, argument in _named(parts, "args")
        ),
        contexts=tuple(entry for _, entry in _named(parts, "additional_contexts")),
        target=_target(parts),
    )


def _target(parts: Sequence[BuildPart]) -> str:
    part = next(_with_key(parts, "target"), None)
    return text_of(part.file, part.get("target")) or "" if part else ""


def _with_key(parts: Sequence[BuildPart], key: str) -> Iterator[BuildPart]:
    """Yield the parts that have *key*, the last one first."""
    return (part for part in reversed(parts) if part.get(key) is not None)


def _inline_of(part: BuildPart) -> ComposeValue | Skipped | None:
    node = part.get("dockerfile_inline")
    return value_at(part.file, node, f"{part.use}.dockerfile_inline")


def _named(
    parts: Sequence[BuildPart], key: str
) -> Iterator[tuple[BuildPart, NamedValue]]:
    """Yield the names with values at *key*, each as the last part has it."""
    last: dict[str, tuple[BuildPart, NamedValue]] = {}
    for part in parts:
        for entry in named_values(part.file, part.get(key), f"{part.use}.{key}"):
            last[entry.name] = part, entry
    yield from last.values()


def _dockerfile(parts: Sequence[BuildPart], *, is_whole: bool) -> PurePosixPath | None:
    """Return the path of the Dockerfile, or `None` if it is not known."""
    at = next(_with_key(parts, "context"), None)
    if at is None and not is_whole:
        return None
    context = "." if at is None else text_of(at.file, at.get("context"))
    directory = (at or parts[0]).file.directory
    named = next(_with_key(parts, "dockerfile"), None)
    name = (
        "Dockerfile" if named is None else text_of(named.file, named.get("dockerfile"))
    )
    folder = path_below(directory, context) if context else None
    return path_below(folder, name) if folder and name else None


def build_images(build: Build, context: Context) -> Iterator[Found]:
    """Yield the base images of *build* that its Compose file names.

    Those in a Dockerfile are found in that file; the arguments of the build that
    decide them are found here.
    """
    yield from _contexts(build)
    if isinstance(build.inline, Skipped):
        yield build.inline
        return
    options = ScanOptions(
        platforms=context.platforms,
        arguments={a.name: a.text for a in build.arguments if a.text is not None},
        contexts=frozenset(entry.name for entry in build.contexts),
    )
    if build.inline is not None:
        names = _scan(build, build.inline.text, options)
        yield from _inline(build, build.inline, names)
        reached = reached_names(names, build.inline.text, build.target)
        yield from _by_arguments(build, reached)
        return
    text = context.read(build.dockerfile) if build.dockerfile else None
    if build.dockerfile is None or text is None:
        yield from _by_argument_names(build)
        return
    if not dockerfile.matches(build.dockerfile, text.value):
        # Only the build says that it is a Dockerfile.
        build.file.budget.charge(_SCANNING * len(text.value))
        replaced = replace(context, replaced=options.contexts)
        yield from dockerfile.find(build.dockerfile, text, replaced)
    if build.arguments:
        names = _scan(build, text.value, options)
        reached = reached_names(names, text.value, build.target)
        yield from _by_arguments(build, reached)


def _scan(build: Build, text: str, options: ScanOptions) -> list[ScannedName]:
    build.file.budget.charge(_SCANNING * len(text))
    return list(scan(text, options))


def _contexts(build: Build) -> Iterator[Found]:
    """Yield the images among the additional contexts."""
    for entry in build.contexts:
        if isinstance(entry.value, Skipped):
            yield entry.value
        elif entry.value is not None:
            text = entry.value.text[entry.start :]
            end = len(entry.value.text)
            if text.startswith(_IMAGE):
                yield image_in(entry.value, entry.use, entry.start + len(_IMAGE))
            elif text.startswith(_SERVICE):
                yield Skipped(
                    place=entry.value.place(entry.start, end, entry.use),
                    reason=Reason.SERVICE_REFERENCE,
                    detail=f"`{text}` is a service of this project",
                )


def _inline(
    build: Build, inline: ComposeValue, names: list[ScannedName]
) -> Iterator[Found]:
    """Yield the images of an inline Dockerfile, at their places in it."""
    use = f"{build.use}.dockerfile_inline"
    arguments = {argument.name for argument in build.arguments}
    for name in names:
        characters = name.start, name.end
        if isinstance(name, NamedImage):
            finding = classify_in(inline, name.value, characters, use, name.variables)
            if not is_decided(name, arguments):
                yield dockerfile.with_unpinnable_reason(finding, name)
        elif name.reason.judgement in _WRONG:
            yield _wrong(inline, name, use)
        else:
            place = inline.place(*characters, use)
            yield Skipped(place=place, reason=name.reason, detail=name.detail)


def _wrong(inline: ComposeValue, name: RefusedName, use: str) -> Found:
    """Return an invalid line, for which a variable without a value may be the cause."""
    end = inline.text.find("\n", name.end)
    characters = name.start, len(inline.text) if end < 0 else end
    if inline.variables(*characters, unset=True):
        return classify_in(inline, "", characters, use)
    place = inline.place(name.start, name.end, use)
    return Skipped(place=place, reason=name.reason, detail=name.detail)


def _by_arguments(build: Build, names: list[ScannedName]) -> Iterator[Found]:
    """Yield the images that the arguments of *build* decide, at the arguments."""
    by_name = {argument.name: argument for argument in build.arguments}
    for key, bases in bases_by_argument(by_name, names).items():
        argument = by_name[key]
        if isinstance(argument.value, Skipped):
            yield argument.value
        elif isinstance(argument.value, ComposeValue):
            images = [base for base in bases if isinstance(base, NamedImage)]
            yield from _by_argument(argument, argument.value, images)


def _by_argument(
    argument: NamedValue, value: ComposeValue, images: list[NamedImage]
) -> Iterator[Found]:
    """Yield the *images* that *argument*, with its *value*, decides."""
    text = value.text[argument.start :]
    characters = argument.start, len(value.text)
    values = [image.value for image in images]
    for image in images:
        names = () if image.value == text else image.variables
        finding = classify_in(value, image.value, characters, argument.use, names)
        yield unpinnable_unless_suffix(finding, text, values)


def _by_argument_names(build: Build) -> Iterator[Found]:
    """Yield the arguments with the name of an image, as there is no Dockerfile."""
    for argument in build.arguments:
        if argument.name == FRONTEND or argument.name.upper().endswith("IMAGE"):
            if isinstance(argument.value, Skipped):
                yield argument.value
            elif argument.value is not None and argument.text != "":
                yield image_in(argument.value, argument.use, argument.start)
