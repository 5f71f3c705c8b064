"""Text that another program completes before it names a chart."""

from __future__ import annotations

import re
from typing import Final

from imagelock.sources.shared.classify import is_template
from imagelock.sources.shared.placeholders import is_placeholder

_VARIABLE: Final = re.compile(r"\$[({A-Za-z_]")


def is_open(text: str) -> bool:
    """Return whether a template, a variable or a person decides a part of *text*.

    It stands for something that is not known, rather than for a range of versions.
    """
    if is_template(text) or is_placeholder(text):
        return True
    return _VARIABLE.search(text) is not None
