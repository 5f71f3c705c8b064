"""Images in Bicep: containers of apps and instances, and of App Service.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/file
https://learn.microsoft.com/azure/templates/microsoft.app/containerapps
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Skipped
from imagelock.sources.jenkins.variables import Setting, VariablesSetOnce
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.code_image import computed_image, image_of_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import (
    Argument,
    CodeGroup,
    groups,
    is_mark,
    is_word,
    line_value,
)
from imagelock.syntax.code_tokens import KOTLIN, CodeToken, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.bicep` with containers, or with `linuxFxVersion` of App Service",
    read="`image` of an item of `containers` and `initContainers`, or of its"
    " `properties`; `linuxFxVersion` and `windowsFxVersion` with `DOCKER|`",
    not_read="parameters of modules and files of parameters; other runtimes"
    " (`NODE|20-lts`); images of virtual machines",
    pinned="behind the tag, in the default of a parameter, too",
    notes="Nothing is computed: a parameter has its default, and `var` its value, if"
    " that is a text. Any other value is an `expression`.",
)
_FORMAT: Final = "bicep"
_LISTS: Final = frozenset({"containers", "initContainers"})
_VERSIONS: Final = frozenset({"linuxFxVersion", "windowsFxVersion"})
_DOCKER: Final = "docker|"
_NAMES: Final = re.compile(
    r"\b(?:containers|initContainers|(?:linux|windows)FxVersion)\b"
)
_COMPUTED: Final = re.compile(r"[$\\]")
_DEFINITIONS: Final = frozenset({"param", "var"})
_LONGEST_TYPE: Final = 8
"""Items between the name of a parameter and its default."""


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file with containers."""
    del path
    return _NAMES.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each container, in the order of the text."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    # The texts and comments of Bicep are like those of Kotlin.
    program = groups(code_tokens(text.value, KOTLIN))
    variables = _defined(program[0], text.value, context)
    values = (each for group in program for each in _values(group, text.value))
    found = [_image(file, name, value, variables) for name, value in values]
    known = [each for each in found if each is not None]
    yield from sorted(known, key=lambda each: each.place.span.start)


def _defined(program: CodeGroup, source: str, context: Context) -> VariablesSetOnce:
    """Return the parameters with a default, and the variables, that are texts."""
    settings: dict[str, Setting] = {}
    for at, item in enumerate(program.items):
        name = program.item(at + 1)
        if item.is_text or item.text not in _DEFINITIONS or name is None:
            continue
        for equals in range(at + 2, at + 2 + _LONGEST_TYPE):
            mark = program.item(equals)
            if mark is None or "\n" in source[name.end : mark.start]:
                break
            if not is_mark(mark, "="):
                continue
            value = Argument("", line_value(program.items, equals + 1, source)).text
            if value and name.text not in context.variables:
                settings[name.text] = Setting(_expanded(value), is_environment=False)
            break
    return VariablesSetOnce(settings)


def _expanded(token: CodeToken) -> CodeToken:
    """Return a text as one in which `${…}` has a meaning to `VariablesSetOnce`."""
    return CodeToken(token.text, token.start, token.end, is_text=True, quote='"')


def _values(group: CodeGroup, source: str) -> Iterator[tuple[str, Argument]]:
    """Yield the values directly in *group* that name an image, and their keys."""
    for at, item in enumerate(group.items):
        if item.is_text or not is_mark(group.item(at + 1), ":"):
            continue
        items = line_value(group.items, at + 2, source)
        is_image = item.text == "image" and _is_container(group)
        if items and (is_image or item.text in _VERSIONS):
            yield item.text, Argument("", items)


def _is_container(group: CodeGroup) -> bool:
    """Return whether *group* is an item of a list of containers, or in such an item."""
    outer = group.parent
    if outer is not None and _key(group) == "properties":
        outer = outer.parent
    return outer is not None and outer.text == "[" and _key(outer) in _LISTS


def _key(group: CodeGroup) -> str:
    """Return the key whose value *group* is, also behind a condition or a function."""
    parent = group.parent
    if parent is None or not is_mark(parent.item(group.index - 1), ":"):
        return ""
    key = parent.item(group.index - 2)
    return key.text if key is not None and is_word(key) else ""


def _image(
    file: SourceFile, key: str, value: Argument, variables: VariablesSetOnce
) -> Found | None:
    token = value.text and _expanded(value.text)
    token = (token and variables.named_in(token)) or token
    token = token or variables.named(value.items)
    if key in _VERSIONS:
        if token is None or not token.text.lower().startswith(_DOCKER):
            return None
        start = token.start + len(_DOCKER)
        text = token.text[len(_DOCKER) :]
        token = CodeToken(text, start, token.end, is_text=True, quote='"')
    if token is None:
        return computed_image(file, value, key)
    if not (expanded := variables.expanded(token)):
        return image_of_text(file, token, key, _COMPUTED)
    image, names = expanded
    place = file.trimmed_place((token.start, token.end), key)
    found = classify(image, place, names)
    if isinstance(found, Skipped):
        return found
    return found.with_assignments(variables.assignments(file, names))
