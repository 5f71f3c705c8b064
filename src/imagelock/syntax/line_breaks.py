r"""Line breaks of YAML 1.1 that are none to other programs.

See yaml.org/spec/1.1, section 4.2: libyaml and go-yaml end a line at U+0085, U+2028,
U+2029 and a lone CR, too.
"""

from __future__ import annotations

from typing import Final

UNUSUAL_BREAKS: Final = "\x85\u2028\u2029"


def has_unusual_breaks(text: str) -> bool:
    r"""Return whether lines of *text* end with anything but `\n` and `\r\n`."""
    # Searching for single characters is ten times as fast as a pattern.
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return True
    return not text.isascii() and any(mark in text for mark in UNUSUAL_BREAKS)
