"""Documents that cannot be read: whether they may be objects with an image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.kubernetes.kinds import SILENT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.documents import Broken

_VERSION: Final = re.compile(
    r"""(?<![\w.-])(?:apiVersion["']?\s*+:|apiversion: scorecard\.)"""
)
_KIND: Final = re.compile(r"""(?<![\w.-])kind["']?\s*+:\s*+["']?(\w*+)""")
_ESCAPE: Final = "\\"
"""With escapes, any key can be written."""


def may_have_object(text: str) -> bool:
    """Return whether both `apiVersion` and `kind` are keys somewhere in *text*."""
    return _VERSION.search(text) is not None and _KIND.search(text) is not None


def broken_object(file: SourceFile, document: Broken) -> Iterator[Found]:
    """Yield a document that cannot be parsed; an error if it may name an image.

    What is no object, such as a message of a program before its output, names none, nor
    does an object of a kind without images.
    """
    start, end = document.extent
    may_have_image = _may_have_image(file.text.value[start:end])
    for found in file.broken(document):
        if (
            isinstance(found, Skipped)
            and found.reason is Reason.UNPARSEABLE
            and not may_have_image
        ):
            yield replace(found, reason=Reason.UNPARSEABLE_WITHOUT_IMAGE)
        else:
            yield found


def _may_have_image(text: str) -> bool:
    if _ESCAPE in text:
        return True
    kinds = set(_KIND.findall(text))
    return _VERSION.search(text) is not None and not kinds <= SILENT_KINDS
