"""What is kept of a file, and its form as JSON."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from imagelock.project.cache import codec
from imagelock.project.suppressions import SuppressionComments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.sources.relations import Relation, RemainingImages

_Value = TypeVar("_Value")
_Json = list[Any]


@dataclass(frozen=True)
class FileFindings:
    """What is known of a file itself: its hidden characters, and comments in it."""

    hidden: tuple[Finding, ...]
    comments: SuppressionComments


@dataclass(frozen=True)
class FoundInFile:
    """What a file names, and guesses that are counted, but not allowed."""

    found: list[Found]
    guesses: list[Found]


@dataclass(frozen=True)
class AnswerKind(Generic[_Value]):
    """A kind of answer about a file: its column in a record, and its form as JSON.

    `nothing` is the answer that most files have, if there is one: it is not decoded.
    """

    column: int
    encode: Callable[[_Value, PurePosixPath], _Json]
    decode: Callable[[_Json, PurePosixPath], _Value]
    nothing: _Value | None = None


def _encode_findings(findings: FileFindings, path: PurePosixPath) -> _Json:
    del path
    hidden = codec.encode_findings(findings.hidden)
    return [hidden, codec.encode_comments(findings.comments)]


def _decode_findings(data: _Json, path: PurePosixPath) -> FileFindings:
    hidden, comments = data
    return FileFindings(
        tuple(codec.decode_findings(hidden, path)),
        codec.decode_comments(comments, path),
    )


def _encode_found(found: FoundInFile, path: PurePosixPath) -> _Json:
    parts = (found.found, found.guesses)
    return [[codec.encode_found(each, path) for each in part] for part in parts]


def _decode_found(data: _Json, path: PurePosixPath) -> FoundInFile:
    found, guesses = data
    return FoundInFile(
        [codec.decode_found(each, path) for each in found],
        [codec.decode_found(each, path) for each in guesses],
    )


NO_FINDINGS: Final = FileFindings((), SuppressionComments({}, ()))
FILE_FINDINGS: Final = AnswerKind(0, _encode_findings, _decode_findings, NO_FINDINGS)
RELATIONS: Final[AnswerKind[tuple[Relation, ...]]] = AnswerKind(
    1, codec.encode_relations, codec.decode_relations, ()
)
REMAINING: Final[AnswerKind[RemainingImages]] = AnswerKind(
    2,
    lambda remaining, _: codec.encode_remaining(remaining),
    lambda data, _: codec.decode_remaining(data),
)
BUILT: Final[AnswerKind[tuple[Relation, ...]]] = AnswerKind(
    3, codec.encode_relations, codec.decode_relations, ()
)
FOUND: Final = AnswerKind(4, _encode_found, _decode_found)
COLUMNS: Final = 5
"""How many kinds there are."""
