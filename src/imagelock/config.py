"""Settings: `imagelock.toml`, or `[tool.imagelock]` in `pyproject.toml`."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from imagelock import toml
from imagelock.duration import duration
from imagelock.errors import ConfigurationError, InvalidReferenceError
from imagelock.naming import is_pattern
from imagelock.reference import Reference
from imagelock.settings import (
    STRICT,
    ImageConfig,
    Level,
    MatchConfig,
    PlatformName,
    RuleName,
    SourceConfig,
    kebab,
    known,
)
from imagelock.sources import SOURCES
from imagelock.sources.extensions import installed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME: Final = "imagelock.toml"


def _source(name: str) -> str:
    """Accept a built-in source; of others only those that are installed."""
    return name if name in SOURCES else known(name, (*SOURCES, *installed()), "source")


def _mirror(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        message = f"`{text}` is not a URL; write `https://HOST`"
        raise ValueError(message)
    return text.rstrip("/")


def _file(text: str, info: ValidationInfo) -> str:
    """Return the path *text*, which is relative to the folder of the settings."""
    return str((info.context or Path()) / Path(text).expanduser())


def _cooldown(text: str) -> str:
    duration(text)
    return text


FileName = Annotated[str, AfterValidator(_file)]


def _image(name: str) -> str:
    """Accept a pattern, or a reference in any spelling."""
    if not is_pattern(name):
        try:
            Reference.parse(name)
        except InvalidReferenceError as error:
            raise ValueError(str(error)) from None
    return name


ImagePattern = Annotated[str, AfterValidator(_image)]
SourceName = Annotated[str, AfterValidator(_source)]
CooldownText = Annotated[str, AfterValidator(_cooldown)]


class RegistryConfig(BaseModel):
    """How one registry is reached: `[registries."HOST"]`."""

    model_config = STRICT

    mirror: Annotated[
        Annotated[str, AfterValidator(_mirror)] | None,
        Field(description="URL of another server that has the same content."),
    ] = None
    resolve_from_mirror: Annotated[
        bool,
        Field(description="Ask the mirror, and only it, what a tag stands for."),
    ] = False
    plain_http: Annotated[
        bool | None,
        Field(description="Speak HTTP without TLS; unset, only to this machine."),
    ] = None
    ca: Annotated[
        FileName | None,
        Field(description="File with the certificate authorities to trust, too."),
    ] = None
    client_cert: Annotated[
        FileName | None, Field(description="File with the certificate to show to it.")
    ] = None
    client_key: Annotated[
        FileName | None,
        Field(description="File with its key, where `client-cert` does not hold it."),
    ] = None
    skip_verify: Annotated[
        bool,
        Field(description="Accept any certificate. Every run warns: it is unsafe."),
    ] = False
    shared_token: Annotated[
        bool | None,
        Field(
            description="Ask for one token for several repositories; unset, only on"
            " Docker Hub."
        ),
    ] = None
    token_server: Annotated[
        str | None,
        Field(
            description="`HOST[:PORT]` of the only token server that it may name;"
            " unset, any."
        ),
    ] = None
    max_connections: Annotated[
        int, Field(ge=1, le=64, description="Connections to it at one time.")
    ] = 8

    @model_validator(mode="after")
    def _key_has_certificate(self) -> Self:
        if self.client_key and not self.client_cert:
            message = "`client-key` needs a `client-cert`"
            raise ValueError(message)
        return self


class Config(BaseModel):
    """Everything that a project can set; every key is optional."""

    model_config = STRICT

    platforms: Annotated[
        list[PlatformName],
        Field(min_length=1, description="The platforms that the project runs on."),
    ] = ["linux/amd64", "linux/arm64/v8"]
    include: Annotated[
        list[str],
        Field(description="Patterns of gitignore: only these files are read."),
    ] = []
    exclude: Annotated[
        list[str],
        Field(description="Patterns of gitignore: these files are not read."),
    ] = []
    ignore: Annotated[
        list[RuleName], Field(description="Rules that `verify` does not report.")
    ] = []
    ignore_paths: Annotated[
        dict[str, list[RuleName]],
        Field(description="Rules that are not reported of files: by a pattern."),
    ] = {}
    rules: Annotated[
        dict[RuleName, Level], Field(description="The severity of a rule.")
    ] = {}
    sources: Annotated[
        dict[SourceName, SourceConfig], Field(description="What a source reads.")
    ] = {}
    match: Annotated[
        list[MatchConfig],
        Field(description="Places in YAML and JSON that only you know."),
    ] = []
    embedded: Annotated[
        bool,
        Field(
            description="Read manifests in the data of a `ConfigMap`, in annotations"
            " and below keys `manifest`."
        ),
    ] = False
    guesses: Annotated[
        bool,
        Field(
            description="Lock what is named like an image, too: variables `*_IMAGE`,"
            " arguments `--x-image=`, `docker://`."
        ),
    ] = False
    images: Annotated[
        dict[ImagePattern, ImageConfig],
        Field(description="What holds for single images."),
    ] = {}
    registries: Annotated[
        dict[str, RegistryConfig], Field(description="How a registry is reached.")
    ] = {}
    mirrors: Annotated[
        Literal["containers", "containerd"] | None,
        Field(
            description="Whose mirrors to use, too: `containers` reads"
            " `registries.conf`, `containerd` reads `hosts.toml`."
        ),
    ] = None
    mirrors_path: Annotated[
        FileName | None,
        Field(
            description="The `registries.conf`, or the folder of `hosts.toml`, to read"
            " in place of the usual ones."
        ),
    ] = None
    cooldown: Annotated[
        CooldownText | None,
        Field(description="How long `update` must know a digest before it locks it."),
    ] = None
    request_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=600,
            description="Seconds to wait for a registry to go on with its answer.",
        ),
    ] = 30.0
    variables: Annotated[
        dict[str, str],
        Field(description="Values for variables in files, before those of `.env`."),
    ] = {}

    @property
    def platforms_are_declared(self) -> bool:
        """Whether the user named the platforms, or they are the default."""
        return "platforms" in self.model_fields_set


def load(root: Path, file: Path | None = None) -> Config:
    """Return the settings of the project at *root*, or those in *file*.

    Raises:
        ConfigurationError: the file cannot be read, or a key or value in it is
            not known; it names the file, the key and what was expected.
    """
    if file is not None:
        return _validate(_read(file), file)
    if (path := root / FILE_NAME).is_file():
        return _validate(_read(path), path)
    if (path := root / "pyproject.toml").is_file():
        settings = _read(path).get("tool", {}).get("imagelock")
        return (
            Config.model_construct() if settings is None else _validate(settings, path)
        )
    return Config.model_construct()


def has_settings(folder: Path) -> bool:
    """Tell whether *folder* is where a project's settings are."""
    if (folder / FILE_NAME).is_file():
        return True
    try:
        return b"[tool.imagelock" in (folder / "pyproject.toml").read_bytes()
    except OSError:
        return False


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of `imagelock.toml`, as `docs/reference` has it."""
    schema = Config.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read(path: Path) -> dict[str, Any]:
    try:
        return toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the configuration `{path}`: {error}"
        raise ConfigurationError(message) from error
    except ValueError as error:
        raise ConfigurationError(f"`{path}` is not TOML: {error}") from error


def _validate(data: Any, path: Path) -> Config:  # noqa: ANN401 - what TOML holds
    try:
        return Config.model_validate(data, context=path.parent)
    except ValidationError as error:
        raise _explain(error.errors()[0], path) from None


_TABLES: Final[dict[str, type[BaseModel]]] = {
    "registries": RegistryConfig,
    "sources": SourceConfig,
    "match": MatchConfig,
    "images": ImageConfig,
}


def _explain(error: ErrorDetails, path: Path) -> ConfigurationError:
    *outer, last = [str(part) for part in error["loc"] if part != "[key]"] or [""]
    key = ".".join([*outer, last])
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] != "extra_forbidden":
        return ConfigurationError(f"`{key}` in `{path.name}`: {message}")
    model = _TABLES.get(outer[0], Config) if outer else Config
    near = get_close_matches(last, [kebab(name) for name in model.model_fields], 1)
    return ConfigurationError(
        f"`{path.name}` has an unknown key `{key}`",
        hint=f"did you mean `{near[0]}`?" if near else None,
    )
