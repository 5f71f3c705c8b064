"""A registry in memory whose answers a test changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagelock.demo.registry import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.demo.answers import Answer


class Exchange(NamedTuple):
    """The target of a request, its headers with names in lower case, and the answer."""

    target: str
    headers: Mapping[str, str]
    answer: Answer


class ChangedAnswers(MemoryRegistry):
    """A registry that sends what `change` makes of its answers."""

    def change(self, exchange: Exchange) -> Answer:
        raise NotImplementedError

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        scheme: str = "https",
    ) -> Answer:
        answer = super().handle(method, target, headers, body, scheme=scheme)
        lower = {name.lower(): value for name, value in headers.items()}
        return self.change(Exchange(target, lower, answer))
