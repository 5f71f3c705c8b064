"""The tables of the settings, and validated values in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from imagelock.config.duration import duration
from imagelock.config.plugins import Plugins
from imagelock.entry_points import (
    EXPORT,
    IMPORTER,
    REPORT,
    SCANNER,
    PluginKind,
    installed,
)
from imagelock.errors import ConfigurationError, ImagelockError, did_you_mean
from imagelock.model.finding import Rule
from imagelock.model.image_pattern import check_image, check_wanted
from imagelock.model.platform import Platform
from imagelock.model.reference_pattern import ReferencePattern
from imagelock.model.tag_pattern import TagPattern
from imagelock.sources.pattern_rules import check_pattern

_RULES: Final = tuple(rule.slug for rule in Rule)


def kebab(name: str) -> str:
    """Return the key in the settings of the field *name*: `tag_key` is `tag-key`."""
    return name.replace("_", "-")


STRICT: Final = ConfigDict(
    extra="forbid",
    frozen=True,
    strict=True,
    alias_generator=kebab,
    # Building the validators takes longer than reading most projects, and many
    # have no settings.
    defer_build=True,
)


FOR_ALL: Final = "[all]"
"""The form of a setting that has one value for all images."""
BY_PATTERN: Final = "[by pattern]"
"""The form of a setting that has values by pattern."""
NO_KEYS: Final = frozenset({FOR_ALL, BY_PATTERN, "[key]"})
"""Steps in the place of an error that are no keys of the settings."""


def known_name(name: str, names: tuple[str, ...], kind: str) -> str:
    """Return *name* if it is one of *names*; *kind* is their noun for messages.

    Raises:
        ValueError: it is not; the message suggests a similar name.
    """
    if name in names:
        return name
    hint = did_you_mean(name, names)
    message = f"there is no {kind} `{name}`"
    raise ValueError(f"{message}; {hint}" if hint else message)


def _platform(text: str) -> str:
    try:
        return str(Platform.parse(text))
    except ImagelockError as error:
        message = f"{error}; {error.hint}"
        raise ValueError(message) from None


def _tag_pattern(text: str) -> str:
    try:
        TagPattern.parse(text)
    except ConfigurationError as error:
        message = f"{error}; {error.hint}" if error.hint else str(error)
        raise ValueError(message) from None
    return text


def _rule(name: str) -> str:
    return known_name(name, _RULES, "rule")


def _duration(text: str) -> str:
    duration(text)
    return text


def file_name(text: str, info: ValidationInfo) -> str:
    """Resolve the path *text* against the folder of the settings."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        message = f"`{text}`: that home is not known; write the path without `~`"
        raise ValueError(message) from None
    return str((info.context or Path()) / path)


def _images(text: str) -> str:
    ReferencePattern.parse(text)
    return text


PlatformName = Annotated[str, AfterValidator(_platform)]
ImagePattern = Annotated[str, AfterValidator(check_image)]
WantedImage = Annotated[str, AfterValidator(check_wanted)]
TagPatternText = Annotated[str, AfterValidator(_tag_pattern)]
DurationText = Annotated[str, AfterValidator(_duration)]
RuleName = Annotated[str, AfterValidator(_rule)]
ImagesPattern = Annotated[str, AfterValidator(_images)]
FileName = Annotated[str, AfterValidator(file_name)]
PatternText = Annotated[str, AfterValidator(check_pattern)]
PresetName = Literal["github-env", "renovate", "testcontainers"]
SeverityName = Literal["off", "note", "warning", "error"]


class SourceConfig(BaseModel):
    """Settings of a source: `[sources.NAME]`."""

    model_config = STRICT

    enabled: Annotated[
        bool, Field(description="Whether files of this format are read at all.")
    ] = True
    paths: Annotated[
        list[str],
        Field(
            description="Gitignore patterns: this source reads these files, whatever"
            " their names and content."
        ),
    ] = []


