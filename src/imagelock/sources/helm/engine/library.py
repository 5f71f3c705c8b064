"""The named templates of a chart and the charts in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.syntax.go_template.nodes import (
    Choice,
    FieldChain,
    Function,
    GoPipeline,
    Literal,
    Loop,
    Output,
    Plain,
    TemplateCall,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.go_template.nodes import Body, Node

_IMAGE: Final = re.compile(r"""(?i:image)["']?[ \t]*:""")
_INCLUDE: Final = re.compile(r'(?:include|template)[ \t]+"([^"]+)"')
_WRITERS: Final = frozenset({"toYaml", "tpl"})
"""Functions that write any values, which can have images."""


@dataclass(slots=True)
class Library:
    """Named templates, and which of them can write an image by themselves."""

    defined: dict[str, Body] = field(default_factory=dict)
    _answers: dict[int, bool] = field(default_factory=dict, repr=False)

    def has_image(self, body: Body) -> bool:
        """Return whether *body* can write a whole line with an image."""
        key = id(body)
        if key not in self._answers:
            self._answers[key] = False  # while a template includes itself
            self._answers[key] = any(map(self._can_write_image, body))
        return self._answers[key]

    def includes_image(self, source: str) -> bool:
        """Return whether a template with the text *source* has to do with images.

        That is a cheap look at the text, and at the templates that it includes.
        """
        names = _INCLUDE.findall(source)
        return "mage" in source or any(
            self.has_image(self.defined.get(name, ())) for name in names
        )

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
                return self.has_image(self.defined.get(node.name, ()))
            case _:
                return False

    def _calls_image(self, pipeline: GoPipeline) -> bool:
        for command in _commands(pipeline):
            match command:
                case (Function("include"), Literal(str(name)), *_):
                    if self.has_image(self.defined.get(name, ())):
                        return True
                case (Function("include"), *_):
                    return True
                case (Function(name), *_) if name in _WRITERS:
                    return True
        return False


def _commands(pipeline: GoPipeline) -> Iterator[tuple[object, ...]]:
    """Yield the commands of *pipeline* and of the pipelines in it."""
    for command in pipeline.commands:
        yield command
        for operand in command:
            if isinstance(operand, FieldChain) and isinstance(
                operand.start, GoPipeline
            ):
                yield from _commands(operand.start)
