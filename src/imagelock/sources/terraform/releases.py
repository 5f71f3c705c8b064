"""Charts in `helm_release`, and their single values: blocks `set`, or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.helm.oci_chart import is_exact, is_oci, oci_reference
from imagelock.sources.helm.repository_chart import (
    RepositoryChart,
    is_folder,
    repository_chart_at,
)
from imagelock.sources.shared.set_values import APART, image_at
from imagelock.sources.shared.source_file import quoted
from imagelock.sources.terraform.walk import items_of, pairs_of
from imagelock.syntax.hcl.strings import is_empty, literal
from imagelock.syntax.hcl.tree import Object, below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_NO_DIGEST: Final = "Helm's provider takes no digest for a chart"
_RANGE: Final = "stands for a range of versions, not one"
_CHART: Final = ("chart", "version", "repository")
_UNKNOWN: Final = "https://"
_SETS: Final = frozenset({"set", "set_sensitive"})


def single_values(file: HclFile, body: Object, use: str) -> Iterator[Found]:
    """Yield the images in the single values of *body*, a `helm_release`.

    A tag is combined with the `repository` that is set beside it. A part without
    the others is skipped, as they are in the values of the chart.
    """
    values = dict(_values(body, use))
    meanings = {name: file.scope.meaning(value) for name, (value, _) in values.items()}
    texts = {name: meaning.text.strip() for name, meaning in meanings.items()}
    for name, (value, value_use) in values.items():
        image = image_at(name, texts)
        if image:
            whole = 0, len(meanings[name].text)
            yield file.named(meanings[name], whole, value_use, image)
        elif image is not None:
            detail = f"is the value of `{name}`: {APART}"
            yield file.skipped(value, value_use, Reason.SET_VALUE, detail)


def set_names(body: Object) -> frozenset[str]:
    """Return the paths of the single values of *body*, a `helm_release`."""
    return frozenset(name for name, _ in _values(body, ""))


def charts(file: HclFile, body: Object, use: str) -> Iterator[Found]:
    """Yield the chart of *body*, a `helm_release`, if it is in a registry."""
    chart, repository, version = (
        body.get(name) for name in ("chart", "repository", "version")
    )
    if chart is None or version is None or is_empty(version):
        return
    address = file.scope.meaning(chart).text
    if not is_oci(address) and repository is not None:
        address = f"{file.scope.meaning(repository).text.rstrip('/')}/{address}"
    if not is_oci(address):
        return
    meaning, use = file.scope.meaning(version), below(use, "version")
    whole = 0, len(meaning.text)
    if meaning.unknown(*whole) is None and not is_exact(meaning.text):
        yield file.skipped(version, use, Reason.CONSTRAINT, _RANGE)
        return
    finding = file.named(meaning, whole, use, oci_reference(address, meaning.text))
    if isinstance(finding, Occurrence):
        finding = replace(finding, unpinnable_reason=_NO_DIGEST)
    yield finding


def repository_charts(
    file: HclFile, body: Object, use: str, context: Context
) -> Iterator[Found]:
    """Yield the chart of *body*, a `helm_release`, if it is in a repository."""
    chart, version, server = map(body.get, _CHART)
    if chart is None or version is None or is_empty(chart) or is_empty(version):
        return
    name, number = (file.scope.meaning(value) for value in (chart, version))
    address: str | None = ""
    if server is not None and not is_empty(server):
        address = file.scope.meaning(server).known_text
    known = _UNKNOWN if address is None else address.strip()
    used = RepositoryChart(known, (name.known_text or "").strip())
    detail = used.unknown_repository()
    if detail and is_folder(file.path, used.name, context):
        return
    if not (detail or used.is_in_repository):
        return
    characters = number.spelling.range(0, len(number.text))
    place = file.trimmed_place(characters, below(use, "version"))
    texts = address, name.known_text, number.known_text
    if not detail and None in texts:
        detail = f"{quoted(place.text)}: it is computed which chart it is"
    if detail:
        yield Skipped(place=place, reason=Reason.CHART, detail=detail)
    else:
        yield repository_chart_at(place, used, number.text.strip())


def _values(body: Object, use: str) -> Iterator[tuple[str, tuple[Expression, str]]]:
    for argument, entries in pairs_of(body):
        if argument not in _SETS:
            continue
        for entry, entry_use in items_of(entries, below(use, argument)):
            name = entry.get("name") if isinstance(entry, Object) else None
            value = entry.get("value") if isinstance(entry, Object) else None
            path = literal(name) if name is not None else None
            if path and value is not None and not is_empty(value):
                yield path, (value, below(entry_use, "value"))
