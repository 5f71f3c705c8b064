"""Gather what is known of the images of a project: `report`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagelock.commands.history import history
from imagelock.commands.selection import places_by_key, unlocked_as_written
from imagelock.commands.verify import verify
from imagelock.dataclass import dataclass
from imagelock.errors import UsageError
from imagelock.lockfile.model import Lockfile
from imagelock.project.git_history import checkout

if TYPE_CHECKING:
    from imagelock.commands.console import Console
    from imagelock.commands.history import History, ImageHistory
    from imagelock.commands.verify import Verdict
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.project.git_history import Checkout
    from imagelock.project.project_files import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedImage:
    """An image that files name, or that is locked, and what is known of it.

    `name` is how it may be shown: as it is written where values of variables decide it,
    and it is not locked.
    """

    key: Reference
    name: str
    image: Image | None
    places: tuple[Place, ...]
    findings: tuple[Finding, ...]
    history: ImageHistory | None

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
    `checkout` if there is no commit.
    """

    name: str
    time: datetime
    images: tuple[ReportedImage, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    history: History | None
    checkout: Checkout | None


def report(
    project: ProjectFiles, console: Console, timeout: float | None = None
) -> ProjectReport:
    """Return the state of *project* and the history of its images.

    *timeout* is in seconds, for all registries; `None` asks none.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    verdict = verify(project, console, timeout=timeout)
    found = project.found()
    locked = (project.lockfile() or Lockfile()).images
    places = places_by_key(found)
    hidden = unlocked_as_written(found, locked)
    past = _history(project)
    histories = {each.timeline.reference: each for each in past.images} if past else {}
    about: dict[Reference | None, list[Finding]] = {}
    keys = places.keys() | locked.keys()
    for finding in verdict.findings:
        key = finding.reference.key if finding.reference else None
        about.setdefault(key if key in keys else None, []).append(finding)
    return ProjectReport(
        name=project.root.name,
        time=datetime.now(UTC),
        images=tuple(
            ReportedImage(
                key=key,
                name=hidden.get(key) or key.familiar,
                image=locked.get(key),
                places=tuple(places.get(key, ())),
                findings=tuple(about.get(key, ())),
                history=histories.get(key),
            )
            for key in sorted(keys, key=str)
        ),
        findings=tuple(about.get(None, ())),
        verdict=verdict,
        history=past,
        checkout=checkout(project.root),
    )


def _history(project: ProjectFiles) -> History | None:
    try:
        return history(project)
    except UsageError:  # no repository, or a lockfile that nobody has committed
        return None
