"""Images in a Vagrantfile: of the provider and the provisioner for Docker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.code_image import image_of_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import (
    CodeGroup,
    arguments,
    groups,
    is_mark,
    is_word,
    line_arguments,
    texts_among,
)
from imagelock.syntax.code_tokens import RUBY, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.code_tokens import CodeToken

ABOUT: Final = About(
    recognised="`Vagrantfile`, with a prefix or suffix, that configures the provider or"
    " the provisioner `docker`",
    read="`image` of the provider; `pull_images`, `run` and `images` of the provisioner",
    not_read="`build_dir` and `build_image`, whose Dockerfile is read by itself; boxes,"
    " which are virtual machines",
    pinned="behind the tag",
    notes="The file is a program: a value with `#{…}` is an `expression`, and images in"
    " variables are not found. `run` without `image` runs the image of that name.",
)
_DOCKER: Final = re.compile(r"\b(?:provider|provision)\b[ \t(]*+[\"':]{1,2}docker\b")
_COMPUTED: Final = re.compile(r"#\{")
_LONGEST_BLOCK: Final = 20
"""Items between `provider` and the name of the block's parameter."""

_ENDS: Final = frozenset({"do", "end", "if", "unless"})
"""Words behind the arguments of a call without brackets."""


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file that configures containers."""
    del path
    return _DOCKER.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each setting, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="vagrant")
    images = {token.start: (token, use) for token, use in _named(text.value)}
    for _, (token, use) in sorted(images.items()):
        if finding := image_of_text(file, token, use, _COMPUTED):
            yield finding


def _named(source: str) -> Iterator[tuple[CodeToken, str]]:
    """Yield each text that names an image, and the setting that it is in."""
    names: set[str] = set()
    for group in groups(code_tokens(source, RUBY)):
        for at, item in enumerate(group.items):
            if not is_word(item):
                continue
            if item.text in {"provider", "provision"} and _is_docker(group, at):
                names |= _parameter(group, at)
                yield from ((image, "images") for image in _listed(group, at))
            elif item.text in names and is_mark(group.item(at + 1), "."):
                yield from _images(group, at + 2, source)


def _is_docker(group: CodeGroup, at: int) -> bool:
    """Return whether the word *at* is followed by `"docker"` or `:docker`."""
    behind = _behind(group, at, 3)
    first = next((item for item in behind if item.is_text or is_word(item)), None)
    return first is not None and first.text == "docker"


def _behind(group: CodeGroup, at: int, count: int) -> list[CodeToken]:
    """Return at most *count* items behind the one *at*, or in brackets behind it."""
    inner = group.item(at + 1)
    if isinstance(inner, CodeGroup) and inner.text == "(":
        return [*inner.items[:count], *group.items[at + 2 : at + 2 + count]]
    return group.items[at + 1 : at + 1 + count]


def _parameter(group: CodeGroup, at: int) -> frozenset[str]:
    """Return the name in `do |name|` behind the word *at*, if it has a block."""
    items = _behind(group, at, _LONGEST_BLOCK)
    for index, item in enumerate(items):
        if is_mark(item, "do"):
            block = items[index + 1 : index + 3]
        elif isinstance(item, CodeGroup) and item.text == "{":
            block = item.items[:2]
        else:
            continue
        if len(block) > 1 and is_mark(block[0], "|"):
            return frozenset({block[1].text})
    return frozenset()


def _listed(group: CodeGroup, at: int) -> Iterator[CodeToken]:
    """Yield the texts of `images: […]` in the line of `provision`."""
    items = _behind(group, at, _LONGEST_BLOCK)
    for name, colon, value in zip(items, items[1:], items[2:], strict=False):
        if is_mark(name, "images") and is_mark(colon, ":"):
            yield from texts_among([value])
            return


def _images(group: CodeGroup, at: int, source: str) -> Iterator[tuple[CodeToken, str]]:
    """Yield the images of the method whose name is *at*, and the name."""
    method, behind = group.item(at), group.item(at + 1)
    if method is None or behind is None:
        return
    value = group.item(at + 2)
    if is_mark(method, "image") and is_mark(behind, "="):
        if value and value.is_text:
            yield value, "image"
    elif is_mark(method, "pull_images"):
        for text in texts_among(_call(group, at + 1, source)):
            yield text, "pull_images"
    elif is_mark(method, "run"):
        yield from _run(_call(group, at + 1, source))


def _call(group: CodeGroup, at: int, source: str) -> list[CodeToken]:
    """Return what is passed to the method before the item *at*."""
    first = group.item(at)
    if isinstance(first, CodeGroup) and first.text == "(":
        return first.items
    items = line_arguments(group.items, at, source)
    ends = (at for at, item in enumerate(items) if is_word(item) and item.text in _ENDS)
    return items[: next(ends, len(items))]


def _run(call: list[CodeToken]) -> Iterator[tuple[CodeToken, str]]:
    """Yield the image of `run "name", image: "…"`, or the name if it is the image."""
    passed = list(arguments(call))
    if not passed or passed[0].name or not (name := passed[0].text):
        return
    image = next((each for each in passed if each.name == "image"), None)
    if image is None:
        yield name, "run"
    elif image.text:
        yield image.text, "run"
