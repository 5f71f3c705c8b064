"""A file of values that a deployment tool substitutes variables in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.syntax.yaml_json.paths import NodeRef

_VARIABLE: Final = re.compile(r"\$[({A-Za-z_]")
"""What Flux, Argo CD and envsubst replace before Helm or Kustomize read the file."""


class SubstitutedFile(SourceFile):
    """A file in which `$NAME` is replaced by values that are not in the project."""

    __slots__ = ()

    def classify(
        self, value: str, at: NodeRef, variables: tuple[str, ...] = ()
    ) -> Found:
        """Return *value*, which the node *at* stands for, as a reference or skipped."""
        if _VARIABLE.search(value) and "{{" not in value:
            detail = f"`{value}`: {Reason.VARIABLE.sentence}"
            return self.skip(at, Reason.VARIABLE, detail)
        return SourceFile.classify(self, value, at, variables)
