"""A folder of the workspace: check it when it changes, and publish the findings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lsprotocol.types import MessageType, PublishDiagnosticsParams

from imagelock.errors import ImagelockError
from imagelock.lsp.schedule import Schedule
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from lsprotocol.types import PositionEncodingKind

    from imagelock.commands.console import Console
    from imagelock.lsp.check import CheckRequest, ProjectCheck
    from imagelock.lsp.diagnostics import PlacedFinding, PlacedFindings
    from imagelock.lsp.documents import OpenDocument

    _Published = tuple[int | None, tuple[PlacedFinding, ...]]
    """The version of a document, if it is open, and its findings."""


class Client(Protocol):
    """What a folder asks of the client; `documents` are those open below a folder."""

    @property
    def encoding(self) -> PositionEncodingKind:
        """What positions count."""
        ...

    def documents(self, folder: Path) -> Mapping[Path, OpenDocument]:
        """Return the documents that are open below *folder*."""
        ...

    def publish(self, params: PublishDiagnosticsParams) -> None:
        """Show diagnostics in place of those that a file had."""
        ...

    def log(self, text: str, kind: MessageType) -> None:
        """Write a line to the log of the client."""
        ...


class FolderResult(NamedTuple):
    """The results of the projects in a folder, for *documents*."""

    checks: Sequence[ProjectCheck]
    documents: Mapping[Path, OpenDocument]
    findings: Mapping[Path, PlacedFindings]
    encoding: PositionEncodingKind


class CheckedFolder:
    """The *folder* of a workspace, whose checks run one at a time on *executor*."""

    def __init__(
        self, folder: Path, client: Client, executor: Executor, console: Console
    ) -> None:
        self.folder = folder
        self.schedule = Schedule(self._check, self._publish)
        self._client = client
        self._executor = executor
        self._console = console
        self._dirty: set[Path] | None = None
        self._checks: Sequence[ProjectCheck] = ()
        self._published: dict[str, _Published] = {}
        self._logged: frozenset[str] = frozenset()

    def changed(
        self, paths: Iterable[Path] | None = None, *, at_once: bool = False
    ) -> None:
        """Check soon, as *paths* have changed; everything, if they are not known."""
        if paths is None:
            self._dirty = None
        elif self._dirty is not None:
            self._dirty.update(paths)
        self.schedule.changed(at_once=at_once)

    def close(self) -> None:
        """Check no more, and take back what was published."""
        self.schedule.stop()
        self._publish(FolderResult((), {}, {}, self._client.encoding))

    async def _check(self) -> FolderResult:
        from imagelock.lsp.check import CheckRequest  # the first answer needs no check

        documents = self._client.documents(self.folder)
        dirty = None if self._dirty is None else frozenset(self._dirty)
        unsaved = {path: document.data for path, document in documents.items()}
        request = CheckRequest(
            folder=self.folder, unsaved=unsaved, dirty=dirty, previous=self._checks
        )
        loop = asyncio.get_running_loop()
        try:
            checks, findings = await loop.run_in_executor(
                self._executor, self._checked, request
            )
        except ImagelockError as error:
            hint = f" ({error.hint})" if error.hint else ""
            self._log({f"`{self.folder}` is not checked: {error}{hint}"})
            return FolderResult((), documents, {}, self._client.encoding)
        return FolderResult(checks, documents, findings, self._client.encoding)

    def _checked(
        self, request: CheckRequest
    ) -> tuple[Sequence[ProjectCheck], Mapping[Path, PlacedFindings]]:
        from imagelock.lsp.check import check_folder
        from imagelock.lsp.diagnostics import place_findings

        checks = check_folder(request, self._console)
        encoding = self._client.encoding
        return checks, place_findings(checks, request.unsaved, encoding)

    def _publish(self, result: FolderResult) -> None:
        self._dirty, self._checks = set(), result.checks
        by_uri = dict(_by_uri(result))
        for uri, (version, findings) in by_uri.items():
            if self._published.get(uri) != (version, findings):
                self._send(uri, version, findings)
        for uri, (_, findings) in self._published.items():
            if uri not in by_uri and findings:
                self._send(uri, None, ())
        self._published = by_uri
        self._log(_without_place(result.findings))

    def _send(
        self, uri: str, version: int | None, findings: Iterable[PlacedFinding]
    ) -> None:
        diagnostics = [finding.diagnostic() for finding in findings]
        params = PublishDiagnosticsParams(uri, diagnostics, version)
        self._client.publish(params)

    def _log(self, lines: Iterable[str]) -> None:
        """Log those of *lines* that the last check did not log."""
        new = frozenset(lines)
        for line in sorted(new - self._logged):
            self._client.log(printable(line), MessageType.Warning)
        self._logged = new


def _by_uri(result: FolderResult) -> Iterator[tuple[str, _Published]]:
    """Yield what to publish for each document, and for each file with findings."""
    for path, document in result.documents.items():
        file = result.findings.get(path)
        yield document.uri, (document.version, file.findings if file else ())
    for path, file in result.findings.items():
        if file.exists and path not in result.documents:
            yield path.as_uri(), (None, file.findings)


def _without_place(findings: Mapping[Path, PlacedFindings]) -> set[str]:
    """Return the messages about files that do not exist."""
    return {
        f"{path}: {placed.finding.message}"
        for path, file in findings.items()
        if not file.exists
        for placed in file.findings
    }
