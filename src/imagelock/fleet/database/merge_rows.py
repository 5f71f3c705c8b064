"""The rows of a database that somebody else wrote: checked before they are used."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.model.digest import Digest
from imagelock.model.image import Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.scanning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from sqlite3 import Connection

    from imagelock.scanning.vulnerability import Vulnerability

_IMAGES: Final = """
    SELECT image.id, reference, image.digest, media_type, release, source, revision,
        platform, manifest.digest
    FROM image LEFT JOIN manifest ON manifest.image_id = image.id
    ORDER BY image.id, platform
"""
_CONTENTS: Final = """
    SELECT content.id, blob, reason, hint, image_id
    FROM content LEFT JOIN entry ON entry.content_id = content.id ORDER BY 1, 5
"""
_REPOSITORIES: Final = """
    SELECT id, source, name, location, revision, read_at, tried_at, reason, hint
    FROM repository ORDER BY source, name
"""


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """A row of the table of repositories; `number` is its id in its own database."""

    number: int
    source: str
    name: str
    location: str
    revision: str | None
    read_at: str | None
    tried_at: str
    reason: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class ContentRow:
    """The content of a lockfile, and the ids of its `images`, as in `RepositoryRow`."""

    number: int
    blob: str
    reason: str | None
    hint: str | None
    images: tuple[int, ...]


def read_repositories(connection: Connection) -> Iterator[RepositoryRow]:
    """Yield the repositories, sorted.

    Raises:
        TypeError, ValueError: a value has another form.
    """
    for number, *values in connection.execute(_REPOSITORIES):
        row = RepositoryRow(int(number), *map(_text_or_none, values))  # type: ignore[arg-type]
        for required in (row.source, row.name, row.location):
            _text(required)
        _time(row.tried_at)
        if row.read_at is not None:
            _time(row.read_at)
        yield row


def read_contents(connection: Connection) -> Iterator[ContentRow]:
    """Yield the contents of lockfiles.

    Raises:
        TypeError, ValueError: a value has another form.
    """
    for (number, *values), group in groupby(
        connection.execute(_CONTENTS), lambda row: row[:4]
    ):
        blob, reason, hint = map(_text_or_none, values)
        images = tuple(int(row[4]) for row in group if row[4] is not None)
        yield ContentRow(int(number), _text(blob), reason, hint, images)


def read_images(connection: Connection) -> Iterator[tuple[int, Image]]:
    """Yield each image with its id.

    Raises:
        ImagelockError: a reference, digest or platform is not valid.
        TypeError, ValueError: another value has another form.
    """
    for (number, name, digest, *values), group in groupby(
        connection.execute(_IMAGES), lambda row: row[:7]
    ):
        media_type, release, source, revision = map(_text_or_none, values)
        image = Image(
            reference=Reference.parse(_text(name)),
            digest=Digest.parse(_text(digest)),
            media_type=media_type or "",
            release=release,
            source=source,
            revision=revision,
            platforms=tuple(
                PlatformManifest(
                    Platform.parse(_text(row[7])), Digest.parse(_text(row[8]))
                )
                for row in group
                if row[7] is not None
            ),
        )
        yield int(number), image


def checked_scan(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return *row* of the table of scans, without its id.

    Raises:
        ImagelockError: its digest is not valid.
        TypeError, ValueError: another value has another form.
    """
    values = {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118
    numbers = ("packages", "suppressed", "is_end_of_life")
    for name, value in values.items():
        if name not in numbers:
            _text_or_none(value)
        elif value is not None and not isinstance(value, int):
            raise TypeError(f"{value!r} is not a number")
    Digest.parse(_text(values["digest"]))
    Outcome(values["outcome"])
    for name in ("built", "scanned_at"):
        if values[name] is not None:
            _time(values[name])
    _time(values["tried_at"])
    return values


def checked_vulnerability(found: Vulnerability) -> Vulnerability:
    """Return *found*, as it was read from the database.

    Raises:
        TypeError: a value has another form.
    """
    texts = (found.id, found.package, found.type, found.installed, found.purl)
    for text in (*texts, found.url, found.title, *found.aliases, *found.fixed):
        _text(text)
    for number in (found.score, found.epss):
        if number is not None and not isinstance(number, float):
            raise TypeError(f"{number!r} is not a number")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _time(value: str | None) -> None:
    """Refuse what is not a time in UTC, to the second, as these sort as they are.

    Raises:
        ValueError: it has another form.
    """
    datetime.strptime(_text(value), "%Y-%m-%dT%H:%M:%S%z")
    if not _text(value).endswith("Z"):
        raise ValueError(f"`{value}` is not in UTC")
