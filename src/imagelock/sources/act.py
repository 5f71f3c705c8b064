"""Images in the settings of act, in which it runs the jobs of workflows.

https://nektosact.com/usage/index.html#configuration-file
Lines are read as `readArgsFile` in act's `cmd/root.go` does, and platforms as
`newPlatforms` in `cmd/platforms.go` does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`.actrc` and `actrc`",
    read="`-P` and `--platform`: `-P ubuntu-latest=catthehacker/ubuntu:act-latest`",
    not_read="`-self-hosted`, which is no container; other options",
    pinned="behind the tag",
    notes="A platform that is set again below has the last image. What a variable decides"
    " (`$NAME`) is skipped (`variable`).",
)
_PLATFORM: Final = re.compile(
    r"(?m)^[ \t]*+(?:-P[= \t]?[ \t]*+|--platform[= \t][ \t]*+)"
    r"(?P<platform>[^\s=]++)=(?P<image>[^=\s][^=\r\n]*?)[ \t\r]*+$"
)
_HOST: Final = "-self-hosted"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match every file of these names."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each platform."""
    del context
    file = SourceFile(path=path, text=text, format="act")
    found = list(_PLATFORM.finditer(text.value))
    last = {match["platform"].lower(): match for match in found}
    for match in found:
        if match["image"] == _HOST:
            continue
        place = file.place_of(*match.span("image"), match["platform"])
        if last[match["platform"].lower()] is not match:
            detail = f"{quoted(place.text)}: the platform is set again below"
            yield Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
        elif "$" in place.text:
            detail = f"{quoted(place.text)}: {Reason.VARIABLE.sentence}"
            yield Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
        else:
            yield classify(place.text, place)
