"""Forms of images in charts: the keys in the values, and the expression of a template.

In an expression, `IMAGE` stands for the path of the image and `OWNER` for that of the
mapping around it. `TEXT` is an image that is a text and no mapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT: Final = ("",)
DIGEST: Final = "{{ with IMAGE.digest }}@{{ . }}{{ end }}"


@dataclass(frozen=True)
class Form:
    """An expression, and the keys of the image; `weight` is how usual it is.

    A number in place of a text is only for expressions that do not need a text.
    """

    expression: str
    keys: tuple[str, ...] = ("repository", "tag")
    weight: int = 1
    takes_numbers: bool = True


FORMS: Final = (
    # Texts.
    Form("{{ IMAGE }}", TEXT, 3),
    Form("{{ IMAGE | quote }}", TEXT),
    Form("{{ tpl IMAGE . }}", TEXT),
    Form("{{ OWNER.image }}:{{ OWNER.version }}", ("", "OWNER.version")),
    # A name and a tag.
    Form("{{ IMAGE.repository }}:{{ IMAGE.tag }}", weight=4),
    Form('"{{ IMAGE.repository }}:{{ IMAGE.tag }}"', weight=4),
    Form("{{ IMAGE.name }}:{{ IMAGE.tag }}", ("name", "tag")),
    Form('"{{ IMAGE.repository }}:v{{ IMAGE.tag }}"'),
    Form('"{{ IMAGE.repository }}:{{ IMAGE.tag }}-full"'),
    Form('{{ print IMAGE.repository ":" IMAGE.tag }}'),
    Form(
        '{{ printf "%s:%s" IMAGE.repository IMAGE.tag | quote }}', takes_numbers=False
    ),
    Form('{{ printf "%s:%v" IMAGE.repository IMAGE.tag }}'),
    Form('{{ printf "%s:v%s" IMAGE.repository IMAGE.tag }}', takes_numbers=False),
    # The version of the chart's application.
    Form(
        "{{ IMAGE.repository }}:{{ IMAGE.tag | default .Chart.AppVersion }}", weight=3
    ),
    Form('"{{ IMAGE.repository }}:{{ .Chart.AppVersion }}"', ("repository",)),
    Form(
        '{{ IMAGE.repository }}:{{ IMAGE.tag | default (print "v" .Chart.AppVersion) }}'
    ),
    Form(
        '{{ IMAGE.repository }}:{{ default (printf "v%s" .Chart.AppVersion) IMAGE.tag }}'
    ),
    Form('"{{ IMAGE.repository }}:v{{ IMAGE.tag | default .Chart.AppVersion }}"'),
    Form('"{{ IMAGE.repository }}:{{ IMAGE.tag | default .Chart.AppVersion }}-alpine"'),
    Form("{{ IMAGE.repository }}:{{ .Chart.AppVersion }}", ("repository",)),
    Form('"{{ IMAGE.repository }}:{{ .Values.global.imageTag | default IMAGE.tag }}"'),
    # A registry of its own, or of all images.
    Form(
        "{{ IMAGE.registry }}/{{ IMAGE.repository }}:{{ IMAGE.tag }}",
        ("registry", "repository", "tag"),
        3,
    ),
    Form(
        '{{ printf "%s/%s:%s" IMAGE.registry IMAGE.repository (toString IMAGE.tag) }}',
        ("registry", "repository", "tag"),
    ),
    Form(
        "{{ .Values.global.imageRegistry | default IMAGE.registry }}/"
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}",
        ("registry", "repository", "tag"),
        2,
    ),
    Form(
        "{{ with .Values.global.imageRegistry }}{{ . }}/{{ end }}"
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}"
    ),
    Form("{{ .Values.hub }}/{{ OWNER.image }}:{{ OWNER.tag }}", ("", "OWNER.tag")),
    Form(
        '{{ join "/" (compact (list IMAGE.registry IMAGE.repository)) }}'
        ":{{ IMAGE.tag }}",
        ("registry", "repository", "tag"),
    ),
    # Values that templates change.
    Form(
        '{{ $_ := set IMAGE "suffix" "-slim" }}'
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}{{ IMAGE.suffix }}"
    ),
    Form(
        '{{ with merge IMAGE (dict "host" "quay.io" "tag" "9") }}'
        "{{ .host }}/{{ .repository }}:{{ .tag }}{{ end }}"
    ),
    Form(
        '{{ with mergeOverwrite (deepCopy IMAGE) (dict "repository" "ghcr.io/acme/x") }}'
        "{{ .repository }}:{{ .tag }}{{ end }}",
        ("tag",),
    ),
    Form(
        '{{ if not IMAGE.repository }}{{ fail "no name" }}{{ end }}'
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}"
    ),
    # Digests.
    Form(
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}" + DIGEST,
        ("repository", "tag", "digest"),
        2,
    ),
    Form(
        "{{ IMAGE.repository }}{{ if IMAGE.digest }}@{{ IMAGE.digest }}"
        "{{ else }}:{{ IMAGE.tag }}{{ end }}",
        ("repository", "tag", "digest"),
        2,
    ),
    Form(
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}"
        "{{ if IMAGE.sha }}@sha256:{{ IMAGE.sha }}{{ end }}",
        ("repository", "tag", "sha"),
    ),
    Form(
        "{{ IMAGE.repository }}:{{ IMAGE.tag }}"
        "{{ with IMAGE.digest }}@sha256:{{ . }}{{ end }}",
        ("repository", "tag", "digest hex"),
    ),
    # The helper of a library, as of Bitnami.
    Form(
        '{{ include "common.image" (dict "image" IMAGE "global" .Values.global'
        ' "chart" .Chart) }}',
        ("registry", "repository", "tag", "digest"),
        4,
    ),
    # Nothing of the values.
    Form("LITERAL", ()),
    Form('"LITERAL"', ()),
)

COMMON: Final = """\
{{- define "common.image" -}}
{{- $registry := .image.registry -}}
{{- if .global -}}
{{- if .global.imageRegistry -}}
{{- $registry = .global.imageRegistry -}}
{{- end -}}
{{- end -}}
{{- $separator := ":" -}}
{{- $end := .image.tag | default .chart.AppVersion | toString -}}
{{- if .image.digest -}}
{{- $separator = "@" -}}
{{- $end = .image.digest | toString -}}
{{- end -}}
{{- if $registry -}}
{{- printf "%s/%s%s%s" $registry .image.repository $separator $end -}}
{{- else -}}
{{- printf "%s%s%s" .image.repository $separator $end -}}
{{- end -}}
{{- end -}}
"""
