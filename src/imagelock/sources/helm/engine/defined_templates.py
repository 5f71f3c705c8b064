"""The named templates of a chart and the charts in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.sources.helm.engine.shared_changes import (
    changes_shared,
    commands_of,
    included_by,
)
from imagelock.syntax.go_template.nodes import (
    Choice,
    Function,
    GoPipeline,
    Literal,
    Loop,
    Output,
    Plain,
    TemplateCall,
)
from imagelock.syntax.go_template.parser import parse

if TYPE_CHECKING:
    from imagelock.syntax.go_template.nodes import Body, Node

_IMAGE: Final = re.compile(r"""(?i:image)["']?[ \t]*:""")
_INCLUDE: Final = re.compile(r'(?:include|template)[ \t]+"([^"]+)"')
_WHOLE_LINES: Final = re.compile(
    r'^\{\{-?[ \t]*+(?:include|template)[ \t]+"([^"]+)"[ \t]+[.$][ \t]*+-?\}\}[ \t\r]*+$',
    re.MULTILINE,
)
"""Includes whose text is a line of its own, and not indented: whole resources."""
_WRITERS: Final = frozenset({"toYaml", "tpl"})
"""Functions that write any values, which can have images."""
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
"""Named templates of libraries that many charts use and few projects contain."""


@dataclass(slots=True)
class DefinedTemplates:
    """Named templates, and what they do by themselves."""

    bodies: dict[str, Body] = field(default_factory=dict)
    _writing: dict[int, bool] = field(default_factory=dict, repr=False)
    _changing: dict[str, bool] = field(default_factory=dict, repr=False)

    def has_image(self, body: Body) -> bool:
        """Return whether *body* can write a whole line with an image."""
        key = id(body)
        if key not in self._writing:
            self._writing[key] = False  # while a template includes itself
            self._writing[key] = any(map(self._can_write_image, body))
        return self._writing[key]

    def includes_image(self, source: str) -> bool:
        """Return whether a template with the text *source* has to do with images.

        That is a cheap look at the text, and at the templates that it includes. A
        template that the project does not have can write whole resources.
        """
        names = _INCLUDE.findall(source)
        return (
            "mage" in source
            or any(self.has_image(self.bodies.get(name, ())) for name in names)
            or any(name not in self.bodies for name in _WHOLE_LINES.findall(source))
        )

    def includes_change(self, source: str) -> bool:
        """Return whether a template in *source* is included that changes values."""
        return any(map(self._changes_shared, _INCLUDE.findall(source)))

    def _changes_shared(self, name: str) -> bool:
        """Return whether the template *name* changes tables that others see."""
        if name not in self._changing:
            body = self.bodies.get(name, ())
            self._changing[name] = False  # while a template includes itself
            self._changing[name] = changes_shared(body) or any(
                map(self._changes_shared, included_by(body))
            )
        return self._changing[name]

    def _can_write_image(self, node: Node) -> bool:
        match node:
            case Plain():
                return _IMAGE.search(node.value) is not None
            case Output():
                return self._calls_image(node.pipeline)
            case Choice():
                return any(self.has_image(branch.body) for branch in node.branches)
            case Loop():
                return self.has_image(node.body) or self.has_image(node.otherwise)
            case TemplateCall():
                return self.has_image(self.bodies.get(node.name, ()))
            case _:
                return False

    def _calls_image(self, pipeline: GoPipeline) -> bool:
        for command in commands_of(pipeline):
            match command:
                case (Function("include"), Literal(str(name)), *_):
                    if self.has_image(self.bodies.get(name, ())):
                        return True
                case (Function("include"), *_):
                    return True
                case (Function(name), *_) if name in _WRITERS:
                    return True
        return False
