"""Read the configuration of an image: OCI image-spec, config.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.model.image_details import ContainerConfig
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import printable_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST: Final = 512
"""At most this many characters of a value are kept."""
_MOST: Final = 64
"""At most this many values of a list are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfiguration:
    """How the image runs, when it was made, and its labels."""

    created: str | None
    labels: Mapping[str, str]
    settings: ContainerConfig


def parse_image_config(body: bytes) -> ImageConfiguration:
    """Parse the configuration *body*; a value of the wrong type counts as absent.

    Raises:
        Failure: *body* is not a JSON object.
    """
    document = parse_config_object(body)
    config = document.get("config")
    fields: dict[str, Any] = config if isinstance(config, dict) else {}
    created = document.get("created")
    return ImageConfiguration(
        created=_text(created) or None,
        labels=_labels(fields.get("Labels")),
        settings=ContainerConfig(
            entrypoint=_texts(fields.get("Entrypoint")),
            cmd=_texts(fields.get("Cmd")),
            user=_text(fields.get("User")),
            env=tuple(sorted(_texts(fields.get("Env")))),
            ports=tuple(sorted(_texts(_keys(fields.get("ExposedPorts"))))),
        ),
    )


def parse_config_object(body: bytes) -> dict[str, Any]:
    """Parse the configuration *body* as a JSON object, without reading its fields.

    Raises:
        Failure: *body* is not a JSON object.
    """
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        message = f"its configuration is malformed: {error}"
        raise Failure(message) from error
    if not isinstance(document, dict):
        raise Failure("its configuration is malformed: it is not a JSON object")
    return document


def _text(value: object) -> str:
    return printable_prefix(value, _LONGEST) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list; Docker also wrote a single text as `Entrypoint`."""
    values: Iterable[object] = value if isinstance(value, list) else [value]
    return tuple(_text(text) for text in values if isinstance(text, str))[:_MOST]


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _labels(value: object) -> dict[str, str]:
    fields = value if isinstance(value, dict) else {}
    return {name: text for name, text in fields.items() if isinstance(text, str)}
