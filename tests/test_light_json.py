"""JSON without `json`: the same values, and an error for the same texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.light_json import decode, encode, encoded_string

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_values_are_those_of_json(value: object) -> None:
    text = encode(value)

    assert text == json.dumps(value, separators=(",", ":"))
    assert decode(text) == value


@given(st.text())
def test_texts_are_encoded_as_json_does(text: str) -> None:
    assert encoded_string(text) == json.dumps(text)


@pytest.mark.parametrize("text", ["", " 1", "[1", '{"a"}', '"a', "nul", "[1,]", "-"])
def test_what_json_does_not_take_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as `json` says it, or without words
        decode(text)


@given(st.text(alphabet='[]{}",:0123456789.eE+-truefalsn\\ u'))
def test_any_text_is_a_value_or_an_error(text: str) -> None:
    try:
        expected = json.JSONDecoder().raw_decode(text)[0]
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011
            decode(text)
    else:
        assert decode(text) == expected
