"""Named templates of libraries that many charts use and few projects contain."""

from __future__ import annotations

from typing import Final

from imagelock.syntax.go_template.parser import parse

_COMMON: Final = """
{{- define "common.images.image" -}}
{{- $registry := default .imageRoot.registry ((.global).imageRegistry) -}}
{{- $end := .imageRoot.tag -}}
{{- if and (not $end) .chart }}{{- $end = .chart.AppVersion -}}{{- end -}}
{{- if $registry }}{{ $registry }}/{{ end }}{{ .imageRoot.repository -}}
{{- if .imageRoot.digest }}@{{ .imageRoot.digest }}{{ else }}:{{ $end }}{{ end -}}
{{- end -}}
"""
"""What Bitnami's library `common` writes for an image (`templates/_images.tpl`)."""

KNOWN_HELPERS: Final = parse(_COMMON).defined
