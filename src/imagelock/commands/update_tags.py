"""Give images other tags in the files: `update --bump` and `update IMAGE=TAG`."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from imagelock.commands.editing.apply_edits import prove_plan, text_reader
from imagelock.commands.editing.bump_plan import (
    NewTag,
    choose_tags,
    moved_pins,
    plan_tags,
)
from imagelock.commands.outdated import compare_tags, tag_queries
from imagelock.commands.resolve import map_concurrently
from imagelock.commands.selection import required_digests, select
from imagelock.config.update_settings import UpdateSettings
from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import RegistryError, UsageError, did_you_mean
from imagelock.lockfile.model import Lockfile
from imagelock.model.image_pattern import EXCEPT
from imagelock.model.newer_tags import TagStatus
from imagelock.model.reference import Reference
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import lazy_registry

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.commands.editing.bump_plan import Pins
    from imagelock.model.tag_version import Level
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.answers.given import Answers
    from imagelock.registry.lazy_client import LazyRegistryClient

_NewTags = dict[Reference, NewTag | RegistryError]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTargets:
    """The images to move to newer tags by *level*, and those that get a given tag.

    The patterns in `images`, and the keys of `tags`, name images in any spelling.
    With `group`, only images of this group of `settings` count.
    """

    images: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    level: Level | None = None
    group: str | None = None
    settings: UpdateSettings = field(default_factory=UpdateSettings)

    @classmethod
    def parse(cls, arguments: Sequence[str], level: Level | None) -> UpdateTargets:
        """Tell `IMAGE=TAG` among *arguments* from `IMAGE`.

        Raises:
            UsageError: an image that is left out has a tag.
        """
        split = [argument.partition("=") for argument in arguments]
        for image, separator, tag in split:
            if separator and image.startswith(EXCEPT):
                raise UsageError(
                    f"`{image}={tag}` leaves an image out and sets its tag",
                    hint=f"write `{image}`",
                )
        return cls(
            images=[image for image, separator, _ in split if not separator],
            tags={image: tag for image, separator, tag in split if separator},
            level=level,
        )

    def in_group(self, group: str, settings: UpdateSettings) -> UpdateTargets:
        """Return the targets for the images of *group* in *settings*.

        Raises:
            UsageError: there is no such group, or images are named as well.
        """
        if self.patterns:
            raise UsageError(
                f"`--group {group}` already says which images are updated",
                hint="leave out the names of images, or `--group`",
            )
        if group not in settings.names:
            known = ", ".join(f"`{name}`" for name in settings.names)
            raise UsageError(
                f"the configuration has no update group `{group}`",
                hint=did_you_mean(group, settings.names) or f"there are {known}",
            )
        return replace(self, group=group, settings=settings)

    @property
    def patterns(self) -> tuple[str, ...]:
        """The names of images, in any spelling, that the user gave."""
        return (*self.images, *self.tags)

    def only(self, patterns: Container[str]) -> UpdateTargets:
        """Return the targets with those of *patterns* alone."""
        return replace(
            self,
            images=[image for image in self.images if image in patterns],
            tags={k: tag for k, tag in self.tags.items() if k in patterns},
        )

    def chosen(self, keys: Mapping[Reference, object]) -> frozenset[Reference]:
        """Return those of *keys* whose tags are resolved again.

        Raises:
            UsageError: a pattern matches none of the keys.
        """
        chosen = select(self.images, keys)
        if self.group is None:
            return chosen
        group_of = self.settings.group_of
        return frozenset(key for key in chosen if group_of(key) == self.group)

    @property
    def edits_files(self) -> bool:
        """Whether an image may get another tag."""
        return bool(self.tags) or self.level is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUpdate:
    """The files with their new tags, and the images to lock then.

    `keys` are the images that are resolved again, with their new tags; `pins` are
    those of the lock with them. `failures` are the images of which no tag is known.
    """

    rewrite: Rewrite
    keys: frozenset[Reference]
    pins: Pins
    failures: Mapping[Reference, RegistryError]


def update_tags(
    project: ProjectFiles,
    targets: UpdateTargets,
    console: Console,
    timeout: float | None = DEFAULT_TIMEOUT,
    given_answers: Answers | None = None,
) -> TagUpdate:
    """Return the files of *project* with the tags of *targets*; write nothing.

    Raises:
        ImagelockError: a pattern matches no image of the project, or a tag is none.
    """
    findings = project.found()
    pins = (project.healed_lockfile() or Lockfile()).pins
    digests = required_digests(findings, pins)
    given = _given_tags(targets, digests)
    selects = bool(targets.images) or not targets.tags
    others = targets.chosen(digests) if selects else frozenset()
    others -= project.image_rules.held(others)
    with lazy_registry(
        project.config, console, timeout, answers=given_answers
    ) as registry:
        answers = {
            **_newer_tags(project, targets, others, registry, console),
            **_resolve_tags(given, registry, console),
        }
    tags = {key: tag for key, tag in answers.items() if isinstance(tag, NewTag)}
    plan = plan_tags(findings, tags, text_reader(project))
    rewrite = prove_plan(project, findings, plan)
    after = project.found(rewrite.new) if rewrite.new else findings
    moved = {
        planned.occurrence.reference.key: planned.reference.key
        for planned in rewrite.plan.planned
    }
    return TagUpdate(
        rewrite=rewrite,
        keys=frozenset(moved.get(key, key) for key in {*others, *given}),
        pins=moved_pins(rewrite.plan, after, pins),
        failures={
            key: error
            for key, error in answers.items()
            if isinstance(error, RegistryError)
        },
    )


def _given_tags(
    targets: UpdateTargets, digests: Mapping[Reference, object]
) -> dict[Reference, str]:
    """Return the tag that the user gave each image.

    Raises:
        InvalidReferenceError: it is not a tag.
    """
    tags = {}
    for pattern, tag in targets.tags.items():
        for key in sorted(select([pattern], digests), key=str):
            tags[key] = Reference.parse(f"{key.name}:{tag}").tag or tag
    return tags


def _newer_tags(
    project: ProjectFiles,
    targets: UpdateTargets,
    keys: frozenset[Reference],
    registry: LazyRegistryClient,
    console: Console,
) -> _NewTags:
    """Return the newer tags of the images that *targets* move by a level."""
    if targets.level is None or not keys:
        return {}
    queries = [q for q in tag_queries(project, targets.images) if q.key in keys]
    with console.progress("Looking for tags", len(queries)) as advance:
        statuses = compare_tags(queries, registry, advance)
    failures: _NewTags = {
        key: status
        for key, status in statuses.items()
        if not isinstance(status, TagStatus)
    }
    newer = choose_tags(statuses.values(), targets.level)
    return {**failures, **_resolve_tags(newer, registry, console)}


def _resolve_tags(
    tags: Mapping[Reference, str], registry: LazyRegistryClient, console: Console
) -> _NewTags:
    def resolve(key: Reference) -> NewTag:
        reference = replace(key, tag=tags[key], digest=None)
        return NewTag(tags[key], registry.digest(reference))

    with console.progress("Asking for tags", len(tags)) as advance:
        return map_concurrently(
            tags, resolve, advance, registry_of=attrgetter("registry")
        )
