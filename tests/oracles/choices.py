"""Random choices that all generators make: chances, unique names, and images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

WORDS: Final = ("web", "api", "worker", "cache", "proxy", "sync", "mailer", "search")
HOMES: Final = ("", "", "acme/", "quay.io/acme/", "ghcr.io/acme/tools/")
HOSTS: Final = ("quay.io", "ghcr.io", "registry.example.com", "localhost:5000")
TAGS: Final = ("1.27", "v2.0.1", "2024-01-05", "1.0-alpine", "7", "latest", "1.2.3_4")


class Choices:
    """Choices of one generated input; the names that it makes are unique there."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._count = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def unique(self, word: str) -> str:
        self._count += 1
        return f"{word}-{self._count}"

    def name(self) -> str:
        """Return the name of an image, whose last part is unique."""
        home = self.random.choice((*HOMES, f"{self.random.choice(HOSTS)}/team/"))
        return home + self.unique(self.random.choice(WORDS))

    def tag(self) -> str:
        return self.random.choice(TAGS)

    def digest(self) -> str:
        return f"sha256:{self.random.getrandbits(256):064x}"

    def image(self) -> str:
        """Return a new image: a name, mostly with a tag, sometimes with a digest."""
        suffix = self.random.choice(
            ("", f":{self.tag()}", f":{self.tag()}", f":{self.tag()}@{self.digest()}")
        )
        return self.name() + suffix


def name_of(image: str) -> str:
    """Return *image* without tag and digest."""
    name = image.partition("@")[0]
    head, separator, last = name.rpartition("/")
    return head + separator + last.partition(":")[0]
