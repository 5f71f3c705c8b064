"""What tools make of a YAML scalar that they use as a text, but read as a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.go_numbers import rendered_number

if TYPE_CHECKING:
    from imagelock.model.occurrence import Place
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Scalar

_NO_TEXT: Final = re.compile(
    r"(?i)[-+.]?(?:[0-9].*|\.(?:inf|nan)|inf|nan)|true|false|yes|no|on|off|null|~"
)
"""Plain scalars that YAML may not read as text."""

_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_DECIMAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,5})\.[0-9]{1,15}")
_VERSION: Final = re.compile(r"(?!0[xob])[0-9].*", re.DOTALL)
_BASE_60: Final = re.compile(r"[0-9_]+(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


def python_text(text: Text, scalar: Scalar) -> str | None:
    """Return what a tool in Python or Ruby makes of *scalar*, which is in *text*.

    The number `3.10` becomes `3.1`, and `20.0` stays. `None` for values that are
    neither text nor a decimal number: YAML's versions differ about them.
    """
    value = scalar.value
    if scalar.tag or scalar.null:
        return None
    if not _may_be_number(text, scalar) or _INTEGER.fullmatch(value):
        return value
    try:
        written = repr(float(value))
    except ValueError:  # `1.2.3`, `7-alpine`
        is_text = _VERSION.fullmatch(value) and not _BASE_60.fullmatch(value)
        return value if is_text else None
    is_decimal = _DECIMAL.fullmatch(value) and "e" not in written
    return written if is_decimal else None


def go_text(text: Text, scalar: Scalar) -> str | None:
    """Return what a tool in Go makes of *scalar*, which is in *text*.

    Fractions are as in `rendered_number`, so that `20.0` becomes `20`. `None` for
    values that are neither text nor a number.
    """
    plain = python_text(text, scalar)
    if scalar.tag or scalar.null or _INTEGER.fullmatch(scalar.value):
        return plain
    return rendered_number(text, scalar) or plain


def unclear_number(place: Place) -> Skipped:
    """Return the finding about a tag at *place* that is an unclear number."""
    detail = f"`{place.text}` is a number that is not always written like this"
    hint = "put it in quotes"
    return Skipped(place=place, reason=Reason.INVALID, detail=detail, hint=hint)


def _may_be_number(text: Text, scalar: Scalar) -> bool:
    """Return whether YAML may read *scalar* as a number, or a Boolean."""
    is_quoted = text.value[max(scalar.start - 1, 0) : scalar.start] in {'"', "'"}
    return not (is_quoted or scalar.block) and bool(_NO_TEXT.fullmatch(scalar.value))
