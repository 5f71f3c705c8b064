"""Names of images in commands of ko, which builds programs in Go.

    KO_DOCKER_REPO=ghcr.io/acme ko build --base-import-paths ./cmd/app
    export KO_DOCKER_REPO=ghcr.io/acme/app
    ko build --bare --tags 1.2,latest .

https://ko.build/configuration/#naming-images
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND: Final = re.compile(r"\bko[ \t]++(?:build|publish)\b")
_OPTIONS: Final = re.compile(r"(?:\\\r?\n|[^\n;&|)])*+")
_WORD: Final = re.compile(r"[^\s\\]++")
_REPOSITORY: Final = re.compile(r"\bKO_DOCKER_REPO=[\"']?(?P<name>[^\s\"']++)")
_FARTHEST: Final = 400
"""Characters before a command in which its variables are looked for."""

_MOST_TAGS: Final = 20
_VARIABLE: Final = "${KO_DOCKER_REPO}"
_BARE: Final = "--bare"
_BASES: Final = frozenset({"-B", "--base-import-paths"})
_FLAGS: Final = frozenset(
    {_BARE, "--debug", "--disable-optimizations", "--insecure-registry", "--local"}
    | {"--tag-only", "--verbose", "-L", "-v", *_BASES}
)
"""Options without a value. With `-P`, the name has the path of the module, too."""

_OTHERS: Final = frozenset({"-P", "--preserve-import-paths"})
_TAGS: Final = frozenset({"-t", "--tags"})


class KoName(NamedTuple):
    """The characters from `start` to `end` that say what is built, and its `name`."""

    start: int
    end: int
    name: str


def built_by_ko(text: str) -> Iterator[KoName]:
    """Yield each name that a command of ko in *text* gives, with variables in it.

    Without an option for the name, that ends with a hash, which nobody writes.
    """
    last = 0
    for command in _COMMAND.finditer(text):
        # Within the options of another command, everything has been read.
        if command.start() < last:
            continue
        options = _OPTIONS.match(text, command.end())
        last = options.end() if options else command.end()
        words = list(_WORD.finditer(text, *options.span())) if options else []
        yield from _names(text, command, words)


def _names(
    text: str, command: re.Match[str], words: list[re.Match[str]]
) -> Iterator[KoName]:
    tags: list[str] = []
    paths: list[re.Match[str]] = []
    given: set[str] = set()
    waiting = ""
    for word in words:
        value = word[0].strip("\"'")
        option, equals, rest = value.partition("=")
        if waiting:
            tags += value.split(",") if waiting in _TAGS else ()
            waiting = ""
        elif value.startswith("-"):
            given.add(option)
            tags += rest.split(",") if equals and option in _TAGS else ()
            waiting = "" if equals or option in _FLAGS | _OTHERS else option
        else:
            paths.append(word)
    repository = _repository(text, command.start())
    named = _by_options(repository, given, command, paths)
    for start, end, name in named:
        for tag in tags[:_MOST_TAGS] or ["latest"]:
            yield KoName(start, end, f"{name}:{tag}")


def _by_options(
    repository: str,
    given: set[str],
    command: re.Match[str],
    paths: list[re.Match[str]],
) -> Iterator[tuple[int, int, str]]:
    if _BARE in given:
        yield *command.span(), repository
    elif not _BASES.isdisjoint(given):
        for path in paths:
            base = path[0].strip("\"'").rstrip("/").rpartition("/")[2]
            if base.strip(".") and not {"*", "$", "{"} & set(base):
                yield *path.span(), f"{repository}/{base}"


def _repository(text: str, end: int) -> str:
    """Return the variable that the line before *end* sets for the command, or its name."""
    start = max(text.rfind("\n", 0, end) + 1, end - _FARTHEST)
    names = [match["name"] for match in _REPOSITORY.finditer(text, start, end)]
    return names[-1] if names else _VARIABLE
