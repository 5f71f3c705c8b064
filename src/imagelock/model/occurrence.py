"""What a source finds in a file: image references, and text that only looks like one."""

from __future__ import annotations

from enum import Enum

from imagelock.dataclass import dataclass, field, replace
from imagelock.light_typing import TYPE_CHECKING, Final, Self
from imagelock.model.span import FILE_START

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.reference import Reference
    from imagelock.model.span import Span


_LONGEST: Final = 200
"""Characters of a text that messages have."""


class Judgement(Enum):
    """How `verify` treats a reason for skipping."""

    INTERNAL = "not an image that is pulled, such as a build stage"
    IGNORED = "the project ignores it"
    SKIPPED = "cannot be locked as it is written"
    INVALID = "no registry would accept it"
    UNREADABLE = "the file, or a part of it, cannot be read"


class Reason(Enum):
    """Why text that looks like a reference is not locked.

    The value is the name in the JSON output, its judgement, and, where every format
    explains it alike, the sentence for people, to go on behind "`VALUE`: ".
    """

    STAGE = "stage", Judgement.INTERNAL
    STAGE_INDEX = "stage-index", Judgement.INTERNAL
    SCRATCH = "scratch", Judgement.INTERNAL
    NAMED_CONTEXT = "named-context", Judgement.INTERNAL
    REPLACED = "replaced-by-kustomize", Judgement.INTERNAL
    OVERRIDDEN = (
        "overridden",
        Judgement.INTERNAL,
        "a file that is always merged over this one replaces it",
    )
    SERVICE_REFERENCE = "service-ref", Judgement.INTERNAL
    UNIT = "unit", Judgement.INTERNAL
    ALIAS = "alias", Judgement.INTERNAL
    LOCAL = "local", Judgement.INTERNAL
    TARGET_REFERENCE = "target-ref", Judgement.INTERNAL
    VM_IMAGE = "vm-image", Judgement.INTERNAL
    RESOURCE = "resource", Judgement.INTERNAL
    UNPARSEABLE_WITHOUT_IMAGE = "unparseable-without-image", Judgement.INTERNAL
    IGNORED = "ignored", Judgement.IGNORED
    BUILD_OUTPUT = "build-output", Judgement.SKIPPED
    BUILD_OUTPUT_GUESS = "build-output-guess", Judgement.SKIPPED
    VARIABLE = (
        "variable",
        Judgement.SKIPPED,
        "a variable decides it, which is not known here",
    )
    VARIABLE_UNSET = "variable-unset", Judgement.SKIPPED
    VARIABLE_REQUIRED = "variable-required", Judgement.SKIPPED
    EXPRESSION = "expression", Judgement.SKIPPED
    PARAMETER = "parameter", Judgement.SKIPPED
    SPECIFIER = "specifier", Judgement.SKIPPED
    SHORT_NAME = "short-name", Judgement.SKIPPED
    CONTAINER_ALIAS = "container-alias", Judgement.SKIPPED
    TEMPLATE = "template", Judgement.SKIPPED, "it is a template"
    PLACEHOLDER = "placeholder", Judgement.SKIPPED, "it is a placeholder"
    PATTERN = "pattern", Judgement.SKIPPED, "it is a pattern, not one image"
    IMAGE_ID = "image-id", Judgement.SKIPPED
    NEEDS_BASE = "needs-base", Judgement.SKIPPED
    UNMATCHED = "unmatched", Judgement.SKIPPED
    CHART_DEFAULT = "chart-default", Judgement.SKIPPED
    CONSTRAINT = "constraint", Judgement.SKIPPED
    CHART = "chart", Judgement.SKIPPED
    SET_VALUE = "set-value", Judgement.SKIPPED
    UNUSED_EXTENSION = "unused-extension", Judgement.SKIPPED
    GUESS = "guess", Judgement.SKIPPED, "it looks like an image, but no format says so"
    NO_SOURCE = "no-source", Judgement.SKIPPED
    INVALID = "invalid", Judgement.INVALID
    BAD_INTERPOLATION = "bad-interpolation", Judgement.INVALID
    DUPLICATE_KEY = (
        "duplicate-key",
        Judgement.INVALID,
        "a key is written twice, and readers differ about which counts",
    )
    NO_FILE = "no-file", Judgement.SKIPPED
    OTHER_PROJECT = "other-project", Judgement.SKIPPED
    VENDORED = "vendored", Judgement.SKIPPED
    UNPARSEABLE = "unparseable", Judgement.UNREADABLE

    def __init__(self, slug: str, judgement: Judgement, sentence: str = "") -> None:
        self.slug = slug
        self.judgement = judgement
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A range of a project file, and the uses of the value in it.

    `path` is relative to the root of the project. `text` is the exact source text
    that the span covers, without quotes and prefixes. `format` is the name of the
    source that reads the file. `uses` are dotted paths (`services.web.image`,
    `spec.containers[0].image`) or the instruction (`FROM`); a YAML anchor can have
    several. `ignores` are the names of the rules that a comment beside the value,
    or the settings, switch off for it.
    """

    path: PurePosixPath
    span: Span
    text: str
    format: str
    uses: tuple[str, ...]
    ignores: frozenset[str] = frozenset()

    @classmethod
    def of_file(cls, path: PurePosixPath, format_: str = "unknown") -> Self:
        """Return the place of what is about the file at *path* as a whole."""
        return cls(path=path, span=FILE_START, text="", format=format_, uses=("",))

    @property
    def location(self) -> str:
        """The first use."""
        return self.uses[0]

    @property
    def label(self) -> str:
        """The place as compilers print it: `path:line:column`, both from 1."""
        return f"{self.path}:{self.span.line}:{self.span.column}"


@dataclass(frozen=True, slots=True)
class DigestSlot:
    """The position of a digest that is not written after the text of the place.

    `span` covers the digest and the punctuation around it; it is empty where there
    is no digest yet. `template` is the text of that span with a digest: a format
    string with `{digest}` (`sha256:…`) or `{hex}` (the hex digits alone), such as
    `{digest}` between the quotes of an empty value, or a whole new line.
    """

    span: Span
    template: str


@dataclass(frozen=True, slots=True)
class VariableAssignment:
    """The value of a variable, as a file of the project writes it.

    `span` is that of the value in the file at `path`, without quotes, and `text` is
    what stands there, so that it may name further variables.
    """

    variable: str
    path: PurePosixPath
    span: Span
    text: str

    @property
    def label(self) -> str:
        """The place as `path:line`."""
        return f"{self.path}:{self.span.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A reference to an image that is pulled.

    `variables` are the names of the variables in its value. `origins` are the pairs
    of a variable and the place that sets it, a line (`.env:3`) or a description, for
    the variables where that place is known. `assignments` are the values of these
    variables, and of those in their values, that files of the project write.

    `slot` is the position of the digest; without a slot, the digest follows the
    text of the place, as `@sha256:…`. `unpinnable_reason` continues the sentence
    "is not pinned: " where no digest can be written. `tag` is the span of the tag
    where it is not the end of the text of the place. `tag_is_implied` is true if no
    tag is written, which means `latest`.
    """

    place: Place
    reference: Reference
    variables: tuple[str, ...] = field(default=())
    slot: DigestSlot | None = None
    unpinnable_reason: str | None = None
    tag: Span | None = None
    tag_is_implied: bool = False
    origins: tuple[tuple[str, str], ...] = ()
    assignments: tuple[VariableAssignment, ...] = ()

    def with_assignments(
        self, assignments: tuple[VariableAssignment, ...]
    ) -> Occurrence:
        """Return it with *assignments*, which are origins where none are known yet."""
        lines = {found.variable: found.label for found in reversed(assignments)}
        known = {**lines, **dict(self.origins)}
        origins = tuple((n, known[n]) for n in self.variables if n in known)
        return replace(self, origins=origins, assignments=assignments)

    @property
    def as_written(self) -> str | None:
        """The text of the place, if it must stand for the reference in messages.

        The values of variables may be secret: where they decide the reference, what is
        written names them. `None` where it is only a literal part of the reference.
        """
        text = " ".join(self.place.text.split())
        is_varying = bool(self.variables) or "$" in text
        if not is_varying or text in str(self.reference):
            return None
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    @property
    def shown(self) -> str:
        """The reference for messages: as it is written, or in its short form."""
        return self.as_written or self.reference.familiar


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A value that is not locked, with the reason and a sentence for the user.

    `guess` is the reference that it is where the project allows guesses.
    """

    place: Place
    reason: Reason
    detail: str
    hint: str | None = None
    guess: Occurrence | None = None


Found = Occurrence | Skipped
