"""Read the text that `writer.py` writes, ten times faster than TOML in general.

One pattern for an entry takes the place of a parser that looks at every character.
What the patterns do not match, and what is wrong in the values that they match, is
left to the reader of TOML, which explains it. So there are no rules here, other than
the form of a digest: `tables.py` has them, for both readers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern

from imagelock.light_json import decode
from imagelock.light_typing import TYPE_CHECKING, Any, Final
from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.lockfile.model import VERSION, Lockfile
from imagelock.lockfile.tables import (
    check_key,
    read_media_type,
    read_pin,
    read_platform,
    read_reference,
)
from imagelock.model.digest import Digest
from imagelock.model.image import Image, PlatformManifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.lockfile.model import Pin
    from imagelock.model.reference import Reference
    from imagelock.model.signer import Signer

# Every repetition is possessive (`++`, `*+`, `?+`): what it has matched is not given
# back, so that the time is in proportion to the text, whatever the text is. Compiling
# patterns takes time in each run: those for what few entries have are compiled when
# it is there, and texts whose grammar `tables.py` checks may be anything here.
_NAME: Final = r'"([^"\\]*+)"'
"""Of a reference, platform or media type: no character of it is escaped."""
_TEXT: Final = r'"((?:[^"\\\x00-\x1f\x7f]++|\\.)*+)"'
_ESCAPES: Final = r'(?:[^\\]++|\\(?:["\\bfnrt]|u00[01][0-9a-f]|u007f))*+'
"""What a text is made of that the writer has escaped."""
_DIGEST: Final = r'"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})"'
"""There are so many that they are not looked at again, as `Digest.parse` would."""
_MANIFEST: Final = rf"    \{{ name = {_NAME}, digest = {_DIGEST} \}},\n"
_PIN: Final = (
    rf"    \{{ file = {_TEXT}, use = {_TEXT}"
    # At most nine digits, which every TOML reader takes.
    rf"(?:, number = ([1-9][0-9]{{0,8}}+))?+(?:, wrote = {_TEXT})?+ \}},\n"
)
_SIGNER: Final = rf", ([a-z]++) = {_TEXT}"

_HEAD: Final = re.compile(
    r"(?:#[^\x00-\x1f\x7f]*+\n)*+"
    rf"version = {VERSION}\n"
    rf"platforms = \[((?:{_NAME}(?:, {_NAME})*+)?+)\]\n"
)
_ENTRY: Final = re.compile(
    r"\n\[\[image\]\]\n"
    rf"reference = {_NAME}\n"
    rf"digest = {_DIGEST}\n"
    rf"(?:media-type = {_NAME}\n)?+"
    rf"(?:artifact-type = {_TEXT}\n)?+"
    rf"(?:release = {_TEXT}\n)?+"
    rf"(?:source = {_TEXT}\n)?+"
    rf"(?:revision = {_TEXT}\n)?+"
    r"(?:signer = \{( [^\n]*+)\n)?+"
    rf"(?:platforms = \[\n((?:{_MANIFEST.replace('(', '(?:')})*+)\]\n)?+"
    r"(?:pinned = \[\n((?:    \{[^\n]*+\n)*+)\]\n)?+"
)
_NAMES: Final = re.compile(_NAME)
_MANIFESTS: Final = re.compile(_MANIFEST)
_NO_DETAILS: Final = [None] * 4
_UNUSUAL: Final = "the writer writes another form"


def read_canonical(text: str) -> Lockfile | None:
    """Return the lockfile that *text* holds, if it is as the writer writes it.

    `None` says nothing about *text*: it may be another form of a valid lockfile.
    """
    text = text.replace("\r\n", "\n")  # TOML 1.0, "Spec": either ends a line
    head = _HEAD.match(text)
    if head is None:
        return None
    images: dict[Reference, Image] = {}
    pins: dict[Reference, tuple[Pin, ...]] = {}
    lines: dict[Reference, int] = {}
    count = 0
    end = head.end()
    line = text.count("\n", 0, end) + 1
    try:
        platforms = tuple(map(_platform, _NAMES.findall(head[1])))
        while match := _ENTRY.match(text, end):
            image = _image(match)
            images[image.reference] = image
            count += 1
            lines[image.reference] = line + 1
            if pinned := match[10]:
                pins[image.reference] = tuple(_pins(pinned))
            line += text.count("\n", end, match.end())
            end = match.end()
    except InvalidTableError:
        return None
    if end < len(text) or len(images) < count:  # two entries have the same name
        return None
    return Lockfile(platforms, images, pins, lines)


def _image(match: re.Match[str]) -> Image:
    """Return the image of an entry, as `read_image` would."""
    reference, digest, media_type, *details, signer, manifests, _ = match.groups()
    if details != _NO_DETAILS:
        details = [text and _string(text) for text in details]
    artifact_type, release, source, revision = details
    image = Image(
        reference=read_reference(reference),
        digest=_digest(digest),
        media_type="" if media_type is None else _media_type(media_type),
        platforms=tuple(
            [  # in less time than without the list
                PlatformManifest(_platform(name), _digest(digest))
                for name, digest in _MANIFESTS.findall(manifests or "")
            ]
        ),
        artifact_type=artifact_type,
        release=release,
        source=source,
        revision=revision,
        signer=None if signer is None else _signer(signer),
    )
    check_key(image.reference, image.digest)
    return image


_platform: Final = lru_cache(maxsize=64)(read_platform)
_media_type: Final = lru_cache(maxsize=64)(read_media_type)
"""All entries have the same few."""


def _digest(text: str) -> Digest:
    return Digest(intern(text[:6]), text[7:])


def _signer(text: str) -> Signer:
    from imagelock.lockfile.signer_table import read_signer  # few entries have one

    items = [*_items(_SIGNER, "," + text.removesuffix(" }"))]
    table = {item[1]: _string(item[2]) for item in items}
    # TOML refuses a key that is there twice.
    if not text.endswith(" }") or len(table) != len(items):
        raise InvalidTableError(_UNUSUAL)
    return read_signer(table)


def _pins(text: str) -> Iterator[Pin]:
    for match in _items(_PIN, text):
        file, use, number, wrote = match.groups()
        table: dict[str, Any] = {"file": _string(file), "use": _string(use)}
        if number is not None:
            table["number"] = int(number)
        if wrote is not None:
            table["wrote"] = _string(wrote)
        yield read_pin(table)


def _items(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of *pattern* that *text* is made of."""
    match = re.compile(pattern).match
    start = 0
    while start < len(text):
        item = match(text, start)
        if item is None:
            raise InvalidTableError(_UNUSUAL)
        yield item
        start = item.end()


def _string(text: str) -> str:
    """Return the value of a basic string, without its quotes."""
    if "\\" not in text:
        return text
    if not re.fullmatch(_ESCAPES, text):
        raise InvalidTableError(_UNUSUAL)
    value: str = decode(f'"{text}"')
    return value
