"""The state of a registry, as `doctor` reports it."""

from __future__ import annotations

from enum import StrEnum

from imagelock.dataclass import dataclass


class Access(StrEnum):
    """The authentication that a server requires."""

    OPEN = "open"
    TOKEN = "token"  # noqa: S105 - the word, not one
    BASIC = "basic"


@dataclass(frozen=True, slots=True, order=True)
class MirrorUse:
    """A *mirror*, an address, that answered for *registry*.

    `tags` is whether it resolved tags, which nothing can check; content is always
    checked against its digest.
    """

    registry: str
    mirror: str
    tags: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A rate limit: the requests per `window` seconds, and how many remain.

    A value that the server does not send is `None`.
    """

    limit: int | None
    remaining: int | None
    window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A server for the images of *registry*: the registry itself, or a mirror.

    `endpoint` is its URL, or `None` if the name of the registry is not an address.
    `tags` and `content` are whether it is used to resolve tags, and to fetch content
    by digest. `credential` is where a credential is stored, not the credential.
    `clock_skew` is in seconds, positive if the server's clock is ahead of ours, and
    `None` if it is unknown.
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
        """Whether it answers as a registry."""
        return self.error is None
