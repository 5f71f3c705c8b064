"""Images at known places of a YAML or JSON file, each written name once."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.shared.classify import classify, unless_unset
from imagelock.sources.shared.merge_uses import merge_uses
from imagelock.sources.shared.source_file import DUPLICATE_KEY
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.matrix_parts import MatrixJob
    from imagelock.sources.shared.pipeline_variables import PipelineVariables
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node

Why = tuple[Reason, str]
"""Why a value is not a reference: the reason, and the sentence for people."""

Unresolvable = tuple[re.Pattern[str], Reason, str]
"""A value with this pattern is only known when the pipeline runs."""

_UNKNOWN: Final = frozenset({Reason.VARIABLE, Reason.VARIABLE_UNSET})
_BLANK: Final = " \t\r\n"
_SCHEME: Final = re.compile(r"docker://", re.IGNORECASE)
_MOST_CHARACTERS: Final = 1_000_000
"""How much text the uses of one node may cause to be read again."""

EXPRESSION: Final[Unresolvable] = (
    re.compile(r"\$\{\{"),
    Reason.EXPRESSION,
    "an expression, which only the runner can resolve",
)
"""`${{ … }}` of GitHub Actions and Azure Pipelines."""

MACHINE: Final[Why] = Reason.VM_IMAGE, "the image of a virtual machine"


_BY_MATRIX: Final = "values of a matrix decide it"


class DockerScheme(Enum):
    """Whether `docker://` stands before the name of an image."""

    NEVER = auto()
    ALLOWED = auto()
    REQUIRED = auto()


@dataclass(frozen=True, slots=True)
class LocatedValue:
    """A node whose place means that it names an image.

    With `why` it looks like an image and is none. `variables` are those that count
    there; without any, `$` has no meaning. A match of `prefix` before the reference
    is not part of it. `registry`, with its slash, is the registry that the file names
    elsewhere. With `unpinnable`, the tool accepts no digest there, and that is why. In
    `job`, variables of a matrix have values.
    """

    at: NodeRef
    why: Why | None = None
    scheme: DockerScheme = DockerScheme.NEVER
    variables: PipelineVariables | None = None
    prefix: re.Pattern[str] | None = None
    registry: str = ""
    unpinnable: str = ""
    job: MatrixJob | None = None


def find_values(
    file: SourceFile,
    values_of: Callable[[Node], Iterable[LocatedValue]],
    unresolvable: tuple[Unresolvable, ...] = (),
    parse: Callable[[Text], Iterable[Node | Broken]] = documents,
) -> Iterator[Found]:
    """Yield the images of *values_of* each document, and the broken documents."""
    for document in parse(file.text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        else:
            yield from collapse_aliases(file, values_of(document), unresolvable)


def collapse_aliases(
    file: SourceFile,
    values: Iterable[LocatedValue],
    unresolvable: tuple[Unresolvable, ...] = (),
) -> Iterator[Found]:
    """Yield the images of *values* in the order of the text.

    An image that several of them name through aliases is one with several uses.
    Values at one node differ at most in their variables; what one of them resolves
    is not reported as an unknown variable for the others.
    """
    by_node: dict[int, list[LocatedValue]] = {}
    for value in values:
        by_node.setdefault(id(value.at.node), []).append(value)
    for of_node in sorted(by_node.values(), key=lambda values: values[0].at.node.start):
        node = of_node[0].at.node
        most = 1 + _MOST_CHARACTERS // (1 + node.end - node.start)
        yield from _collapsed(file, of_node[:most], unresolvable)


def _collapsed(
    file: SourceFile,
    of_node: list[LocatedValue],
    unresolvable: tuple[Unresolvable, ...],
) -> Iterator[Found]:
    is_duplicate_key = any(value.at.is_duplicate_key for value in of_node)
    findings = (
        _classified(file, value, unresolvable, is_duplicate_key=is_duplicate_key)
        for value in of_node
    )
    merged = merge_uses(finding for finding in findings if finding is not None)
    is_known = any(isinstance(finding, Occurrence) for finding in merged)
    for finding in merged:
        is_unknown = isinstance(finding, Skipped) and finding.reason in _UNKNOWN
        if not (is_known and is_unknown):
            yield finding


def _classified(
    file: SourceFile,
    located: LocatedValue,
    unresolvable: tuple[Unresolvable, ...],
    *,
    is_duplicate_key: bool,
) -> Found | None:
    if (extent := _extent(file.text.value, located)) is None:
        return None
    value, start, end = extent
    place = file.place_of(start, end, dotted(located.at.path))
    if located.why is not None:
        reason, detail = located.why
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    if is_duplicate_key:
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=DUPLICATE_KEY)
    meant = located.job.replaced(value) if located.job else value
    for pattern, reason, detail in unresolvable:
        if pattern.search(meant):
            return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    finding = _resolved(f"{located.registry}{meant}", place, located.variables)
    if isinstance(finding, Occurrence):
        return _unpinnable(finding, located)
    return _of_job(finding, value) if located.job else finding


def _of_job(finding: Skipped, value: str) -> Skipped:
    """Return *finding* of a job; an empty value means that a service is left out."""
    if finding.reason is not Reason.INVALID:
        return finding
    detail = f"`{value}`: {_BY_MATRIX}, and one of them makes no name of an image"
    return replace(finding, reason=Reason.EXPRESSION, detail=detail, hint=None)


def _unpinnable(finding: Occurrence, located: LocatedValue) -> Occurrence:
    """Return *finding* with why no digest can be written there, if none can."""
    if located.job:
        names = *located.job.names, *finding.variables
        return replace(finding, variables=names, unpinnable_reason=_BY_MATRIX)
    if located.unpinnable:
        return replace(finding, unpinnable_reason=located.unpinnable)
    return finding


def _resolved(value: str, place: Place, variables: PipelineVariables | None) -> Found:
    if variables is None or "$" not in value:
        return classify(value, place)
    result = variables.replaced(value)
    if result is None or "$" in result.value:
        detail = f"`{value}`: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    finding = classify(result.value, place, result.variables)
    if isinstance(finding, Skipped):
        return unless_unset(finding, result.value)
    return finding.with_assignments(variables.assignments(value))


def _extent(source: str, located: LocatedValue) -> tuple[str, int, int] | None:
    """Return the name in *located*, and the characters of *source* that it is."""
    node = located.at.node
    if not isinstance(node, Scalar):
        return _template(source, node.start, node.end)
    if node.null:
        return None
    end = len(node.value.rstrip(_BLANK))
    start = len(node.value) - len(node.value.lstrip(_BLANK))
    if located.scheme is not DockerScheme.NEVER:
        scheme = _SCHEME.match(node.value, start)
        if scheme is None and located.scheme is DockerScheme.REQUIRED:
            return None
        start = scheme.end() if scheme else start
    prefix = located.prefix.match(node.value, start) if located.prefix else None
    start = prefix.end() if prefix else start
    if start >= end:
        return None
    return node.value[start:end], *map_offsets(source, node).range(start, end)


def _template(source: str, start: int, end: int) -> tuple[str, int, int] | None:
    """Return `{{ image }}`, which is a mapping in a mapping to a YAML parser."""
    text = source[start:end].rstrip(_BLANK)
    return (text, start, start + len(text)) if text.startswith("{{") else None
