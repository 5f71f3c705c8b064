"""The tables of the settings, and validated values in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
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
SWITCH: Final = "[switch]"
"""The form of a setting that is `true` or `false`, where a list is another form."""
LIST: Final = "[list]"
"""That other form."""
NO_KEYS: Final = frozenset({FOR_ALL, BY_PATTERN, SWITCH, LIST, "[key]"})
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


def _needs_duration(value: object) -> object:
    """Say of what is no text that it is no duration, and not how to quote it."""
    return value if isinstance(value, str) else _duration(str(value))


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
DurationText = Annotated[
    str, BeforeValidator(_needs_duration), AfterValidator(_duration)
]
RuleName = Annotated[str, AfterValidator(_rule)]
ImagesPattern = Annotated[str, AfterValidator(_images)]
FileName = Annotated[str, AfterValidator(file_name)]
SeverityName = Literal["off", "note", "warning", "error"]
SeverityWord = Literal["unknown", "negligible", "low", "medium", "high", "critical"]
"""A severity of vulnerabilities, from the lowest to the highest."""


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
