r"""Checks for the tests of your own sources: those that the built-in ones pass.

    from imagelock.testing import check_source

    def test_acme() -> None:
        check_source(acme_images, "build.acme", "pull redis:7\\n", ["redis:7"])

Each function raises `AssertionError` with a sentence, so that they work with pytest and
with unittest.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.errors import ImagelockError, UnreadableFileError
from imagelock.model.occurrence import Occurrence
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.sources.context import Context, files_among

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imagelock.model.occurrence import Found
    from imagelock.sources.protocol import Source

_REFERENCE: Final = Reference.parse("quay.io/other/image:9.9")
_TAG: Final = "99.99.99"
_PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
_PIECES: Final = (
    *("\\", "'", '"', "`", "#", "//", "/*", "{{", "}}", "${", "$", "[", "]", "{", "}"),
    *(":", ": ", "- ", ", ", "---\n", "&a ", "*a", "|\n", "<<EOF\n", "@", "\t", "\n"),
    *("\x00", "\x1b", "\x85", "\u2028", "\u202e", "\ufeff", "\U0001d4b3"),
)
"""Text that gives parsers trouble."""

_MOST_DAMAGES: Final = 400


def check_source(
    source: Source,
    path: str,
    text: str,
    expected: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
) -> list[Found]:
    """Run every check of this module on the file *path* with *text*.

    *expected* are the references in the order in which the source yields them, in any
    spelling, and the slugs of reasons for skipped values. *files* are other files of
    the project, by path. Returns the findings, for further assertions.
    """
    place = PurePosixPath(path)
    _check(source.may_match(place), f"`may_match` refuses `{path}`")
    _check(source.matches(place, text), f"`matches` refuses the text of `{path}`")
    found = find(source, path, text.encode(), files)
    names = [meaning(item) for item in found]
    wanted = [_normal(name) for name in expected]
    _check(names == wanted, f"found {names}, expected {wanted}")
    check_spans(found, place, text.encode())
    check_splices(source, path, text, files=files)
    check_damage(source, path, text, files=files)
    return found


def find(
    source: Source, path: str, data: bytes, files: Mapping[str, str] | None = None
) -> list[Found]:
    """Return the findings of *source* in the file *path* with the bytes *data*."""
    text = Text.decode(data)
    others = {PurePosixPath(p): Text(other) for p, other in (files or {}).items()}
    others[PurePosixPath(path)] = text
    context = Context(
        read=others.get,
        platforms=_PLATFORMS,
        files_below=partial(files_among, sorted(others)),
    )
    return list(source.find(PurePosixPath(path), text, context))


def meaning(found: Found) -> str:
    """Return the reference, or the slug of the reason if it is skipped."""
    return str(found.reference) if isinstance(found, Occurrence) else found.reason.slug


def check_spans(found: Iterable[Found], path: PurePosixPath, data: bytes) -> None:
    """Check that each place in the file *path* with *data* is exactly its text.

    Spans are byte offsets, with a line and a column (in characters) that count from 1.
    """
    text = Text.decode(data)
    for item in found:
        place, span = item.place, item.place.span
        if place.path != path:
            continue
        inside = 0 <= span.start <= span.end <= len(data)
        _check(inside, f"{span} is not in the file")
        written = data[span.start : span.end]
        _check(
            written == text.encode(place.text),
            f"the file has {written!r} at {span}, not {place.text!r}",
        )
        before = Text.decode(data[: span.start]).value
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        _check(
            (span.line, span.column) == (line, column),
            f"{place.text!r} is at {line}:{column}, not {span.line}:{span.column}",
        )
        _check(bool(place.uses), f"{place.text!r} has no use")


def check_splices(
    source: Source, path: str, text: str, *, files: Mapping[str, str] | None = None
) -> None:
    """Check that another reference at a place changes that place, and no other."""
    data = text.encode()
    found = find(source, path, data, files)
    for index, item in enumerate(found):
        if str(item.place.path) != path or (new := replacement(item)) is None:
            continue
        written, reference = new
        span = item.place.span
        edited = data[: span.start] + written.encode() + data[span.end :]
        expected = [meaning(other) for other in found]
        for other_index, other in enumerate(found):
            is_same = other.place.path == item.place.path and other.place.span == span
            if other_index == index or is_same:
                expected[other_index] = str(reference)
        after = [meaning(other) for other in find(source, path, edited, files)]
        _check(
            after == expected,
            f"with `{written}` in place of `{item.place.text}`, found {after},"
            f" expected {expected}",
        )


def replacement(found: Found) -> tuple[str, Reference] | None:
    """Return a text for the place of *found*, and the reference that it then is.

    `None` if its text is neither a whole reference nor a tag, but in a language such
    as that of variables.
    """
    if not isinstance(found, Occurrence):
        return None
    text = found.place.text
    with suppress(ImagelockError):
        if Reference.parse(text) == found.reference:
            return str(_REFERENCE), _REFERENCE
    if text == found.reference.tag:
        return _TAG, replace(found.reference, tag=_TAG)
    return None


def check_damage(
    source: Source, path: str, text: str, *, files: Mapping[str, str] | None = None
) -> None:
    """Check that no damage to the file raises, or yields a wrong place."""
    place = PurePosixPath(path)
    for data in damages(text):
        try:
            damaged = Text.decode(data)
        except UnreadableFileError:
            continue
        source.matches(place, damaged.value)
        check_spans(find(source, path, data, files), place, data)


def damages(text: str) -> Iterator[bytes]:
    """Yield damaged forms of *text*: cut off, with pieces inserted, doubled, CRLF."""
    yield b""
    yield text.replace("\n", "\r\n").encode()
    yield text.encode("utf-8-sig")
    yield text.encode("utf-16")
    step = max(1, len(text) * len(_PIECES) // _MOST_DAMAGES)
    positions = range(len(text) + 1)
    for number, (at, piece) in enumerate((a, p) for a in positions for p in _PIECES):
        if number % step == 0:
            yield text[:at].encode()
            yield (text[:at] + piece + text[at:]).encode()
            yield (text[:at] + text[at + 1 :]).encode()
            yield (text[:at] + text[:at]).encode()


def _normal(name: str) -> str:
    """Return *name* as `meaning` returns it: a reference in normal form, or a slug."""
    from imagelock.model.occurrence import Reason

    if name in {reason.slug for reason in Reason}:
        return name
    return str(Reference.parse(name))


def _check(condition: bool, message: str) -> None:  # noqa: FBT001 - like `assert`
    # Not `assert`, which `python -O` removes.
    if not condition:
        raise AssertionError(message)
