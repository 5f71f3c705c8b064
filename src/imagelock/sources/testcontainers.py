"""Images in `testcontainers.properties`.

https://java.testcontainers.org/features/configuration/#customizing-images
https://java.testcontainers.org/features/image_name_substitution/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.properties import properties

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.properties import Property

ABOUT: Final = About(
    recognised="`testcontainers.properties` and `.testcontainers.properties`",
    read="`ryuk.container.image`, `tinyimage.container.image` and every other"
    " `*.container.image`",
    not_read="images in tests, which `[[match]]` finds with `preset = "
    '"testcontainers"`',
    pinned="not at all: Testcontainers for Java accepts either a tag or a digest",
    notes="`hub.image.name.prefix` is put before names without a registry, as"
    " Testcontainers does. Variables of the environment (`TESTCONTAINERS_…`) and"
    " `.testcontainers.properties` in the home of a user have precedence there, and"
    " are not read. Values that a build fills in (`${…}`, `@…@`) are skipped"
    " (`variable`).",
)
_FORMAT: Final = "testcontainers"
_IMAGE: Final = ".container.image"
_PREFIX: Final = "hub.image.name.prefix"
_FILTERED: Final = re.compile(r"\$\{|@[\w.-]+@")
"""What Maven and Gradle replace in resources."""

_NO_DIGEST: Final = "Testcontainers for Java accepts either a tag or a digest"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the name, which the catalog has, with any property of an image."""
    del path
    return _IMAGE in text or "\\" in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each property, as the last that sets it has it."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    entries = list(properties(text.value))
    last = {entry.name: entry for entry in entries}
    prefix = last[_PREFIX].value if _PREFIX in last else ""
    for entry in entries:
        if not entry.name.endswith(_IMAGE) or entry.value == "":
            continue
        if last[entry.name] is entry:
            yield _image(file, entry, prefix)
        else:
            yield _skipped(file, entry, Reason.DUPLICATE_KEY, "is set again below")


def _image(file: SourceFile, entry: Property, prefix: str | None) -> Found:
    if entry.value is None:
        detail = "has an escape that Java refuses"
        return _skipped(file, entry, Reason.UNPARSEABLE, detail)
    if _FILTERED.search(entry.value):
        return _skipped(file, entry, Reason.VARIABLE, "is filled in by the build")
    name = entry.value.strip()
    if not _has_registry(name):
        if prefix is None or _FILTERED.search(prefix):
            detail = f"is behind `{_PREFIX}`, which the build fills in"
            return _skipped(file, entry, Reason.NEEDS_BASE, detail)
        name = prefix.strip() + name
    found = classify(name, _place(file, entry))
    if isinstance(found, Occurrence):
        return replace(found, unpinnable_reason=_NO_DIGEST)
    return found


def _has_registry(name: str) -> bool:
    """Return whether Testcontainers takes the first part of *name* for a registry."""
    first, slash, _ = name.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _skipped(file: SourceFile, entry: Property, reason: Reason, detail: str) -> Skipped:
    place = _place(file, entry)
    return Skipped(place=place, reason=reason, detail=f"{quoted(place.text)} {detail}")


def _place(file: SourceFile, entry: Property) -> Place:
    return file.trimmed_place((entry.start, entry.end), entry.name)
