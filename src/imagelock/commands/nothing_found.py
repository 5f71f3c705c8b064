"""Tell a check that found nothing to compare from a check in which all agrees."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.config import FILE_NAME, Config, has_settings
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.span import FILE_START
from imagelock.project.discovery import FileSelection, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles

_OF_LOCKED: Final = frozenset({Rule.NOT_LOCKED, Rule.DIGEST_MISMATCH})
_OF_LOCKED_ONLINE: Final = frozenset({Rule.DRIFT, Rule.TAG_GONE, Rule.DIGEST_GONE})
"""The rules that compare an image which is locked, and those that ask its registry."""

_WORDS: Final = {
    Judgement.IGNORED: "ignored",
    Judgement.SKIPPED: "skipped",
    Judgement.INVALID: "invalid",
    Judgement.UNREADABLE: "unreadable",
}


def is_whole(project: ProjectFiles, found: Sequence[Found]) -> bool:
    """Return whether *project*, whose files name *found*, is expected to have an image.

    Single files are not: pre-commit passes whatever was changed. The top of a workspace
    need not have images of its own.
    """
    is_locked = (project.root / LOCKFILE).is_file()
    if project.has_members and not is_locked and not _has_images(found):
        return False
    return not project.paths or any(
        (project.root / path).is_dir() for path in project.paths
    )


def rules_off(project: ProjectFiles) -> frozenset[Rule]:
    """Return the rules that the settings of *project* ignore or turn off."""
    severities = project.severities
    off = {rule for rule, level in severities.items() if level is Severity.OFF}
    return project.ignored | off


def compared(
    project: ProjectFiles,
    places: Mapping[Reference, Sequence[Place]],
    lockfile: Lockfile,
    *,
    online: bool,
) -> frozenset[Reference]:
    """Return the images of *places* about which a rule can find anything.

    Settings and comments turn rules off, for the project or for a place. Without any
    locked image, there is nothing to compare with.
    """
    if not lockfile.images:
        return frozenset()
    off = rules_off(project)
    of_locked = _OF_LOCKED | (_OF_LOCKED_ONLINE if online else frozenset())
    active = {
        is_locked: {rule.slug for rule in rules - off}
        for is_locked, rules in ((True, of_locked), (False, {Rule.NOT_LOCKED}))
    }
    return frozenset(
        key
        for key, uses in places.items()
        if (rules := active[key in lockfile.images])
        and any(not (each := place.ignores) or rules - each for place in uses)
    )


def nothing_found(
    project: ProjectFiles, found: Sequence[Found], lockfile: Lockfile | None
) -> Finding:
    """Return the finding that nothing in *project* is, or can be, compared.

    *found* is everything that its files name, *lockfile* `None` if it has none. It is
    an error in a project with a lockfile or with settings, where an image is
    expected, and else a warning.
    """
    has_images = _has_images(found)
    count = len(lockfile.images) if lockfile else 0
    if has_images and not count:
        what = "has no image" if lockfile else "does not exist"
        message = f"nothing was compared: `{LOCKFILE}` {what}"
        hint = "run `imagelock lock`"
    elif has_images:
        message = "nothing was compared: every rule that compares an image is off"
        hint = "see `ignore`, `ignore-paths` and `rules` in the settings, and comments"
    else:
        message, hint = _no_image(project, found)
        if count:
            images = "1 image" if count == 1 else f"{count} images"
            message += f", but `{LOCKFILE}` has {images}"
            hint += f"; if no image is right, delete `{LOCKFILE}`"
    is_set_up = (
        lockfile is not None
        or project.config_is_given
        or has_settings(project.root)
        or project.config != Config()
    )
    return Finding(
        rule=Rule.NOTHING_FOUND,
        severity=Severity.ERROR if is_set_up else Severity.WARNING,
        message=message,
        path=_path(project, lockfile),
        span=FILE_START,
        hint=hint,
    )


def no_image_findings(
    project: ProjectFiles, found: Sequence[Found] | None = None
) -> list[Finding]:
    """Return the finding that no file of *project* names an image, if that is so.

    *found* is all that its files name; without it, they are read.
    """
    if found is None:
        found = project.found()
    if _has_images(found) or not is_whole(project, found):
        return []
    finding = nothing_found(project, found, project.healed_lockfile())
    return apply_rule_settings(project, [finding], found)


def _no_image(project: ProjectFiles, found: Sequence[Found]) -> tuple[str, str]:
    """Return why no image was found, and the way out."""
    counts = Counter(
        item.reason.judgement for item in found if isinstance(item, Skipped)
    )
    del counts[Judgement.INTERNAL]
    if counts:
        kinds = ", ".join(
            f"{counts[judgement]} {word}"
            for judgement, word in _WORDS.items()
            if counts[judgement]
        )
        hint = "`imagelock list` shows each of them, with its reason"
        return f"no reference can be locked: {kinds}", hint
    hint = f"the project is `{project.root}`: check the folder"
    files = len(project.files())
    selection = FileSelection(include=tuple(project.config.include))
    excluded = (
        len(discover(project.root, selection).files) - files
        if project.config.exclude
        else 0
    )
    if files:
        message = f"no file names an image: {_files(files)} read"
        message += f", {excluded} excluded" if excluded > 0 else ""
    elif excluded > 0:
        message = f"no file is read: `exclude` leaves out {_files(excluded)}"
    elif project.config.include:
        message = "no file is read: `include` matches none"
    else:
        message = "no file is read: there is none"
    if project.config.include or project.config.exclude:
        hint += ", and `include` and `exclude` in its settings"
    return message, hint


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _path(project: ProjectFiles, lockfile: Lockfile | None) -> PurePosixPath:
    """Return the file to show: the lockfile, if it exists, or else the settings."""
    settings = PurePosixPath(FILE_NAME)
    has_only_settings = lockfile is None and (project.root / settings).is_file()
    return settings if has_only_settings else LOCKFILE


def _has_images(found: Sequence[Found]) -> bool:
    return any(isinstance(item, Occurrence) for item in found)
