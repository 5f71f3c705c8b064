"""HCL: its structure, with the place of everything, whatever is broken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Reason
from imagelock.model.source_text import Text
from imagelock.syntax.hcl import as_json as hcl_json
from imagelock.syntax.hcl import parser as hcl_parser
from imagelock.syntax.hcl.tree import (
    Call,
    Computed,
    Expression,
    Hole,
    Items,
    Object,
    Template,
    Traversal,
    below,
    blocks,
)
from imagelock.syntax.hcl.values import Scope


def shape(value: Expression) -> object:
    """Return *value* without positions, as something to compare."""
    match value:
        case Template():
            return "".join(
                "${}" if isinstance(piece, Hole) else piece.text
                for piece in value.pieces
            )
        case Traversal():
            return value.steps
        case Items():
            return [shape(item) for item in value.items]
        case Object():
            return {
                " ".join((p.name, *(p.labels or ()))): shape(p.value)
                for p in value.pairs
            }
        case Call():
            return value.name, [shape(argument) for argument in value.arguments]
        case Computed():
            return {"computed": [shape(part) for part in value.parts]}


def read(text: str) -> object:
    root, problems = hcl_parser.parse(text)
    assert problems == []
    return shape(root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"x"', "x"),
        ('"a\\"b\\n\\u00e9\\U0001F600"', 'a"b\né😀'),
        ('"\\ud800"', "\ufffd"),
        ('"$${x} %%{y} $x 100%"', "${x} %{y} $x 100%"),
        ('"a${b}c"', "a${}c"),
        ('"${"${"a"}"}"', "${}"),
        ('"${ {a = "}"}["a"] }"', "${}"),
        ('"%{ if a == "}" }x%{ endif }"', "${}x${}"),
        ("1.5e3", "1500"),
        ("1.10", "1.1"),
        ("2.0", "2"),
        ("20", "20"),
        ("1e999", "1e999"),
        ("true", ("true",)),
        ("a.b.c", ("a", "b", "c")),
        ('a["b"].c[0]', ("a", "b", "c", "0")),
        ("a[*].b", {"computed": [("a",)]}),
        ("a.*.b", {"computed": [("a",)]}),
        ("a[\nfor]", {"computed": [("a",)]}),
        ("[\nfor]", [("for",)]),
        ("a[b]", {"computed": [("a",)]}),
        ("[]", []),
        ('[\n  "a", # one\n  "b",\n]', ["a", "b"]),
        ('{ a = "1", "b c" : "2"\n d = 3 }', {"a": "1", "b c": "2", "d": "3"}),
        ('{ (a) = "1" }', {"a": "1"}),
        ('f("a", [b]...)', ("f", ["a", {"computed": [[("b",)]]}])),
        ("a::b()", ("a::b", [])),
        ('("x")', "x"),
        ('a == b ? "x" : "y"', {"computed": [("a",), ("b",), "x", "y"]}),
        ("!a", {"computed": [("a",)]}),
        ("f().x", {"computed": [("f", [])]}),
        ("(\n a +\n b)", {"computed": [("a",), ("b",)]}),
        (
            '[for x in y : "z" if x]',
            {"computed": [{"computed": [("for",), ("x",), ("in",), ("y",), "z",
                                        ("if",), ("x",)]}]},
        ),
        ("{for x in y : x => 1}",
         {"computed": [{"computed": [("for",), ("x",), ("in",), ("y",), ("x",), "1"]}]}),
        ("<<E\na\n  b\nE", "a\n  b\n"),
        ("<<-E\n  a ${b}\n  E", "  a ${}\n"),
        ('<<E\n"\\n" $${x}\nEE\nE', '"\\n" ${x}\nEE\n'),
        ("<<E\nE", ""),
    ],
)  # fmt: skip
def test_an_expression_is_read(text: str, expected: object) -> None:
    assert read(f"a = {text}\n") == {"a": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("# a\n// b\n/* c\n d */", {}),
        ("\ufeffa = 1\r\nb = 2\r\n", {"a": "1", "b": "2"}),
        ('a "b" c {\n d = 1\n}', {"a b c": {"d": "1"}}),
        ('a { b = "1" }', {"a": {"b": "1"}}),
        ("a {}", {"a": {}}),
        ('a { b { c { d = "1" } } }', {"a": {"b": {"c": {"d": "1"}}}}),
        ('"a" = "b"', {"a": "b"}),
        ("a = [ # ] }\n]\nb = 1", {"a": [], "b": "1"}),
        ('a = "#"\nb = "//" // c', {"a": "#", "b": "//"}),
    ],
)
def test_a_body_is_read(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "lines"),
    [
        ("a = 1\nb = = 2\nc = 3\n", {"a": "1", "c": "3"}, ["= 2"]),
        ("a {\n b = [ ; ]\n c = 3\n}\n", {"a": {"c": "3"}}, ["; ]"]),
        ('a "x\nb {\n c = 1\n}\n', {"b": {"c": "1"}}, ['a "x']),
        ('a {\n b = "x\n c = 1\n}\n', {"a": {"c": "1"}}, ['b = "x']),
        ("a {\n b = 1\n\nc {\n d = 1\n}\n", {"c": {"d": "1"}}, ["b = 1"]),
        ("a = 1\n}\nb = 1\n", {"a": "1", "b": "1"}, ["}"]),
        ("a = <<E\nx\n", {}, ["<<E"]),
        ("a = 1\n/* x", {"a": "1"}, ["/* x"]),
        ("a = b c\n", {}, ["c"]),
        ("a =\n", {}, ["a ="]),
        ('a = "${b"\nc = 1\n', {"c": "1"}, ['"']),
    ],
)
def test_what_is_broken_does_not_hide_the_rest(
    text: str, expected: object, lines: list[str]
) -> None:
    root, problems = hcl_parser.parse(text)

    assert shape(root) == expected
    assert [text[problem.start : problem.end] for problem in problems] == lines


@pytest.mark.parametrize(
    "opening", ["a = [", "a = (", "a {", 'a = "${', "a = {a=", "a = f("]
)
def test_what_is_nested_too_deeply_is_said(opening: str) -> None:
    _, problems = hcl_parser.parse(opening * 5000)

    assert len(problems) == 1


@given(st.text(alphabet=' \n"\\$%{}[]()<>-=:,.?#/*abE01', max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    root, problems = hcl_parser.parse(text)

    for problem in problems:
        assert 0 <= problem.start <= problem.end <= len(text)
    assert 0 <= root.start <= root.end <= len(text)


VALUES = st.recursive(
    st.text(max_size=8) | st.booleans() | st.integers(0, 99),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), inner,
                      max_size=3),
    max_leaves=12,
)  # fmt: skip


def hcl_text(value: object) -> str:
    """Write *value* in HCL."""
    if isinstance(value, str):
        # JSON writes halves of characters, which HCL does not know.
        body = "".join(f"\\U{ord(character):08x}" for character in value)
        return f'"{body}"'
    if isinstance(value, list):
        return "[" + ",\n".join(map(hcl_text, value)) + "]"
    if isinstance(value, dict):
        return "{\n" + "\n".join(f"{k} = {hcl_text(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def plain(value: object) -> object:
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, bool):
        return (json.dumps(value),)
    return str(value)


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert read(f"a = {hcl_text(value)}\n") == {"a": plain(value)}


@given(st.text(max_size=20).filter(lambda text: "${" not in text and "%{" not in text))
def test_strings_of_json_are_templates_too(text: str) -> None:
    source = json.dumps({"a": text})

    (pair,) = hcl_json.parse(source)[0].pairs
    meaning = Scope(source, lambda _: None, {}).meaning(pair.value)

    assert meaning.text == text
    assert meaning.spelling.range(0, len(text)) == (7, len(source) - 2)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a:${var.x}"', "a:1"),
        ("var.x", "1"),
        ('"${local.y}-${local.map.k}-${local.list[1]}"', "y1-v-q"),
        ('"${"nested"}"', "nested"),
        ('"${true}"', "true"),
        ("var.none", Reason.VARIABLE),
        ("local.needs", Reason.VARIABLE),
        ("local.loop", Reason.EXPRESSION),
        ("local.long", Reason.EXPRESSION),
        ("upper(var.x)", Reason.EXPRESSION),
        ('"${var.none}${other.thing.id}"', Reason.EXPRESSION),
        ('"%{ if true }x%{ endif }"', Reason.EXPRESSION),
    ],
)
def test_only_plain_values_are_known(expression: str, expected: str | Reason) -> None:
    text = f"""\
