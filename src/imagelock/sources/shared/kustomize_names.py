"""Names in `images` of a kustomization, and the images that they match.

`IsImageMatched` and `Split` in kustomize's `api/image/image.go`: a name is a regular
expression, behind which a tag and a digest may stand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TAG: Final = re.compile(r":[a-zA-Z0-9_.{}-]*\Z")
_DIGEST: Final = re.compile(r"@sha256:[a-zA-Z0-9_.{}-]*\Z")
_TAIL: Final = r"(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?"

_EXPRESSION: Final = re.compile(r"[*+?()\[\]{}|\\^$]")
_REPEATS: Final = re.compile(r"(?<!\\)[*+?]")
_MOST_REPEATS: Final = 2
_NOT_COMPARED: Final = re.compile(
    r"\(\?|\)[*+?]|(?<!\\)\{|\\[A-Za-z0-9]|\[\[:|(?:^|\))[^(]*\|"
)
"""What Go reads differently, or can take very long in Python."""
_LONGEST: Final = 255
_MOST_EXPRESSIONS: Final = 50


def is_expression(name: str) -> bool:
    """Return whether *name* can match more than one name.

    A `.` alone, which names are full of, is taken for itself.
    """
    return _EXPRESSION.search(name) is not None


@dataclass(frozen=True, slots=True)
class NamePatterns:
    """Names of entries: some are plain, some are expressions."""

    plain: frozenset[str]
    expressions: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> NamePatterns:
        """Return the patterns of *names*; one that is not understood matches nothing."""
        plain = frozenset(names)
        expressions = [name for name in sorted(plain) if is_expression(name)]
        compiled = map(_compiled, expressions[:_MOST_EXPRESSIONS])
        return cls(plain, tuple(pattern for pattern in compiled if pattern))

    def match(self, image: str) -> bool:
        """Return whether a name matches *image*, which may have a tag and a digest."""
        return any(name in self.plain for name in plain_names(image)) or (
            len(image) <= _LONGEST and any(e.fullmatch(image) for e in self.expressions)
        )


def matches_all(name: str, text: str) -> bool | None:
    """Return whether the expression *name* matches all of *text*, or that it is unknown."""
    if not is_expression(name):
        return name == text
    pattern = _compiled(name, "")
    return None if pattern is None else pattern.fullmatch(text[:_LONGEST]) is not None


def split(image: str) -> tuple[str, str, str]:
    """Return the name, the tag and the digest of *image*, as kustomize cuts it."""
    first = max(image.find("/"), 0)
    name, _, digest = image[first:].partition("@")
    name, _, tag = name.partition(":")
    return image[:first] + name, tag, digest


def plain_names(image: str) -> Iterator[str]:
    """Yield each plain name that matches *image*."""
    yield image
    if digest := _DIGEST.search(image):
        image = image[: digest.start()]
        yield image
    if tag := _TAG.search(image):
        yield image[: tag.start()]


def _compiled(name: str, tail: str = _TAIL) -> re.Pattern[str] | None:
    if _NOT_COMPARED.search(name) or len(_REPEATS.findall(name)) > _MOST_REPEATS:
        return None
    try:
        return re.compile(f"{name}{tail}")
    except re.error:
        return None
