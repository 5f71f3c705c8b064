"""The settings of a project, with the places that they are from."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from imagelock.report.as_json import document
from imagelock.report.style import printable

if TYPE_CHECKING:
    from imagelock.config.merging import MergedSettings
    from imagelock.report.style import Style

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_DEFAULT: Final = "default"


def as_text(settings: MergedSettings, style: Style) -> str:
    """Return *settings* as TOML, a line for each, with its places in a comment.

    What has neither a value nor a default is left out.
    """
    lines = [
        (f"{'.'.join(map(_key, key))} = {_value(value)}", ", ".join(names) or _DEFAULT)
        for key, value, names in settings.values()
        if value is not None
    ]
    return "".join(
        f"{printable(line)}  {style.dim(f'# {printable(names)}')}\n"
        for line, names in lines
    )


def as_document(settings: MergedSettings) -> str:
    """Return *settings* as `imagelock config --format json` prints them."""
    return document(
        settings=[
            {"key": list(key), "value": _as_json(value), "origins": list(names)}
            for key, value, names in settings.values()
        ]
    )


def _as_json(value: object) -> object:
    """Return *value* with its days as texts."""
    return json.loads(json.dumps(value, default=date.isoformat))


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _value(name)


def _value(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """Return *value* as TOML: a text of JSON is one of TOML, too."""
    if isinstance(value, dict):
        pairs = [f"{_key(key)} = {_value(inner)}" for key, inner in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
