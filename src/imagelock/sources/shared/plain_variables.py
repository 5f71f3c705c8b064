"""Variables that scripts, Makefiles and CI files set plainly.

IMG ?= controller:latest            Make
export IMAGE="${IMAGE:-app}"        shells
image := "app"                      just
  IMAGE: app                        Taskfile, CI
image = 'app'                       Tilt, Gradle
<image.name>app</image.name>        Maven

Nothing is run: a variable has each value that the text gives it somewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice, product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Variables = Mapping[str, Sequence[str]]
    """The values that a variable has somewhere in a file, by its name."""

_WORD: Final = r"[A-Za-z_][\w.-]*"
_ASSIGNMENT: Final = re.compile(
    r"^[ \t-]*+(?:(?:export|readonly|local|override|set|env|var|val|def|let|const)"
    rf"[ \t]++)*+[$\"']?(?P<name>{_WORD})[\"']?[ \t]*+(?:[:?]{{0,3}}=|:)[ \t]*+"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'#]*+)(?P=quote)[ \t]*+,?[ \t]*+\r?(?:[;#].*)?$",
    re.MULTILINE,
)
_PROPERTY: Final = re.compile(
    rf"<(?P<name>{_WORD})>\s*+(?P<value>[^<\s]++)\s*+</(?P=name)>"
)
_DEFAULT: Final = re.compile(rf"\$\{{(?P<name>{_WORD}):[-=](?P<value>[^}}\s]++)\}}")
_REFERENCE: Final = re.compile(
    rf"\$\{{(?P<a>{_WORD})(?::?[-=][^}}]*+)?\}}|\$\((?P<b>{_WORD})\)|\$(?P<c>[A-Za-z_]\w*)"
    rf"|\$?\{{\{{-?\s*+(?:env\.|\.)?(?P<d>{_WORD})\s*+-?\}}\}}"
)
UNKNOWN: Final = "\0"
"""Stands for a variable without a known value."""

_DEEPEST: Final = 6
_MOST_VALUES: Final = 8


def plain_variables(text: str) -> Variables:
    """Return the variables that *text* sets, with the values that it gives them."""
    values: defaultdict[str, dict[str, None]] = defaultdict(dict)
    patterns = (_ASSIGNMENT, _DEFAULT, *((_PROPERTY,) if "</" in text else ()))
    for pattern in patterns:
        for match in pattern.finditer(text):
            values[match["name"]][match["value"]] = None
    return {name: tuple(islice(v, _MOST_VALUES)) for name, v in values.items()}


def expansions(word: str, variables: Variables) -> Iterator[str]:
    """Yield what *word* can mean, each value once, with `UNKNOWN` for what is not set."""
    yield from islice(dict.fromkeys(_expansions(word, variables, 0)), _MOST_VALUES)


def _expansions(word: str, variables: Variables, depth: int) -> Iterator[str]:
    pieces: list[tuple[str, ...]] = []
    end = 0
    for reference in _REFERENCE.finditer(word):
        name = next(filter(None, reference.groups()))
        pieces += [
            (word[end : reference.start()],),
            tuple(_values(name, variables, depth)),
        ]
        end = reference.end()
    pieces.append((word[end:],))
    for choice in islice(product(*pieces), _MOST_VALUES):
        yield "".join(choice)


def _values(name: str, variables: Variables, depth: int) -> Iterator[str]:
    """Yield the values of the variable *name*."""
    values = variables.get(name, ())
    if depth == _DEEPEST or not values:
        yield UNKNOWN
        return
    for value in values:
        is_own = any(name in match.groups() for match in _REFERENCE.finditer(value))
        if not is_own:  # `IMG=${IMG:-app}`: the default is a value of its own.
            yield from islice(_expansions(value, variables, depth + 1), _MOST_VALUES)
