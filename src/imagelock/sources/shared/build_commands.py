"""Names of images in commands that build them, and of contexts that builds get.

docker build -t NAME .              podman build, nerdctl build, buildah bud
$(CONTAINER_TOOL) build -t ${IMG}   a variable of a Makefile or of a shell
docker tag SOURCE NAME              kind load docker-image NAME
docker build --build-context NAME=…
ko build --base-import-paths ./cmd/NAME
["build", "-t", "NAME", "."]        arguments as a list, in YAML also a line each
kustomize edit set image NAME=…     what stands for another image in manifests
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.shared.plain_variables import (
    UNKNOWN,
    expansions,
    plain_variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.sources.shared.plain_variables import Variables

_VARIABLE: Final = r"\$\w++|\$\{\w++\}|\$\(\w++\)|\{\{-?[ \t]*+\.?\w++[ \t]*+-?\}\}"
_PROGRAM: Final = re.compile(
    rf"(?:\b(?:docker|podman|nerdctl|finch|buildah|img|depot|minikube)|{_VARIABLE})"
    r"(?:[ \t]++(?:buildx|image|builder))?[ \t]*+\Z"
)
_LONGEST_PROGRAM: Final = 80
# It starts with plain text, which is searched for fast.
_BUILD: Final = re.compile(r" b(?:uild|ud|uild-using-dockerfile)\b")
_OPTIONS: Final = re.compile(r"(?:\\\r?\n|[^\n;&|])*+")
_NAME: Final = (
    r"(?P<name>(?:[\w./:@-]|\$?\{\{[^}\n]*+\}\}|\$\{[^}\s]*+\}|\$\(\w++\)|\$)++)"
)
_QUOTED: Final = rf"[\"'\\]*+{_NAME}(?=[\s\"'\\,\]]|$)"
_NEXT: Final = r"[\"']?(?:[ \t]*+,\s*+|(?:[ \t]*+(?:#[^\n]*+)?\r?\n)++[ \t]*+-[ \t]++)"
"""What is between two items of a list."""

_ITEM: Final = r"(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s\"',#\[\]][^\n\"',#\[\]]*+)"
_LISTED: Final = re.compile(
    r"build(?:(?<=[\"',\[]build)|(?<=[,\[-] build))"
    rf"(?P<options>(?:{_NEXT}{_ITEM})++)"
)
_IS: Final = rf"(?:=|{_NEXT})"
_TAG: Final = re.compile(rf"(?:^|[\s\"'])(?:-t|--tag)(?:[ \t]++|=){_QUOTED}")
_LISTED_TAG: Final = re.compile(rf"{_NEXT}[\"']?(?:-t|--tag){_IS}{_QUOTED}")
_CONTEXT: Final = re.compile(rf"--build-context(?:[ \t]++|{_IS})[\"'\\]*+{_NAME}(?==)")
_OTHERS: Final = tuple(
    (word, re.compile(rf"{re.escape(word)}{rest}{_QUOTED}"))
    for word, rest in (
        ("docker tag ", r"\S++[ \t]++"),
        ("podman tag ", r"\S++[ \t]++"),
        ("kind load docker-image ", ""),
        ("minikube image load ", ""),
        ("k3d image import ", ""),
        ("pack build ", ""),
        ("--destination", rf"(?:[ \t]|{_IS})"),
        ("-Djib.to.image=", ""),
        ("-Dspring-boot.build-image.imageName=", ""),
        ("SAVE IMAGE ", "(?:--push )?"),
    )
)
"""Other commands: how they begin, and what is before the name."""
_EDIT: Final = "edit set image"
_EDITED: Final = re.compile(rf"(?<=[\s\"']){_NAME}(?==)")
_PULL: Final = re.compile(rf"pull {_NAME}")
_LOADS: Final = {"kind load docker-image ", "minikube image load ", "k3d image import "}


@dataclass(frozen=True, slots=True)
class BuiltName:
    """The characters from `start` to `end` of a text, and the `name` that they mean.

    With `is_context`, a build gets a context by that name.
    """

    start: int
    end: int
    name: str
    is_context: bool = False


def built_by_commands(text: str) -> Iterator[BuiltName]:
    """Yield each name that a command in *text* gives to what it builds.

    A variable has the values that the text itself sets. Where only the tag is not
    known, the name is without tag.
    """
    variables = None
    for match, is_context in _written(text):
        if variables is None:
            variables = plain_variables(text)
        extent = match.span("name")
        yield from known_names(match["name"], extent, variables, is_context=is_context)
    if "ko " in text:
        yield from _by_ko(text)


def _by_ko(text: str) -> Iterator[BuiltName]:
    """Yield the names that ko gives to what it builds: few files have some."""
    from imagelock.sources.shared.ko_commands import built_by_ko

    names = list(built_by_ko(text))
    variables = plain_variables(text) if names else {}
    for start, end, name in names:
        yield from known_names(name, (start, end), variables)


def _written(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    last = 0
    for command in _BUILD.finditer(text):
        start, end = command.span()
        # Within the options of another command, everything has been read.
        if start >= last and _PROGRAM.search(
            text, max(0, start - _LONGEST_PROGRAM), start
        ):
            options = _OPTIONS.match(text, end)
            last = options.end() if options else end
            yield from ((match, False) for match in _TAG.finditer(text, end, last))
            yield from ((match, True) for match in _CONTEXT.finditer(text, end, last))
    for listed in _LISTED.finditer(text):
        extent = listed.span("options")
        yield from ((match, False) for match in _LISTED_TAG.finditer(text, *extent))
        yield from ((match, True) for match in _CONTEXT.finditer(text, *extent))
    start = text.find(_EDIT)
    while start >= 0 and (options := _OPTIONS.match(text, start + len(_EDIT))):
        yield from ((match, False) for match in _EDITED.finditer(text, *options.span()))
        start = text.find(_EDIT, options.end())
    pulled = {match["name"] for match in _PULL.finditer(text)}
    for word, pattern in _OTHERS:
        for match in pattern.finditer(text) if word in text else ():
            # A cluster also gets what was pulled for it.
            if word not in _LOADS or match["name"] not in pulled:
                yield match, False


def known_names(
    word: str,
    extent: tuple[int, int],
    variables: Variables,
    *,
    is_context: bool = False,
) -> Iterator[BuiltName]:
    """Yield each name that *word* can mean, which is written at *extent*.

    Where only the tag is not known, the name is without tag.
    """
    for meaning in expansions(word, variables):
        if name := _known_name(meaning):
            yield BuiltName(*extent, name, is_context)


def _known_name(meaning: str) -> str:
    """Return the name in *meaning*, without a tag that is not known."""
    name = meaning.partition("@")[0]
    before = name.rfind(":", name.rfind("/") + 1)
    if before >= 0 and (UNKNOWN in name[before:] or not name[before + 1 :]):
        name = name[:before]
    return "" if UNKNOWN in name or "$" in name or "{" in name else name
