"""Gather what is known of the images of a project: `report`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.history.history import known_history
from imagelock.commands.selection import places_by_key, unlocked_as_written
from imagelock.commands.verify import verify
from imagelock.commands.verify_plan import VerifyOptions
from imagelock.dataclass import dataclass
from imagelock.lockfile.model import Lockfile
from imagelock.project.git_history import checkout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.commands.console import Console
    from imagelock.commands.history.history import History, ImageHistory
    from imagelock.commands.outdated import OutdatedResult
    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.scanning.scan_request import ScanRequest
    from imagelock.commands.verify import Verdict
    from imagelock.errors import RegistryError
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.project.git_history import Checkout
    from imagelock.project.project_files import ProjectFiles
    from imagelock.scanning.assessment import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What to ask for besides the files and the history.

    `timeout` is in seconds, for all registries; `None` asks none. `signatures` are
    verified, and `newer_tags` looked for, only with a timeout. Without `scan`, nothing is
    scanned.
    """

    timeout: float | None = None
    signatures: bool = False
    newer_tags: bool = False
    scan: ScanRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedImage:
    """An image that files name, or that is locked, and what is known of it.

    `name` is how it may be shown: as it is written where values of variables decide it,
    and it is not locked. `tags` is `None` unless newer tags were looked for, and an error
    if the registry did not answer. `scans` are of each platform and scanner; there are
    none if nothing was scanned.
    """

    key: Reference
    name: str
    image: Image | None
    places: tuple[Place, ...]
    findings: tuple[Finding, ...]
    history: ImageHistory | None
    tags: TagStatus | RegistryError | None = None
    scans: tuple[Assessment, ...] = ()

    @property
    def registry(self) -> str:
        """The host of the registry; empty if it may not be shown."""
        return self.key.registry if self.name == self.key.familiar else ""

    @property
    def status(self) -> str:
        """`locked`, `not-locked`, or `unused` for an entry that no file uses."""
        if self.image is None:
            return "not-locked"
        return "locked" if self.places else "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReport:
    """The state of a project at a time.

    `findings` are those that are about no image. `history` is `None` if git has none, and
    `checkout` if there is no commit. `outdated` and `scan` are `None` if newer tags were
    not looked for, or nothing was scanned.
    """

    name: str
    time: datetime
    images: tuple[ReportedImage, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    history: History | None
    checkout: Checkout | None
    outdated: OutdatedResult | None = None
    scan: ScanVerdict | None = None

    @property
    def all_findings(self) -> list[Finding]:
        """The findings of `verify`, and those of the scan."""
        return [*self.verdict.findings, *(self.scan.findings if self.scan else ())]

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be asked or scanned was."""
        failed = self.outdated.failures if self.outdated else ()
        unscanned = self.scan.verdict.could_not_check if self.scan else 0
        return not (self.verdict.could_not_check or failed or unscanned)


def report(
    project: ProjectFiles, console: Console, options: ReportOptions | None = None
) -> ProjectReport:
    """Return the state of *project* and the history of its images.

    Raises:
        ImagelockError: the settings, the lockfile, or a scanner cannot be used.
    """
    options = options or ReportOptions()
    verdict = verify(
        project,
        console,
        VerifyOptions(timeout=options.timeout, signatures=options.signatures),
    )
    newer = _outdated(project, console, options)
    scanned = _scan(project, console, options)
    past = known_history(project)
    about = _by_reference([*verdict.findings, *(scanned.findings if scanned else ())])
    images = tuple(_images(project, about, past, newer, scanned))
    keys = {image.key for image in images}
    return ProjectReport(
        name=project.root.name,
        time=datetime.now(UTC),
        images=images,
        findings=tuple(
            finding
            for key, findings in about.items()
            if key not in keys
            for finding in findings
        ),
        verdict=verdict,
        history=past,
        checkout=checkout(project.root),
        outdated=newer,
        scan=scanned,
    )


def _images(
    project: ProjectFiles,
    about: Mapping[Reference | None, list[Finding]],
    past: History | None,
    newer: OutdatedResult | None,
    scanned: ScanVerdict | None,
) -> Iterator[ReportedImage]:
    """Yield the images that files name, and those that are locked, sorted."""
    found = project.found()
    locked = (project.lockfile() or Lockfile()).images
    places = places_by_key(found)
    hidden = unlocked_as_written(found, locked)
    histories = {each.timeline.reference: each for each in past.images} if past else {}
    tags = {each.reference: each for each in newer.statuses} if newer else {}
    failures = newer.failures if newer else {}
    scans: dict[Reference, list[Assessment]] = {}
    for each in scanned.assessments if scanned else ():
        scans.setdefault(each.reference, []).append(each)
    for key in sorted(places.keys() | locked.keys(), key=str):
        yield ReportedImage(
            key=key,
            name=hidden.get(key) or key.familiar,
            image=locked.get(key),
            places=tuple(places.get(key, ())),
            findings=tuple(about.get(key, ())),
            history=histories.get(key),
            tags=tags.get(key) or failures.get(key),
            scans=tuple(scans.get(key, ())),
        )


def _by_reference(findings: Iterable[Finding]) -> dict[Reference | None, list[Finding]]:
    about: dict[Reference | None, list[Finding]] = {}
    for finding in findings:
        key = finding.reference.key if finding.reference else None
        about.setdefault(key, []).append(finding)
    return about


def _outdated(
    project: ProjectFiles, console: Console, options: ReportOptions
) -> OutdatedResult | None:
    if not options.newer_tags or options.timeout is None:
        return None
    from imagelock.commands.outdated import outdated  # most reports do not ask for it

    return outdated(project, (), console, options.timeout)


def _scan(
    project: ProjectFiles, console: Console, options: ReportOptions
) -> ScanVerdict | None:
    if options.scan is None:
        return None
    from imagelock.commands.scanning.scan import scan  # most reports do not ask for it

    return scan(project, options.scan, console)
