"""Charts in repositories with an `index.yaml` (`https://`): an address, a name, a version.

They are read only if they are of interest (`Context.charts`). As the settings decide
whether they count, each result says that it is one: by the scheme of its reference, or by
`Reason.CHART`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.sources.context import path_below
from imagelock.sources.helm.open_text import is_open
from imagelock.sources.shared.source_file import DUPLICATE_KEY, quoted
from imagelock.syntax.yaml_json.paths import is_written_twice
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.context import Context
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

KEYS: Final = (
    *("chart", "name", "repo", "repoURL", "repository", "version"),
    *("chartName", "chartVersion", "chartname", "repositoryURL", "targetRevision"),
    *("chart_ref", "chart_repo_url", "chart_version", "remoteChart", "repoName", "url"),
)
_ADDRESS: Final = re.compile(r"(?i)\s*https?://")
_NAMED: Final = re.compile(r"(?P<repository>[A-Za-z0-9][\w.-]*+)/[A-Za-z0-9][\w.-]*+")
"""A chart behind the name that somebody gives to its repository: `stable/redis`."""

_ALIAS: Final = re.compile(r"(?:@|alias:)(?P<repository>[A-Za-z0-9][\w.-]*+)")
"""The name of a repository in `Chart.yaml`: `@stable`."""

_RANGE: Final = "it stands for a range of versions, not one"
_NO_DIGEST: Final = "Helm takes no digest for a chart of a repository"


@dataclass(frozen=True, slots=True)
class RepositoryChart:
    """A chart of the repository at an address.

    `locked` is the exact version that a range stands for, if that is known.
    """

    address: str
    name: str
    locked: str = ""

    @property
    def is_in_repository(self) -> bool:
        """Whether its address is that of a repository with an `index.yaml`."""
        return _ADDRESS.match(self.address) is not None

    def unknown_repository(self) -> str:
        """Return why it is not known, if only the name of its repository is written."""
        named = _ALIAS.fullmatch(self.address.strip())
        if not self.address:
            named = _NAMED.fullmatch(self.name)
        if named is None:
            return ""
        where = f"the project does not say where `{named['repository']}` is"
        return f"{quoted(self.name)}: {where}"


def repository_chart(
    file: SourceFile, chart: RepositoryChart, version: NodeRef
) -> Iterator[Found]:
    """Yield the *chart* in its *version*, if it is in a repository.

    A repository that only has a name there is one that the machine knows.
    """
    if not chart.is_in_repository:
        if detail := chart.unknown_repository():
            yield _skipped(file.place(version), detail)
        return
    node = version.node
    value = node.value.strip() if isinstance(node, Scalar) else ""
    place = file.place(version)
    if is_written_twice(version.parent, *KEYS):
        detail = f"{quoted(value)}: {DUPLICATE_KEY}"
        yield Skipped(place=place, reason=Reason.CHART, detail=detail)
    else:
        yield repository_chart_at(place, chart, value)


def repository_chart_at(place: Place, chart: RepositoryChart, version: str) -> Found:
    """Return the *chart* whose *version* is at *place*."""
    # Slow to load, and most projects have none.
    from imagelock.model.chart_address import is_exact_version

    quote = quoted(version)
    if chart.locked and not is_exact_version(version):
        version = chart.locked
    detail = ""
    if any(map(is_open, (version, chart.name, chart.address))):
        detail = "a template or a variable decides which chart it is"
    elif not is_exact_version(version):
        detail = _RANGE
    if detail:
        return _skipped(place, f"{quote}: {detail}")
    try:
        reference = Reference.of_chart(chart.address, chart.name, version)
    except InvalidReferenceError as error:
        return _skipped(place, f"{quote}: {error}", error.hint)
    return Occurrence(place=place, reference=reference, unpinnable_reason=_NO_DIGEST)


def is_folder(file: PurePosixPath, chart: str, context: Context) -> bool:
    """Return whether *chart* is a folder beside *file*, which is no name of a repository."""
    folder = path_below(file.parent, chart)
    if folder is None:
        return False
    key = is_folder, folder
    return context.memory.remember(key, lambda: bool(context.files_below(folder)))


def _skipped(place: Place, detail: str, hint: str | None = None) -> Skipped:
    return Skipped(place=place, reason=Reason.CHART, detail=detail, hint=hint)
