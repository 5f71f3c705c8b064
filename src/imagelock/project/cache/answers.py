"""What is kept of a file, and its form as JSON."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from imagelock.project.cache import codec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.project.suppressions import SuppressionComments
    from imagelock.sources.relations import Relation, RemainingImages

_Value = TypeVar("_Value")
_Json = list[Any]


@dataclass(frozen=True)
class FileFindings:
    """What is known of a file itself: its hidden characters, and comments in it."""

    hidden: list[Finding]
    comments: SuppressionComments


@dataclass(frozen=True)
class FoundInFile:
    """What a file names, and guesses that are counted, but not allowed."""

    found: list[Found]
    guesses: list[Found]


@dataclass(frozen=True)
class AnswerKind(Generic[_Value]):
    """A kind of answer about a file: its column in a record, and its form as JSON."""

    column: int
    encode: Callable[[_Value, PurePosixPath], _Json]
    decode: Callable[[_Json, PurePosixPath], _Value]


def _encode_findings(findings: FileFindings, path: PurePosixPath) -> _Json:
    del path
    hidden = codec.encode_findings(findings.hidden)
    return [hidden, codec.encode_comments(findings.comments)]


def _decode_findings(data: _Json, path: PurePosixPath) -> FileFindings:
    hidden, comments = data
    return FileFindings(
        codec.decode_findings(hidden, path), codec.decode_comments(comments, path)
    )


def _encode_found(found: FoundInFile, path: PurePosixPath) -> _Json:
    parts = (found.found, found.guesses)
    return [[codec.encode_found(each, path) for each in part] for part in parts]


def _decode_found(data: _Json, path: PurePosixPath) -> FoundInFile:
    found, guesses = (
        [codec.decode_found(each, path) for each in part] for part in data
    )
    return FoundInFile(found, guesses)


FILE_FINDINGS: Final = AnswerKind(0, _encode_findings, _decode_findings)
RELATIONS: Final[AnswerKind[list[Relation]]] = AnswerKind(
    1, codec.encode_relations, codec.decode_relations
)
REMAINING: Final[AnswerKind[RemainingImages]] = AnswerKind(
    2,
    lambda remaining, _: codec.encode_remaining(remaining),
    lambda data, _: codec.decode_remaining(data),
)
BUILT: Final[AnswerKind[list[Relation]]] = AnswerKind(
    3, codec.encode_relations, codec.decode_relations
)
FOUND: Final = AnswerKind(4, _encode_found, _decode_found)
COLUMNS: Final = 5
"""How many kinds there are."""
