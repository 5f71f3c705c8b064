"""Variables that scripts, Makefiles and CI files set plainly.

IMG ?= controller:latest            Make
export IMAGE="${IMAGE:-app}"        shells
[ -n "$IMAGE" ] || IMAGE=app
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

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Variables = Mapping[str, Sequence[str]]
    """The values that a variable has somewhere in a file, by its name."""

_WORD: Final = r"[A-Za-z_][\w.-]*"
_ASSIGNMENT: Final = re.compile(
    r"(?:^[ \t-]*+|(?:&&|\|\|)[ \t]*+)(?:(?:export|readonly|local|override|set|env|var|val|def|let|const)"
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

_MOST_VALUES: Final = 8
_DEEPEST: Final = 6
_MOST_LOOKUPS: Final = 500
"""Variables to look up for a word: a few lines can mean millions."""

_LONGEST: Final = 1000
"""Characters of a value: no name of an image is longer."""


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
    values = _Expansion(variables).of(word, 0)
    yield from islice(dict.fromkeys(values), _MOST_VALUES)


@dataclass(slots=True)
class _Expansion:
    """What a word can mean, with `left` more variables to look up for it."""

    variables: Variables
    left: int = _MOST_LOOKUPS

    def of(self, word: str, depth: int) -> Iterator[str]:
        pieces: list[tuple[str, ...]] = []
        end = 0
        for reference in _REFERENCE.finditer(word):
            if self.left <= 0:
                yield UNKNOWN
                return
            name = next(filter(None, reference.groups()))
            values = tuple(self._values(name, depth))
            pieces += [(word[end : reference.start()],), values]
            end = reference.end()
        pieces.append((word[end:],))
        for choice in islice(product(*pieces), _MOST_VALUES):
            value = "".join(choice)
            yield value if len(value) <= _LONGEST else UNKNOWN

    def _values(self, name: str, depth: int) -> Iterator[str]:
        """Yield the values of the variable *name*."""
        self.left -= 1
        values = self.variables.get(name, ())
        if depth == _DEEPEST or not values:
            yield UNKNOWN
            return
        for value in values:
            is_own = any(name in match.groups() for match in _REFERENCE.finditer(value))
            if not is_own:  # `IMG=${IMG:-app}`: the default is a value of its own.
                yield from islice(self.of(value, depth + 1), _MOST_VALUES)
