from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.helm import chart as helm_chart
from imagelock.sources.helm import helmfile
from imagelock.sources.helm import template as helm_template
from tests.support.extraction import cases, check, find
from tests.support.recognition import is_read_by

if TYPE_CHECKING:
    from imagelock.sources.protocol import BuiltInSource
    from tests.support.extraction import Case

AROUND: Final = Context(read=lambda _: None, platforms=())
CHART: Final = PurePosixPath("charts/app/Chart.yaml")
FORMATS: Final = ("helm-chart", "helm-template", "helmfile", "helmsman")
STATE: Final = PurePosixPath("helmfile.yaml")
TEMPLATE: Final = PurePosixPath("charts/app/templates/web.yaml")
D: Final = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "case",
    [case for name in FORMATS for case in cases(name)],
    ids=str,
)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def found(
    source: BuiltInSource, path: PurePosixPath, text: str
) -> list[Occurrence | Skipped]:
    data = text.encode()
    everything = list(source.find(path, Text(text), AROUND))
    for finding in everything:
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text
    return everything


def meanings(
    source: BuiltInSource, path: PurePosixPath, text: str
) -> list[tuple[str, str]]:
    return [
        (
            finding.place.location,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in found(source, path, text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ("annotations:\n  artifacthub.io/images: |\n"
            "    - name: a\n      image: a/b:1\n      platforms: [x]\n"
            "    - name: c\n      image: 'c/d:2'\n"),
            [
                ("annotations.artifacthub.io/images[0].image", "a/b:1"),
                ("annotations.artifacthub.io/images[1].image", "c/d:2"),
            ],
        ),
        (
            'annotations: {images: "- image: a/b:1\\n- image: c/d:2\\n"}\n',
            [
                ("annotations.images[0].image", "a/b:1"),
                ("annotations.images[1].image", "c/d:2"),
            ],
        ),
        ("annotations:\n  images: |\n    - {\n", [("annotations.images.document",
                                                   "unparseable")]),
        ("annotations:\n  other: |\n    - image: a/b:1\n", []),
        ("annotations: {images: }\n", []),
        ("annotations: text\n", []),
        (
            "dependencies:\n- {name: a, repository: 'oci://g.io/c/', version: 1.2.3}\n",
            [("dependencies[0].version", "g.io/c/a:1.2.3")],
        ),
        (
            "dependencies:\n- {name: a, repository: 'oci://g.io/c', version: v1.0.0+x}\n",
            [("dependencies[0].version", "g.io/c/a:v1.0.0_x")],
        ),
        ("dependencies: [{name: a, repository: 'https://g.io', version: 1.2.3}]\n", []),
        ("dependencies: [{name: a, repository: 'oci://g.io'}, text]\n", []),
        ("{\n", [("document", "unparseable")]),
    ],
)  # fmt: skip
def test_what_a_chart_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert meanings(helm_chart, CHART, text) == expected


@pytest.mark.parametrize(
    "version", ["^1.2.3", "~1.2", ">=1.0.0 <2", "1.x.x", "1.2", "1", "*", "1.2.x"]
)
def test_a_range_of_versions_is_not_locked(version: str) -> None:
    dependency = f"{{name: a, repository: 'oci://g.io/c', version: '{version}'}}"

    assert meanings(helm_chart, CHART, f"dependencies: [{dependency}]\n") == [
        ("dependencies[0].version", "constraint")
    ]


