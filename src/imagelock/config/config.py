"""The settings of a project, as a value."""

from __future__ import annotations

from imagelock.config.plugins import Plugins
from imagelock.config.policy import Policy
from imagelock.config.scan import ScanSettings
from imagelock.config.update_settings import UpdateSettings
from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.config.match_schema import MatchConfig
    from imagelock.config.registries import HostSettings
    from imagelock.config.schema_tables import (
        ImageConfig,
        SeverityName,
        SourceConfig,
    )
    from imagelock.config.signatures import SignatureSettings

PLATFORMS: Final = ("linux/amd64", "linux/arm64/v8")
"""The platforms of a project that declares none."""
REQUEST_TIMEOUT: Final = 30.0
"""In seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of a project; the defaults are those of a project without any.

    `ConfigDocument` has the same keys, validates them, and describes each of them.
    `workspace` are patterns of folders that are projects of their own, relative to the
    root. `platforms_are_declared` is whether the user named the platforms.
    """

    platforms: Sequence[str] = field(default_factory=lambda: list(PLATFORMS))
    include: Sequence[str] = field(default_factory=list)
    exclude: Sequence[str] = field(default_factory=list)
    ignore: Sequence[str] = field(default_factory=list)
    ignore_paths: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rules: Mapping[str, SeverityName] = field(default_factory=dict)
    sources: Mapping[str, SourceConfig] = field(default_factory=dict)
    match: Sequence[MatchConfig] = field(default_factory=list)
    embedded: bool = False
    guesses: bool = False
    charts: bool = False
    vendored: bool = False
    images: Mapping[str, ImageConfig] = field(default_factory=dict)
    registries: Mapping[str, HostSettings] = field(default_factory=dict)
    mirrors: Literal["containers", "containerd"] | None = None
    mirrors_path: str | None = None
    cooldown: str | None = None
    request_timeout: float = REQUEST_TIMEOUT
    plugins: Plugins = field(default_factory=Plugins)
    workspace: tuple[str, ...] = ()
    update: UpdateSettings = field(default_factory=UpdateSettings)
    policy: Policy = field(default_factory=Policy)
    signatures: SignatureSettings | None = None
    scan: ScanSettings = field(default_factory=ScanSettings)
    variables: Mapping[str, str] = field(default_factory=dict)
    platforms_are_declared: bool = False
