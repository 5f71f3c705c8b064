"""Functions of templates, as Helm 3.17 evaluates them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.sources.helm.engine.choice_functions import CHOICE_FUNCTIONS
from imagelock.sources.helm.engine.format_functions import FORMAT_FUNCTIONS
from imagelock.sources.helm.engine.list_functions import LIST_FUNCTIONS
from imagelock.sources.helm.engine.table_changes import (
    CHANGING_FUNCTIONS,
    TableChanges,
)
from imagelock.sources.helm.engine.table_functions import TABLE_FUNCTIONS
from imagelock.sources.helm.engine.text_functions import TEXT_FUNCTIONS
from imagelock.sources.helm.engine.values import (
    NOWHERE,
    Number,
    Table,
    Unknown,
    Written,
    integer,
    written,
)
from imagelock.sources.helm.engine.yaml_text import to_yaml
from tests.sources.test_helm_templates import meanings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.sources.helm.engine.values import Value

VALUES: Final = """\
image:
  repository: quay.io/a/b
  tag: "1"
  version: v1.2.3-slim
  padded: " 5 "
  more: {tag: "9", list: [a, b]}
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("trim .padded", "5"),
        ('trimAll "-" "--1--"', "1"),
        ('trimAll "x" .tag', "1"),
        ('trimPrefix "v" .version', "1.2.3-slim"),
        ('trimPrefix "z" .version', "v1.2.3-slim"),
        ('trimSuffix "-x" .version', "v1.2.3-slim"),
        ('trimSuffix "-slim" .version', "v1.2.3"),
        ("trunc 3 .version", "v1."),
        ("trunc -4 .version", "slim"),
        ('replace "." "-" .version', "v1-2-3-slim"),
        ("upper .tag", "1"),
        ('lower "ABC"', "abc"),
        ('join "-" (list "a" "b" .tag)', "a-b-1"),
        ('join "." (list 1 2)', "1.2"),
        ('index (splitList "." .version) 0', "v1"),
        ('(split "." .version)._0', "v1"),
        ('get . "tag"', "1"),
        ('get . "none" | default "n"', "n"),
        ('hasKey . "tag" | ternary "y" "n"', "y"),
        ('hasKey . "none" | ternary "y" "n"', "n"),
        ('(set (dict "a" "1") "a" "2").a', "2"),
        ('(set (dict "a" "1") "b" "2").b', "2"),
        ('(unset (dict "a" "1" "b" "2") "a").b', "2"),
        ('(pick . "tag" "version").tag', "1"),
        ('(omit . "version").tag', "1"),
        ('(omit . "version").version | default "none"', "none"),
        ('(merge (dict "a" "1") (dict "a" "2" "b" "3")).a', "1"),
        ('(merge (dict "a" "1") (dict "a" "2" "b" "3")).b', "3"),
        ('(merge (dict "a" "") (dict "a" "2")).a', "2"),
        ('(mergeOverwrite (dict "a" "1") (dict "a" "2" "b" "3")).a', "2"),
        (
            '(mergeOverwrite (dict "a" (dict "b" "1")) (dict "a" (dict "b" "2"))).a.b',
            "2",
        ),
        ('(deepCopy (dict "a" (dict "b" "1"))).a.b', "1"),
        ('index (deepCopy (dict "a" (list "b" "1"))).a 1', "1"),
        ('first (keys (dict "a" "1"))', "a"),
        ('index . "tag"', "1"),
        ('index (list "a" "b") 1', "b"),
        ('index (dict "a" (dict "b" "c")) "a" "b"', "c"),
        ('dig "tag" "none" .', "1"),
        ('dig "x" "y" "none" .', "none"),
        ('dig "more" "tag" "none" .', "9"),
        ('first (list "a" "b")', "a"),
        ('last (list "a" "b")', "b"),
        ('last (append (list "a") "b")', "b"),
        ('index (concat (list "a") (list "b" "c")) 2', "c"),
        ('has "a" (list "b" "a") | ternary "y" "n"', "y"),
        ('has "c" (list "b" "a") | ternary "y" "n"', "n"),
        ('has "c" list | ternary "y" "n"', "n"),
        ('len (list "a" "b")', "2"),
        ("len .version", "11"),
        ('len (dict "a" 1)', "1"),
        ("int 3", "3"),
        ("int64 4", "4"),
        ('(dict "a" "1" "b").b | default "empty"', "empty"),
        ('join "-" (compact (list "" "a" .none .tag))', "a-1"),
        ('join "-" (list "a" .none "b")', "a-b"),
        ('join "-" (uniq (list "a" "b" "a"))', "a-b"),
        ('join "-" (without (list "a" "b" "c") "b" "c")', "a"),
        ('first (prepend (list "a") "b")', "b"),
        ('"query_frontend" | camelcase | untitle', "queryFrontend"),
        ('ternary "y" "n" (gt 2 1)', "y"),
        ('ternary "y" "n" (ge 1 1)', "y"),
        ('ternary "y" "n" (lt 2 1)', "n"),
        ('ternary "y" "n" (le 2 1)', "n"),
        ('if .tag }}a{{ else }}{{ fail "no tag" }}{{ end', "a"),
        ('if $.Release.Name }}{{ fail "a name" }}{{ end }}{{ print "a"', "a"),
        ('index (tuple "a" "b") 0', "a"),
        ('printf "%s-%s" .tag .version', "1-v1.2.3-slim"),
        ('printf "%v%%" .tag | trimSuffix "%"', "1"),
        ('printf "%d" 5', "5"),
        ('printf "v%v" true', "vtrue"),
        ('print "a" .tag', "a1"),
        ('print 1 2 | replace " " "-"', "1-2"),
        ("print true", "true"),
        ("toString 7", "7"),
        ("toString true", "true"),
        ('toString .none | replace "<" "" | replace ">" ""', "nil"),
        ('(eq .tag "1" "2") | ternary "y" "n"', "y"),
        ('(ne .tag "1") | ternary "y" "n"', "n"),
        ("(and .tag .version)", "v1.2.3-slim"),
        ('(and "" .version) | default "f"', "f"),
        ('(or "" .version)', "v1.2.3-slim"),
        ('(or "" "") | default "f"', "f"),
        ('(not "") | ternary "y" "n"', "y"),
        ('(empty .none) | ternary "y" "n"', "y"),
        ('coalesce "" .none .tag', "1"),
        ('default "d" ""', "d"),
        ('default "d" .tag', "1"),
        ('default "d" 0', "d"),
        ('default "d" false', "d"),
        ('ternary "a" "b" true', "a"),
        ('ternary "a" "b" false', "b"),
        ('required "m" .tag', "1"),
        ("kindOf .tag", "string"),
        ('typeOf . | eq "string" | ternary "y" "n"', "n"),
        ('typeOf (list) | eq "[]interface {}" | ternary "y" "n"', "y"),
        ('typeOf (dict) | eq "map[string]interface {}" | ternary "y" "n"', "y"),
        ('typeOf .none | eq "<nil>" | ternary "y" "n"', "y"),
        ("kindOf true", "bool"),
        ("kindOf (list)", "slice"),
        ("kindOf (dict)", "map"),
        ("kindOf 1", "int"),
        ('kindIs "map" . | ternary "y" "n"', "y"),
        ("typeOf .tag", "string"),
        ('typeIs "string" .tag | ternary "y" "n"', "y"),
        ('contains "1" .tag | ternary "y" "n"', "y"),
        ('hasPrefix "v" .version | ternary "y" "n"', "y"),
        ('hasSuffix "slim" .version | ternary "y" "n"', "y"),
        ('tpl "{{ .Chart.AppVersion }}" $', "2.5.0"),
        ('tpl "{{ .Values.image.tag }}-t" $', "1-t"),
        ("(toYaml .more | fromYaml).tag", "9"),
        ('index (fromYaml (toYaml (dict "l" (list "a" "b")))).l 1', "b"),
    ],
)
def test_a_function_gives_what_helm_writes(expression: str, expected: str) -> None:
    pod = (
        "{{ with .Values.image }}\n"
        f"image: {{{{ .repository }}}}:x{{{{ {expression} }}}}\n"
        "{{ end }}\n"
    )

    assert meanings(VALUES, pod) == [f"quay.io/a/b:x{expected}"]


