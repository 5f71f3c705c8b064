"""Patterns of references in policies, on their normal form and bounded by `/`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Self, TypeVar

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_STEPS: Final = "**"
_TEXT: Final = "*"
_HOST: Final = re.compile(r"[^/]*[.:][^/]*|localhost|\*\*?")
_STEP: Final = re.compile(r"[A-Za-z0-9._*:\[\]-]+")
_TAG: Final = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*-]*")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ReferencePattern:
    """A pattern of references: `docker.io/library/**`, `ghcr.io/acme/*:1.*`, `quay.io`.

    The first step is the registry: `docker.io/library/nginx` is `nginx`, and a registry
    alone is all of its repositories. `*` is any text without `/`, and `**` as a step
    any number of steps. Without a tag, all tags match. A pattern without wildcards may
    be in its short form (`nginx:1.27`). A digest alone (`sha256:…`) is the content with
    it, under any name.
    """

    text: str
    steps: tuple[str, ...] = ()
    tag: str = ""
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the pattern in *text*.

        Raises:
            ValueError: *text* is not a pattern.
        """
        if text.startswith("sha"):
            try:
                return cls(text, digest=Digest.parse(text))
            except ImagelockError:
                pass  # it is the name of an image, or it is no pattern at all
        name, tag = _split(text)
        steps = tuple(name.split("/"))
        if not _HOST.fullmatch(steps[0]):
            steps = _normal(name)
        is_wrong = text.endswith(":") or not all(map(_STEP.fullmatch, steps))
        if is_wrong or (tag and not _TAG.fullmatch(tag)):
            message = f"`{text}` is not a pattern of images"
            raise ValueError(message)
        if len(steps) == 1 and steps[0] != _STEPS:
            steps = (*steps, _STEPS)
        return cls(text, (steps[0].lower(), *steps[1:]), tag)

    def matches(self, reference: Reference) -> bool:
        """Return whether *reference* matches by its name and tag."""
        if not self.steps:
            return reference.digest is not None and reference.digest == self.digest
        steps = reference.name.split("/")
        return _is_like(steps, self.steps, _STEPS, _has_text) and (
            not self.tag or _has_text(reference.tag or "", self.tag)
        )


def _split(text: str) -> tuple[str, str]:
    """Return the name and the tag of *text*; a port of a registry is no tag."""
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        return text, ""
    is_host = "/" not in name and ("." in name or name == "localhost")
    return (text, "") if is_host else (name, tag)


def _normal(name: str) -> tuple[str, ...]:
    """Return the steps of *name*, a name in its short form.

    Raises:
        ValueError: it is not one.
    """
    if _TEXT in name:
        message = f"`{name}` does not begin with a registry, such as `docker.io/`"
        raise ValueError(message)
    try:
        return tuple(Reference.parse(name).name.split("/"))
    except InvalidReferenceError as error:
        raise ValueError(str(error)) from None


def _has_text(text: str, pattern: str) -> bool:
    return _is_like(text, pattern, _TEXT, str.__eq__)


def _is_like(
    items: Sequence[Item],
    pattern: Sequence[Item],
    star: Item,
    is_equal: Callable[[Item, Item], bool],
) -> bool:
    """Return whether *items* have *pattern*, in which *star* is any number of items.

    In the worst case it compares each item with each of *pattern*.
    """
    at = step = start = 0
    last_star = -1
    while at < len(items):
        if step < len(pattern) and pattern[step] == star:
            last_star, start = step, at
            step += 1
        elif step < len(pattern) and is_equal(items[at], pattern[step]):
            at, step = at + 1, step + 1
        elif last_star >= 0:
            start += 1
            at, step = start, last_star + 1
        else:
            return False
    return all(each == star for each in pattern[step:])
