"""A file with its path, text and format: what most sources pass around."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain import place_of

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.paths import NodeRef

_VARIABLE: Final = re.compile(r"\$[({A-Za-z_]")
"""What Flux, Argo CD and envsubst replace before Helm reads the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The file whose values are read, and the format that they belong to."""

    path: PurePosixPath
    text: Text
    source: str

    def classify(self, value: str, at: NodeRef) -> Found:
        """Return *value*, which is written at *at*, as a reference or skipped."""
        if _VARIABLE.search(value) and "{{" not in value:
            detail = f"`{value}`: a variable decides it, which is not known here"
            return self.skip(at, Reason.VARIABLE, detail)
        return classify(value, place_of(self.path, self.text, at, self.source))

    def skip(self, at: NodeRef, reason: Reason, detail: str) -> Skipped:
        """Return what is written at *at* as skipped."""
        place = place_of(self.path, self.text, at, self.source)
        return Skipped(place=place, reason=reason, detail=detail)
