"""Our data classes, compared with those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import operator
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock import dataclass as ours
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = [
    dict(zip(("frozen", "slots", "eq", "order", "kw_only"), values, strict=True))
    for values in product((False, True), repeat=5)
    if values[2] or not values[3]  # there is no order without equality
]


def point(library: Any, **options: bool) -> Any:  # noqa: ANN401 - either library
    @library.dataclass(**options)
    class Point:
        """A point."""

        x: int
        y: int = 2
        names: list[str] = library.field(default_factory=list, repr=False)
        seen: int = library.field(default=0, compare=False)
        notes: dict[str, int] = library.field(default_factory=dict, init=False)

        def total(self) -> int:
            return self.x + self.y

    return Point


def both(**options: bool) -> list[Any]:
    return [point(library, **options) for library in (dataclasses, ours)]


def outcome(
    action: Callable[..., object], *arguments: object, **options: object
) -> Any:  # noqa: ANN401 - whatever it returns
    try:
        return action(*arguments, **options)
    except (TypeError, AttributeError) as error:
        return type(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_instances_are_those_of_the_standard_library(options: dict[str, bool]) -> None:
    standard, own = both(**options)
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((), {}),
        ((1,), {}),
        ((1, 2, ["a"], 3), {}),
        ((1, 2, ["a"], 3, 4), {}),
        ((), {"x": 1}),
        ((), {"x": 1, "y": 5, "names": ["b"], "seen": 7}),
        ((), {"x": 1, "notes": {}}),
        ((), {"x": 1, "z": 1}),
    ]
    for arguments, values in calls:
        results = [outcome(each, *arguments, **values) for each in (standard, own)]
        if isinstance(results[0], type):
            assert results[1] is results[0]
            continue
        assert repr(results[1]) == repr(results[0])
        assert results[1].total() == results[0].total()
        assert results[1].notes == {}
    assert own.__match_args__ == standard.__match_args__
    assert own.__doc__ == standard.__doc__
    assert hasattr(own(x=1), "__dict__") == hasattr(standard(x=1), "__dict__")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(
    left=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    right=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_comparisons(
    options: dict[str, bool], left: tuple[int, int], right: tuple[int, int]
) -> None:
    answers = []
    for cls in both(**options):
        a = cls(x=left[0], y=left[1], seen=left[1])
        b = cls(x=right[0], y=right[1], seen=right[0])
        operators = operator.eq, operator.ne, operator.lt, operator.le, operator.gt
        results = [outcome(each, a, b) for each in (*operators, operator.ge)]
        results += [a == 1, outcome(lambda a=a: hash(a)) is TypeError]
        answers.append(results)

    assert answers[0] == answers[1]


def test_equal_values_have_equal_hashes() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Pair:
        left: int
        right: str

    assert hash(Pair(1, "a")) == hash(Pair(1, "a"))
    assert len({Pair(1, "a"), Pair(1, "a"), Pair(2, "a")}) == 2


@pytest.mark.parametrize("slots", [False, True])
def test_frozen_fields_cannot_be_changed(slots: bool) -> None:  # noqa: FBT001
    for cls in both(frozen=True, slots=slots):
        with pytest.raises(FrozenInstanceError):
            cls(1).x = 2
        with pytest.raises(FrozenInstanceError):
            del cls(1).x


def test_classes_inherit_fields() -> None:
    reprs = []
    for library in (dataclasses, ours):

        @library.dataclass(frozen=True, slots=True, kw_only=True)
        class Base:
            name: str
            size: int = 1

        @library.dataclass(frozen=True, slots=True, kw_only=True)
        class Derived(Base):
            color: str
            size: int = 3

            def __post_init__(self) -> None:
                assert self.color

        make: Any = Derived
        made = make(name="a", color="red")
        assert not hasattr(made, "__dict__")
        assert made != make.__base__(name="a")
        reprs.append(repr(made))

    assert reprs[0] == reprs[1]


def test_methods_of_the_class_stay() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Odd:
        value: int

        def __repr__(self) -> str:
            return "odd"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert (repr(Odd(1)), Odd(1) == 5, hash(Odd(1))) == ("odd", True, 7)


def test_a_cached_property_needs_no_slots() -> None:
    @ours.dataclass(frozen=True)
    class Lazy:
        value: int = 2

        @cached_property
        def twice(self) -> int:
            return self.value * 2

    lazy = Lazy()
    assert (lazy.twice, lazy.twice, Lazy.value) == (4, 4, 2)


def test_replace() -> None:
    for library in (dataclasses, ours):
        old = point(library, frozen=True, slots=True)(1, names=["a"])
        new = library.replace(old, y=9)

        assert (new.x, new.y, new.names, old.y) == (1, 9, ["a"], 2)
        with pytest.raises(TypeError):
            library.replace(old, z=1)


def test_other_libraries_see_data_classes() -> None:
    reference = Reference.parse("nginx:1.27")
    standard: Any = dataclasses

    assert dataclasses.is_dataclass(reference)
    names = [field.name for field in dataclasses.fields(reference)]
    assert tuple(names) == Reference.__slots__
    assert standard.replace(reference, tag="1.28") == Reference.parse("nginx:1.28")


def test_copies_and_pickles() -> None:
    reference = Reference.parse("ghcr.io/acme/app:1")

    assert copy.copy(reference) == copy.deepcopy(reference) == reference
    assert pickle.loads(pickle.dumps(reference)) == reference  # noqa: S301 - our own


def test_patterns_match_by_position() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Pair:
        left: int
        right: int

    match Pair(1, 2):
        case Pair(1, right):
            assert right == 2
        case _:
            pytest.fail("no match")


def test_errors_name_the_class_and_the_argument() -> None:
    message = r"Point.__init__\(\) missing 1 required positional argument: 'x'"
    with pytest.raises(TypeError, match=message):
        point(ours)()


def test_the_standard_library_is_not_loaded() -> None:
    program = "import sys, imagelock.project.scan; print({'dataclasses', 'inspect'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={},
    )

    assert done.stdout == "set()\n"
