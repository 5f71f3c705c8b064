"""What a source finds in a file: references, and what only looks like one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.reference import Reference
    from imagelock.model.span import Span


class Judgement(Enum):
    """What a reason for skipping means to whoever runs `verify`."""

    INTERNAL = "not an image that is pulled, such as a build stage"
    IGNORED = "the project wants it left alone"
    SKIPPED = "cannot be locked as it is written"
    INVALID = "no registry would accept it"
    UNREADABLE = "the file, or a part of it, cannot be read"


class Reason(Enum):
    """Why something that looks like a reference is not locked.

    The value is the name in the JSON output, its judgement, and, where every format
    explains it alike, the sentence for people, to go on behind "`VALUE`: ".
    """

    STAGE = "stage", Judgement.INTERNAL
    STAGE_INDEX = "stage-index", Judgement.INTERNAL
    SCRATCH = "scratch", Judgement.INTERNAL
    NAMED_CONTEXT = "named-context", Judgement.INTERNAL
    REPLACED = "replaced-by-kustomize", Judgement.INTERNAL
    SERVICE_REFERENCE = "service-ref", Judgement.INTERNAL
    UNIT = "unit", Judgement.INTERNAL
    ALIAS = "alias", Judgement.INTERNAL
    LOCAL = "local", Judgement.INTERNAL
    TARGET_REFERENCE = "target-ref", Judgement.INTERNAL
    VM_IMAGE = "vm-image", Judgement.INTERNAL
    RESOURCE = "resource", Judgement.INTERNAL
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
    CHART_DEFAULT = "chart-default", Judgement.SKIPPED
    CONSTRAINT = "constraint", Judgement.SKIPPED
    SET_VALUE = "set-value", Judgement.SKIPPED
    UNUSED_EXTENSION = "unused-extension", Judgement.SKIPPED
    INVALID = "invalid", Judgement.INVALID
    BAD_INTERPOLATION = "bad-interpolation", Judgement.INVALID
    DUPLICATE_KEY = (
        "duplicate-key",
        Judgement.INVALID,
        "a key is written twice, and readers differ about which counts",
    )
    UNPARSEABLE = "unparseable", Judgement.UNREADABLE

    def __init__(self, slug: str, judgement: Judgement, sentence: str = "") -> None:
        self.slug = slug
        self.judgement = judgement
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the project something stands.

    `text` is the exact source text that the span covers, quotes and prefixes
    excluded. `uses` are the dotted paths (`services.web.image`,
    `spec.containers[0].image`) or the instruction (`FROM`) where it counts;
    one anchor in a YAML file can have several. `ignores` are the rules that a
    comment beside it switches off for it.
    """

    path: PurePosixPath
    span: Span
    text: str
    format: str
    uses: tuple[str, ...]
    ignores: frozenset[str] = frozenset()

    @property
    def location(self) -> str:
        """The first use."""
        return self.uses[0]


@dataclass(frozen=True, slots=True)
class DigestSlot:
    """Where a digest is written, if not behind the text of the place.

    `span` is the digest that is there now with the characters around it; an empty
    range where there is none. `template` is the text at `span` with a digest: a
    format string with `{digest}` (`sha256:…`) or `{hex}` (its hex digits alone),
    such as `{digest}` within the quotes of an empty key, or a whole new line.
    """

    span: Span
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A reference to an image that is pulled.

    `variables` are the names of the variables that decided its value, and
    `origins` are those of which it is known where they were set, with that place:
    a line of a file (`.env:3`), or words.

    `slot` says where a digest is written; without one it is behind the text of
    the place, as `@sha256:…`. `unpinnable_reason` says, in words that go on after "is not
    pinned: ", why none can be written at all. `tag` is where the tag is written,
    if it is not the end of the text of the place. `tag_is_implied` tells that no tag is
    written at all, so that it is `latest`.
    """

    place: Place
    reference: Reference
    variables: tuple[str, ...] = field(default=())
    slot: DigestSlot | None = None
    unpinnable_reason: str | None = None
    tag: Span | None = None
    tag_is_implied: bool = False
    origins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that is not locked, with the reason and one sentence for people."""

    place: Place
    reason: Reason
    detail: str
    hint: str | None = None


Found = Occurrence | Skipped
