"""The schema of the settings, which validates them when they are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from imagelock.config.config import PLATFORMS, REQUEST_TIMEOUT, Config
from imagelock.config.match_schema import MatchConfig
from imagelock.config.merging import MergedSettings
from imagelock.config.policy_schema import AcceptanceConfig, DenialConfig, PolicyConfig
from imagelock.config.registry_schema import RegistryConfig
from imagelock.config.scan_schema import AcceptedVulnerabilityConfig, ScanConfig
from imagelock.config.schema_tables import (
    NO_KEYS,
    STRICT,
    DurationText,
    FileName,
    ImageConfig,
    ImagePattern,
    PlatformName,
    PluginsConfig,
    RuleName,
    SeverityName,
    SourceConfig,
    WorkspaceConfig,
    kebab,
    known_name,
)
from imagelock.config.settings_errors import explain
from imagelock.config.settings_file import EXTENDS
from imagelock.config.signature_schema import SignaturesConfig, SignerConfig
from imagelock.config.update_schema import UpdateConfig, UpdateGroupConfig
from imagelock.entry_points import SOURCE, installed
from imagelock.errors import ConfigurationError, did_you_mean
from imagelock.sources import SHELL, SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from imagelock.config.settings_file import SettingsFile


def _source(name: str) -> str:
    """Accept a built-in source, or an installed plug-in."""
    if name in SOURCES or name == SHELL:
        return name
    return known_name(name, (*SOURCES, SHELL, *installed(SOURCE)), "source")


SourceName = Annotated[str, AfterValidator(_source)]


class ConfigDocument(BaseModel):
    """Everything that a project can set; every key is optional."""

    model_config = ConfigDict(**STRICT, title="Config")

    extends: Annotated[
        str | list[str],
        Field(
            description="Settings that these extend: a file, `package:NAME/FILE`, or"
            " `https://HOST/FILE#sha256=DIGEST`."
        ),
    ] = []
    platforms: Annotated[
        list[PlatformName],
        Field(min_length=1, description="The platforms that the project runs on."),
    ] = list(PLATFORMS)
    include: Annotated[
        list[str],
        Field(description="Gitignore patterns: only these files are read."),
    ] = []
    exclude: Annotated[
        list[str],
        Field(description="Gitignore patterns: these files are not read."),
    ] = []
    ignore: Annotated[
        list[RuleName], Field(description="Rules that `verify` does not report.")
    ] = []
    ignore_paths: Annotated[
        dict[str, list[RuleName]],
        Field(description="Rules that are not reported in some files, by pattern."),
    ] = {}
    rules: Annotated[
        dict[RuleName, SeverityName], Field(description="Severities of rules.")
    ] = {}
    sources: Annotated[
        dict[SourceName, SourceConfig], Field(description="Settings of sources.")
    ] = {}
    match: Annotated[
        list[MatchConfig],
        Field(description="Match rules: image references at places of your own."),
    ] = []
    embedded: Annotated[
        bool,
        Field(
            description="Also read manifests in the data of a `ConfigMap`, in"
            " annotations and below keys named `manifest`."
        ),
    ] = False
    guesses: Annotated[
        bool,
        Field(
            description="Also lock values that are named like an image: variables"
            " `*_IMAGE`, arguments `--x-image=`, `docker://`."
        ),
    ] = False
    charts: Annotated[
        bool,
        Field(
            description="Also lock charts of repositories with an `index.yaml`"
            " (`https://`), by the digest in it."
        ),
    ] = False
    vendored: Annotated[
        bool,
        Field(
            description="Also read the code of others that package managers put into"
            " the project: `vendor`, `node_modules`."
        ),
    ] = False
    images: Annotated[
        dict[ImagePattern, ImageConfig],
        Field(description="Settings for single images."),
    ] = {}
    registries: Annotated[
        dict[str, RegistryConfig], Field(description="Settings of registries.")
    ] = {}
    mirrors: Annotated[
        Literal["containers", "containerd"] | None,
        Field(
            description="Also use the mirrors of another tool: `containers` reads"
            " `registries.conf`, `containerd` reads `hosts.toml`."
        ),
    ] = None
    mirrors_path: Annotated[
        FileName | None,
        Field(
            description="The `registries.conf`, or the folder of `hosts.toml` files, to"
            " read instead of the default ones."
        ),
    ] = None
    cooldown: Annotated[
        DurationText | None,
        Field(description="Time since `update` first saw a digest before it locks it."),
    ] = None
    request_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=600,
            description="Seconds to wait for the next bytes of a response.",
        ),
    ] = REQUEST_TIMEOUT
    plugins: Annotated[
        PluginsConfig, Field(description="Plug-ins of installed packages to load.")
    ] = PluginsConfig()
    workspace: Annotated[
        WorkspaceConfig, Field(description="The projects that belong together.")
    ] = WorkspaceConfig()
    update: Annotated[
        UpdateConfig, Field(description="The requests that update images.")
    ] = UpdateConfig()
    policy: Annotated[PolicyConfig, Field(description="Which images may be used.")] = (
        PolicyConfig()
    )
    signatures: Annotated[
        SignaturesConfig, Field(description="Which signatures are checked.")
    ] = SignaturesConfig()
    scan: Annotated[ScanConfig, Field(description="How images are scanned.")] = (
        ScanConfig()
    )
    variables: Annotated[
        dict[str, str],
        Field(description="Values of variables in files; they override `.env`."),
    ] = {}

    def config(self) -> Config:
        """Return the settings as a plain value."""
        names = ConfigDocument.model_fields.keys() - {EXTENDS}
        values = {name: getattr(self, name) for name in names}
        hosts = {host: table.settings() for host, table in self.registries.items()}
        return Config(
            **{
                **values,
                "registries": hosts,
                "plugins": self.plugins.settings(),
                "workspace": tuple(self.workspace.members),
                "policy": self.policy.settings(),
                "scan": self.scan.settings(),
                "update": self.update.settings(),
                "signatures": self.signatures.settings(),
            },
            platforms_are_declared="platforms" in self.model_fields_set,
        )


def validated(files: Sequence[SettingsFile]) -> Config:
    """Return the settings in *files*, of which later ones take precedence.

    Raises:
        ConfigurationError: a key is unknown or a value invalid; the message names
            the file, the key and what was expected.
    """
    if len(files) == 1:
        return _document(files[0]).config()
    return ConfigDocument.model_validate(merged(files).table).config()


def merged(files: Sequence[SettingsFile]) -> MergedSettings:
    """Return what *files* set, and which of them sets it.

    Raises:
        ConfigurationError: as in `validated`.
    """
    settings = MergedSettings()
    for file in files:
        table = _document(file).model_dump(
            by_alias=True, exclude_unset=True, exclude={EXTENDS}
        )
        settings.add(file.name, table)
    return settings


_EMPTY: Final = {"plugins", "policy", "scan", "signatures", "update", "workspace"}
"""Tables that a project has only if it sets something in them."""


def defaults() -> dict[str, object]:
    """Return the value of each key that is not set."""
    values = ConfigDocument().model_dump(by_alias=True, exclude={EXTENDS})
    return {key: {} if key in _EMPTY else value for key, value in values.items()}


def _document(file: SettingsFile) -> ConfigDocument:
    try:
        return ConfigDocument.model_validate(file.table, context=file.folder)
    except ValidationError as error:
        raise _explain(error.errors()[0], file) from None


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of `imagelock.toml` for `docs/reference`."""
    schema = ConfigDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