a = {expression}
y = "y${{var.x}}"
map = {{ k = "v" }}
list = ["p", "q"]
needs = "${{var.none}}"
loop = "${{local.loop}}"
long = "{"x" * 2000}"
"""
    root, _ = hcl_parser.parse(text)
    definitions = {f"local.{pair.name}": pair.value for pair in root.pairs}
    scope = Scope(text, {"var.x": "1"}.get, definitions)

    meaning = scope.meaning(definitions["local.a"])

    unknown = meaning.unknown(0, len(meaning.text))
    assert (unknown or meaning.text) == expected


def test_names_that_double_each_time_cost_nothing() -> None:
    lines = [f'a{n} = "${{local.a{n + 1}}}${{local.a{n + 1}}}"' for n in range(60)]
    root, _ = hcl_parser.parse("\n".join([*lines, 'a60 = "xxxx"']))
    definitions = {f"local.{pair.name}": pair.value for pair in root.pairs}

    meaning = Scope("", lambda _: None, definitions).meaning(definitions["local.a0"])

    assert meaning.unknown(0, len(meaning.text)) is Reason.EXPRESSION


@pytest.mark.parametrize("text", ["${", "${a b}", "%{ x", 'a ${"b} c'])
def test_a_malformed_template_of_json_is_literal(text: str) -> None:
    root, _ = hcl_json.parse(json.dumps({"a": text}))

    assert shape(root) == {"a": text}


def test_json_that_is_no_object_is_nothing() -> None:
    assert shape(hcl_json.parse('[{"a": 1}]')[0]) == {}
    assert shape(hcl_json.parse('{"a": null}')[0]) == {"a": ("null",)}


def test_paths_that_nobody_reads_are_cut() -> None:
    path = ""
    for _ in range(20):
        path = below(path, "x" * 200)

    assert len(path) == 300


def test_blocks_of_json_are_objects() -> None:
    root, _ = hcl_json.parse('{"a": {"x": [{"y": {"z": "1"}}, {"w": {}}]}}')

    assert [labels for _, labels in blocks(root, "a", 2)] == ["x.y", "x.w"]


@given(st.text(alphabet='{}[]",:\\u0ae$ \n', max_size=40))
def test_no_json_is_too_strange(text: str) -> None:
    _, problems = hcl_json.parse(Text(text).value)

    for problem in problems:
        assert 0 <= problem.start <= problem.end <= len(text)
