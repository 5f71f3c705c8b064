"""The registry that Jenkins puts before the name of an image.

`DockerRegistryEndpoint.imageName` in the plugin `docker-commons`: the host of the
address, unless there is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.code_groups import CodeGroup, is_mark

if TYPE_CHECKING:
    from imagelock.syntax.code_tokens import CodeToken

_WITH: Final = "docker.withRegistry"
_SETTING: Final = "registryUrl"
_URL: Final = re.compile(r"https?://(?P<host>[^/\s$\\]++)(?:/[^\s$\\]*+)?")
_HUB: Final = frozenset(
    {"docker.io", "hub.docker.com", "index.docker.io", "registry-1.docker.io"}
    | {"registry.hub.docker.com"}
)
_UNKNOWN: Final = "?"
_DEEPEST: Final = 50
"""Blocks that are looked at around a step."""


@dataclass(frozen=True, slots=True)
class NamePrefix:
    """What is put before a name, with its `/`; nothing for Docker Hub."""

    prefix: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the address is a plain text."""
        return self.prefix != _UNKNOWN


def registry_around(group: CodeGroup) -> NamePrefix:
    """Return the registry of the step in or at *group*: `registryUrl`, `withRegistry`."""
    for at, item in enumerate(group.items if group.text == "{" else ()):
        if is_mark(item, _SETTING):
            return _of(group.item(at + 1))
    outer: CodeGroup | None = group
    for _ in range(_DEEPEST):
        if outer is None:
            break
        call = outer.parent.item(outer.index - 1) if outer.parent else None
        if isinstance(call, CodeGroup) and outer.text == "{" and _is_with(call.name):
            return _of(call.item(0))
        outer = outer.parent
    return NamePrefix()


def _is_with(name: str) -> bool:
    return name == _WITH or name.endswith(f".{_WITH}")


def _of(address: CodeToken | None) -> NamePrefix:
    """Return the registry at *address*, which is a text if it is known."""
    if isinstance(address, CodeGroup):
        address = address.item(0)
    if address is None or is_mark(address, "null"):
        return NamePrefix()
    if not address.is_text:
        return NamePrefix(_UNKNOWN)
    if not address.text.strip():
        return NamePrefix()
    match = _URL.fullmatch(address.text.strip())
    if match is None:
        return NamePrefix(_UNKNOWN)
    return NamePrefix("" if match["host"].lower() in _HUB else f"{match['host']}/")
