"""Why no digest can be written at a name in a Dockerfile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.sources.dockerfile.scan import Named

_VARIES: Final = "it is another image on each platform"
_GIVEN: Final = "a variable gives it its digest"


def with_fixed(found: Found, named: Named) -> Found:
    """Return *found*, which is what *named* means, with the reason if there is one."""
    if not isinstance(found, Occurrence):
        return found
    if named.varies:
        return replace(found, unpinnable_reason=_VARIES)
    digest = str(found.reference.digest or "")
    # Quotes and line breaks may stand in the text.
    is_given = bool(named.variables) and digest not in found.place.text
    return replace(found, unpinnable_reason=_GIVEN) if is_given else found
