"""The format of a lockfile: its tables, checked and turned into values.

These are the only rules, and they are written by hand because almost every command
begins with them: building pydantic models takes longer than checking two thousand
entries. `docs/reference/images.lock.schema.json` states the rules for editors, and
a test compares the two.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.errors import ImagelockError
from imagelock.light_typing import TYPE_CHECKING, Any, Final, TypeVar
from imagelock.lockfile.invalid_table import InvalidTableError, refuse_unknown
from imagelock.lockfile.model import VERSION, Pin, split_template
from imagelock.model.digest import Digest
from imagelock.model.image import (
    CHART_ARCHIVE,
    INDEX_TYPES,
    MANIFEST_TYPES,
    Image,
    PlatformManifest,
)
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.model.signer import Signer

    PinnedImage = tuple[Image, tuple[Pin, ...]]

_Value = TypeVar("_Value")

_DETAILS: Final = ("artifact-type", "release", "source", "revision")
_TOP_KEYS: Final = frozenset({"version", "platforms", "image"})
_IMAGE_KEYS: Final = frozenset(
    {"reference", "digest", "media-type", *_DETAILS, "signer", "platforms", "pinned"}
)
_MANIFEST_KEYS: Final = frozenset({"name", "digest"})
_PIN_KEYS: Final = frozenset({"file", "use", "number", "wrote"})
_MEDIA_TYPES: Final = INDEX_TYPES | MANIFEST_TYPES | {CHART_ARCHIVE}


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
    reference = _at(entry, "reference", read_reference)
    digest = _at(entry, "digest", read_digest)
    media_type = ""
    if "media-type" in entry:
        media_type = _at(entry, "media-type", read_media_type)
    details = {key: _at(entry, key, _string) for key in _DETAILS if key in entry}
    signer = _at(entry, "signer", _signer) if "signer" in entry else None
    manifests = _items(entry, "platforms", _manifest)
    pins = _items(entry, "pinned", read_pin)
    refuse_unknown(entry, _IMAGE_KEYS)
    check_key(reference, digest)
    image = Image(
        reference=reference,
        digest=digest,
        media_type=media_type,
        platforms=manifests,
        signer=signer,
        **{key.replace("-", "_"): text for key, text in details.items()},
    )
    return image, pins


def check_key(reference: Reference, digest: Digest) -> None:
    """Check that *reference* is the key of an entry with that digest.

    Raises:
        InvalidTableError: it is not.
    """
    if reference.digest and reference.digest != digest:
        message = f"`{reference}` is locked to another digest, `{digest}`"
        raise InvalidTableError(message)
    if reference.digest and reference.tag:
        message = f"`{reference}` has a tag and a digest; its entry is the tag's"
        raise InvalidTableError(message)


def _signer(table: object) -> Signer:
    from imagelock.lockfile.signer_table import read_signer  # few entries have one

    return read_signer(table)


def _manifest(table: object) -> PlatformManifest:
    entry = _table(table)
    platform = _at(entry, "name", read_platform)
    digest = _at(entry, "digest", read_digest)
    refuse_unknown(entry, _MANIFEST_KEYS)
    return PlatformManifest(platform, digest)


def read_pin(table: object) -> Pin:
    """Return the pin in *table*.

    Raises:
        InvalidTableError: *table* is not of this format.
    """
    entry = _table(table)
    path, use = PurePosixPath(_at(entry, "file", _string)), _at(entry, "use", _string)
    number = entry.get("number", 1)
    if type(number) is not int or number < 1:
        message = "expected an integer from 1"
        raise InvalidTableError(message, "number")
    wrote = _at(entry, "wrote", _string) if "wrote" in entry else ""
    if wrote:
        try:
            split_template(wrote)
        except ValueError as error:
            raise InvalidTableError(str(error), "wrote") from None
    refuse_unknown(entry, _PIN_KEYS)
    return Pin(path, use, number, wrote)


def read_reference(text: object) -> Reference:
    """Return the reference whose normal form is *text*.

    Raises:
        InvalidTableError: *text* is something else.
    """
    return _in_normal_form(text, Reference.parse_key)


def read_digest(text: object) -> Digest:
    """Return the digest *text*.

    Raises:
        InvalidTableError: *text* is something else.
    """
    # It has no other form.
    return _parsed(text, Digest.parse)


def read_platform(text: object) -> Platform:
    """Return the platform whose normal form is *text*.

    Raises:
        InvalidTableError: *text* is something else.
    """
    return _in_normal_form(text, Platform.parse)


def read_media_type(text: object) -> str:
    """Return *text*, the media type of an index, a manifest, or a chart.

    Raises:
        InvalidTableError: *text* is something else.
    """
    media_type = _string(text)
    if media_type not in _MEDIA_TYPES:
        message = f"`{media_type}` is not the media type of an index or a manifest"
        raise InvalidTableError(message)
    return media_type


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


def _at(
    table: Mapping[str, Any], key: str, parse: Callable[[object], _Value]
) -> _Value:
    """Parse the value at *key*, which must be there."""
    value = _required(table, key)
    try:
        return parse(value)
    except InvalidTableError as error:
        error.path = (key, *error.path)
        raise


def _in_normal_form(text: object, parse: Callable[[str], _Value]) -> _Value:
    """Parse *text*, which must be a string in normal form."""
    value = _parsed(text, parse)
    if (normal := str(value)) != text:
        message = f"`{text}` is not in normal form, which is `{normal}`"
        raise InvalidTableError(message)
    return value


def _parsed(text: object, parse: Callable[[str], _Value]) -> _Value:
    try:
        return parse(_string(text))
    except ImagelockError as error:
        raise InvalidTableError(str(error)) from None


def _string(value: object) -> str:
    if not isinstance(value, str):
        message = "expected a string"
        raise InvalidTableError(message)
    return value


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
