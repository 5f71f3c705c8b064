"""`imgpin.lock` of imgpin: `{"entries": {"nginx:1.27": {"digest": "sha256:…"}}}`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imagelock.errors import UnreadableFileError
from imagelock.importers.imported_digest import ImportedDigest, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text


def matches(text: str) -> bool:
    """Match JSON that has the keys `entries` and `digest`."""
    return text.lstrip()[:1] == "{" and '"entries"' in text and '"digest"' in text


def read(text: Text) -> Iterator[ImportedDigest]:
    """Yield the digest of each reference."""
    try:
        entries = json.loads(text.value)["entries"]
        pairs = [(str(name), str(entry["digest"])) for name, entry in entries.items()]
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"not JSON: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise UnreadableFileError("an entry has no digest") from None
    for name, digest in pairs:
        yield parse_entry(name.partition("@")[0], digest)
