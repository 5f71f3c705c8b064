"""Numbers and Booleans in YAML as programs in Go write them, such as Helm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Scalar

_NUMBER: Final = re.compile(
    r"[-+]?(?:0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)"
)
"""Plain scalars that YAML reads as numbers."""

_NOT_FINITE: Final = re.compile(r"[-+]?\.(?i:inf)|\.(?i:nan)")
_BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""What is a Boolean to YAML 1.1 (type repository, "bool")."""

_TEXT: Final = "!!str"
_LARGEST_PLAIN: Final = 6
"""From this power of ten on, Go writes an exponent (`strconv`, format `g`)."""

_SMALLEST_PLAIN: Final = -4


def rendered_number(text: Text, scalar: Scalar) -> str | None:
    """Return what Go's `fmt` writes for *scalar*, if YAML reads it as a number.

    `None` for a text. Every number is a float, as for Helm, which reads values as JSON,
    and has its shortest form: `1.20` becomes `1.2`, and `58467965` becomes
    `5.8467965e+07`.
    """
    value = scalar.value
    if not _is_plain(text, scalar) or not _NUMBER.fullmatch(value):
        return None
    try:
        return _shortest(_parse(value.replace("_", "")))
    except (ValueError, OverflowError):
        return None


def boolean(text: Text, scalar: Scalar) -> bool | None:
    """Return the Boolean that *scalar* is for Helm and Kustomize; `None` if it is none."""
    return _BOOLEANS.get(scalar.value) if _is_plain(text, scalar) else None


def rendered(text: Text, scalar: Scalar) -> str | None:
    """Return what Go's `fmt` writes for *scalar*, if it is a number or a Boolean."""
    value = boolean(text, scalar)
    return rendered_number(text, scalar) if value is None else str(value).lower()


def is_text(text: Text, scalar: Scalar) -> bool:
    """Return whether *scalar* is a text for programs in Go, and no number or Boolean."""
    if scalar.tag or not _is_plain(text, scalar):
        return True
    is_number = any(each.fullmatch(scalar.value) for each in (_NUMBER, _NOT_FINITE))
    return not is_number and scalar.value not in _BOOLEANS


def _is_plain(text: Text, scalar: Scalar) -> bool:
    """Return whether *scalar* is written without quotes and `!!str`, on one line."""
    before = text.value[max(scalar.start - len(_TEXT) - 1, 0) : scalar.start]
    if before.strip() == _TEXT:
        return False
    written = text.value[scalar.start : scalar.end].strip()
    is_quoted = text.value[max(scalar.start - 1, 0) : scalar.start] in {'"', "'"}
    return written == scalar.value.strip() and not is_quoted and not scalar.block


def _parse(digits: str) -> float:
    unsigned = digits.lstrip("+-")
    if unsigned[:2].lower() in {"0x", "0o", "0b"}:
        return float(int(digits, 0))
    if unsigned.isdecimal() and unsigned != "0" and unsigned.startswith("0"):
        return float(int(digits, 8))  # octal in YAML 1.1
    return float(digits)


def _shortest(number: float) -> str:
    from decimal import Decimal  # few charts calculate with fractions

    decimal = Decimal(repr(number)).normalize()
    exponent = decimal.adjusted() if decimal else 0
    if _SMALLEST_PLAIN <= exponent < _LARGEST_PLAIN:
        return f"{decimal:f}"
    sign, digits, _ = decimal.as_tuple()
    mantissa = "".join(map(str, digits))
    point = "." if len(mantissa) > 1 else ""
    power = f"{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    return f"{'-' * sign}{mantissa[0]}{point}{mantissa[1:]}e{power}"
