"""A lockfile for container images.

    from imagelock import Project

    verdict = Project.open("shop").verify(offline=True)

Everything in `__all__` is public; it is loaded when it is first used, so that
`import imagelock` costs next to nothing.
"""

from __future__ import annotations

from imagelock.version import __version__

# Not from `typing`, which takes longer to load than everything else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from imagelock.api.project import Project as Project
    from imagelock.commands.diff import LockDiff as LockDiff
    from imagelock.commands.editing.apply_edits import Rewrite as Rewrite
    from imagelock.commands.import_digests import ImportResult as ImportResult
    from imagelock.commands.list import ReferenceStatus as ReferenceStatus
    from imagelock.commands.lock_resolution import LockResult as LockResult
    from imagelock.commands.lock_run import LockRun as LockRun
    from imagelock.commands.outdated import OutdatedResult as OutdatedResult
    from imagelock.commands.scanning.scan import ScanVerdict as ScanVerdict
    from imagelock.commands.verify import Verdict as Verdict
    from imagelock.errors import ImagelockError as ImagelockError
    from imagelock.errors import RegistryError as RegistryError
    from imagelock.fleet.fleet import Fleet as Fleet
    from imagelock.lockfile.model import Lockfile as Lockfile
    from imagelock.model.change import Change as Change
    from imagelock.model.change import ChangeKind as ChangeKind
    from imagelock.model.digest import Digest as Digest
    from imagelock.model.finding import Finding as Finding
    from imagelock.model.finding import Rule as Rule
    from imagelock.model.finding import Severity as Severity
    from imagelock.model.image import Image as Image
    from imagelock.model.newer_tags import TagStatus as TagStatus
    from imagelock.model.occurrence import Occurrence as Occurrence
    from imagelock.model.occurrence import Place as Place
    from imagelock.model.occurrence import Reason as Reason
    from imagelock.model.occurrence import Skipped as Skipped
    from imagelock.model.platform import Platform as Platform
    from imagelock.model.reference import Reference as Reference
    from imagelock.model.registry_status import Diagnosis as Diagnosis
    from imagelock.model.tag_version import Level as Level
    from imagelock.registry.answers.given import Answers as Answers

_HOMES = {
    "Answers": "registry.answers.given",
    "Change": "model.change",
    "ChangeKind": "model.change",
    "Diagnosis": "model.registry_status",
    "Digest": "model.digest",
    "Finding": "model.finding",
    "Image": "model.image",
    "Fleet": "fleet.fleet",
    "ImagelockError": "errors",
    "ImportResult": "commands.import_digests",
    "Level": "model.tag_version",
    "LockDiff": "commands.diff",
    "LockResult": "commands.lock_resolution",
    "LockRun": "commands.lock_run",
    "Lockfile": "lockfile.model",
    "Occurrence": "model.occurrence",
    "OutdatedResult": "commands.outdated",
    "Place": "model.occurrence",
    "Platform": "model.platform",
    "Project": "api.project",
    "Reason": "model.occurrence",
    "Reference": "model.reference",
    "ReferenceStatus": "commands.list",
    "RegistryError": "errors",
    "Rewrite": "commands.editing.apply_edits",
    "Rule": "model.finding",
    "ScanVerdict": "commands.scanning.scan",
    "Severity": "model.finding",
    "Skipped": "model.occurrence",
    "TagStatus": "model.newer_tags",
    "Verdict": "commands.verify",
}
"""Each public name, and the module below this package that defines it."""

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the names are strings


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            message = f"module `imagelock` has no attribute `{name}`"
            raise AttributeError(message)
        from importlib import import_module  # the command line needs none of this

        value = getattr(import_module(f"imagelock.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
