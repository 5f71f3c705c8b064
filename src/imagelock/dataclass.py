"""Data classes that cost next to nothing until they are used.

The decorator of the standard library compiles six methods when a class is defined, which
took half of the time of `imagelock verify --offline`. This decorator compiles a method
when it has been called often: compiling takes as long as some thirty calls of the methods
that go through the fields, and most classes of a short run have a few instances. Type
checkers see the decorator of the standard library, whose options and results these are;
`tests/test_dataclass.py` compares them.
"""

from __future__ import annotations

from functools import partial
from types import MemberDescriptorType

from imagelock.light_typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass, field, replace

    Fields = dict[str, "_Field"]
    Method = Callable[..., Any]
    Source = Callable[[type, str], tuple[str, dict[str, Any]]]

__all__ = ["dataclass", "field", "replace"]

_MISSING: Final = object()
_FIELDS: Final = "_imagelock_fields"
_OPERATORS: Final = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
_CALLS_BEFORE_COMPILING: Final = 20


class _Field:
    """How a field is filled, and which methods use it."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "repr")

    def __init__(
        self,
        default: Any = _MISSING,  # noqa: ANN401 - any value
        default_factory: Callable[[], Any] | None = None,
        *,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - named as in the standard library
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = False

    def initial(self) -> object:
        """Return the value without an argument, or `_MISSING` if there is none."""
        return self.default if self.default_factory is None else self.default_factory()


class _StandardFields:
    """The fields as the functions of the standard library's `dataclasses` want them."""

    def __get__(self, _instance: object, cls: type) -> dict[str, Any]:
        # Slow to import, and needed by others only.
        from dataclasses import field, fields, make_dataclass

        names = ("init", "repr", "compare", "kw_only")
        likeness = make_dataclass(
            cls.__name__,
            [
                (name, Any, field(**{key: getattr(each, key) for key in names}))
                for name, each in _fields_of(cls).items()
            ],
        )
        return {each.name: each for each in fields(likeness)}


def _dataclass(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
) -> object:
    """Make *cls* a class of fields; the options are those of the standard library."""
    if cls is None:
        return partial(
            _dataclass, frozen=frozen, slots=slots, eq=eq, order=order, kw_only=kw_only
        )
    cls = _with_fields(cls, slots=slots, kw_only=kw_only)
    methods: dict[str, Method | None] = {"__repr__": _repr}
    compiled: dict[str, tuple[Source, Method | None]] = {"__init__": (_init, _fill)}
    if eq:
        compiled["__eq__"] = _comparison, _is_equal
        methods["__hash__"] = None
    if eq and frozen:
        compiled["__hash__"] = _hash, _hash_of
    if order:
        compiled |= dict.fromkeys(_OPERATORS, (_comparison, None))
    if frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
        methods |= {"__getstate__": _state, "__setstate__": _restore} if slots else {}
    methods |= {name: _compiled_later(cls, name, *compiled[name]) for name in compiled}
    for name, method in methods.items():
        if cls.__dict__.get(name) is None:
            setattr(cls, name, method)
    return cls


def _replace(instance: object, /, **changes: object) -> object:
    """Return a copy of *instance* with other values for some fields."""
    make: Callable[..., object] = instance.__class__
    for name, each in _fields_of(instance.__class__).items():
        if each.init and name not in changes:
            changes[name] = getattr(instance, name)
    return make(**changes)


def _fields_of(cls: type) -> Fields:
    return dict(getattr(cls, _FIELDS))


def _with_fields(cls: type, *, slots: bool, kw_only: bool) -> type:
    """Return *cls*, or a copy of it with slots, that knows its fields."""
    fields: Fields = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= base.__dict__.get(_FIELDS, {})
    own: Fields = {}
    for name in cls.__annotations__:
        value = cls.__dict__.get(name, _MISSING)
        each = value if isinstance(value, _Field) else _Field(value)
        each.kw_only = kw_only
        own[name] = each
        if each is value and not slots:
            delattr(cls, name)
    if slots:
        namespace = dict(cls.__dict__)
        for name in (*own, "__dict__", "__weakref__"):
            namespace.pop(name, None)
        namespace["__slots__"] = tuple(name for name in own if name not in fields)
        namespace["__qualname__"] = cls.__qualname__
        cls = type(cls)(cls.__name__, cls.__bases__, namespace)
    fields |= own
    positional = [n for n, each in fields.items() if each.init and not each.kw_only]
    attributes = {
        _FIELDS: fields,
        "__match_args__": tuple(positional),
        "__dataclass_fields__": _StandardFields(),
    }
    for name, value in attributes.items():
        setattr(cls, name, value)
    return cls


