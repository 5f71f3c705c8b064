from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.syntax.go_template.nodes import (
    Choice,
    FieldChain,
    Function,
    GoPipeline,
    Literal,
    Loop,
    Output,
    Plain,
)
from imagelock.syntax.go_template.parser import parse
from imagelock.syntax.go_template.tokens import GoTemplateError


def test_text_and_trimmed_blanks() -> None:
    template = parse('a \n {{- "}}" -}} \n b {{/* c }} */}}{{- /* d */ -}} e')

    assert template.body == (
        Plain("a"),
        Output(GoPipeline(((Literal("}}"),),))),
        Plain("b "),
        Plain("e"),
    )


def test_a_pipeline_with_fields_variables_and_parentheses() -> None:
    (action,) = parse('{{ $a := (f .x.y).z $.v "\\n" | g -1 }}').body

    inner = GoPipeline(((Function("f"), FieldChain(None, ("x", "y"))),))
    first = (FieldChain(inner, ("z",)), FieldChain("", ("v",)), Literal("\n"))
    second = (Function("g"), Literal(-1))
    assert action == Output(GoPipeline((first, second), ("a",), declares=True))


def test_branches_loops_and_definitions() -> None:
    template = parse(
        "{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}"
        "{{ range $k, $v := .c }}4{{ else }}5{{ end }}"
        '{{ define "x" }}6{{ end }}'
    )

    choice, loop = template.body
    assert isinstance(choice, Choice)
    assert isinstance(loop, Loop)
    assert [branch.body for branch in choice.branches] == [
        (Plain("1"),),
        (Plain("2"),),
        (Plain("3"),),
    ]
    assert (loop.pipeline.targets, loop.otherwise) == (("k", "v"), (Plain("5"),))
    assert template.defined == {"x": (Plain("6"),)}


@pytest.mark.parametrize(
    "source",
    [
        "{{",
        "{{ . ",
        "{{ end }}",
        "{{ if .a }}",
        "{{ if .a }}{{ else }}{{ else }}{{ end }}",
        "{{ ( }}",
        "{{ ) }}",
        "{{ a | }}",
        "{{ define x }}{{ end }}",
        '{{ "\\q" }}',
        "{{ 1x }}",
        "{{ # }}",
        "{{/* a",
        "{{ if .a }}" * 1000,
        "{{ " + "(" * 1000,
    ],
)
def test_what_is_no_template(source: str) -> None:
    with pytest.raises(GoTemplateError):
        parse(source)


@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "{{-", "-}}", " ", "if", "end", "else", "range", ".a", "$x",
             "define", '"x"', "(", ")", "|", ":=", "=", ",", "/*", "*/", "1", "'c'",
             "`r`", "with", "block", "\n", "é", "\\", '"']
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_text_is_a_template_or_an_error(parts: list[str]) -> None:
    with suppress(GoTemplateError):
        parse("".join(parts))
