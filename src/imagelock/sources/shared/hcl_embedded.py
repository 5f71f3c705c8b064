"""Images in JSON that stands in a string or heredoc of HCL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.syntax.yaml_json.builder import Builder, MalformedError
from imagelock.syntax.yaml_json.json_tokens import parse
from imagelock.syntax.yaml_json.paths import NodeRef, children, dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.meaning import Meaning
    from imagelock.syntax.hcl.tree import Template

_KEY: Final = "image"


def encoded_images(file: HclFile, template: Template, use: str) -> Iterator[Found]:
    """Yield the values of the keys `image`, in any case, in the JSON of *template*.

    Its computed parts must not decide the structure of the JSON.
    """
    meaning = file.scope.meaning(template)
    if not meaning.text.strip():
        return
    try:
        nodes = list(parse(meaning.text, Builder()))
    except MalformedError as error:
        yield _malformed(file, meaning, error, use)
        return
    for node in nodes:
        yield from _images(file, meaning, NodeRef(node), use)


def _images(
    file: HclFile, meaning: Meaning, selected: NodeRef, use: str
) -> Iterator[Found]:
    for step, child, _ in children(selected.node):
        below = NodeRef(child, (selected.path, step))
        if not isinstance(child, Scalar):
            yield from _images(file, meaning, below, use)
        elif str(step).lower() == _KEY and not child.null and child.value.strip():
            path = dotted(below.path)
            dot = "" if path.startswith("[") else "."
            characters = child.start, child.end
            where = f"{use}{dot}{path}"
            yield file.named(meaning, characters, where, child.value)


def _malformed(
    file: HclFile, meaning: Meaning, error: MalformedError, use: str
) -> Found:
    size = len(meaning.text)
    if meaning.unknown(0, size):
        where = file.trimmed_place(meaning.spelling.range(0, size), use)
        detail = "this JSON is computed when the file is run"
        return Skipped(place=where, reason=Reason.EXPRESSION, detail=detail)
    start = min(error.index, size)
    end = meaning.text.find("\n", start)
    characters = meaning.spelling.range(start, size if end < 0 else end)
    where = file.trimmed_place(characters, use)
    return Skipped(place=where, reason=Reason.UNPARSEABLE, detail=f"JSON: {error}")
