from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json import yaml_events
from imagelock.syntax.yaml_json.builder import MOST_NODES, Builder, MalformedError
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, Path, VisitLimit, dotted, select
from imagelock.syntax.yaml_json.tree import Mapping, Node, Scalar, Sequence
from tests.support.extraction import case_of

if TYPE_CHECKING:
    from imagelock.syntax.yaml_json.yaml_events import Loader

LOADERS: list[Loader] = (
    [yaml.CSafeLoader, yaml.SafeLoader] if yaml.__with_libyaml__ else [yaml.SafeLoader]
)


def read(text: str) -> list[Node | Broken]:
    return list(documents(Text(text)))


def only(text: str) -> Node:
    [node] = read(text)
    assert not isinstance(node, Broken)
    return node


def at(text: str, pattern: str) -> list[Node]:
    return [
        selected.node for selected in select(NodeRef(only(text)), pattern, VisitLimit())
    ]


def scalar(text: str, pattern: str) -> Scalar:
    [node] = at(text, pattern)
    assert isinstance(node, Scalar)
    return node


def plain(node: Node) -> object:
    """Return the values alone, as a loader without types would."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.items.items()}


@pytest.mark.parametrize(
    ("identity", "pattern", "values"),
    [
        ("E008", "services.*.image", ["redis:7"]),
        ("E010", "services.*.image", ["redis:7"]),
        ("E011", "services.*.image", ["redis:7", "redis:8"]),
        ("E012", "services.*.image", ["redis:7"]),
        ("E015", "services.*.image", ["redis:7"]),
        ("E016", "services.*.image", ["redis:7"]),
        ("E017", "services.*.image", ["redis:7"]),
        ("E018", "services.*.image", ["redis:7"]),
        ("E020", "services.*.image", ["redis:7"]),
        ("E024", "services.*.image", ["sha256:" + "a" * 64]),
        ("E050", "services.*.image", ["redis:7", "redis:7"]),
        ("E053", "services.*.image", ["redis:5"]),
        ("E054", "services.*.image", ["redis:7"]),
        ("E055", "services.*.image", ["redis:6", "redis:7", "redis:7"]),
        ("E303", "services.*.image", ["redis:7"]),
        ("E304", "services.*.image", ["redis:7"]),
    ],
)
def test_the_golden_places(identity: str, pattern: str, values: list[str]) -> None:
    case = case_of(identity)
    text = Text.decode(next(iter(case.files.values())))
    [root] = documents(text)
    assert not isinstance(root, Broken)
    found = [selected.node for selected in select(NodeRef(root), pattern, VisitLimit())]
    spans = {
        (span.start, span.end, span.line, span.column)
        for node in found
        for span in [text.span(node.start, node.end)]
    }

    assert [plain(node) for node in found] == values
    assert spans == {
        (e.start, e.end, e.line, e.column)
        for e in case.expectations
        if e.why in {"", "image-id"}
    }


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("**.image", ["a", "b", "c", "d", "b"]),
        ("**.step.image", ["b", "b"]),
        ("x.**.image", ["b", "c"]),
        ("**[].image", ["c"]),
        ("**.*.image", ["b", "d", "b"]),
        ("**.z.image", []),
        ("y.*.**", ["d", "b"]),
    ],
)
def test_two_stars_are_any_depth(pattern: str, values: list[str]) -> None:
    text = (
        "image: a\n"
        "x: {step: &s {image: b}, list: [{image: c}]}\n"
        "y: {k: {image: d}, step: *s}\n"
    )
    root = NodeRef(only(text))

    scalars = [
        at.node
        for at in select(root, pattern, VisitLimit())
        if isinstance(at.node, Scalar)
    ]

    assert [plain(scalar) for scalar in scalars] == values


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("k: v", "v"),
        ("k: 'v'", "v"),
        ('k: "a\\tb"', "a\\tb"),
        ("k: &a v", "v"),
        ("k: !!str &a v", "v"),
        ("k: &a !t\n  'v'", "v"),
        ("k: &a # why\n  v", "v"),
        ("k: &a # &b\n  # !c\n  v", "v"),
        ("k: v # c", "v"),
        ("k:\n  two\n  lines\n", "two\n  lines"),
        ("k: |\n  v\n", "v"),
        ("k: &a |+2 # why\n  v\n\n\n", "v"),
        ("k: >-\n\n  v\n  w\n\n# c\nz: 1", "v\n  w"),
        ("k: !t >\r\n  v\r\n", "v"),
        ("k: |", ""),
        ("k:", ""),
        ("k: &a", ""),
        ("k: !t # c", ""),
        ("{k: v}", "v"),
        ("{k: &a , z: 1}", ""),
        ("\ufeff\nk: v", "v"),
        ("# é😀\nk: v", "v"),
        ("# \x01\x7f\x9b\nk: v", "v"),
        ("# \udce9\nk: v", "v"),
    ],
)
@pytest.mark.parametrize("loader", LOADERS)
def test_the_exact_content(text: str, content: str, loader: Loader) -> None:
    source = yaml_events.clean(text)
    [root] = yaml_events.parse(source, Builder(), 0, loader)
    assert isinstance(root, Mapping)
    node = root.get("k")
    assert isinstance(node, Scalar)

    assert len(source) == len(text)
    assert text[node.start : node.end] == content


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", "!reset x"])
def test_what_is_null(text: str) -> None:
    assert scalar(f"k: {text}\nz: 1\n", "k").null


@pytest.mark.parametrize("text", ["''", '"null"', "nul", "0", "!!str", "|\n  null"])
def test_what_is_not_null(text: str) -> None:
    assert not scalar(f"k: {text}\n", "k").null


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n---\n", "~"])
def test_empty_documents_yield_nothing(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "value", ["!override [a]", "!reference [.a, b]", '!Sub "${A}"', "!vault |\n  a"]
)
def test_unknown_tags_do_not_matter(value: str) -> None:
    assert [plain(node) for node in at(f"k: {value}\nz: a\n", "z")] == ["a"]


def test_the_tag_of_a_mapping_is_kept() -> None:
    [node] = at("k: !override {a: 1}", "k")

    assert isinstance(node, Mapping)
    assert node.tag == "!override"


def test_the_extent_of_collections() -> None:
    text = "a: [b, {c: d}]\ne:\n  f: 'g'  # c\n\n  h: |\n    i\n\n\nj: *k\n"
    text = text.replace("*k", "&k [\n]")
    extents = [text[node.start : node.end] for node in at(text, "*")]

    assert extents[:1] == ["[b, {c: d}]"]
    assert extents[1] == "f: 'g'  # c\n\n  h: |\n    i"
    assert extents[2] == "&k [\n]"


def test_an_alias_is_the_very_node() -> None:
    first, second = at("- &a {b: c}\n- *a", "[]")

    assert first is second


def test_an_alias_inside_of_its_own_anchor_is_null() -> None:
    inner = scalar("a: &x 1\nb: &x {c: *x}", "b.c")

    assert inner.null


def test_an_alias_without_anchor_is_broken() -> None:
    [broken] = read("a: *nobody\n")

    detail = "found undefined alias `nobody`"
    assert broken == Broken(3, 10, detail, template=False, extent=(0, 11))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1.2.3.4, 001:db8::]", {"a": ["1.2.3.4", "001:db8::"]}),
        ("a: {b: c:}\na: 1", {"a": "1"}),
        ("a: [x:, {y: z:}]", {"a": ["x:", {"y": "z:"}]}),
        ("a: [b::, c]\nd: 'e:]'", {"a": ["b::", "c"], "d": "e:]"}),
    ],
)
def test_a_colon_before_a_bracket_is_text_as_in_go(text: str, expected: object) -> None:
    assert plain(only(text)) == expected


def test_a_key_that_is_no_scalar_is_empty() -> None:
    assert plain(only("{a: b}: c")) == {"": "c"}


def test_a_template_that_is_yaml_keeps_its_extent() -> None:
    [node] = at("image: {{ image }}", "image")

    assert (node.start, node.end) == (7, 18)


class TestBrokenParts:
    def test_good_documents_survive_in_order(self) -> None:
        text = "a: 1\n---\nb: [\n---\nc: {{ d }}: [\n---\n'e'\n"

        first, second, third, fourth = read(text)

        assert isinstance(first, Mapping)
        assert isinstance(second, Broken)
        assert isinstance(third, Broken)
        assert isinstance(fourth, Scalar)
        assert text[fourth.start : fourth.end] == "e"
        assert [second.template, third.template] == [False, True]

    def test_the_place_is_that_of_the_complaint(self) -> None:
        text = "a: b\nc: @D  \ne: f\n"

        [broken] = read(text)

        assert isinstance(broken, Broken)
        assert text[broken.start : broken.end] == "@D"
        assert broken.detail == (
            "found character that cannot start any token"
            " while scanning for the next token"
        )

    def test_what_is_never_closed_is_shown_where_it_begins(self) -> None:
        text = "---\nok: 1\n---\nkey: [unclosed\n\n"

        _, broken = read(text)

        assert isinstance(broken, Broken)
        assert text[broken.start : broken.end] == "[unclosed"

    def test_directives_before_a_document_are_no_document(self) -> None:
        text = "%YAML 1.1\n# c\n---\na: 1\n---\nb: [\n"

        assert [type(document) for document in read(text)] == [Mapping, Broken]

    def test_three_dashes_in_a_block_are_text(self) -> None:
        assert plain(only("a: |\n  x\n  ---\n  y\n")) == {"a": "x\n---\ny\n"}

    def test_a_broken_end_points_to_the_last_line(self) -> None:
        [broken] = read("a: 'b\n\n")

        assert isinstance(broken, Broken)
        assert broken.start < broken.end


class TestBounds:
    @pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000, "{a: " * 5000])
    def test_deep_nesting_is_broken(self, text: str) -> None:
        [broken] = read(text)

        assert isinstance(broken, Broken)
        assert "deep" in broken.detail

    def test_depth_by_aliases_is_broken(self) -> None:
        links = "".join(f"- &l{n} [*l{n - 1}]\n" for n in range(1, 5000))

        [broken] = read(f"- &l0 a\n{links}")

        assert isinstance(broken, Broken)
        assert "deep" in broken.detail

    def test_multiplying_aliases_are_cheap(self) -> None:
        lines = "".join(f"- &l{n} [{f'*l{n - 1},' * 9}]\n" for n in range(1, 90))
        text = f"- &l0 a\n{lines}"

        assert isinstance(only(text), Sequence)

    def test_multiplying_merges_are_refused(self) -> None:
        keys = "".join(f"  k{n}: 1\n" for n in range(2000))
        merges = "".join(f"m{n}: {{<<: *a}}\n" for n in range(2000))

        [broken] = read(f"a: &a\n{keys}{merges}")

        assert isinstance(broken, Broken)
        assert "values" in broken.detail

    @pytest.mark.slow
    def test_too_many_values_are_refused(self) -> None:
        def add(count: int) -> None:
            builder = Builder()
            for index in range(count):
                builder.scalar(Scalar("", index, index))

        add(MOST_NODES)
        with pytest.raises(MalformedError, match="values"):
            add(MOST_NODES + 1)


def test_items_and_keys_of_any_name_are_selected() -> None:
    text = "a: {b: [{c: 1}, {c: 2}], d: [{c: 3}], e: {c: 4}}"

    assert [plain(node) for node in at(text, "a.*[].c")] == ["1", "2", "3"]
    assert [plain(node) for node in at(text, "a.b[].*")] == ["1", "2"]
    assert at(text, "a[].c") == []


def test_a_reader_that_refuses_a_character_is_an_error_like_others() -> None:
    with pytest.raises(MalformedError, match="not allowed"):
        list(yaml_events.parse("a: \x01", Builder()))


def test_paths_are_written_as_people_write_them() -> None:
    path: Path = (((None, "spec"), "containers"), 0)
    long: Path = None
    for _ in range(200):
        long = (long, "key")

    assert dotted((path, "image")) == "spec.containers[0].image"
    assert len(dotted(long)) < 400


# PyYAML writes some line breaks and byte order marks such that it reads others.
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Zl", "Zp"], exclude_characters="\x85\ufeff"
    ),
    max_size=8,
)
VALUES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS.filter(lambda key: key != "<<"), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("loader", LOADERS)
@given(
    value=VALUES.filter(lambda value: not isinstance(value, str)), flow=st.booleans()
)
def test_what_pyyaml_writes_is_read_back(
    *, loader: Loader, value: object, flow: bool
) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)

    [root] = yaml_events.parse(text, Builder(), 0, loader)

    assert plain(root) == value


@given(st.text(alphabet="ab:{}[]-&*!<|>'\"\\\n\t #%@,?.~\r\u2028\ufeff\x01\udce9"))
def test_no_text_raises_and_places_are_inside(text: str) -> None:
    stack: list[Node | Broken] = read(text)
    seen = 0
    while stack and (seen := seen + 1) < 10_000:
        node = stack.pop()
        assert 0 <= node.start <= node.end <= len(text)
        if isinstance(node, Sequence):
            stack += node.items
        elif isinstance(node, Mapping):
            stack += [part for pair in node.pairs for part in pair]
