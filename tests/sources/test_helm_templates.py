"""What the templates of a chart in the project make of its values."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context, files_among
from imagelock.sources.helm import values as helm_values
from imagelock.sources.helm.rendering import Renderer
from imagelock.sources.shared.work_budget import WorkBudget

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Final[Mapping[str, str]] = {}
CHART: Final = "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: 2.5.0\n"
PARTS: Final = 'image: {repository: quay.io/a/b, tag: "1"}\n'
POD: Final = "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n"
HEX: Final = "a" * 64


def found(
    values: str,
    pod: str,
    files: Mapping[str, str] = NOTHING,
    path: str = "app/values.yaml",
) -> list[Occurrence | Skipped]:
    everything = {"app/Chart.yaml": CHART, "app/templates/pod.yaml": pod, **files}
    context = context_of({**everything, path: values})
    return list(helm_values.find(PurePosixPath(path), Text(values), context))


def context_of(files: Mapping[str, str]) -> Context:
    texts = {PurePosixPath(name): Text(text) for name, text in files.items()}
    return Context(
        read=texts.get,
        platforms=(),
        files_below=partial(files_among, sorted(texts)),
    )


def meanings(
    values: str,
    pod: str,
    files: Mapping[str, str] = NOTHING,
    path: str = "app/values.yaml",
) -> list[str]:
    return [
        finding.reference.familiar
        if isinstance(finding, Occurrence)
        else finding.reason.slug
        for finding in found(values, pod, files, path)
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{{ .repository }}:{{ .tag }}", "1"),
        ("{{ .repository }}:v{{ .tag }}", "v1"),
        ("{{ .repository }}:{{ .tag }}-alpine", "1-alpine"),
        ('{{ printf "%s:%s" .repository .tag }}', "1"),
        ('{{ printf "%s:v%s-%s" .repository .tag "slim" }}', "v1-slim"),
        ('{{ print .repository ":" .tag }}', "1"),
        ('{{ .repository }}:{{ print "v" .tag | quote }}', "invalid"),
        ("{{ .repository }}:{{ .tag | toString }}", "1"),
        ('{{ .repository }}:{{ .tag | default "9" }}', "1"),
        ('{{ .repository }}:{{ coalesce .other .tag "9" }}', "1"),
        ('{{ .repository }}:{{ ternary "x" .tag false }}', "1"),
        ('{{ .repository }}:{{ required "a tag" .tag }}', "1"),
        ("{{ .repository }}:{{ tpl .tag $ }}", "1"),
        ('{{ .repository }}:{{ tpl "{{ .Chart.AppVersion }}" $ }}', "2.5.0"),
        ("{{ .repository }}:{{ $.Chart.AppVersion }}", "2.5.0"),
        ('{{ .repository }}:v{{ trimPrefix "v" .tag }}', "v1"),
        ('{{ join ":" (list .repository .tag) }}', "1"),
        ("{{ with .tag }}{{ $.Values.image.repository }}:{{ . }}{{ end }}", "1"),
        ("{{ .repository }}{{ if .tag }}:{{ .tag }}{{ end }}", "1"),
        ('{{ .repository }}:{{ if eq .tag "1" }}one{{ else }}two{{ end }}', "one"),
        ('{{ .repository }}:{{ if hasKey . "digest" }}x{{ else }}y{{ end }}', "y"),
        ('{{ .repository }}:{{ if kindIs "string" .tag }}x{{ else }}y{{ end }}', "x"),
        ("{{ .repository }}:{{ index . `tag` }}", "1"),
        ('{{ $t := "0" }}{{ $t = .tag }}{{ .repository }}:{{ $t }}', "1"),
        (('{{ $t := "0" }}{{ if $.Release.Name }}{{ $t = "2" }}{{ end }}'
         "{{ .repository }}:{{ $t }}"), "chart-default"),
        ('{{ .repository }}:{{ regexReplaceAll "1" .tag "2" }}', "chart-default"),
        ("{{ .repository }}:{{ .tag }}-{{ $.Release.Name }}", "chart-default"),
        ('{{ include "x.image" (dict "image" . "root" $) }}', "1-x"),
        ('{{ include "x.list" (list $ .) | trim }}', "1-l"),
        ('{{ include "x.none" . }}', "1"),
        ('{{ include "x.loop" . }}', "chart-default"),
    ],
)  # fmt: skip
def test_what_an_expression_makes_of_the_parts(expression: str, expected: str) -> None:
    helpers = (
        '{{ define "x.image" }}{{ .image.repository }}:{{ .image.tag }}-x{{ end }}'
        '{{ define "x.list" }}{{ $root := index . 0 }}{{ with index . 1 }}\n'
        "{{ .repository }}:{{ .tag }}-l\n{{ end }}{{ end }}"
        '{{ define "x.loop" }}{{ include "x.loop" . }}{{ end }}'
    )
    pod = f"{{{{ with .Values.image }}}}\nimage: {expression}\n{{{{ end }}}}\n"

    name = "" if expected in {"chart-default", "invalid"} else "quay.io/a/b:"
    files = {"app/templates/_helpers.tpl": helpers}
    assert meanings(PARTS, pod, files) == [f"{name}{expected}"]


@pytest.mark.parametrize(
    ("values", "pod", "expected"),
    [
        # A text that is the whole image
        ("image: a/b:1", "image: {{ .Values.image }}", ["a/b:1"]),
        ("image: a/b:1", "image: my.io/{{ .Values.image }}", ["my.io/a/b:1"]),
        ("image: a/b", "image: {{ .Values.image }}", ["a/b:latest"]),
        ("image: a/b", "image: {{ .Values.image }}:{{ .Chart.AppVersion }}",
         ["a/b:2.5.0"]),
        ("image: a/b:1", "kind: Pod", ["a/b:1"]),
        ("image: redis", "kind: Pod", ["chart-default"]),
        # Other places than a key `image`
        (PARTS, ("args: [--reloader={{ .Values.image.repository }}:"
         "{{ .Values.image.tag }}]"), ["quay.io/a/b:1"]),
        (PARTS, "version: {{ .Values.image.tag }}", ["chart-default"]),
        (PARTS, "# image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
         ["chart-default"]),
        (PARTS, "spec: {{ toYaml .Values.image | nindent 2 }}", ["guess"]),
        # Two uses
        (PARTS, ("a: {image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}\n"
         "b: {image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}-b'}"),
         ["quay.io/a/b:1", "quay.io/a/b:1-b"]),
        # Lists
        ("sidecars: [{name: x, image: 'a/b:1'}]",
         "containers: {{ toYaml .Values.sidecars | nindent 2 }}", ["a/b:1"]),
        ("list: [{image: {repository: a/b, tag: '1'}}]",
         ("{{ range .Values.list }}\nimage: {{ .image.repository }}:v{{ .image.tag }}\n"
         "{{ end }}"), ["a/b:v1"]),
        # Numbers, as Helm reads them
        ("image: {repository: a/b, tag: 1.20}",
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
         ["chart-default"]),
        ("image: {repository: a/b, tag: 16}",
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}", ["a/b:16"]),
        # Conditions that are not known
        (PARTS, ('{{ if .Capabilities.APIVersions.Has "x" }}\n'
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{ else }}\n"
         "image: {{ .Values.image.repository }}:v{{ .Values.image.tag }}\n{{ end }}\n"),
         ["quay.io/a/b:1", "quay.io/a/b:v1"]),
        # Values that somebody has to complete
        ("image: {repository: '', tag: '1'}",
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
         ["chart-default"]),
        ("image: {repository: a/b, tag: ''}",
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
         ["chart-default"]),
        # A digest
        (f"image: {{repository: a/b, tag: '1', digest: {HEX}}}",
         "image: {{ .Values.image.repository }}@sha256:{{ .Values.image.digest }}",
         [f"a/b@sha256:{HEX}"]),
        (f"image: {{repository: a/b, tag: '1', digest: {HEX}}}",
         "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}", ["a/b:1"]),
        (f"image: {{repository: a/b, tag: '1', digest: {HEX}}}",
         ("image: {{ .Values.image.repository }}:{{ .Values.image.tag }}"
         "@{{ .Values.image.digest }}"), ["invalid"]),
        # An overriding tag that all images share
        ("global: {tag: '3'}\n" + PARTS,
         ("image: {{ .Values.image.repository }}:"
         "{{ .Values.global.tag | default .Values.image.tag }}"), ["quay.io/a/b:3"]),
        # A broken template, and one without any image
        (PARTS, "image: {{ .Values.image.repository", ["chart-default"]),
    ],
)  # fmt: skip
def test_what_a_template_makes_of_values(
    values: str, pod: str, expected: list[str]
) -> None:
    assert meanings(values, pod) == expected


def test_an_overlay_is_read_over_the_values_of_the_chart() -> None:
    pod = "image: {{ .Values.registry }}/{{ .Values.image.name }}:{{ .Values.tag }}"
    base = "registry: quay.io\nimage: {name: a/b}\ntag: '1'\n"
    files = {"app/values.yaml": base}

    for path in ("app/values-prod.yaml", "app/ci/x.yaml", "app/envs/eu/values.yaml"):
        for overlay, expected in {
            "tag: '2'": "quay.io/a/b:2",
            "registry: eu.io": "eu.io/a/b:1",
            "image: {name: c/d}": "quay.io/c/d:1",
        }.items():
            assert meanings(overlay, pod, files, path) == [expected]


def test_a_null_in_an_overlay_removes_the_default() -> None:
    pod = 'image: a/{{ .Values.image.name }}:{{ .Values.image.tag | default "9" }}'
    files = {"app/values.yaml": "image: {name: b, tag: '1'}"}

    overlay = "image: {name: c, tag: null}"
    assert meanings(overlay, pod, files, "app/values-x.yaml") == ["a/c:9"]


def test_values_for_a_chart_in_the_chart_with_an_alias() -> None:
    files = {
        "app/Chart.yaml": f"{CHART}dependencies: [{{name: db, alias: one}},"
        " {name: db, alias: two}]\n",
        "app/charts/db/Chart.yaml": CHART.replace("app", "db"),
        "app/charts/db/values.yaml": "image: {repository: a/db, tag: '1'}",
        "app/charts/db/templates/pod.yaml":
            "image: {{ .Values.global.registry }}/{{ .Values.image.repository }}"
            ":{{ .Values.image.tag }}-db",
    }  # fmt: skip
    values = "global: {registry: my.io}\none: {image: {tag: '2'}}\ntwo: {x: y}\n"

    assert set(meanings(values, "kind: x", files)) == {
        "my.io/a/db:1-db",
        "my.io/a/db:2-db",
    }


def test_a_library_chart_in_the_project() -> None:
    files = {
        "app/Chart.yaml": f"{CHART}dependencies: [{{name: lib,"
        " repository: 'file://../lib'}]\n",
        "lib/Chart.yaml": "name: lib\ntype: library\n",
        "lib/templates/_image.tpl":
            '{{- define "lib.image" }}{{ .repository }}:{{ .tag }}-lib{{ end -}}',
    }  # fmt: skip
    pod = 'image: {{ include "lib.image" .Values.image }}'

    assert meanings(PARTS, pod, files) == ["quay.io/a/b:1-lib"]


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ('{{ include "lib.all" . }}\n', "quay.io/a/b:1"),
        ('---\n{{- template "lib.all" $ -}}\n', "quay.io/a/b:1"),
        ('name: {{ include "lib.name" . }}\n', "chart-default"),
        ('{{ include "own.all" . }}\n', "chart-default"),
        ('{{ include "lib.all" .Values.other }}\n', "chart-default"),
    ],
)
def test_a_template_of_another_chart_may_write_every_image(
    pod: str, expected: str
) -> None:
    files = {"app/templates/_all.tpl": '{{ define "own.all" }}kind: Pod{{ end }}'}

    values = "image:\n  repository: quay.io/a/b\n  tag: '1'\n"
    assert meanings(values, pod, files) == [expected]


@pytest.mark.parametrize(
    "before",
    [
        '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}{{ toYaml $d }}',
        "{{ $l := list 1 }}" + "{{ $l = list $l $l }}" * 60 + "{{ toYaml $l }}",
        '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}',
        '{{ tpl "{{ tpl .Values.t . }}" . }}',
        "{{ if true }}" * 70 + "{{ end }}" * 70,
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ range until 1000000000 }}x{{ end }}",
    ],
)
def test_no_template_hangs_or_raises(before: str) -> None:
    pod = f"{before}\nimage: {{{{ .Values.image.repository }}}}:1\n"
    values = "t: '{{ tpl .Values.t . }}'\n" + PARTS

    assert meanings(values, pod) in (["quay.io/a/b:1"], ["chart-default"])


def test_a_text_behind_the_image_belongs_to_it() -> None:
    pod = "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}"

    for behind in (" x", "{{ `{` }}", "${X}"):
        assert meanings(PARTS, pod + behind)[0] in {"invalid", "template", "variable"}
    for behind in (" # x", "  ", "\n", " \n  name: x"):
        assert meanings(PARTS, pod + behind) == ["quay.io/a/b:1"]


def test_too_much_work_is_no_answer() -> None:
    nested = "{{ range $.Values.l }}" * 9 + "x" + "{{ end }}" * 9
    pod = f"{nested}\nimage: {{{{ .Values.image.repository }}}}:1\n"
    values = f"l: [{', '.join('0' * 90)}]\n{PARTS}"

    assert meanings(values, pod) == ["chart-default"]


MERGE = """\
{{- define "merge" }}
{{- range $key, $value := index . 1 }}
{{- if kindIs "map" $value }}
{{- include "merge" (list (get (index . 0) $key) $value) }}
{{- include "by-name" (list (get (index . 0) $key) $value) }}
{{- end }}
{{- end }}
{{- end }}
{{- define "by-name" }}
{{- range index . 1 }}{{ include "merge" (list (index . 0) .) }}{{ end }}
{{- range index . 0 }}{{ include "merge" (list . (index . 1)) }}{{ end }}
{{- end }}
"""
"""A tree that is not known, walked by templates that include each other."""


def test_a_walk_through_an_unknown_tree_costs_little() -> None:
    merge = '{{ include "merge" (list (.Files.Get "a" | fromYaml) (.Files.Get "b")) }}'

    assert meanings(PARTS, f"{merge}\n{POD}", {"app/templates/_merge.tpl": MERGE}) == [
        "quay.io/a/b:1"
    ]


def test_one_value_for_many_images_is_tried_once_and_takes_no_digest() -> None:
    pod = (
        "{{ range $name, $_ := .Values.apps }}{{ range until 100 }}{{ sha256sum `x` }}"
        "{{ end }}\nimage: {{ $.Values.image.repository }}:2-{{ $name }}\n{{ end }}"
    )
    names = [f"n{number}" for number in range(200)]
    apps = "".join(f"  {name}: {{}}\n" for name in names)
    values = f"apps:\n{apps}image:\n  repository: quay.io/a/b\n  tag: ''\n"

    assert meanings(values, pod) == [f"quay.io/a/b:2-{name}" for name in sorted(names)]
    assert pinned(values, pod) == values


def test_all_charts_together_cause_no_more_than_so_much_work() -> None:
    context = context_of({"app/Chart.yaml": CHART, "app/templates/pod.yaml": POD})
    total = context.memory.remember(Renderer, lambda: WorkBudget(2_000))
    read = partial(helm_values.find, PurePosixPath("app/values.yaml"))

    reasons = [
        finding.reason.slug if isinstance(finding, Skipped) else "image"
        for name in "abcdefgh"
        for finding in read(Text(f"image: {{repository: x/{name}, tag: '1'}}"), context)
    ]

    assert reasons[0] == "image"
    assert reasons[-1] == "chart-default"
    assert total.left < 0
    assert not context.memory.current.is_repeatable


def pinned(values: str, pod: str) -> str:
    """Return *values* with digests, as `pin` would write them."""
    data = values.encode()
    for finding in reversed(found(values, pod)):
        if not isinstance(finding, Occurrence) or finding.unpinnable_reason:
            continue
        start = end = finding.place.span.end
        new = "@sha256:D"
        if finding.slot:
            start, end = finding.slot.span.start, finding.slot.span.end
            new = finding.slot.template.format(digest="sha256:D", hex="D")
        data = data[:start] + new.encode() + data[end:]
    return data.decode()


NAME, TAG, DIGEST = (
    "{{ .Values.image.repository }}",
    "{{ .Values.image.tag }}",
    "{{ .Values.image.digest }}",
)
EMPTY = "image: {repository: a/b, tag: '1', digest: ''}"


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        (f"{NAME}:{TAG}", "image: {repository: a/b, tag: '1@sha256:D', digest: ''}"),
        (f"{NAME}:v{TAG}", "image: {repository: a/b, tag: '1@sha256:D', digest: ''}"),
        (f"{NAME}:{TAG}-x", EMPTY),
        # Helm would fail, or a label would be invalid
        (f"{NAME}:{TAG}\nversion: {TAG}", EMPTY),
        (f"{NAME}:{TAG}\n{{{{ if semverCompare '>1' .Values.image.tag }}}}x{{{{ end }}}}"
         .replace("'", "`"), EMPTY),
        (f"{NAME}:{TAG}\nenv: x={NAME}:{TAG}",
         "image: {repository: a/b, tag: '1@sha256:D', digest: ''}"),
        (f"{NAME}{{{{ with .Values.image.digest }}}}@{{{{ . }}}}{{{{ end }}}}",
         "image: {repository: a/b, tag: '1', digest: 'sha256:D'}"),
        (f"{NAME}:{TAG}{{{{ with .Values.image.digest }}}}@{{{{ . }}}}{{{{ end }}}}",
         "image: {repository: a/b, tag: '1', digest: 'sha256:D'}"),
        ((f"{NAME}{{{{ if .Values.image.digest }}}}@sha256:{DIGEST}{{{{ else }}}}:{TAG}"
         "{{ end }}"), "image: {repository: a/b, tag: '1', digest: 'D'}"),
        ((f"{NAME}:{TAG}-x{{{{ with .Values.image.digest }}}}@sha256:{{{{ . }}}}"
         "{{ end }}"), "image: {repository: a/b, tag: '1', digest: 'D'}"),
    ],
)  # fmt: skip
def test_where_the_digest_goes(pod: str, expected: str) -> None:
    assert pinned(EMPTY, f"image: {pod}") == expected


@pytest.mark.parametrize(
    "pod",
    [
        "args: ['--maxsnapshotsonimage={{ .Values.maxSnapshotsOnImage }}']",
        "snapshotsOnImage: {{ .Values.maxSnapshotsOnImage }}",
    ],
)
def test_a_number_at_a_key_that_ends_like_image_is_none(pod: str) -> None:
    assert meanings("maxSnapshotsOnImage: 450\n", pod) == []


def test_how_long_something_is_kept_is_no_image() -> None:
    values = "keep: {image: 24h, other: 1}\nold: {image: 1h30m}\nweb: {image: h2o}\n"

    assert meanings(values, '{{ include "lib.all" . }}\n') == ["h2o:latest"]


def test_values_that_a_config_map_has_are_no_further_images() -> None:
    config = "# images\nkind: ConfigMap\ndata:\n  values: |\n{{ toYaml .Values | indent 4 }}\n"
    pod = "image: {{ .Values.webImage }}:{{ .Chart.AppVersion }}\n"

    files = {"app/templates/config.yaml": config}
    assert meanings("webImage: quay.io/a/b\n", pod, files) == ["quay.io/a/b:2.5.0"]