def table(**items: Value) -> Table:
    return Table(items.items())


WHOLE: Final = """\
image:
  repository: quay.io/a/b
  tag: "1"
list: [a, b, c]
map: {k: v, m: w}
"""


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "{{ range .Values.list }}\nimage: {{ $.Values.image.repository }}:{{ . }}\n{{ end }}",
            ["quay.io/a/b:a", "quay.io/a/b:b", "quay.io/a/b:c"],
        ),
        (
            "{{ range $i, $t := .Values.list }}\nimage: {{ $.Values.image.repository }}:{{ $t }}-{{ $i }}\n{{ end }}",
            ["quay.io/a/b:a-0", "quay.io/a/b:b-1", "quay.io/a/b:c-2"],
        ),
        (
            "{{ range .Values.none }}\nimage: x:1\n{{ else }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{ end }}",
            ["quay.io/a/b:1"],
        ),
        (
            "{{ range $k, $v := .Values.map }}\nimage: {{ $.Values.image.repository }}:{{ $k }}-{{ $v }}\n{{ end }}",
            ["quay.io/a/b:k-v", "quay.io/a/b:m-w"],
        ),
        (
            '{{ range .Values.list }}{{ if eq . "b" }}{{ break }}{{ end }}\nimage: {{ $.Values.image.repository }}:{{ . }}\n{{ end }}',
            ["quay.io/a/b:a"],
        ),
        (
            '{{ range .Values.list }}{{ if eq . "a" }}{{ continue }}{{ end }}\nimage: {{ $.Values.image.repository }}:{{ . }}\n{{ end }}',
            ["quay.io/a/b:b", "quay.io/a/b:c"],
        ),
        (
            "{{ if .Values.none }}\nimage: x:1\n{{ else if .Values.image }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{ else }}\nimage: y:1\n{{ end }}",
            ["quay.io/a/b:1"],
        ),
        (
            "{{ with .Values.none }}\nimage: x:1\n{{ else }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{ end }}",
            ["quay.io/a/b:1"],
        ),
        (
            '{{ define "i" }}image: {{ .repository }}:{{ .tag }}{{ end }}\n{{ template "i" .Values.image }}\n',
            ["quay.io/a/b:1"],
        ),
        (
            '{{ define "i" }}image: {{ .repository }}:{{ .tag }}{{ end }}\n{{ include "i" .Values.image | nindent 2 }}\n',
            ["quay.io/a/b:1"],
        ),
        (
            '{{ define "i" }}{{ .repository }}:{{ .tag }}{{ end }}\n{{ with .Values.image }}\nimage: {{ include "i" . }}\n{{ end }}',
            ["quay.io/a/b:1"],
        ),
        (
            "{{- $i := .Values.image -}}\nimage: {{ $i.repository }}:{{ $i.tag }}\n",
            ["quay.io/a/b:1"],
        ),
        (
            '{{- $i := dict "image" .Values.image -}}\nimage: {{ $i.image.repository }}:{{ ($i.image).tag }}\n',
            ["quay.io/a/b:1"],
        ),
        (
            "{{/* a comment */}}\nimage: {{ .Values.image.repository }}:{{ `1` }}{{ .Values.image.tag }}\n",
            ["quay.io/a/b:11"],
        ),
        (
            "image: {{ .Values.image.repository }}:{{ print .Values.image.tag 0x10 }}\n",
            ["quay.io/a/b:116"],
        ),
        (
            "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}{{ printf \"%d\" 'a' }}\n",
            ["quay.io/a/b:197"],
        ),
        (
            'image: {{ .Values.image.repository }}:{{ .Values.image.tag }}{{ "\\x41\\102\\u0043" }}\n',
            ["quay.io/a/b:1ABC"],
        ),
        (
            "image: {{ .Values.image.repository }}:{{ if and .Values.image.tag (not .Values.none) }}{{ .Values.image.tag }}{{ end }}\n",
            ["quay.io/a/b:1"],
        ),
        (
            '{{ block "b" .Values.image }}image: {{ .repository }}:{{ .tag }}{{ end }}\n',
            ["chart-default"],
        ),
        (
            '{{ toYaml (dict "image" (printf "%s:%s" .Values.image.repository .Values.image.tag)) }}\n',
            ["quay.io/a/b:1"],
        ),
        (
            '{{ $tag := "" }}{{ range .Values.list }}{{ $tag = . }}{{ end }}\nimage: {{ .Values.image.repository }}:{{ $tag }}\n',
            ["quay.io/a/b:c"],
        ),
        (
            "image: {{ .Values.image.repository }}:{{ index .Values.list 1 }}\n",
            ["quay.io/a/b:b"],
        ),
        (
            "{{ if or .Values.none (eq (len .Values.list) 3) }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{ end }}",
            ["quay.io/a/b:1"],
        ),
        (
            'image: {{ .Values.image.repository }}:{{ tpl (printf "{{ .Values.image.tag }}-%s" "x") . }}\n',
            ["quay.io/a/b:1-x"],
        ),
        (
            'image: {{ list .Values.image.repository .Values.image.tag | join ":" }}\n',
            ["quay.io/a/b:1"],
        ),
    ],
)
def test_a_template_gives_what_helm_writes(template: str, expected: list[str]) -> None:
    """A `block` is not evaluated, and skipped."""
    assert meanings(WHOLE, template) == expected


