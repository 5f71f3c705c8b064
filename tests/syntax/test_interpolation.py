from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Reason
from imagelock.syntax.interpolation import Interpolation, Refusal, interpolate

VARIABLES = {"SET": "value", "EMPTY": "", "TEXT": "a$SET}b"}

TABLE = [
    ("$SET", "value"),
    ("${SET}", "value"),
    ("${UNSET-d}", "d"),
    ("${UNSET:-d}", "d"),
    ("${UNSET+a}", ""),
    ("${UNSET:+a}", ""),
    ("${EMPTY}", ""),
    ("${EMPTY-d}", ""),
    ("${EMPTY:-d}", "d"),
    ("${EMPTY+a}", "a"),
    ("${EMPTY:+a}", ""),
    ("${EMPTY?m}", ""),
    ("${SET-d}", "value"),
    ("${SET:-d}", "value"),
    ("${SET+a}", "a"),
    ("${SET:+a}", "a"),
    ("${SET?m}", "value"),
    ("${SET:?m}", "value"),
    # Neither the value of a variable nor a dollar sign that is escaped is read again.
    ("$TEXT", "a$SET}b"),
    ("$$SET $${SET}", "$SET ${SET}"),
    ("$$$SET", "$value"),
    ("$1 $ $-", "$1 $ $-"),
    ("redis:$SET-alpine", "redis:value-alpine"),
    ("${UNSET:-${EMPTY:-${SET}}}", "value"),
    ("${UNSET:-a-${SET:-d}-b}c", "a-value-bc"),
    ("${UNSET:-redis:-x}", "redis:-x"),
    ("${UNSET:-'7'}", "'7'"),
    ("${UNSET:-7}}", "7}"),
    ("${UNSET:-{{x}}}", "{{x}}"),
    ("${UNSET:-{}}", "{}"),
    ("${UNSET:-{", None),
    ("${SET:-${}}", "value"),
    ("${SET:-a}\n${UNSET:-b}", "value\nb"),
    ("${UNSET:-a\nb}", None),
    ("${}", None),
    ("${1}", None),
    ("${ SET}", None),
    ("${SET.X}", None),
    ("${SET/x/y}", None),
    ("${SET%x}", None),
    ("${SET", None),
    ("${", None),
    ("${UNSET:-${}}", None),
    ("${SET:}", None),
]


@pytest.mark.parametrize(("text", "value"), TABLE)
def test_a_form_means_what_compose_says(text: str, value: str | None) -> None:
    meaning = interpolate(text, VARIABLES)

    if isinstance(meaning, Refusal):
        assert value is None
        assert meaning.reason is Reason.BAD_INTERPOLATION
    else:
        assert meaning.value == value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("${UNSET?}", "`UNSET` is required"),
        ("${UNSET:?set it}", "`UNSET` is required: set it"),
        ("${EMPTY:?to be $SET}", "`EMPTY` is required: to be value"),
        ("${SET:+${UNSET?inside}}", "`UNSET` is required: inside"),
    ],
)
def test_a_required_variable_without_value_is_refused(text: str, detail: str) -> None:
    meaning = interpolate(text, VARIABLES)

    assert isinstance(meaning, Refusal)
    assert meaning.reason is Reason.VARIABLE_REQUIRED
    assert meaning.detail == detail


@pytest.mark.parametrize(
    ("text", "variables", "unset"),
    [
        ("redis:$SET", ("SET",), ()),
        ("${A:-${B:-x}}", ("A", "B"), ()),
        ("${SET:-$B}$SET", ("SET",), ()),
        ("$A${B}${EMPTY}", ("A", "B", "EMPTY"), ("A", "B")),
        ("${A:-$B}", ("A", "B"), ("B",)),
        ("${A+x}${A-}", ("A",), ()),
    ],
)
def test_the_variables_that_decide_are_known(
    text: str, variables: tuple[str, ...], unset: tuple[str, ...]
) -> None:
    meaning = interpolate(text, VARIABLES)

    assert isinstance(meaning, Interpolation)
    assert meaning.variables == variables
    assert meaning.unset == unset


def test_a_variable_in_a_default_stands_where_the_outermost_form_does() -> None:
    meaning = interpolate("redis:${A:-${B:-7}}-alpine", {})

    assert isinstance(meaning, Interpolation)
    assert [(lookup.name, lookup.start, lookup.end) for lookup in meaning.lookups] == [
        ("A", 6, 19),
        ("B", 6, 19),
    ]


@pytest.mark.parametrize(
    ("text", "part", "written"),
    [
        ("x ${SET}:7 y", "value:7", "${SET}:7"),
        ("x ${SET}:7 y", "lu", "${SET}"),
        ("x $$y", "$y", "$$y"),
        ("x ${EMPTY:-}redis${EMPTY} y", "redis", "${EMPTY:-}redis${EMPTY}"),
        ("${EMPTY}redis", "redis", "${EMPTY}redis"),
    ],
)
def test_a_part_of_the_value_leads_back_to_the_text(
    text: str, part: str, written: str
) -> None:
    meaning = interpolate(text, VARIABLES)

    assert isinstance(meaning, Interpolation)
    at = meaning.value.index(part)
    start, end = meaning.spelling.range(at, at + len(part))
    assert text[start:end] == written


def test_defaults_have_a_depth_at_which_reading_stops() -> None:
    assert isinstance(interpolate("${A:-" * 40 + "}" * 40, {}), Interpolation)

    meaning = interpolate("${A:-" * 5000 + "}" * 5000, {})

    assert isinstance(meaning, Refusal)
    assert meaning.reason is Reason.BAD_INTERPOLATION


def test_variables_cannot_multiply_without_end() -> None:
    variables = {"A": "a" * 100_000}

    assert isinstance(interpolate("$A", variables), Interpolation)

    meaning = interpolate("$A" * 2, variables)

    assert isinstance(meaning, Refusal)
    assert meaning.reason is Reason.BAD_INTERPOLATION


FORMS = st.lists(
    st.sampled_from(
        ["$", "${", "}", "{", "SET", "A", ":-", "-", ":+", "?", "$$", " ", "\n", "é"]
    ),
    max_size=20,
).map("".join)


@given(st.text() | FORMS)
def test_every_character_comes_from_somewhere(text: str) -> None:
    meaning = interpolate(text, VARIABLES)

    if isinstance(meaning, Interpolation):
        spelling = meaning.spelling
        ranges = list(zip(spelling.starts, spelling.ends, strict=True))
        assert len(ranges) == len(meaning.value)
        assert all(0 <= start < end <= len(text) for start, end in ranges)
        assert ranges == sorted(ranges)
        assert spelling.range(0, len(ranges)) == (0, len(text))


@given(st.text().filter(lambda text: "$" not in text))
def test_text_without_a_dollar_sign_is_itself(text: str) -> None:
    meaning = interpolate(text, VARIABLES)

    assert isinstance(meaning, Interpolation)
    assert meaning.value == text
    assert meaning.lookups == ()
    assert list(meaning.spelling.starts) == list(range(len(text)))
