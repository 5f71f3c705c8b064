"""Images in a Vagrantfile: of the provider and the provisioner for Docker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.code_image import image_of_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_tokens import RUBY, CodeToken, arguments, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

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
"""Tokens between `provider` and the name of the block's parameter."""

_LONGEST_CALL: Final = 400
"""Tokens of the arguments of `run`."""


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file that configures containers."""
    del path
    return _DOCKER.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each setting, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="vagrant")
    tokens = list(code_tokens(text.value, RUBY))
    images = {token.start: (token, use) for token, use in _named(tokens)}
    for _, (token, use) in sorted(images.items()):
        if finding := image_of_text(file, token, use, _COMPUTED):
            yield finding


def _named(tokens: list[CodeToken]) -> Iterator[tuple[CodeToken, str]]:
    """Yield each text that names an image, and the setting that it is in."""
    names: set[str] = set()
    for at, token in enumerate(tokens):
        if token.is_text:
            continue
        if token.text in {"provider", "provision"} and _is_docker(tokens, at):
            names |= _parameter(tokens, at)
            yield from ((image, "images") for image in _listed(tokens, at))
        elif token.text in names and _is_method(tokens, at):
            yield from _images(tokens, at + 2)


def _is_docker(tokens: list[CodeToken], at: int) -> bool:
    """Return whether the word *at* is followed by `"docker"` or `:docker`."""
    behind = tokens[at + 1 : at + 4]
    kinds = [token for token in behind if token.is_text or token.text.isidentifier()]
    return bool(kinds) and kinds[0].text == "docker"


def _parameter(tokens: list[CodeToken], at: int) -> frozenset[str]:
    """Return the name in `do |name|` behind the word *at*, if it has a block."""
    for index in range(at + 1, min(at + _LONGEST_BLOCK, len(tokens) - 2)):
        if tokens[index].text in {"do", "{"} and tokens[index + 1].text == "|":
            return frozenset({tokens[index + 2].text})
    return frozenset()


def _listed(tokens: list[CodeToken], at: int) -> Iterator[CodeToken]:
    """Yield the texts of `images: […]` in the line of `provision`."""
    for index in range(at + 1, min(at + _LONGEST_BLOCK, len(tokens) - 2)):
        if [token.text for token in tokens[index : index + 3]] == ["images", ":", "["]:
            yield from _texts_until(tokens, index + 3, "]")
            return


def _texts_until(tokens: list[CodeToken], at: int, end: str) -> Iterator[CodeToken]:
    while at < len(tokens) and (tokens[at].is_text or tokens[at].text != end):
        if tokens[at].is_text:
            yield tokens[at]
        at += 1


def _is_method(tokens: list[CodeToken], at: int) -> bool:
    return [token.text for token in tokens[at + 1 : at + 2]] == ["."]


def _images(tokens: list[CodeToken], at: int) -> Iterator[tuple[CodeToken, str]]:
    """Yield the images of the method whose name is *at*, and the name."""
    if at + 1 >= len(tokens):
        return
    method, behind = tokens[at].text, at + 1
    if method == "image" and tokens[behind].text == "=":
        if behind + 1 < len(tokens) and tokens[behind + 1].is_text:
            yield tokens[behind + 1], "image"
    elif method == "pull_images":
        for text in _list(tokens, behind):
            yield text, "pull_images"
    elif method == "run":
        yield from _run(tokens, behind)


def _list(tokens: list[CodeToken], at: int) -> Iterator[CodeToken]:
    """Yield the texts from *at* on, up to something else than a comma or bracket."""
    while at < len(tokens) and (
        tokens[at].is_text or tokens[at].text in {",", "(", "["}
    ):
        if tokens[at].is_text:
            yield tokens[at]
            if at + 1 < len(tokens) and tokens[at + 1].text != ",":
                return
        at += 1


def _run(tokens: list[CodeToken], at: int) -> Iterator[tuple[CodeToken, str]]:
    """Yield the image of `run "name", image: "…"`, or the name if it is the image."""
    at += not tokens[at].is_text and tokens[at].text == "("
    if at >= len(tokens) or not tokens[at].is_text:
        return
    call = [tokens[at], *tokens[at : at + _LONGEST_CALL]]
    for index in range(2, len(call)):
        # A call without brackets ends where no comma leads on.
        if not call[index].is_text and call[index].text in {".", "end", "do", "}"}:
            call = call[:index]
            break
    image = arguments(_bracketed(call), 0).get("image")
    if image is None:
        yield tokens[at], "run"
    elif image[0].is_text:
        yield image[0], "run"


def _bracketed(call: list[CodeToken]) -> list[CodeToken]:
    """Return *call* with an opening bracket in the place of its first token."""
    return [CodeToken("(", call[0].start, call[0].start), *call[1:]]