class MatchConfig(BaseModel):
    """A match rule for image references at places of your own: `[[match]]`."""

    model_config = STRICT

    paths: Annotated[
        list[str],
        Field(
            min_length=1,
            description="Gitignore patterns. A `preset` has its own, and a `pattern`"
            " needs some.",
        ),
    ] = ["*.yaml", "*.yml", "*.json"]
    key: Annotated[
        str | None,
        Field(min_length=1, description="The name of a key, or a pattern: `*_IMAGE`."),
    ] = None
    path: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The path of a value in a document: `spec.images[].*.name`,"
            " where `[]` is every item and `*` every key.",
        ),
    ] = None
    pattern: Annotated[
        PatternText | None,
        Field(
            description="A regular expression for files of any format, with a group"
            " `(?P<image>…)`, or `(?P<repository>…)` and, as there are, `registry`,"
            " `tag` and `digest`."
        ),
    ] = None
    preset: Annotated[
        PresetName | None,
        Field(description="The name of patterns that many projects have."),
    ] = None
    value: Annotated[
        Literal["image", "yaml", "json"],
        Field(
            description="Type of the value: the reference, or a text with YAML or JSON"
            " that has the reference at `inside`."
        ),
    ] = "image"
    inside: Annotated[
        str,
        Field(
            min_length=1,
            description="For `yaml` and `json`: the key of the reference in the text,"
            " or its path if it has a `.` or `[]`.",
        ),
    ] = "image"
    tag_key: Annotated[
        str | None,
        Field(min_length=1, description="The sibling key that has the tag."),
    ] = None

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        places = (self.key, self.path, self.pattern, self.preset)
        if sum(place is not None for place in places) != 1:
            message = "a match has either a `key`, a `path`, a `pattern` or a `preset`"
            raise ValueError(message)
        given = self.model_fields_set
        if self.pattern is not None and "paths" not in given:
            message = '`pattern` needs `paths`: `paths = ["*.sh"]`'
            raise ValueError(message)
        of_trees = sorted(given & {"value", "inside", "tag_key"})
        if of_trees and self.key is None and self.path is None:
            message = f"`{kebab(of_trees[0])}` needs a `key` or a `path`"
            raise ValueError(message)
        if self.value == "image" and "inside" in self.model_fields_set:
            message = '`inside` needs `value = "yaml"` or `value = "json"`'
            raise ValueError(message)
        return self


class ImageConfig(BaseModel):
    """Settings for the images that a pattern matches: `[images."PATTERN"]`."""

    model_config = STRICT

    hold: Annotated[bool, Field(description="`update` keeps the locked digest.")] = (
        False
    )
    ignore: Annotated[bool, Field(description="Not locked at all.")] = False
    allow_drift: Annotated[
        bool,
        Field(description="Drift of the tag is only a note."),
    ] = False
    platforms: Annotated[
        list[PlatformName] | None,
        Field(min_length=1, description="Its platforms, instead of the project's."),
    ] = None
    tag_pattern: Annotated[
        TagPatternText | None,
        Field(description="Regular expression for the version in its tags."),
    ] = None


def _plugin_names(kind: PluginKind) -> AfterValidator:
    def check(name: str) -> str:
        return known_name(name, installed(kind), kind.noun)

    return AfterValidator(check)


class PluginsConfig(BaseModel):
    """Plug-ins of installed packages to load: `[plugins]`."""

    model_config = STRICT

    reports: Annotated[
        list[Annotated[str, _plugin_names(REPORT)]],
        Field(description="Formats for `--format` and `--report`."),
    ] = []
    exports: Annotated[
        list[Annotated[str, _plugin_names(EXPORT)]],
        Field(description="Targets for `export`."),
    ] = []
    importers: Annotated[
        list[Annotated[str, _plugin_names(IMPORTER)]],
        Field(description="Lockfiles of other tools for `import`."),
    ] = []
    scanners: Annotated[
        list[Annotated[str, _plugin_names(SCANNER)]],
        Field(description="Scanners for `scan`."),
    ] = []

    def settings(self) -> Plugins:
        """Return the table as the value that travels inside."""
        return Plugins(
            tuple(self.reports),
            tuple(self.exports),
            tuple(self.importers),
            tuple(self.scanners),
        )


def _member(pattern: str) -> str:
    parts = pattern.rstrip("/").split("/")
    if pattern.startswith("/") or not all(parts) or {".", ".."} & set(parts):
        message = (
            f"`{pattern}` is not the path of a folder below the settings, in which"
            " `*` is any text without `/`"
        )
        raise ValueError(message)
    return "/".join(parts)


class WorkspaceConfig(BaseModel):
    """The projects that belong together: `[workspace]`."""

    model_config = STRICT

    members: Annotated[
        list[Annotated[str, AfterValidator(_member)]],
        Field(
            description="Folders of projects, or patterns of them: `services/*`. A"
            " folder with a lockfile or settings of its own is one in any case."
        ),
    ] = []
