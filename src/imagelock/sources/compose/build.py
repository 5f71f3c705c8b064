"""Images that the builds of a Compose file begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Reason, Skipped
from imagelock.sources.compose.arguments import Entry, entries, passed_on
from imagelock.sources.compose.file import value_of
from imagelock.sources.compose.paths import below
from imagelock.sources.compose.value import Value
from imagelock.sources.compose.values import image_in, judged, read, text_of
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.build_arguments import (
    bases_by_argument,
    unpinnable_unless_suffix,
)
from imagelock.sources.dockerfile.scan import NamedImage, RefusedName, ScanOptions, scan
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
"""How much more work it is to scan a character than to look at it once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The build of one service.

    `dockerfile` is the path of its Dockerfile from the root of the project, if
    it is there, and `inline` the text that stands in its place.
    """

    file: ComposeFile
    use: str
    dockerfile: PurePosixPath | None
    inline: Value | Skipped | None
    arguments: tuple[Entry, ...]
    contexts: tuple[Entry, ...]


def build_of(file: ComposeFile, service: Service) -> Build | None:
    """Return the build of *service*, if it has one."""
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
    default = None if "extends" in service.node.items else "."
    context = _setting(file, node, "context", default)
    return Build(
        file=file,
        use=use,
        dockerfile=_dockerfile(file, context, _name(file, node)),
        inline=read(file, node.get("dockerfile_inline"), inline),
        arguments=tuple(
            passed_on(file, entry)
            for entry in entries(file, node.get("args"), f"{use}.args")
        ),
        contexts=tuple(entries(file, node.get("additional_contexts"), contexts)),
    )


def build_images(build: Build, context: Context) -> Iterator[Found]:
    """Yield the images that *build* begins with, as far as its file names them.

    Those that a Dockerfile of its own names are found in that file; what the
    arguments of this build make of them is found here.
    """
    yield from _contexts(build)
    if isinstance(build.inline, Skipped):
        yield build.inline
        return
    options = ScanOptions(
        platforms=context.platforms,
        arguments={e.name: e.text for e in build.arguments if e.text is not None},
        contexts=frozenset(entry.name for entry in build.contexts),
    )
    if build.inline is not None:
        scanned = _scan(build, build.inline.text, options)
        yield from _inline(build.inline, scanned, f"{build.use}.dockerfile_inline")
        yield from _argued(build, scanned)
        return
    text = context.read(build.dockerfile) if build.dockerfile else None
    if build.dockerfile is None or text is None:
        yield from _guessed(build)
        return
    if not dockerfile.matches(build.dockerfile, text.value):
        # Its name does not tell what it is.
        build.file.budget.spend(_SCANNING * len(text.value))
        replaced = replace(context, replaced=options.contexts)
        yield from dockerfile.find(build.dockerfile, text, replaced)
    if build.arguments:
        yield from _argued(build, _scan(build, text.value, options))


def _scan(build: Build, text: str, options: ScanOptions) -> list[ScannedName]:
    build.file.budget.spend(_SCANNING * len(text))
    return list(scan(text, options))


def _setting(
    file: ComposeFile, build: Mapping, key: str, default: str | None
) -> str | None:
    """Return a text of *build*, or `None` if it is not known."""
    node = value_of(build, key)
    return default if node is None else text_of(file, node)


def _name(file: ComposeFile, build: Mapping) -> str | None:
    return _setting(file, build, "dockerfile", "Dockerfile")


def _dockerfile(
    file: ComposeFile, context: str | None, name: str | None
) -> PurePosixPath | None:
    folder = below(file.directory, context) if context else None
    return below(folder, name) if folder and name else None


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


def _inline(inline: Value, scanned: list[ScannedName], use: str) -> Iterator[Found]:
    """Yield what the Dockerfile in a Compose file names, where it names it."""
    for one in scanned:
        characters = one.start, one.end
        if isinstance(one, NamedImage):
            found = judged(inline, one.value, characters, use, one.variables)
            yield dockerfile.with_unpinnable_reason(found, one)
        elif one.reason.judgement in _WRONG:
            yield _wrong(inline, one, use)
        else:
            place = inline.place(*characters, use)
            yield Skipped(place=place, reason=one.reason, detail=one.detail)


def _wrong(inline: Value, one: RefusedName, use: str) -> Found:
    """Return what is wrong with a line, which may be a variable without a value."""
    end = inline.text.find("\n", one.end)
    characters = one.start, len(inline.text) if end < 0 else end
    if inline.variables(*characters, unset=True):
        return judged(inline, "", characters, use)
    place = inline.place(one.start, one.end, use)
    return Skipped(place=place, reason=one.reason, detail=one.detail)


def _argued(build: Build, scanned: list[ScannedName]) -> Iterator[Found]:
    """Yield the images that the arguments of *build* decide, at the arguments."""
    by_name = {entry.name: entry for entry in build.arguments}
    for name, bases in bases_by_argument(by_name, scanned).items():
        entry = by_name[name]
        if isinstance(entry.value, Skipped):
            yield entry.value
        elif isinstance(entry.value, Value):
            named = [one for one in bases if isinstance(one, NamedImage)]
            yield from _argument(entry, entry.value, named)


def _argument(entry: Entry, value: Value, bases: list[NamedImage]) -> Iterator[Found]:
    """Yield the images that *bases* name because of *entry*, which has *value*."""
    text = value.text[entry.start :]
    characters = entry.start, len(value.text)
    for one in bases:
        names = () if one.value == text else one.variables
        found = judged(value, one.value, characters, entry.use, names)
        yield unpinnable_unless_suffix(found, text, [base.value for base in bases])


def _guessed(build: Build) -> Iterator[Found]:
    """Yield the arguments that are named like an image, for want of a Dockerfile."""
    for entry in build.arguments:
        if entry.name.upper().endswith("IMAGE"):
            if isinstance(entry.value, Skipped):
                yield entry.value
            elif entry.value is not None and entry.text != "":
                yield image_in(entry.value, entry.use, entry.start)