def test_a_dependency_takes_no_digest() -> None:
    text = "dependencies: [{name: a, repository: 'oci://g.io/c', version: 1.2.3}]\n"

    (finding,) = found(helm_chart, CHART, text)

    assert isinstance(finding, Occurrence)
    assert finding.unpinnable_reason == "Helm takes no digest for a dependency"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "releases:\n- chart: oci://g.io/c/a\n  version: 1.0.0\n",
            [("releases[0].version", "g.io/c/a:1.0.0")],
        ),
        (
            f"releases: [{{chart: oci://g.io/c/a, version: 1.0.0@{D}}}]\n",
            [("releases[0].version", f"g.io/c/a:1.0.0@{D}")],
        ),
        (
            ("repositories: [{name: r, url: g.io/c, oci: true}, {name: s, url: s.io}]\n"
            "releases: [{chart: r/a, version: 1.0.0}, {chart: s/a, version: 1.0.0}]\n"),
            [("releases[0].version", "g.io/c/a:1.0.0")],
        ),
        (
            "releases: [{chart: oci://g.io/c/a, version: ~1.0}, {chart: ./a}]\n",
            [("releases[0].version", "constraint")],
        ),
        (
            "releases: [{chart: oci://g.io/c/a, version: '{{ .Values.x }}'}]\n",
            [("releases[0].version", "template")],
        ),
        (
            ("releases:\n- values:\n  - values.yaml\n"
            "  - image: {repository: a/b, tag: '1'}\n"
            "  set: [{name: image.tag, value: '2'}, {name: x, value: y}]\n"),
            [
                ("releases[0].values[1].image.tag", "set-value"),
                ("releases[0].set[0].value", "set-value"),
            ],
        ),
        (
            ("releases:\n- set:\n  - {name: image.registry, value: g.io}\n"
            "  - {name: image.repository, value: a/b}\n"
            "  - {name: image.tag, value: '2'}\n"),
            [("releases[0].set[2].value", "g.io/a/b:2")],
        ),
        (
            ("templates:\n  default: &d\n    values: [{image: a/b:1}]\n"
            "releases:\n- <<: *d\n- <<: *d\n"),
            [("releases[0].values[0].image", "a/b:1")],
        ),
        (
            ("releases:\n{{ range .x }}\n- chart: oci://g.io/{{ . }}\n"
            "  version: 1.0.0\n{{ end }}\n- {chart: oci://g.io/c/a, version: 2.0.0}\n"),
            [
                ("releases[0].version", "template"),
                ("releases[1].version", "g.io/c/a:2.0.0"),
            ],
        ),
        ("releases: text\n", []),
    ],
)  # fmt: skip
def test_what_a_helmfile_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert meanings(helmfile, STATE, text) == expected


def test_a_value_that_several_releases_share_has_several_uses() -> None:
    text = "x: &d\n  values: [{image: a/b:1}]\nreleases: [{<<: *d}, {<<: *d}]\n"

    (finding,) = found(helmfile, STATE, text)

    assert finding.place.uses == (
        "releases[0].values[0].image",
        "releases[1].values[0].image",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: busybox:1.36", [("busybox:1.36", "busybox:1.36")]),
        ("  - image: 'a/b:1' # old", [("a/b:1", "a/b:1")]),
        ('  - name: x\n    "image" : "a/b:1"', [("a/b:1", "a/b:1")]),
        ("- {name: x, image: a/b:1, y: z}", [("a/b:1", "a/b:1")]),
        ("image: a/b:1\r\nx: y\r\n", [("a/b:1", "a/b:1")]),
        (
            'image: "{{ .Values.r }}:{{ .Values.t | default "x" }}" # c',
            [('{{ .Values.r }}:{{ .Values.t | default "x" }}', "template")],
        ),
        ("image: {{ .Values.image }} # c", [("{{ .Values.image }}", "template")]),
        ("image: a/b:{{ .Values.t }}-x", [("a/b:{{ .Values.t }}-x", "template")]),
        ("image: $(IMAGE)", [("$(IMAGE)", "variable")]),
        ("image: Acme/b", [("Acme/b", "invalid")]),
        # Nothing
        ("# image: a/b:1\n#image: a/b:1\n# {image: a/b:1}", []),
        ("imagePullPolicy: Always\nimages: x\nimage:\nimage: {}\n", []),
        ("image: &anchor a\nimage: *anchor\n", []),
        ("{{- /* the\nimage: a/b:1\n*/ -}}\nx: y", []),
        ("{{/* never closed\nimage: a/b:1\n", []),
        # Block scalars
        ("x: |\n  image: a/b:1\n{{ if .x }}\n  image: a/b:1\n{{ end }}", []),
        ("x: |-\n  image: a/b:1\ny:\n  image: c/d:1\n", [("c/d:1", "c/d:1")]),
        ("- x: >+2 # c\n    image: a/b:1\n  image: c/d:1\n", [("c/d:1", "c/d:1")]),
        ("- |\n  image: a/b:1\n- image: c/d:1\n", [("c/d:1", "c/d:1")]),
    ],
)
def test_what_a_template_names(text: str, expected: list[tuple[str, str]]) -> None:
    everything = found(helm_template, TEMPLATE, text)

    assert [
        (
            finding.place.text,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in everything
    ] == expected
    for finding in everything:
        assert (
            isinstance(finding, Skipped)
            or finding.unpinnable_reason == "a template is not rewritten"
        )


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.x }}",
        "{{ .Values.x }}",
        '{{ include "a" . }}',
        "{{/* text */}}",
        "{{ end -}}",
    ],
)
def test_a_template_has_actions(text: str) -> None:
    assert is_read_by("helm-template", TEMPLATE, text)
    assert not is_read_by("helm-template", "deploy/web.yaml", text)
    assert not is_read_by("helm-template", "templates/web.json", text)