@pytest.mark.parametrize(
    "action",
    [
        "{{ $unknown }}",
        "{{ $t = .Values.image.tag }}",
        "{{ .Values.image.tag | nosuchfunction }}",
        "{{ fail .Values.image.tag }}",
        "{{ semverCompare `>1` .Values.image.tag }}",
        "{{ tpl `{{ if }}` $ }}",
        '{{ tpl `{{ define "x" }}{{ end }}` $ }}',
        "{{ (.Values.image.tag }}",
        "{{ .Values.image.tag) }}",
        "{{ ) }}",
        "{{ 1_000_ }}",
        '{{ "\\q" }}',
        "{{ 'ab }}",
        "{{ .Capabilities.APIVersions.Has `v1` }}",
        "{{ 1.5 }}{{ nil }}{{ true }}",
        "{{ range .Release }}{{ end }}",
        "{{ range $a, $b, $c := .Values.list }}{{ end }}",
        "{{ include .Values.image.tag . }}",
        "{{ include `none` . }}",
        "{{ end }}",
        "{{ else }}",
        "{{ if }}",
    ],
)
def test_what_is_not_understood_is_never_locked_as_if_it_were(action: str) -> None:
    pod = (
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}"
        f"{action}{{{{ .Release.Name }}}}\n"
    )

    assert set(meanings(WHOLE, pod)) <= {"chart-default"}


