"""Literal images in the templates of Helm charts.

A template is not YAML before it is rendered, so it is read line by line. A value
with an action (`{{ … }}`) is a template and not an image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.shared.template_lines import image_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.yaml`, `*.yml` and `*.tpl` below a folder `templates`, with actions"
    " of Go's templates (`{{ … }}`)",
    read="`image:` with a literal value, line by line",
    not_read="comments, and texts in block scalars",
    pinned="nowhere: a template is not rewritten",
    notes="An image that is built from values is skipped (`template`) and found in"
    " `values.yaml`. Conditions are not evaluated: every literal image is locked. A"
    " template without any action is read as a manifest.",
)
_ACTION: Final = re.compile(
    r"-\}\}|(?<!\$)\{\{(?:-|[ \t]*+(?:[.$/]|(?:block|default|define|else|end|fail|if|include"
    r"|indent|lookup|nindent|printf|quote|range|required|template|toYaml|tpl|with)\b))"
)
"""Actions of Helm's templates, but not parameters in manifests (`{{inputs.x}}`).

`${{ if … }}` is an expression of Azure Pipelines, whose templates are in folders of
this name, too.
"""


def matches(path: PurePosixPath, text: str) -> bool:
    """Match text with actions of a template; without any it is a manifest.

    `templates` is also the folder of the jobs of Nomad Pack.
    """
    return ".nomad" not in path.name.lower() and _ACTION.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the value of each key `image` that is on one line."""
    del context
    file = SourceFile(path=path, text=text, format="helm-template")
    for start, end in image_lines(text.value):
        if text.value[start:end].strip():  # `image: ""` is none
            yield _image(file, start, end)


def _image(file: SourceFile, start: int, end: int) -> Found:
    """Return the image or template in the characters from *start* to *end*."""
    value = file.text.value[start:end]
    place = file.place_of(start, end, "image")
    if "$" in value and "{{" not in value:
        detail = f"`{value}`: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    finding = classify(value, place)
    if isinstance(finding, Occurrence):
        return replace(finding, unpinnable_reason="a template is not rewritten")
    return finding