@pytest.mark.parametrize(
    "text", ["image: a", "{{inputs.image}}", "{{ workflow.x }}", ""]
)
def test_a_manifest_below_templates_is_none(text: str) -> None:
    assert not is_read_by("helm-template", TEMPLATE, text)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("helm-chart", "a/Chart.yaml"),
        ("helmfile", "helmfile.yaml"),
        ("helmfile", "x/helmfile-prod.yml"),
        ("helmfile", "helmfile.yaml.gotmpl"),
        ("helmfile", "helmfile.d/01-base.yaml"),
    ],
)
def test_files_are_known_by_their_names(source: str, path: str) -> None:
    assert is_read_by(source, path, "")


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("helm-chart", "chart.yml"),
        ("helmfile", "my-helmfile.yaml"),
        ("helmfile", "helmfile.lock"),
        ("helmfile", "other/01-base.yaml"),
    ],
)
def test_other_files_are_not(source: str, path: str) -> None:
    assert not is_read_by(source, path, "")


RELEASE = "- name: a\n  chart: oci://g.io/a\n  version: 1.0.0\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("clusters/east.yaml", f"---\nreleases:\n{RELEASE}"),
        ("apps.yml", f"# Apps\nreleases: # all\n\n  # Ours\n{RELEASE}"),
        ("state.yaml.gotmpl", f"releases:\n{{{{ if .x }}}}\n{RELEASE}{{{{ end }}}}\n"),
        ("a.yaml", "releases:\n  - {name: a}\n  - name: b\n    chart: c/d\n"),
    ],
)
def test_a_helmfile_of_any_name_has_releases_of_charts(path: str, text: str) -> None:
    assert is_read_by("helmfile", path, text)


@pytest.mark.parametrize(
    "text",
    [
        f"kind: A\napiVersion: a/v1\nreleases:\n{RELEASE}",
        f"services: {{}}\nreleases:\n{RELEASE}",
        "releases:\n- name: a\n  version: 1\ncharts: 2\n",
        "releases:\n  name: a\n  chart: b\n",
        f"a:\n  releases:\n  {RELEASE}",
    ],
)
def test_other_releases_are_no_helmfile(text: str) -> None:
    assert not is_read_by("helmfile", "clusters/east.yaml", text)


def test_a_file_of_values_is_read_once_for_a_chart_without_templates() -> None:
    release = "- {chart: a/b, values: [v.yaml]}\n"
    reads: list[PurePosixPath] = []

    def read(path: PurePosixPath) -> Text:
        reads.append(path)
        return Text("image: a/b:1\n")

    context = Context(read=read, platforms=())
    findings = list(helmfile.find(STATE, Text(f"releases:\n{release * 1000}"), context))

    assert [str(finding.place.path) for finding in findings] == ["v.yaml"]
    assert len(reads) < 5


@given(st.text(st.sampled_from("image:\n -{}'\"|>#a/1*,\t\r"), max_size=80))
def test_no_template_is_too_strange(text: str) -> None:
    assert all(finding.place.text for finding in found(helm_template, TEMPLATE, text))


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for source, path in ((helm_chart, CHART), (helmfile, STATE)):
        for before in ("", "annotations:\n  images: |\n    ", "releases:\n- "):
            for finding in source.find(path, Text(before + text), AROUND):
                assert isinstance(finding, Occurrence | Skipped)


def test_an_empty_image_in_a_template_is_none() -> None:
    text = 'image: ""\n{{ if .x }}\nimage: nginx:1\n{{ end }}\n'

    assert [o.place.text for o in found(helm_template, TEMPLATE, text)] == ["nginx:1"]
