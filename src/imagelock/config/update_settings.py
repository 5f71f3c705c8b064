"""The requests in which images are updated: `[update]`, as a value."""

from __future__ import annotations

import re

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.image_pattern import EXCEPT, matches_image

if TYPE_CHECKING:
    from imagelock.model.reference import Reference

OTHERS: Final = "others"
"""The name for the images that are in no group."""
_NAME: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_CHANGES: Final = "{changes}"


@dataclass(frozen=True, slots=True)
class UpdateGroup:
    """Images that are updated together: `images` are patterns, and `!PATTERN`."""

    name: str
    images: tuple[str, ...]

    def has(self, key: Reference) -> bool:
        """Return whether the patterns match the image *key* (`Reference.key`)."""
        left_out = [p.removeprefix(EXCEPT) for p in self.images if p.startswith(EXCEPT)]
        wanted = [p for p in self.images if not p.startswith(EXCEPT)]
        is_wanted = not wanted or any(matches_image(p, key) for p in wanted)
        return is_wanted and not any(matches_image(p, key) for p in left_out)


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """The groups, of which the last that has an image counts.

    How a request looks is not here: it is for the programs that publish it, which read
    `imagelock config --format json`.
    """

    groups: tuple[UpdateGroup, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that `update --group` accepts."""
        return (*(group.name for group in self.groups), OTHERS)

    def group_of(self, key: Reference) -> str:
        """Return the name of the group of the image *key*, or `OTHERS`."""
        last_first = reversed(self.groups)
        return next((group.name for group in last_first if group.has(key)), OTHERS)


def check_group_name(text: str) -> str:
    """Return *text* if it can be the name of a group and the end of a branch's name.

    Raises:
        ValueError: it cannot.
    """
    if not re.fullmatch(_NAME, text):
        message = f"`{text}` is not a name of lowercase letters, digits and `-`"
        raise ValueError(message)
    if text == OTHERS:
        message = f"`{OTHERS}` are the images in no group; choose another name"
        raise ValueError(message)
    return text


def check_title(text: str) -> str:
    """Return *text* if it can be the title of a request.

    Raises:
        ValueError: it cannot.
    """
    if _CHANGES not in text:
        message = f"needs `{_CHANGES}`, which stands for `update 3 images`"
        raise ValueError(message)
    return _line(text)


def check_item(text: str) -> str:
    """Return *text* if it can be a label or a reviewer, which commas separate.

    Raises:
        ValueError: it cannot.
    """
    if "," in text:
        message = f"`{text}` has a comma; write each in quotes of its own"
        raise ValueError(message)
    return _line(text)


def check_different(names: list[str]) -> None:
    """Check that no name is in *names* twice.

    Raises:
        ValueError: a name is.
    """
    for name in names:
        if names.count(name) > 1:
            message = f"two groups have the name `{name}`"
            raise ValueError(message)


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        message = "must be printable text on one line"
        raise ValueError(message)
    return text
