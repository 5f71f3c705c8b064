"""Names of `typing`, without loading it.

`typing` takes a tenth of the time of a short run to load, and nothing evaluates
annotations. What every run loads takes these names from here: type checkers see those of
the standard library, and at run time they stand for nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        Any,
        ClassVar,
        Final,
        Generic,
        Literal,
        Protocol,
        Self,
        TypeVar,
        assert_never,
        cast,
    )
else:
    Any = ClassVar = Final = Literal = Self = None

    class Protocol:
        """A base class that adds nothing."""

        __slots__ = ()

        def __class_getitem__(cls, _parameter: object) -> type:
            return cls

    Generic = Protocol

    def TypeVar(name: str, **_options: object) -> str:  # noqa: N802 - as in `typing`
        """Return what can be a parameter of a class."""
        return name

    def assert_never(value: object) -> None:
        """Fail: no *value* comes here, as type checkers have proven."""
        raise AssertionError(value)

    def cast(_type: object, value: object) -> object:
        """Return *value*."""
        return value


__all__ = [
    "TYPE_CHECKING",
    "Any",
    "ClassVar",
    "Final",
    "Generic",
    "Literal",
    "Protocol",
    "Self",
    "TypeVar",
    "assert_never",
    "cast",
]
