"""Base images of the builds of a Compose file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

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
    unpinnable_unless_suffix,
)
from imagelock.sources.dockerfile.scan import (
    NamedImage,
    RefusedName,
    ScanOptions,
    scan,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scan import ScannedName

_IMAGE: Final = "docker-image://"
_SERVICE: Final = "service:"
_WRONG: Final = (Judgement.INVALID, Judgement.UNREADABLE)
_SCANNING: Final = 20
"""The cost of scanning a character, in the units of a `WorkBudget`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The build of a service.

    `dockerfile` is the path of its Dockerfile from the root of the project, if it is
    there, and `inline` the text of `dockerfile_inline`.
    """

    file: ComposeFile
    use: str
    dockerfile: PurePosixPath | None
    inline: ComposeValue | Skipped | None
    arguments: tuple[NamedValue, ...]
    contexts: tuple[NamedValue, ...]


def build_of(
    file: ComposeFile, service: Service, *, has_default: bool = True
) -> Build | None:
    """Return the build of *service*, if it has one.

    Unless it *has_default*, the folder of the file is not its context: a file that
    is merged with this one may have another.
    """
    node = value_of(service.node, "build")
    use = f"{service.location}.build"
    if isinstance(node, Scalar):
        return Build(
            file=file,
            use=use,
            dockerfile=_dockerfile(file, text_of(file, node), "Dockerfile"),
            inline=None,
            arguments=(),
            contexts=(),
        )
    if not isinstance(node, Mapping):
        return None
    inline, contexts = f"{use}.dockerfile_inline", f"{use}.additional_contexts"
    # What a service extends can have the context, in another folder.
    default = "." if has_default and "extends" not in service.node.items else None
    context = _setting(file, node, "context", default)
    name = _setting(file, node, "dockerfile", "Dockerfile")
    return Build(
        file=file,
        use=use,
        dockerfile=_dockerfile(file, context, name),
        inline=value_at(file, node.get("dockerfile_inline"), inline),
        arguments=tuple(
            with_outer_value(file, argument)
            for argument in named_values(file, node.get("args"), f"{use}.args")
        ),
        contexts=tuple(named_values(file, node.get("additional_contexts"), contexts)),
    )


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
        yield from _inline(build.inline, names, f"{build.use}.dockerfile_inline")
        yield from _by_arguments(build, names)
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
        yield from _by_arguments(build, _scan(build, text.value, options))


def _scan(build: Build, text: str, options: ScanOptions) -> list[ScannedName]:
    build.file.budget.charge(_SCANNING * len(text))
    return list(scan(text, options))


def _setting(
    file: ComposeFile, build: Mapping, key: str, default: str | None
) -> str | None:
    """Return the text of *key*, or `None` if it is not known."""
    node = value_of(build, key)
    return default if node is None else text_of(file, node)


def _dockerfile(
    file: ComposeFile, context: str | None, name: str | None
) -> PurePosixPath | None:
    folder = path_below(file.directory, context) if context else None
    return path_below(folder, name) if folder and name else None


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
    inline: ComposeValue, names: list[ScannedName], use: str
) -> Iterator[Found]:
    """Yield the images of an inline Dockerfile, at their places in it."""
    for name in names:
        characters = name.start, name.end
        if isinstance(name, NamedImage):
            finding = classify_in(inline, name.value, characters, use, name.variables)
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
        if argument.name.upper().endswith("IMAGE"):
            if isinstance(argument.value, Skipped):
                yield argument.value
            elif argument.value is not None and argument.text != "":
                yield image_in(argument.value, argument.use, argument.start)
