"""The settings of a project, and what the user asked for."""

from __future__ import annotations

from imagelock.config.image_rules import ImageRules
from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING
from imagelock.model.finding import Rule, Severity
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

    from imagelock.cache_storage import CacheUse
    from imagelock.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """The settings of the project at *root*, and what the user asked for.

    `config_is_given` is whether the user named the file with the settings.
    `paths`, relative to the root, restrict it to the files that the user named.
    `environment` has variables for the files, and is empty unless the user allows
    the environment to decide about images. `cache` is where to keep what is read.
    `unsaved` is the content of files that an editor has not saved, which takes
    precedence over the disk.
    `others` are folders of other projects below this one, besides those that are known
    by their files. With `has_members`, these are checked together with it.
    """

    root: Path
    config: Config
    config_is_given: bool = False
    paths: tuple[PurePosixPath, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cache: CacheUse | None = None
    unsaved: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    others: tuple[PurePosixPath, ...] = ()
    has_members: bool = False

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms that the project declares, sorted."""
        return tuple(sorted({Platform.parse(p) for p in self.config.platforms}))

    @property
    def severities(self) -> dict[Rule, Severity]:
        """The severities that the project sets for rules."""
        levels = self.config.rules
        return {
            rule: Severity[levels[rule.slug].upper()]
            for rule in Rule
            if rule.slug in levels
        }

    @property
    def ignored(self) -> frozenset[Rule]:
        """The rules that the project ignores."""
        return frozenset(rule for rule in Rule if rule.slug in self.config.ignore)

    @property
    def image_rules(self) -> ImageRules:
        """The settings for single images."""
        return ImageRules(self.config.images)
