"""Imported digests, and the protocol of importers."""

from __future__ import annotations

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, UnreadableFileError
from imagelock.light_typing import TYPE_CHECKING, Protocol
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imagelock.model.digest import Digest
    from imagelock.model.source_text import Text


@dataclass(frozen=True, slots=True)
class ImportedDigest:
    """A digest of an image in the lockfile of another tool.

    `reference` has no tag if the other tool does not record it; then `use` is the
    place in the file that the tool read, such as `services.web.image`.
    """

    reference: Reference
    digest: Digest
    use: str = ""


class Importer(Protocol):
    """A reader of the lockfiles of another tool: a module with these functions."""

    def matches(self, text: str) -> bool:
        """Return whether *text* is of this format."""
        ...

    def read(self, text: Text) -> Iterable[ImportedDigest]:
        """Yield the digests in *text*.

        Raises:
            UnreadableFileError: it is damaged; the message says where.
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
        UnreadableFileError: the name or the digest is invalid.
    """
    try:
        key = Reference.parse(name)
        with_digest = Reference.parse(f"{key.name}@{digest_text}")
    except ImagelockError as error:
        raise UnreadableFileError(str(error), hint=error.hint) from None
    if with_digest.digest is None:
        raise UnreadableFileError(f"`{name}` has no digest")
    return ImportedDigest(key.key, with_digest.digest, use)