def _compiled_later(
    cls: type, name: str, source: Source, interpreted: Method | None
) -> Method:
    """Return the method *name* of *cls*, which replaces itself when it is called often.

    Until then *interpreted* does the same. What it does not take is left to the compiled
    method, whose errors are those of any function.
    """
    calls = 0

    def method(self: object, *arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if interpreted is not None and calls <= _CALLS_BEFORE_COMPILING:
            result = interpreted(cls, self, *arguments, **options)
            if result is not _MISSING:
                return result
        text, scope = source(cls, name)
        exec(text, scope)  # noqa: S102 - made of names of fields
        compiled = scope[name]
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(self, *arguments, **options)

    return method


def _fill(cls: Any, self: Any, /, *arguments: object, **options: object) -> object:  # noqa: ANN401 - any class
    """Do what `__init__` of *cls* does, or return `_MISSING` if it raises an error."""
    values = _field_values(cls, arguments, options)
    if values is None:
        return _MISSING
    put = object.__setattr__ if cls.__setattr__ is _refuse else setattr
    for name, value in values.items():
        put(self, name, value)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()
    return None


def _field_values(
    cls: Any,  # noqa: ANN401 - any class
    arguments: Sequence[object],
    options: dict[str, object],
) -> dict[str, object] | None:
    """Return the values of the fields, or `None` if the arguments are wrong."""
    names = cls.__match_args__
    given = dict(zip(names, arguments, strict=False))
    if len(arguments) > len(names) or not given.keys().isdisjoint(options):
        return None
    given |= options
    values = {}
    for name, each in _fields_of(cls).items():
        value = given.pop(name, _MISSING) if each.init else _MISSING
        if value is _MISSING:
            value = each.initial()
        if value is not _MISSING:
            values[name] = value
        elif each.init:
            return None
    return None if given else values


def _is_equal(cls: type, self: object, other: object, /) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _compared(cls, self) == _compared(cls, other)


def _hash_of(cls: type, self: object, /) -> int:
    return hash(_compared(cls, self))


def _compared(cls: type, instance: object) -> tuple[object, ...]:
    fields = _fields_of(cls).items()
    return tuple(getattr(instance, name) for name, each in fields if each.compare)


def _init(cls: type, name: str) -> tuple[str, dict[str, Any]]:
    scope: dict[str, Any] = {"_put": object.__setattr__, "_missing": _MISSING}
    positional: list[str] = ["self"]
    keywords: list[str] = []
    body: list[str] = []
    for key, each in _fields_of(cls).items():
        parameter = value = key
        if each.default_factory is not None:
            scope[f"_new_{key}"] = each.default_factory
            value = f"_new_{key}()"
            if each.init:
                parameter, value = (
                    f"{key}=_missing",
                    f"{value} if {key} is _missing else {key}",
                )
        elif each.default is not _MISSING:
            scope[f"_default_{key}"] = each.default
            parameter = f"{key}=_default_{key}"
            value = key if each.init else f"_default_{key}"
        elif not each.init:
            continue
        if each.init:
            (keywords if each.kw_only else positional).append(parameter)
        body.append(_assignment(cls, key, value, scope))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*positional, *(["*"] if keywords else []), *keywords])
    return _source(name, parameters, body or ["pass"]), scope


def _assignment(cls: type, key: str, value: str, scope: dict[str, Any]) -> str:
    """Return the source that gives the field *key* its *value*; *scope* has its names."""
    if cls.__setattr__ is not _refuse:
        return f"self.{key} = {value}"
    slot = getattr(cls, key, None)
    if not isinstance(slot, MemberDescriptorType):
        return f"_put(self, {key!r}, {value})"
    scope[f"_put_{key}"] = slot.__set__  # in half the time of looking for it by name
    return f"_put_{key}(self, {value})"


def _comparison(cls: type, name: str) -> tuple[str, dict[str, Any]]:
    mine, others = (_values(cls, owner) for owner in ("self", "other"))
    body = [
        "if other.__class__ is not self.__class__: return NotImplemented",
        f"return {mine} {_OPERATORS.get(name, '==')} {others}",
    ]
    return _source(name, "self, other", body), {}


def _hash(cls: type, name: str) -> tuple[str, dict[str, Any]]:
    return _source(name, "self", [f"return hash({_values(cls, 'self')})"]), {}


def _values(cls: type, owner: str) -> str:
    """Return the source of a tuple of the values that are compared."""
    names = [name for name, each in _fields_of(cls).items() if each.compare]
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"


def _source(name: str, parameters: str, body: Sequence[str]) -> str:
    return "\n ".join([f"def {name}({parameters}):", *body])


def _repr(self: object) -> str:
    fields = _fields_of(type(self)).items()
    values = (f"{n}={getattr(self, n)!r}" for n, each in fields if each.repr)
    return f"{type(self).__qualname__}({', '.join(values)})"


def _refuse(self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError  # raised for mistakes only

    raise FrozenInstanceError(f"cannot change field {name!r} of {type(self).__name__}")


def _state(self: object) -> list[object]:
    return [getattr(self, name) for name in _fields_of(type(self))]


def _restore(self: object, state: Sequence[object]) -> None:
    for name, value in zip(_fields_of(type(self)), state, strict=True):
        object.__setattr__(self, name, value)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
