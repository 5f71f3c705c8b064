"""Templates of YAML: what is masked, and which documents they may be."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.templates import mask_actions, mask_comments
from imagelock.syntax.yaml_json.tree import Mapping, Node, Scalar


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return None if node.null else node.value
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items.items()}
    return [plain(item) for item in node.items]


def read(text: str) -> list[object]:
    return [
        "broken" if isinstance(document, Broken) else plain(document)
        for document in documents(Text(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% if x %}\na: 1\n{% endif %}\n", [{"a": "1"}]),
        ("a: {{ x }}:{{ y }}\nb: {{- z -}}\n", [{"a": "{{ x }}:{{ y }}", "b": "{{- z -}}"}]),
        ("{{ key }}: 1\n", [{"{{ key }}": "1"}]),
        ('a: "{{ x "y" }}"\n', [{"a": '{{ x "y" }}'}]),
        ("{{ if x }}a: 1{{ end }}\n", [{"a": "1{{ end }}"}]),
        ("a: 1 {# why #}\n{{ all }}\nb: 2 {{/* why */}}\n", [{"a": "1", "b": "2"}]),
        ("a: {\n  {% for x in y %}\n  b: {{ x }},\n  {% endfor %}\n}\n", [{"a": {"b": "{{ x }}"}}]),
        ("{% if x %}\na: 1\n{% else %}\na: 2\n{% endif %}\nb: 3\n", [{"a": "1", "b": "3"}, {"a": "2", "b": "3"}]),
        ("<% if x %>\na: <%= y %>:1\n<% end %>\n", [{"a": "<%= y %>:1"}]),
        ("%{ for x in y ~}\na: 1\n%{ endfor ~}\n", [{"a": "1"}]),
        ("{{#each x}}\n- {{this}}\n{{/each}}\n", [["{{this}}"]]),
        ("a: #@ x\nb: 1 #@ no value\n", [{"a": "#@ x", "b": "1"}]),
        ("a: #{ x }#\n", [{"a": "#{ x }#"}]),
        ("#@ if x:\na: 1\n#@ else:\na: 2\n#@ end\n", [{"a": "1"}, {"a": "2"}]),
        ("a: # {{ no value }}\n", [{"a": None}]),
        ("a: {% if x\n", ["broken"]),
        ("a: 'x {#'\n{% if y %}\nb: 1\n{% endif %}\n", [{"a": "x {#", "b": "1"}]),
        ("a: [\n{% if x %}\n", ["broken"]),
        ("a: 1\na: 2\n", [{"a": "2"}]),
    ],
)  # fmt: skip
def test_what_a_template_may_be(text: str, expected: list[object]) -> None:
    assert read(text) == expected


@given(st.text(alphabet="{}%#<> \nab:-'\"@\ue000", max_size=80))
def test_nothing_moves_and_nothing_is_raised(text: str) -> None:
    for masked in (mask_actions(text), mask_comments(text)):
        assert len(masked) == len(text)
        assert [at for at, c in enumerate(masked) if c == "\n"] == [
            at for at, c in enumerate(text) if c == "\n" and masked[at] != "\ue000"
        ]
    for document in documents(Text(text)):
        assert document.start <= document.end <= len(text)


def test_alternatives_are_bounded() -> None:
    text = "{% if x %}\n" + "a: 1\n" * 1000 + "{% endif %}\n"

    assert len(read(text)) == 8


def test_many_actions_take_no_time() -> None:
    start = time.process_time()

    for text in ("{{" * 100_000, "{#%{" * 50_000, "{{ }}" * 40_000, "@a" * 100_000):
        mask_actions(text)

    assert time.process_time() - start < 10