SAMPLES: Final[list[Value]] = [
    None,
    True,
    integer(1),
    Number(1.5, "1.5", NOWHERE),
    written(""),
    written("a"),
    written("%d"),
    written("%q-%v"),
    Unknown(),
    table(a=table(b=written("c")), d=written("")),
    [],
    [written("a"), [integer(2)], None],
]


def changing(
    function: Callable[[Sequence[Value], TableChanges], Value],
) -> Callable[[Sequence[Value]], Value]:
    """Return *function* with changes that nobody takes back."""
    return lambda values: function(values, TableChanges())


FUNCTIONS: Final[dict[str, tuple[int, Callable[[Sequence[Value]], Value]]]] = {
    **CHOICE_FUNCTIONS,
    **TABLE_FUNCTIONS,
    **LIST_FUNCTIONS,
    **{
        name: (least, changing(function))
        for name, (least, function) in CHANGING_FUNCTIONS.items()
    },
    **{name: (2, function) for name, function in TEXT_FUNCTIONS.items()},
    **{name: (2, function) for name, function in FORMAT_FUNCTIONS.items()},
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_argument_is_too_strange(name: str) -> None:
    least, function = FUNCTIONS[name]
    for count in (max(least, 1), least + 1):
        for values in product(SAMPLES, repeat=count):
            result = function(list(values))

            assert isinstance(
                result, Written | Number | Table | Unknown | list | bool | None
            )


@pytest.mark.parametrize("value", SAMPLES, ids=range(len(SAMPLES)))
def test_any_value_can_be_written_as_yaml(value: Value) -> None:
    assert isinstance(to_yaml(value).text, str)


def test_values_are_written_as_yaml() -> None:
    inner = table(c=integer(1), d=written("x: y"))
    value = table(
        b=[inner, [], written("z")], a=table(e=None, f=table(), g=written('"'))
    )

    assert to_yaml(value).text.splitlines() == [
        "a:",
        "  e: null",
        "  f: {}",
        '  g: "\\""',
        "b:",
        "  - c: 1",
        '    d: "x: y"',
        "  - []",
        "  - z",
    ]


def test_too_many_arguments_are_no_value() -> None:
    pod = 'image: a:{{ contains "a" "b" "c" }}{{ .Values.image.tag }}\n'

    assert "quay.io/a/b:1" not in meanings(VALUES, pod)


@pytest.mark.parametrize(
    "helper",
    [
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
        "{{ if .Values.list }}\nimage: {{ .Values.image.repository }}:1\n{{ end }}",
        "{{ range .Values.list }}\nimage: quay.io/a/b:{{ . }}\n{{ end }}",
        '{{ template "inner" . }}',
        '{{ include "inner" . }}',
        '{{ include (print "in" "ner") . }}',
        '{{ tpl "image: {{ .Values.image.repository }}:1" . }}',
        '{{ toYaml (dict "image" (include "name" .)) }}',
        '{{ (include "inner" .) }}',
    ],
)
def test_helpers_may_have_all_of_the_image(helper: str) -> None:
    helpers = (
        f'{{{{ define "pod" }}}}\n{helper}\n{{{{ end }}}}\n'
        '{{ define "name" }}{{ .Values.image.repository }}:1{{ end }}\n'
        '{{ define "inner" }}\nimage: {{ include "name" . }}\n{{ end }}\n'
        '{{ define "loop" }}{{ include "loop" . }}{{ end }}\n'
    )
    files = {"app/templates/_helpers.tpl": helpers}

    found = meanings(WHOLE, '{{ include "pod" . }}{{ include "loop" . }}\n', files)

    assert "docker.io/library/a" not in found
    assert all("quay.io/a/b" in each or each == "chart-default" for each in found)


@pytest.mark.parametrize(
    ("action", "right"),
    [
        ('set .Values.image "tag" "2"', "quay.io/a/b:2"),
        ('unset .Values.image "tag"', "invalid"),
        ('mergeOverwrite .Values.image (dict "tag" "3")', "quay.io/a/b:3"),
        ('merge .Values.image (dict "tag" "3")', "quay.io/a/b:1"),
        ('merge .Values.image (dict "other" "3")', "quay.io/a/b:1"),
        ('mergeOverwrite .Values.map (dict "k" "3")', "quay.io/a/b:1"),
    ],
)
def test_values_that_templates_change_are_right_or_skipped(
    action: str, right: str
) -> None:
    pod = (
        f"{{{{ $_ := {action} }}}}\n"
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n"
    )

    assert set(meanings(WHOLE, pod)) <= {"chart-default", right}
