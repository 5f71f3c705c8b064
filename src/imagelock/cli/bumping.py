"""Other tags for images: what `update --bump` and `IMAGE=TAG` do to files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagelock.cli.outdated import entries
from imagelock.cli.pinning import Rewriting, rewriting, rows, texts
from imagelock.cli.progress import progress
from imagelock.commands.bump import Target, bump, chosen, moved_pins
from imagelock.commands.outdated import outdated, questions
from imagelock.commands.resolve import ask
from imagelock.commands.selection import select, wanted
from imagelock.errors import RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.newer_tags import TagStatus
from imagelock.model.reference import Reference
from imagelock.registry.connect import open_registry
from imagelock.report.edits import text, unified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.cli.session import Session
    from imagelock.commands.bump import Pins
    from imagelock.model.tag_version import Level
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.client import Registry

Answers = dict[Reference, Target | RegistryError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user wants: *images* to move by `level`, and tags for others.

    Both name images in any spelling or as a pattern.
    """

    images: Sequence[str]
    tags: Mapping[str, str]
    level: Level | None

    @classmethod
    def parse(cls, arguments: Sequence[str], level: Level | None) -> Wish:
        """Tell `IMAGE=TAG` among *arguments* from `IMAGE`."""
        split = [argument.partition("=") for argument in arguments]
        return cls(
            images=[image for image, sign, _ in split if not sign],
            tags={image: tag for image, sign, tag in split if sign},
            level=level,
        )

    @property
    def moves_tags(self) -> bool:
        """Whether files are edited."""
        return bool(self.tags) or self.level is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bumped:
    """The files with their new tags, and what there is to lock then.

    `keys` are the images whose tags are to be asked for, under their new names.
    """

    result: Rewriting
    keys: frozenset[Reference]
    pins: Pins
    failures: Mapping[Reference, RegistryError]

    @property
    def files(self) -> Mapping[PurePosixPath, bytes]:
        """The new content of every file that changes."""
        return self.result.new

    def report(self, session: Session, *, dry: bool) -> None:
        """Print the places that changed; if *dry*, as a diff of the files."""
        plan = self.result.plan
        if dry:
            for path, data in self.files.items():
                session.print(unified(path, self.result.old[path], data))
        if not dry or plan.kept:
            session.print(
                text(list(dict.fromkeys(rows(plan))), "bumped", style=session.style)
            )
        if plan.moves or plan.kept:
            session.print("\n")


def bumped(
    project: ProjectFiles, session: Session, wish: Wish, timeout: float
) -> Bumped:
    """Return what the files of *project* become by *wish*; write nothing.

    Raises:
        ImagelockError: the wish names no image of the project, or no tag.
    """
    found = project.found()
    pins = (project.healed_lockfile() or Lockfile()).pins
    digests = wanted(found, pins)
    named = _named(wish, digests)
    others = select(wish.images, digests) if wish.images or not wish.tags else ()
    others = frozenset(others) - project.image_rules.held(others)
    with open_registry(project.config, session, timeout) as registry:
        answers = {
            **_newer(project, session, registry, wish, others),
            **_targets(named, registry, session),
        }
    targets = {k: a for k, a in answers.items() if isinstance(a, Target)}
    result = rewriting(project, found, bump(found, targets, texts(project)))
    after = project.found(result.new) if result.new else found
    moved = {m.occurrence.reference.key: m.reference.key for m in result.plan.moves}
    return Bumped(
        result=result,
        keys=frozenset(moved.get(key, key) for key in {*others, *named}),
        pins=moved_pins(result.plan, after, pins),
        failures={k: a for k, a in answers.items() if isinstance(a, RegistryError)},
    )


def _named(wish: Wish, digests: Mapping[Reference, object]) -> dict[Reference, str]:
    """Return the tag that the user gave each image.

    Raises:
        InvalidReferenceError: it is no tag.
    """
    named = {}
    for pattern, tag in wish.tags.items():
        for key in sorted(select([pattern], digests), key=str):
            named[key] = Reference.parse(f"{key.name}:{tag}").tag or tag
    return named


def _newer(
    project: ProjectFiles,
    session: Session,
    registry: Registry,
    wish: Wish,
    keys: frozenset[Reference],
) -> Answers:
    """Return the newer tags of the images that *wish* moves by a level."""
    if wish.level is None or not keys:
        return {}
    asked = [one for one in entries(project, wish.images) if one.key in keys]
    with progress(session, "Looking for tags", questions(asked)) as advance:
        found = outdated(asked, registry, advance)
    failures: Answers = {
        key: answer
        for key, answer in found.items()
        if not isinstance(answer, TagStatus)
    }
    newer = chosen(found.values(), wish.level)
    return {**failures, **_targets(newer, registry, session)}


def _targets(
    tags: Mapping[Reference, str], registry: Registry, session: Session
) -> Answers:
    """Return what the new tag of each image stands for."""

    def target(key: Reference) -> Target:
        return Target(
            tags[key], registry.digest(replace(key, tag=tags[key], digest=None))
        )

    with progress(session, "Asking for tags", len(tags)) as advance:
        return ask(tags, target, advance)
