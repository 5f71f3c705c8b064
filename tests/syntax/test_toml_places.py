"""The places of keys and values, compared with what the standard library reads."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from imagelock.syntax.toml import TomlError, loads
from imagelock.syntax.toml_places import find_place

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = '''\
a.b = 1 # c = 2
"x.y" = 'z # no' # yes
text = """
[not.a.table]
key = "\\""" and ""more"""""
raw = \'\'\'
it's = [\'\'\'
list = [ # first
    1.5, [2, { deep = true, "q]" = 3 }],
    1979-05-27 07:32:00,
] # last
empty = []
[table.'inner one']
k = {}
[[many]]
n = 1
[[many.of]]
n = 2
[[many.of]]
n = 3
[many.table]
n = 4
[[many]]
n = 5
[[many.of]]
n = 6
'''


def values(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[Any, Any]]:
    """Yield each path in *value* that leads to no table, and its value."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        pairs = list(enumerate(value))
    else:
        yield path, value
        return
    for key, inner in pairs:
        yield from values(inner, (*path, key))


def check(text: str) -> int:
    """Check that what is at the place of each value is that value; count them."""
    checked = list(values(tomllib.loads(text)))
    for path, value in checked:
        place = find_place(text, path, of_key=False)
        assert place is not None
        assert tomllib.loads(f"v = {text[slice(*place)]}")["v"] == value
        key = find_place(text, path, of_key=True)
        assert key is not None
        if isinstance(path[-1], str):
            assert list(tomllib.loads(f"{text[slice(*key)]} = 1")) == [path[-1]]
    return len(checked)


def test_every_value_is_found() -> None:
    assert check(DOCUMENT) == 12
    assert check(DOCUMENT.replace("\n", "\r\n")) == 12


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8)
SCALARS = st.one_of(st.integers(-9, 99), st.booleans(), st.floats(0, 9), TEXT)
TABLES = st.recursive(
    st.dictionaries(TEXT, SCALARS, max_size=3),
    lambda inner: st.dictionaries(
        TEXT,
        st.one_of(
            SCALARS,
            st.lists(SCALARS, max_size=3),
            inner,
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_size=3,
    ),
    max_leaves=12,
)


@given(TABLES)
def test_every_value_of_any_document_is_found(tables: dict[str, Any]) -> None:
    text = tomlkit.dumps(tables)
    if tomllib.loads(text) == tables:  # tomlkit writes some keys wrong
        check(text)


def test_what_is_missing_is_in_the_table_around_it() -> None:
    place = find_place(DOCUMENT, ("many", 1, "missing"), of_key=False)

    assert place is not None
    assert DOCUMENT[slice(*place)] == "many"
    assert DOCUMENT.count("\n", 0, place[0]) == 22
    assert find_place(DOCUMENT, ("nothing",), of_key=True) is None


def test_a_document_that_is_too_deep_has_no_places() -> None:
    assert find_place("a = " + "[" * 5000 + "]" * 5000, ("a",), of_key=False) is None


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = b\n", 1, 5),
        ("a = 1\nb = [\n", 2, 6),
        ("a = 1\r\nb\r\n", 2, 2),
        ("a", 1, 2),
    ],
)
def test_mistakes_have_a_place(text: str, line: int, column: int) -> None:
    with pytest.raises(TomlError) as caught:
        loads(text)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert "line" not in str(caught.value)
