"""Read the tables of a lockfile that is as imagelock writes it.

Nearly every lockfile is, and then what checks anything else, and can say what is
wrong with it, need not be loaded.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

from imagelock.errors import ImagelockError
from imagelock.lockfile.model import VERSION, Contents, Pin, parts
from imagelock.model.digest import Digest
from imagelock.model.image import INDEX_TYPES, MANIFEST_TYPES, Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Value = TypeVar("_Value")

_WORDS: Final = ("release", "source", "revision")
_NEEDED: Final = frozenset({"reference", "digest"})
_TYPES: Final = INDEX_TYPES | MANIFEST_TYPES


class _UnusualError(Exception):
    """Something is not as `write` writes it, which may be valid all the same."""


def contents(data: Mapping[str, Any]) -> Contents | None:
    """Return what a lockfile with the tables *data* holds.

    `None` if something is unusual: then `schema` knows whether it is valid. What
    is returned is what that would return, too.
    """
    try:
        _only(data, {"version"}, {"platforms", "image"})
        if type(data["version"]) is not int or data["version"] != VERSION:
            return None
        platforms = _list(data, "platforms")
        images = _list(data, "image")
        return Contents(
            platforms=tuple(_normal(Platform.parse, name) for name in platforms),
            images=tuple(_image(_table(entry)) for entry in images),
        )
    except (ImagelockError, ValueError, _UnusualError):
        return None


def _image(entry: dict[str, Any]) -> tuple[Image, tuple[Pin, ...]]:
    _only(entry, _NEEDED, {"media-type", *_WORDS, "platforms", "pinned"})
    reference = _normal(Reference.parse, entry["reference"])
    digest = _normal(Digest.parse, entry["digest"])
    if reference.digest and (reference.tag or reference.digest != digest):
        raise _UnusualError
    if "media-type" in entry and _text(entry["media-type"]) not in _TYPES:
        raise _UnusualError
    image = Image(
        reference=reference,
        digest=digest,
        media_type=entry.get("media-type", ""),
        platforms=tuple(_manifest(_table(p)) for p in _list(entry, "platforms")),
        **{word: _text(entry[word]) for word in _WORDS if word in entry},
    )
    return image, tuple(_pin(_table(pin)) for pin in _list(entry, "pinned"))


def _manifest(entry: dict[str, Any]) -> PlatformManifest:
    _only(entry, {"name", "digest"})
    return PlatformManifest(
        _normal(Platform.parse, entry["name"]), _normal(Digest.parse, entry["digest"])
    )


def _pin(entry: dict[str, Any]) -> Pin:
    _only(entry, {"file", "use"}, {"number", "wrote"})
    number = entry.get("number", 1)
    wrote = _text(entry.get("wrote", ""))
    if type(number) is not int or number < 1:
        raise _UnusualError
    if wrote:
        parts(wrote)
    return Pin(
        PurePosixPath(_text(entry["file"])),
        _text(entry["use"]),
        number,
        wrote,
    )


def _only(
    table: Mapping[str, Any],
    needed: frozenset[str] | set[str],
    allowed: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Accept only a *table* with each key that is needed, and no unknown one."""
    if not needed <= table.keys() <= needed | allowed:
        raise _UnusualError


def _normal(parse: Callable[[str], _Value], text: object) -> _Value:
    """Return what *parse* makes of a text that is in normal form."""
    value = parse(_text(text))
    if str(value) != text:
        raise _UnusualError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _UnusualError
    return value


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(value := table.get(key, []), list):
        raise _UnusualError
    return value


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _UnusualError
    return value
