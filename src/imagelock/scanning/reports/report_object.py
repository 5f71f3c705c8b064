"""Typed access to the JSON of reports, which is untrusted and must be whole."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.registry.http import strict_json
from imagelock.scanning.scan_report import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_REPORT: Final = 128 * 1024 * 1024
"""In bytes; those of images with thousands of packages take a tenth of this."""
_LONGEST: Final = 500
"""Characters of a text that are kept."""


@dataclass(frozen=True, slots=True)
class ReportObject:
    """An object in the report of *tool*, and its path in it.

    What is absent or `null` is empty; what has another type is a `ReportError`, since a
    finding that cannot be read is not an image without it.
    """

    tool: str
    values: Mapping[str, Any]
    path: str = ""

    @classmethod
    def parse(cls, tool: str, output: bytes) -> Self:
        """Return the object that *output* is.

        Raises:
            ReportError: it is too large, no JSON, incomplete, or no object.
        """
        if len(output) > LARGEST_REPORT:
            raise ReportError(f"the report is larger than {LARGEST_REPORT} bytes")
        if not output.strip():
            raise ReportError("the report is empty")
        try:
            values = strict_json.loads(output.removeprefix(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise ReportError(f"the report is not whole JSON: {error}") from error
        if not isinstance(values, dict):
            raise ReportError(f"this is not a report of {tool}: no JSON object")
        return cls(tool, values)

    def wrong(self, key: str, expected: str) -> ReportError:
        """Return an error about the value of *key*, which is not *expected*."""
        path = f"{self.path}.{key}".lstrip(".")
        return ReportError(f"this is not a report of {self.tool}: `{path}` {expected}")

    def has(self, key: str) -> bool:
        """Return whether *key* is there, and not `null`."""
        return self.values.get(key) is not None

    def child(self, key: str, *, required: bool = False) -> ReportObject:
        """Return the object at *key*, an empty one if it is absent.

        Raises:
            ReportError: it is no object, or is absent but *required*.
        """
        value = self.values.get(key)
        if value is None and not required:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, "is not an object")
        return ReportObject(self.tool, value, f"{self.path}.{key}".lstrip("."))

    def children(self, key: str, *, required: bool = False) -> list[ReportObject]:
        """Return the objects in the list at *key*, none if it is absent.

        Raises:
            ReportError: it is no list of objects, or is absent but *required*.
        """
        items = self._list(key, required=required)
        if not all(isinstance(item, dict) for item in items):
            raise self.wrong(key, "is not a list of objects")
        path = f"{self.path}.{key}".lstrip(".")
        return [
            ReportObject(self.tool, item, f"{path}[{number}]")
            for number, item in enumerate(items)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts in the list at *key*, none if it is absent.

        Raises:
            ReportError: it is no list of texts.
        """
        items = self._list(key, required=False)
        if not all(isinstance(item, str) for item in items):
            raise self.wrong(key, "is not a list of texts")
        return tuple(map(_clean, items))

    def text(self, key: str, *, required: bool = False) -> str:
        """Return the printable start of the text at *key*, or an empty text.

        Raises:
            ReportError: it is no text, or is empty but *required*.
        """
        value = self.values.get(key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self.wrong(key, "is not a text")
        cleaned = _clean(value)
        if required and not cleaned:
            raise self.wrong(key, "is missing")
        return cleaned

    def number(self, key: str) -> float | None:
        """Return the number at *key*, also if it is written as a text.

        Raises:
            ReportError: it is no number.
        """
        value = self.values.get(key)
        if value is None or value == "":
            return None
        try:
            if isinstance(value, (int, float, str)) and not isinstance(value, bool):
                number = float(value)
                if math.isfinite(number):
                    return number
        except (ValueError, OverflowError):
            pass
        raise self.wrong(key, "is not a number")

    def time(self, key: str) -> datetime | None:
        """Return the time at *key*, in UTC, if it has the form of RFC 3339."""
        try:
            time = datetime.fromisoformat(self.text(key))
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None

    def _list(self, key: str, *, required: bool) -> list[Any]:
        value = self.values.get(key)
        if value is None and not required:
            value = []
        if not isinstance(value, list):
            raise self.wrong(key, "is not a list")
        return value


def digest_in(text: str) -> Digest | None:
    """Return the digest in *text*: `sha256:…`, or at the end of `name@sha256:…`."""
    try:
        return Digest.parse(text.rpartition("@")[2])
    except InvalidReferenceError:
        return None


def _clean(text: str) -> str:
    """Return the start of *text* on one line, without characters that do not print."""
    start = " ".join(text[:_LONGEST].split())
    return "".join(character for character in start if character.isprintable())
