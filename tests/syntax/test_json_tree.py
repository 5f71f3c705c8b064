from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json import json_tokens
from imagelock.syntax.yaml_json.builder import Builder, MalformedError
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.tree import Mapping, Node, Scalar, Sequence

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
).filter(lambda value: isinstance(value, list | dict))
PIECES = st.lists(
    st.sampled_from(
        [
            *'{}[],:"\\ \n\t\x01é',
            "true",
            "null",
            "NaN",
            "-Infinity",
            "-",
            "0",
            "1.5e+3",
            "01",
            '"a"',
            '"\\u00e9"',
            '"\\ud83d"',
            '"\\x"',
            '"\\u00"',
            '"\\/"',
        ]
    ),
    max_size=12,
).map("".join)


def read(text: str) -> list[Node]:
    return list(json_tokens.parse(text, Builder()))


def accepted(text: str) -> bool:
    try:
        read(text)
    except MalformedError:
        return False
    return True


def assert_means(node: Node, value: object, text: str) -> None:
    """Compare *node* with what `json.loads` made of the same text."""
    match node:
        case Mapping():
            assert isinstance(value, dict)
            pairs = {key.value: child for key, child in node.pairs}
            assert list(pairs) == list(value)
            for key, child in pairs.items():
                assert_means(child, value[key], text)
        case Sequence():
            assert isinstance(value, list)
            for child, item in zip(node.items, value, strict=True):
                assert_means(child, item, text)
        case Scalar():
            source = text[node.start : node.end]
            assert node.null == (value is None)
            if isinstance(value, str):
                assert node.value == value
                assert json.loads(f'"{source}"') == value
            else:
                assert node.value == source
                assert repr(json.loads(source)) == repr(value)


@given(
    value=VALUES,
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1, "\t"]),
)
def test_what_json_writes_is_read_back(
    *, value: object, ascii_only: bool, indent: int | str | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)

    [node] = read(text)

    assert_means(node, json.loads(text), text)


@given(st.sampled_from("[{"), PIECES)
def test_json_loads_and_we_accept_the_same(first: str, tail: str) -> None:
    text = first + tail
    decoder = json.JSONDecoder()
    position, values = 0, []
    try:
        while text[position:].strip(" \t\r\n"):
            position += len(text[position:]) - len(text[position:].lstrip(" \t\r\n"))
            value, position = decoder.raw_decode(text, position)
            values.append(value)
    except ValueError:
        assert not accepted(text)
        return
    if all(isinstance(value, list | dict) for value in values):
        for node, value in zip(read(text), values, strict=True):
            assert_means(node, value, text)
    else:
        assert not accepted(text)


def test_a_stream_of_objects_is_one_document_each() -> None:
    text = '{"a": 1}\n{"b": 2}'

    assert [type(node) for node in documents(Text(text))] == [Mapping, Mapping]


@pytest.mark.parametrize(
    "text", ['["\\u00"]', '["\\x"]', "[01]", "[1.]", "[tru]", "[", "[]]"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read(text)


def test_a_doubled_key_is_kept_twice() -> None:
    [node] = read('{"a": 1, "a": 2}')

    assert isinstance(node, Mapping)
    assert node.duplicate_keys == {"a"}


def test_the_place_of_an_escaped_string() -> None:
    text = '{"image": "ghcr.io\\/a\\/b:1"}'
    [node] = read(text)
    assert isinstance(node, Mapping)
    image = node.get("image")
    assert isinstance(image, Scalar)

    assert image.value == "ghcr.io/a/b:1"
    assert text[image.start : image.end] == "ghcr.io\\/a\\/b:1"


@pytest.mark.parametrize("text", ["{a: 1}", "[a, b,]", "{'a': 1} # why\n", '{"a"}'])
def test_what_only_looks_like_json_is_yaml(text: str) -> None:
    [node] = documents(Text(text))

    assert not isinstance(node, Broken)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_deep_nesting_is_broken(text: str) -> None:
    [broken] = documents(Text(text))

    assert isinstance(broken, Broken)
    assert "deep" in broken.detail
