"""Read files of answers, which may come from anywhere."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from imagelock.errors import ImagelockError, UsageError
from imagelock.model.digest import Digest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.answers.model import (
    VERSION,
    AnswerFile,
    ManifestDocument,
    TagAnswer,
)
from imagelock.registry.http import strict_json
from imagelock.source_line import SourceLine
from imagelock.text_file import decode_utf8, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Key = tuple[str | int, ...]

Value = TypeVar("Value")

_HINT: Final = "make it again with `imagelock fleet resolve -o FILE`"
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII
)
_LONGEST: Final = 4 * 1024 * 1024
"""Characters of a document: the bytes of the largest manifest that is fetched."""


class _InvalidValueError(Exception):
    """What is wrong with the value at *key*."""

    def __init__(self, message: str, key: Key) -> None:
        super().__init__(message)
        self.key = key


def read_answers(path: Path) -> AnswerFile:
    """Read the file of answers at *path*.

    Raises:
        UsageError: it cannot be read, is too large, is something else, or is of a later
            version; with the line and column, if they are known.
    """
    subject = f"`{path}`"
    data = read_bytes(path, subject, UsageError, allow_pipe=True)
    text = decode_utf8(data, subject, UsageError).removeprefix("\ufeff")
    return parse_answers(text, str(path))


def parse_answers(text: str, name: str) -> AnswerFile:
    """Return the answers in *text*, the content of the file *name*.

    Raises:
        UsageError: as for `read_answers`.
    """

    def invalid(message: str, place: SourceLine | None, hint: str = _HINT) -> NoReturn:
        raise UsageError(message, hint=hint, file=name, source=place) from None

    try:
        return _answers(strict_json.loads(text.encode()))
    except json.JSONDecodeError as error:
        place = SourceLine.at(text, error.lineno, error.colno)
        invalid(f"this is not JSON: {error.msg}", place)
    except _VersionError as error:
        invalid(str(error), _place(text, ("version",)), "upgrade imagelock")
    except _InvalidValueError as error:
        invalid(str(error), _place(text, error.key))
    except ValueError as error:
        invalid(f"this is not JSON that can be read: {error}", None)


class _VersionError(Exception):
    """A file of a later version."""


def _answers(document: object) -> AnswerFile:
    if not isinstance(document, dict) or "answers" not in document:
        raise _InvalidValueError("this is not a file of answers", ())
    version = document.get("version")
    if type(version) is int and version > VERSION:
        message = f"version {version} of the format is newer than this imagelock"
        raise _VersionError(message)
    if type(version) is not int or version != VERSION:
        raise _InvalidValueError(f"`version` is not {VERSION}", ("version",))
    tags = [
        _Fields(item, ("answers", number)).answer()
        for number, item in enumerate(_list(document, "answers"))
    ]
    documents = [
        _Fields(item, ("documents", number)).document()
        for number, item in enumerate(_list(document, "documents"))
    ]
    return AnswerFile({answer.reference: answer for answer in tags}, dict(documents))


def _list(document: dict[str, Any], key: str) -> list[object]:
    value = document.get(key, [])
    if not isinstance(value, list):
        raise _InvalidValueError(f"`{key}` is not a list", (key,))
    return value


class _Fields:
    """The values of an object at *key*. Others than those that are known do no harm."""

    def __init__(self, value: object, key: Key) -> None:
        if not isinstance(value, dict):
            raise _InvalidValueError("this is not an object", key)
        self._values: dict[str, object] = value
        self._key = key

    def answer(self) -> TagAnswer:
        """Return the answer that the object is."""
        reference = self._required("reference", _key)
        answer = TagAnswer(
            reference,
            self._optional("asked_at", _time),
            self._optional("digest", Digest.parse),
            self._optional("not_found", str),
            self._optional("failed_at", _time),
            self._optional("failure", str),
        )
        count = (answer.digest is not None) + (answer.missing is not None)
        if count > 1 or answer.is_known != bool(count):
            message = (
                "`asked_at` needs one of `digest` and `not_found`, and they need it"
            )
            raise _InvalidValueError(message, self._key)
        if not answer.is_known and answer.failure is None:
            message = "there is neither `asked_at` nor `failure`"
            raise _InvalidValueError(message, self._key)
        return answer

    def document(self) -> tuple[Digest, ManifestDocument]:
        """Return the document that the object is, and its digest."""
        text = self._required("text", str)
        if len(text) > _LONGEST:
            raise _InvalidValueError("this document is too long", (*self._key, "text"))
        return self._required("digest", Digest.parse), ManifestDocument(
            self._required("media_type", str),
            text,
            self._optional("platform", Platform.parse),
        )

    def _required(self, name: str, parse: Callable[[str], Value]) -> Value:
        value = self._optional(name, parse)
        if value is None:
            raise _InvalidValueError(f"`{name}` is missing", self._key)
        return value

    def _optional(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        text = self._values.get(name)
        if text is None:
            return None
        key = (*self._key, name)
        if not isinstance(text, str):
            raise _InvalidValueError(f"`{name}` is not a string", key)
        try:
            return parse(text)
        except (ImagelockError, ValueError) as error:
            raise _InvalidValueError(f"`{name}`: {error}", key) from None


def _key(text: str) -> Reference:
    reference = Reference.parse(text)
    if str(reference) != text or reference.tag is None or reference.digest:
        message = f"`{text}` is not a tag in normal form"
        raise ValueError(message)
    return reference


def _time(text: str) -> datetime:
    if _TIME.fullmatch(text):
        with suppress(ValueError):  # such as the 31st of February
            return datetime.fromisoformat(text).astimezone(UTC)
    message = f"`{text}` is not a time such as `2026-09-01T08:00:00Z`"
    raise ValueError(message)


def _place(text: str, key: Key) -> SourceLine | None:
    """Return the place of the value at *key* in *text*, which is JSON.

    Only for errors: to keep all places takes longer than everything else.
    """
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json import tree
    from imagelock.syntax.yaml_json.documents import documents

    node = next(iter(documents(Text(text))), None)
    for step in key:
        if isinstance(node, tree.Mapping) and isinstance(step, str):
            node = node.items.get(step, node)
        elif isinstance(node, tree.Sequence) and isinstance(step, int):
            node = node.items[step]
    if not isinstance(node, tree.Scalar | tree.Sequence | tree.Mapping):
        return None
    end = node.end if isinstance(node, tree.Scalar) else node.start + 1
    return SourceLine.cut(text, node.start, end)
