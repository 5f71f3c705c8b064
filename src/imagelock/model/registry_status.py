"""How a registry does: what `doctor` finds out about one server of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """What a server asks for before it serves anything."""

    OPEN = "open"
    TOKEN = "token"  # noqa: S105 - the word, not one
    BASIC = "basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many requests are left of how many, in a window of seconds.

    What a server does not say is `None`.
    """

    limit: int | None
    remaining: int | None
    window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One server that is asked for *registry*: the registry itself, or its mirror.

    `endpoint` is its URL, or `None` where the name gives none. `tags` and `content` tell
    whether it is asked what tags stand for, and for content by digest. `credential`
    tells where one is stored, if one is, and nothing about it. `clock_skew` is in seconds,
    positive if the server's clock is ahead of ours, `None` if it does not say.
    """

    registry: str
    endpoint: str | None = None
    mirror: bool = False
    tags: bool = True
    content: bool = True
    credential: str | None = None
    access: Access | None = None
    error: str | None = None
    hint: str | None = None
    clock_skew: int | None = None
    quota: Quota | None = None

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return (self.endpoint or "").startswith("https:")

    @property
    def reachable(self) -> bool:
        """Whether it answered as a registry does."""
        return self.error is None
