"""What is wrong with a value in the settings, with an example of a right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SENTENCES: Final = {
    "string_type": 'needs text in quotes: `{key} = "{value}"`',
    "bool_type": "needs `true` or `false`: `{key} = true`",
    "list_type": 'needs a list: `{key} = ["{value}"]`',
    "dict_type": "needs a table: `[{path}]`",
    "model_type": "needs a table: `[{path}]`",
    "int_type": "needs a whole number: `{key} = 4`",
    "int_from_float": "needs a whole number: `{key} = 4`",
    "float_type": "needs a number: `{key} = 30`",
    "date_type": "needs a date: `{key} = 2026-01-31`",
    "date_from_datetime_inexact": "needs a date: `{key} = 2026-01-31`",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be {le:g} or less",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "missing": "is missing",
}
"""By the types of errors of pydantic, whose own sentences are about Python."""


def explain(error: ErrorDetails, path: str, key: str) -> tuple[str, str | None]:
    """Return what is wrong with the value at *path*, and a hint if there is one.

    *key* is the last key of *path*, or empty for an entry of a list.
    """
    value: Any = error["input"]
    context = error.get("ctx", {})
    if error["type"] in {"literal_error", "enum"}:
        choices = str(context["expected"]).replace("'", "")
        hint = did_you_mean(str(value), choices.replace(" or ", ", ").split(", "))
        return f"`{path}` cannot be `{value}`: use {choices}", hint
    template = _SENTENCES.get(error["type"])
    if template is None:
        return f"`{path}`: {error['msg'].removeprefix('Value error, ')}", None
    shown = value if isinstance(value, str | int | float) else "…"
    if not key:
        template = template.replace("{key} = ", "")
    needs = template.format(key=key, path=path, value=shown, **context)
    return f"`{path}` {needs}", None
