"""`docker-lock.json` of docker-lock (safe-waters/docker-lock).

    {"dockerfiles": {"Dockerfile": [{"name": "nginx", "tag": "1.27", "digest": "…"}]}}

The digests are hexadecimal digits without `sha256:`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import UnreadableFileError
from imagelock.importers.imported_digest import ImportedDigest, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text

_KINDS: Final = ("dockerfiles", "composefiles", "kubernetesfiles")


def matches(text: str) -> bool:
    """Match JSON that has one of the three kinds of files as a key."""
    return text.lstrip()[:1] == "{" and any(f'"{kind}"' in text for kind in _KINDS)


def read(text: Text) -> Iterator[ImportedDigest]:
    """Yield the digests of each file of each kind."""
    for kind in _KINDS:
        for path, entries in _mapping(_loaded(text).get(kind)).items():
            for entry in entries if isinstance(entries, list) else ():
                yield _entry(_mapping(entry), f"{kind}.{path}")


def _entry(entry: dict[str, Any], place: str) -> ImportedDigest:
    name, tag, digest = (str(entry.get(key) or "") for key in ("name", "tag", "digest"))
    if not name or not digest:
        raise UnreadableFileError(f"an entry of `{place}` has no name or no digest")
    reference = f"{name}:{tag}" if tag else name
    return parse_entry(reference, digest if ":" in digest else f"sha256:{digest}")


def _loaded(text: Text) -> dict[str, Any]:
    try:
        return _mapping(json.loads(text.value))
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"not JSON: {error}") from None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
