"""The types of the protocol, each defined when it is first used.

`lsprotocol` defines more than 500 classes with attrs, which compiles their methods and
takes longer than all else that a server does until its first answer. A session uses a
tenth of them.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTRIBUTES: Final = "__attrs_attrs__"
"""What attrs adds to a class, and by which others know one of its classes."""
_INIT: Final = "__init__"


class _LazyClass:
    """Stands for the attributes of a class until somebody asks for them."""

    def __init__(self, cls: type, define: Callable[..., Any]) -> None:
        self._cls = cls
        self._define = define
        setattr(cls, _ATTRIBUTES, self)
        setattr(cls, _INIT, self._init())

    def __get__(self, _instance: object, _owner: type) -> object:
        self._finish()
        return getattr(self._cls, _ATTRIBUTES)

    def _init(self) -> Callable[..., None]:
        def init(instance: object, *arguments: object, **values: object) -> None:
            self._finish()
            getattr(self._cls, _INIT)(instance, *arguments, **values)

        return init

    def _finish(self) -> None:
        """Do what the decorator would have done, and resolve names of types."""
        cls = self._cls
        delattr(cls, _ATTRIBUTES)
        delattr(cls, _INIT)
        # Slots would need another class.
        self._define(cls, slots=False)
        attrs.resolve_types(cls, vars(sys.modules[cls.__module__]), {})


def load() -> None:
    """Load the types, if that was not done yet."""
    if "lsprotocol.types" in sys.modules:
        return
    define = attrs.define

    def define_lazily(cls: type) -> type:
        _LazyClass(cls, define)
        return cls

    # All that is made now stays: there is no garbage to look for.
    gc.disable()
    try:
        setattr(attrs, define.__name__, define_lazily)
        import_module("lsprotocol.types")
    finally:
        setattr(attrs, define.__name__, define)
        gc.enable()
    # It would define all of them, to resolve what is resolved above.
    hooks = import_module("lsprotocol._hooks")
    vars(hooks)["_resolved_forward_references"] = True