_TABLES: Final[dict[tuple[str, ...], type[BaseModel]]] = {
    (): ConfigDocument,
    ("registries",): RegistryConfig,
    ("sources",): SourceConfig,
    ("match",): MatchConfig,
    ("images",): ImageConfig,
    ("plugins",): PluginsConfig,
    ("policy",): PolicyConfig,
    ("policy", "deny"): DenialConfig,
    ("policy", "accept"): AcceptanceConfig,
    ("policy", "signer"): SignerConfig,
    ("signatures",): SignaturesConfig,
    ("scan",): ScanConfig,
    ("scan", "accept"): AcceptedVulnerabilityConfig,
    ("update",): UpdateConfig,
    ("update", "group"): UpdateGroupConfig,
    ("workspace",): WorkspaceConfig,
}
"""By how their keys begin."""


def _explain(error: ErrorDetails, file: SettingsFile) -> ConfigurationError:
    path = [part for part in error["loc"] if part not in NO_KEYS]
    name = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in path
    ).removeprefix(".")
    last = path[-1] if path else ""
    if error["type"] != "extra_forbidden":
        message, hint = explain(error, name, "" if isinstance(last, int) else last)
        of_key = "[key]" in error["loc"]
        return file.error(message, path, hint=hint, of_key=of_key)
    model = next(
        _TABLES[start]
        for end in range(len(path) - 1, -1, -1)
        if (start := tuple(map(str, path[:end]))) in _TABLES
    )
    hint = did_you_mean(str(last), map(kebab, model.model_fields))
    return file.error(f"unknown key `{name}`", path, hint=hint, of_key=True)
