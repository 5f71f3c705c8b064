"""Read the configuration of an image: OCI image-spec, config.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.image_details import Settings
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST: Final = 512
"""Characters that are kept of one value."""
_MOST: Final = 64
"""Values that are kept of one list; what is behind them is nobody's reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How the image runs, when it was made, and its labels."""

    created: str | None
    labels: Mapping[str, str]
    settings: Settings


def read(body: bytes) -> Configuration:
    """Return what *body* says; what is of another type than it should be is not there.

    Raises:
        Failure: it is not a JSON object.
    """
    document = loads(body)
    runs = document.get("config")
    fields: dict[str, Any] = runs if isinstance(runs, dict) else {}
    created = document.get("created")
    return Configuration(
        created=_text(created) or None,
        labels=_labels(fields.get("Labels")),
        settings=Settings(
            entrypoint=_texts(fields.get("Entrypoint")),
            cmd=_texts(fields.get("Cmd")),
            user=_text(fields.get("User")),
            env=tuple(sorted(_texts(fields.get("Env")))),
            ports=tuple(sorted(_texts(_keys(fields.get("ExposedPorts"))))),
        ),
    )


def loads(body: bytes) -> dict[str, Any]:
    """Return the JSON object that the configuration *body* is.

    Raises:
        Failure: it is something else.
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
    return kept(value, _LONGEST) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list; Docker also wrote a single text as `Entrypoint`."""
    values: Iterable[object] = value if isinstance(value, list) else [value]
    return tuple(_text(one) for one in values if isinstance(one, str))[:_MOST]


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _labels(value: object) -> dict[str, str]:
    fields = value if isinstance(value, dict) else {}
    return {name: text for name, text in fields.items() if isinstance(text, str)}
