"""Values that templates of a chart change while Helm renders them."""

from __future__ import annotations

from typing import Final

import pytest

from imagelock.model.occurrence import Occurrence
from tests.sources.test_helm_templates import found

VALUES: Final = """\
global: {image: {registry: quay.io, tag: "9"}}
image: {repository: acme/b, tag: "1"}
side: {registry: ghcr.io, repository: acme/c, tag: "2"}
isOn: true
isOff: false
"""
IMAGE: Final = (
    "image: {{ with .Values.image }}"
    '{{ .registry | default "docker.io" }}/{{ .repository }}:{{ .tag }}{{ end }}\n'
)


def images(pod: str, files: dict[str, str] | None = None) -> dict[str, str]:
    """Return what the parts of values mean with *pod* and *files*, templates."""
    texts = {f"app/templates/{name}": text for name, text in (files or {}).items()}
    return {
        finding.place.location.partition(".")[0]: finding.reference.familiar
        if isinstance(finding, Occurrence)
        else finding.reason.slug
        for finding in found(VALUES, pod, texts)
    }


def image(pod: str, files: dict[str, str] | None = None) -> str:
    """Return what `image` in the values means with *pod* and *files*, templates."""
    return images(pod, files)["image"]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        # ingress-nginx
        ("$_ := merge .Values.image .Values.global.image", "quay.io/acme/b:1"),
        ("$_ := mergeOverwrite .Values.image .Values.global.image", "quay.io/acme/b:9"),
        ('$_ := set .Values.image "registry" "ghcr.io"', "ghcr.io/acme/b:1"),
        ('$_ := set .Values.image "tag" .Values.side.tag', "acme/b:2"),
        ('$_ := set . "Values" .Values', "acme/b:1"),
        ('if .Values.isOn }}{{ $_ := set .Values.image "tag" "3" }}{{ end', "acme/b:3"),
        (
            'if .Values.isOff }}{{ $_ := set .Values.image "tag" "3" }}{{ end',
            "acme/b:1",
        ),
        (
            'if .Release.Name }}{{ $_ := set .Values.image "tag" "3" }}{{ end',
            "chart-default",
        ),
        (
            'if .Release.Name }}{{ else }}{{ $_ := unset .Values.image "tag" }}{{ end',
            "chart-default",
        ),
        (
            'if .Release.Name }}{{ $_ := set .Values.image "registry" "b.io" }}{{ end',
            "chart-default",
        ),
        (
            'if .Release.Name }}{{ $_ := set .Values.image "other" "x" }}{{ end',
            "acme/b:1",
        ),
        # what is not known
        ('$_ := set .Values.image .Release.Name "x"', "acme/b:1"),
        ('$_ := unset .Values.image "none"', "acme/b:1"),
        ("$_ := mergeOverwrite .Values.image (dict)", "acme/b:1"),
        ("$_ := merge .Values.image .Values.image", "acme/b:1"),
        (
            '$_ := mergeOverwrite .Values.image (dict "tag" .Release.Name)',
            "chart-default",
        ),
        (
            '$_ := mergeOverwrite .Values (dict "image" (dict "tag" "7"))',
            "acme/b:7",
        ),
        ("$_ := merge .Values.image .Release.Name", "acme/b:1"),
        ("$_ := merge .Values.none .Values.image", "acme/b:1"),
        # a copy is changed, and not the value
        ('$_ := set (deepCopy .Values.image) "tag" "3"', "acme/b:1"),
        ("$_ := merge (dict) .Values.global.image .Values.image", "acme/b:1"),
    ],
)
def test_a_change_counts_from_there_on(action: str, expected: str) -> None:
    assert image(f"{{{{ {action} }}}}\n{IMAGE}") == expected


@pytest.mark.parametrize("number", ["0x1p60", "0x1p-2", "1e-3", "1_000.5", "0x_1F"])
def test_numbers_are_those_of_go(number: str) -> None:
    helpers = f'{{{{ define "name" }}}}{{{{ $n := {number} }}}}acme/b:1{{{{ end }}}}'
    pod = (
        'image: {{ include "name" . }}-{{ .Values.image.tag }}\n'
        "path: {{ .Values.image.repository }}\n"
    )

    assert image(pod, {"_helpers.tpl": helpers}) == "acme/b:1-1"


def test_helpers_that_cannot_be_parsed_are_not_replaced_by_a_guess() -> None:
    pod = 'image: {{ include "name" . }}\n'

    found_images = images(pod, {"_helpers.tpl": '{{ define "name" }}{{ if }}'})

    assert found_images["image"] == found_images["side"] == "chart-default"


def test_a_template_that_is_none_changes_nothing() -> None:
    files = {"zero.yaml": '{{ if }}{{ set .Values.side "tag" "2" }}'}

    assert image(IMAGE, files) == "acme/b:1"


def test_a_change_does_not_count_before_it() -> None:
    change = '{{ $_ := set .Values.image "registry" "ghcr.io" }}\n'

    assert image(f"{IMAGE}---\n{change}") == "acme/b:1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Helm renders the deepest templates first, and then the last by name.
        ("zero.yaml", "ghcr.io/acme/b:1"),
        ("all/first.yaml", "ghcr.io/acme/b:1"),
        ("also.yaml", "acme/b:1"),
        ("_helpers.tpl", "acme/b:1"),
    ],
)
def test_templates_change_values_for_later_ones(name: str, expected: str) -> None:
    change = '{{ $_ := set .Values.image "registry" "ghcr.io" }}\n'

    assert image(IMAGE, {name: change}) == expected


def test_a_named_template_changes_values_for_its_caller() -> None:
    helpers = (
        '{{ define "setup" }}'
        '{{ $_ := set .Values.image "registry" .Values.side.registry }}{{ end }}'
    )
    files = {"_helpers.tpl": helpers, "z.yaml": '{{ include "setup" . }}\n'}

    assert image(IMAGE, files) == "ghcr.io/acme/b:1"
    assert image(f'{{{{ template "setup" . }}}}\n{IMAGE}', files) == "ghcr.io/acme/b:1"


def test_a_template_takes_its_arguments_from_the_dot() -> None:
    # Strimzi
    helpers = (
        '{{ define "image" }}'
        "{{- $part := ternary .Values.image (index .Values .key) (empty .key) -}}"
        '{{- $part.registry | default "docker.io" }}/{{ $part.repository }}:'
        '{{ $part.tag }}{{ .suffix }}{{ $_ := unset . "suffix" -}}{{ end }}'
    )
    pod = (
        'image: {{ template "image" (set . "key" "") }}\n'
        'sideImage: {{ template "image" (set . "key" "side") }}\n'
        'other: {{ template "image" (merge . (dict "suffix" "-x")) }}\n'
    )

    found_images = images(pod, {"_helpers.tpl": helpers})

    assert found_images["image"] == "acme/b:1"
    assert found_images["side"] == "ghcr.io/acme/c:2"
