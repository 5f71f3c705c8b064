"""The reader of usual YAML against libyaml: the same tree, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json import block_yaml, yaml_events
from imagelock.syntax.yaml_json.builder import MOST_NODES, Builder, MalformedError
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.line_scalars import UnusualError
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.tree import Node

EXAMPLES = Path(__file__).parents[1] / "examples"

VALUES = (
    *(
        "a",
        "a b",
        "1.5",
        "http://x:80/y",
        "a#b",
        "-a",
        "?a",
        ":a",
        "a:b",
        "é",
        "a ",
        "\\",
    ),
    *("~", "null", "<<", "=", "$x", "(", "/", "a'b", 'a"b', "{{ x }}", "[a]: b", "---"),
    *(
        "'a'",
        "'it''s'",
        "''",
        '"a"',
        '"a\\"b\\n"',
        '""',
        '"\\x41"',
        '"a',
        "'a'b",
        "'a' b",
    ),
    *("|", "|-", "|+", ">", ">-", ">+", "|2", "|  # c", "> a", "|\t", "|-+"),
    *("[]", "{}", "[a, b]", "{a: b}", "[a, {b: 'c'}]", "[a", "[a,]", "[a b]", "{a}"),
    *("{a: }", "[a: b]", "[a]b", "[ 'a' ]  # c", "{'a': b}", "[a]]", "{a: b]", "[a,b]"),
    *(
        "[a:b]",
        "{a:b}",
        "[-1]",
        "[- a]",
        "[a ,b]",
        "[?a]",
        "[a?]",
        "{a: b: c}",
        "[a #b]",
    ),
    *(
        "&x a",
        "*x",
        "!t a",
        "&x",
        "@a",
        "%a",
        "`a",
        "a: b",
        "a:",
        "# c",
        "a # c",
        "a\tb",
    ),
    *(
        "",
        " ",
        "\t",
        "-",
        "- a",
        "- - a",
        "-\ta",
        "? a",
        "...",
        "... a",
        "\u00a0",
        "\x85a",
    ),
)
STARTS = (
    *("", "- ", "- - ", "-  ", "a: ", "b: ", "a:", "a : ", "'a': ", '"b" : ', "a:  "),
    *("- a: ", "-   b: ", "- - a: ", "<<: ", "null: ", "a b: ", "[]: ", "a\t: ", "? "),
)
LINES = st.builds(
    lambda indent, start, value, comment: f"{' ' * indent}{start}{value}{comment}",
    st.sampled_from([0, 0, 0, 1, 2, 2, 2, 3, 4, 4, 6]),
    st.sampled_from(STARTS),
    st.sampled_from(VALUES),
    st.sampled_from(["", "", "", "", " # c", "#c", "  ", "\t"]),
)
DOCUMENTS = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(LINES | st.sampled_from(["", "  ", "# c", "    # c", "---"]), max_size=9),
    st.sampled_from(["\n", "", "\n\n", "\n  "]),
)


def described(node: Node | None) -> object:
    """Return everything that *node* says, also where each part of it is."""
    if isinstance(node, Scalar):
        return node.value, node.start, node.end, node.null, node.block, node.tag
    if isinstance(node, Sequence):
        return node.start, node.end, node.tag, [*map(described, node.items)]
    if isinstance(node, Mapping):
        pairs = [(described(key), described(value)) for key, value in node.pairs]
        return node.start, node.end, node.tag, pairs
    return node


def usual(text: str) -> Node | None:
    """Return the document of *text*, as lines.

    Raises:
        UnusualError: libyaml has to read it.
    """
    if not block_yaml.is_usual(text):
        raise UnusualError
    return block_yaml.read_document(text, 0, len(text), Builder())


def by_libyaml(text: str) -> Node | None:
    roots = [*yaml_events.parse(text, Builder())]
    assert len(roots) < 2
    return roots[0] if roots else None


def is_equal_or_unusual(text: str) -> bool:
    """Check *text* as it stands between two markers; return whether it is usual."""
    try:
        root = usual(text)
    except UnusualError:
        return False
    assert described(root) == described(by_libyaml(text))
    return True


@given(DOCUMENTS)
@example("a: b\n  c\n\n  d\n\n\n  e # c\nf: g\n")
@example(
    "a:\n  - b: |\n      c\n\n       d\n    e: >\n      f\n      g\n\n       h\n      i\n\n"
)
@example("a: |\n   \n  b\nc: |\n\n\n")
@example("- a: a\n a\n")
@example("a:\n- b\n-\n  c: d\n- - e\n  -\n")
def test_each_document_is_the_same_or_unusual(text: str) -> None:
    text = yaml_events.clean(text)
    for part in text.split("\n---\n"):
        is_equal_or_unusual(part)


@given(
    st.text(alphabet="ab:{}[]-&*!<|>'\"\\\n\t #%@,?.~\r\u2028\ufeff\u00e9", max_size=40)
)
def test_any_text_is_the_same_or_unusual(text: str) -> None:
    if "\n---" not in text:
        is_equal_or_unusual(yaml_events.clean(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "a: 'b'\nc: [d, {e: f}]\n",
        "a:\n- b\n-   c: d\n    e:\n",
        "a: b\n  c\n",
        "a: >-\n    b\n    c\n\n    d\ne: |+\n  f\n\n",
        "---\n# c\na: {}\n",
        "a:\n  b\n",
        "'a b': \"c\\n\"\n",
        "- - a\n  - b\n- c\n",
        "a:\n-\n- b\n",
    ],
)
def test_what_people_write_is_read_as_lines(text: str) -> None:
    assert is_equal_or_unusual(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "? a\n: b\n",
        "a: 'b\n  c'\n",
        "a: [b,\n  c]\n",
        "a: |2\n   b\n",
        "a: |\n  b",
        "a: b\r\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "text\n",
        "a:\tb\n",
        "a: b\n c: d\n",
        "a: 'b' c\n",
        "a:\n    b: c\n  d: e\n",
        "- a\nb: c\n",
        "a: b # c\n  d\n",
        "- a: a\n a\n",
        "a:\nb\n",
        "a: [b] c\n",
        "a: [b}\n",
        f"{'a' * 1025}: b\n",
        f"a: {'[' * 30}{']' * 30}\n",
        f"{'- ' * 201}a\n",
    ],
)
def test_anything_else_is_left_to_libyaml(text: str) -> None:
    assert not is_equal_or_unusual(text)


def test_the_files_of_the_tests_are_the_same_and_mostly_usual() -> None:
    texts = [
        yaml_events.clean(Text.decode(path.read_bytes()).value)
        for path in sorted(EXAMPLES.rglob("*.y*ml"))
    ]
    parts = [part for text in texts for part in text.split("\n---\n")]
    are_usual = [is_equal_or_unusual(part) for part in parts]
    assert sum(are_usual) > 0.7 * len(parts) > 70


def test_documents_count_from_the_start_of_the_file() -> None:
    text = "a: b\n---c: d\n---\n- &x c\n- *x\n---\nd: é\n--- # c\n\ne:\n---\n"
    roots = [
        described(each)
        for each in documents(Text(text))
        if not isinstance(each, Broken)
    ]
    assert roots == [*map(described, yaml_events.parse(text, Builder()))]


def test_a_broken_document_does_not_move_the_others() -> None:
    text = "a: b\n---\nc: [\n---\nd: e\n"
    first, broken, last = documents(Text(text))
    assert not isinstance(first, Broken)
    assert not isinstance(last, Broken)
    assert isinstance(broken, Broken)
    assert (broken.extent, first.start, last.start) == ((5, 14), 0, 18)


def test_nodes_of_all_documents_count_towards_the_limit() -> None:
    builder = Builder()
    assert not builder.affords(MOST_NODES + 1)
    assert builder.affords(MOST_NODES - 3)
    with pytest.raises(UnusualError):
        block_yaml.read_document("a: b\nc: d\n", 0, 10, builder)
    with pytest.raises(MalformedError):
        [*yaml_events.parse("a: b\nc: d\n", builder)]
