"""Images in languages for configuration, as guesses: Jsonnet and KCL.

https://jsonnet.org/ref/spec.html
https://tanka.dev/tutorial/jsonnet
https://www.kcl-lang.io/docs/reference/lang/tour

Nothing is evaluated: what a program makes of a text is not known, and others may change
it. So an image that is plainly written is a guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Occurrence
from imagelock.sources.protocol import About
from imagelock.sources.shared.code_image import computed_image, image_of_text
from imagelock.sources.shared.guess import as_guess
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import Argument, CodeGroup, groups, is_mark, is_word
from imagelock.syntax.code_tokens import JSONNET, STARLARK, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.code_tokens import CodeToken

_KEY: Final = re.compile(r"image|\w*(?:Image|_image)")
_MAPS: Final = frozenset({"_images", "images"})
_CONTAINER: Final = "container.new"
_COMPUTED: Final = re.compile(r"[\\%{]")
_ASSIGNING: Final = frozenset({":", "=", "+", "?", "str"})
"""What is between a name and its value: marks, and the type of an attribute of KCL."""

_NAME: Final = re.compile(r"[\w.:/@%{}$-]++")
_CONTINUING: Final = frozenset({"+", "%", ".", "if"})
"""What makes something else of the text before it."""


@dataclass(frozen=True, slots=True)
class ConfigLanguage:
    """A source of the files of a language, by its tokens."""

    name: str
    ABOUT: About
    tokens: re.Pattern[str]

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Match any text: the catalog asks for the word."""
        del path, text
        return True

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the texts that name an image, in their order."""
        del context
        file = SourceFile(path=path, text=text, format=self.name)
        found = [
            each
            for group in groups(code_tokens(text.value, self.tokens))
            for each in _images(file, group)
        ]
        yield from sorted(found, key=lambda each: each.place.span.start)


def _images(file: SourceFile, group: CodeGroup) -> Iterator[Found]:
    """Yield the images that are directly in *group*."""
    if group.name.endswith(_CONTAINER):
        # `container.new(name, image)` of the library for Kubernetes.
        comma = next((n for n, i in enumerate(group.items) if is_mark(i, ",")), None)
        if comma is not None:
            yield from _image(file, group, comma + 1, _CONTAINER)
    is_map = _opened_by(group) in _MAPS
    for at, item in enumerate(group.items):
        is_key = (is_map and item.is_text) or _KEY.fullmatch(item.text)
        if not is_key and not (is_map and is_word(item)):
            continue
        value = _value_of(group, at)
        if value is not None:
            yield from _image(file, group, value, item.text)


def _value_of(group: CodeGroup, at: int) -> int | None:
    """Return where the value of the field begins whose name is at *at*."""
    behind = at + 1
    while (mark := group.item(behind)) and not mark.is_text:
        if mark.text not in _ASSIGNING:
            break
        behind += 1
    between = [item.text for item in group.items[at + 1 : behind]]
    # What compares has two marks: `image == "a:1"`.
    compares = between.count("=") > 1
    is_field = between[-1:] in ([":"], ["="]) and not compares
    return behind if is_field else None


def _opened_by(group: CodeGroup) -> str:
    """Return the name of the field whose value *group* is."""
    parent, at = group.parent, group.index - 1
    while parent is not None and at >= 0:
        item = parent.items[at]
        if item.is_text or item.text not in _ASSIGNING:
            return item.text
        at -= 1
    return ""


def _image(file: SourceFile, group: CodeGroup, at: int, key: str) -> Iterator[Found]:
    """Yield the image that the text at *at* names, if it is one."""
    token = group.item(at)
    if token is None or not token.is_text or token.is_long:
        return
    following = group.item(at + 1)
    if _continues(token, following) and not _NAME.fullmatch(token.text):
        return
    if _continues(token, following):
        yield computed_image(file, Argument("", [token]), key)
        return
    found = image_of_text(file, token, key, _COMPUTED)
    if isinstance(found, Occurrence):
        found = as_guess(found, in_container=key == "image")
    if found is not None:
        yield found


def _continues(token: CodeToken, following: CodeToken | None) -> bool:
    if following is None or following.is_text:
        return False
    return following.text in _CONTINUING and following.start > token.end


JSONNET_FILES: Final = ConfigLanguage(
    name="jsonnet",
    ABOUT=About(
        recognised="`*.jsonnet` and `*.libsonnet` with the word `image`",
        read="as a `guess`: fields `image`, `…Image` and `…_image`, those of `_images`"
        " and `images`, and `container.new(name, image)`, with a text",
        not_read="what is imported, and texts in `|||`",
        pinned="behind the tag, with [`guesses`](../guides/own-places.md#guesses-guesses)",
        notes="The program is not evaluated: a text that is formatted or joined"
        " (`'app:%s' % tag`) is an `expression`, and names of fields are not followed.",
    ),
    tokens=JSONNET,
)
KCL_FILES: Final = ConfigLanguage(
    name="kcl",
    ABOUT=About(
        recognised="`*.k` with the word `image`",
        read="as a `guess`: attributes `image`, `…Image` and `…_image` with a text",
        not_read="what is imported, and texts in three quotes",
        pinned="behind the tag, with [`guesses`](../guides/own-places.md#guesses-guesses)",
        notes="The program is not evaluated: a text that is formatted or joined"
        ' (`"app:${tag}"`) is an `expression`.',
    ),
    tokens=STARLARK,
)
