"""What an import brings, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from imagelock.errors import ConfigurationError, ImagelockError
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imagelock.model.digest import Digest
    from imagelock.model.source_text import Text


@dataclass(frozen=True, slots=True)
class ImportedDigest:
    """A digest, and the image that it is for.

    `reference` may lack a tag, if the other tool did not keep it; `use` is then
    the place in the other file, such as `services.web.image`.
    """

    reference: Reference
    digest: Digest
    use: str = ""


class Importer(Protocol):
    """A lockfile of another tool. A module with these two functions is one."""

    def matches(self, text: str) -> bool:
        """Tell whether *text* is of this format."""
        ...

    def read(self, text: Text) -> Iterable[ImportedDigest]:
        """Yield what *text* locks.

        Raises:
            ConfigurationError: it is damaged; the message says where.
        """
        ...


@dataclass(slots=True)
class GuardedImporter:
    """An importer of another package, whose failures name the package."""

    matches: Callable[[str], bool]
    read: Callable[[Text], Iterable[ImportedDigest]]


def parse_entry(name: str, digest_text: str, use: str = "") -> ImportedDigest:
    """Return the digest *digest_text* for the image *name*.

    Raises:
        ConfigurationError: one of them is not valid.
    """
    try:
        key = Reference.parse(name)
        whole = Reference.parse(f"{key.name}@{digest_text}")
    except ImagelockError as error:
        raise ConfigurationError(str(error), hint=error.hint) from None
    if whole.digest is None:
        raise ConfigurationError(f"`{name}` has no digest")
    return ImportedDigest(key.key, whole.digest, use)
