"""The format of a lockfile: its tables, checked and turned into values.

These are the only rules, and they are written by hand because almost every command
begins with them: building pydantic models takes longer than checking two thousand
entries. `docs/reference/images.lock.schema.json` states the rules for editors, and
a test compares the two.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

from imagelock.errors import ImagelockError
from imagelock.lockfile.invalid_table import InvalidTableError, refuse_unknown
from imagelock.lockfile.model import VERSION, Pin, split_template
from imagelock.model.digest import Digest
from imagelock.model.image import INDEX_TYPES, MANIFEST_TYPES, Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.model.signer import Signer

    PinnedImage = tuple[Image, tuple[Pin, ...]]

_Value = TypeVar("_Value")

_DETAILS: Final = ("release", "source", "revision")
_TOP_KEYS: Final = frozenset({"version", "platforms", "image"})
_IMAGE_KEYS: Final = frozenset(
    {"reference", "digest", "media-type", *_DETAILS, "signer", "platforms", "pinned"}
)
_MANIFEST_KEYS: Final = frozenset({"name", "digest"})
_PIN_KEYS: Final = frozenset({"file", "use", "number", "wrote"})
_MEDIA_TYPES: Final = INDEX_TYPES | MANIFEST_TYPES
_parse_platform: Final = lru_cache(maxsize=64)(Platform.parse)
"""All entries name the same few platforms."""


def read_tables(
    data: Mapping[str, Any],
) -> tuple[tuple[Platform, ...], tuple[PinnedImage, ...]]:
    """Return the declared platforms in *data*, and each image with its pins.

    Both are in the order of the file.

    Raises:
        InvalidTableError: a value is not of this format.
    """
    version = _required(data, "version")
    if version != VERSION or isinstance(version, bool):  # `true` equals 1
        message = f"expected {VERSION}"
        raise InvalidTableError(message, "version")
    platforms = _items(data, "platforms", read_platform)
    images = _items(data, "image", read_image)
    refuse_unknown(data, _TOP_KEYS)
    return platforms, images


def read_image(table: object) -> PinnedImage:
    """Return the image in *table*, and its pins.

    Raises:
        InvalidTableError: *table* is not of this format.
    """
    entry = _table(table)
    reference = _normal(entry, "reference", Reference.parse)
    digest = _normal(entry, "digest", Digest.parse)
    media_type = _text(entry, "media-type", default="")
    if media_type not in _MEDIA_TYPES and "media-type" in entry:
        message = f"`{media_type}` is not the media type of an index or a manifest"
        raise InvalidTableError(message, "media-type")
    details = {key: _text(entry, key) for key in _DETAILS if key in entry}
    signer = _signer(entry["signer"]) if "signer" in entry else None
    manifests = _items(entry, "platforms", _manifest)
    pins = _items(entry, "pinned", _pin)
    refuse_unknown(entry, _IMAGE_KEYS)
    _check_key(reference, digest)
    image = Image(
        reference=reference,
        digest=digest,
        media_type=media_type,
        platforms=manifests,
        signer=signer,
        **details,
    )
    return image, pins


def _check_key(reference: Reference, digest: Digest) -> None:
    """Refuse an entry whose reference is not the key of that digest."""
    if reference.digest and reference.digest != digest:
        message = f"`{reference}` is locked to another digest, `{digest}`"
        raise InvalidTableError(message)
    if reference.digest and reference.tag:
        message = f"`{reference}` has a tag and a digest; its entry is the tag's"
        raise InvalidTableError(message)


def _signer(table: object) -> Signer:
    from imagelock.lockfile.signer_table import read_signer  # few entries have one

    try:
        return read_signer(table)
    except InvalidTableError as error:
        error.path = ("signer", *error.path)
        raise


def _manifest(table: object) -> PlatformManifest:
    entry = _table(table)
    platform = _normal(entry, "name", _parse_platform)
    digest = _normal(entry, "digest", Digest.parse)
    refuse_unknown(entry, _MANIFEST_KEYS)
    return PlatformManifest(platform, digest)


def _pin(table: object) -> Pin:
    entry = _table(table)
    path, use = PurePosixPath(_text(entry, "file")), _text(entry, "use")
    number = entry.get("number", 1)
    if type(number) is not int or number < 1:
        message = "expected an integer from 1"
        raise InvalidTableError(message, "number")
    if wrote := _text(entry, "wrote", default=""):
        try:
            split_template(wrote)
        except ValueError as error:
            raise InvalidTableError(str(error), "wrote") from None
    refuse_unknown(entry, _PIN_KEYS)
    return Pin(path, use, number, wrote)


def read_platform(text: object) -> Platform:
    """Return the platform whose name in normal form is *text*.

    Raises:
        InvalidTableError: *text* is something else.
    """
    return _in_normal_form(text, _parse_platform)


def _items(
    table: Mapping[str, Any], key: str, parse: Callable[[object], _Value]
) -> tuple[_Value, ...]:
    """Parse each item of the list at *key*, which may be absent."""
    values = table.get(key, [])
    if not isinstance(values, list):
        message = "expected a list"
        raise InvalidTableError(message, key)
    items: list[_Value] = []
    for index, value in enumerate(values):
        try:
            items.append(parse(value))
        except InvalidTableError as error:
            error.path = (key, index, *error.path)
            raise
    return tuple(items)


def _normal(
    table: Mapping[str, Any], key: str, parse: Callable[[str], _Value]
) -> _Value:
    try:
        return _in_normal_form(_required(table, key), parse)
    except InvalidTableError as error:
        error.path = (key,)
        raise


def _in_normal_form(text: object, parse: Callable[[str], _Value]) -> _Value:
    """Parse *text*, which must be a string in normal form."""
    if not isinstance(text, str):
        message = "expected a string"
        raise InvalidTableError(message)
    try:
        value = parse(text)
    except ImagelockError as error:
        raise InvalidTableError(str(error)) from None
    if (normal := str(value)) != text:
        message = f"`{text}` is not in normal form, which is `{normal}`"
        raise InvalidTableError(message)
    return value


def _text(table: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    text = _required(table, key) if default is None else table.get(key, default)
    if not isinstance(text, str):
        message = "expected a string"
        raise InvalidTableError(message, key)
    return text


def _required(table: Mapping[str, Any], key: str) -> object:
    try:
        value: object = table[key]
    except KeyError:
        message = "the key is missing"
        raise InvalidTableError(message, key) from None
    return value


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = "expected a table"
        raise InvalidTableError(message)
    return value
