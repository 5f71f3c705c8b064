"""Images in Dockerfiles: FROM, `COPY --from`, `RUN --mount`, `# syntax`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Place, Skipped
from imagelock.sources.dockerfile.origins import lines_of_arguments, origins_of
from imagelock.sources.dockerfile.scan import Named, ScanOptions, scan
from imagelock.sources.dockerfile.unpinnable import with_fixed
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`Dockerfile` and `Containerfile`, with a prefix or suffix"
    " (`Dockerfile.dev`, `api.Dockerfile`)",
    read="`FROM`, `COPY --from`, every `RUN --mount` with `from`, `# syntax=`, and"
    " these below `ONBUILD`",
    not_read="heredocs, comments, `ADD`, stages and `scratch`",
    pinned="behind the whole text of the name, which a variable may be a part of; not"
    " where it is another image on each platform",
    notes="`ARG` works as in BuildKit: what stands before the first `FROM`, with its"
    " operators. A `FROM` that depends on the platform (`${TARGETARCH}`) is one"
    " reference for each declared platform. A name that a Compose build"
    " (`additional_contexts`) or a target of Bake (`contexts`) replaces is no image.",
)
_CERTAIN: Final = re.compile(
    r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", re.IGNORECASE
)
_LIKELY: Final = re.compile(
    r"(?:dockerfile|containerfile).*|.*(?:dockerfile|containerfile)", re.IGNORECASE
)
_FROM: Final = re.compile(r"^[ \t]*FROM[ \t\\]", re.IGNORECASE | re.MULTILINE)
_LOUD_FROM: Final = re.compile(r"^FROM[ \t]", re.MULTILINE)

# Files that only speak of Dockerfiles, by their last suffix.
_OTHER: Final = re.compile(
    r"\.(?:adoc|asc|bak|bash|bat|conf|containerignore|css|csv|diff|dockerignore|ejs"
    r"|gif|gz|hcl|html?|ini|ipynb|jpe?g|json[5c]?|lock|log|markdown|mdx?|orig|patch"
    r"|pdf|png|ps1|pyc|rej|rst|sh|sha256|sig|snap|sum|svg|swp|tar|tf|tfvars|toml|vim"
    r"|webp|xml|ya?ml|zip|zsh)",
    re.IGNORECASE,
)
# Programs that read or write Dockerfiles; but `Dockerfile.go` is one, for Go.
_PROGRAM: Final = re.compile(
    r"\.(?:c|cc|cjs|cpp|cs|dart|el|exs?|go|groovy|hpp|h|hs|java|jsx?|kt|lua|mjs|php"
    r"|pl|pm|pyi?|r|rb|rs|scala|swift|tsx?|zig)",
    re.IGNORECASE,
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the names of Dockerfiles; names that only resemble them need a FROM.

    `Dockerfile.dev`, `api.Dockerfile`, `Dockerfile.j2`, but not `Dockerfile.md`;
    `Dockerfile.go`, but not `dockerfile.go`.
    """
    is_certain = _CERTAIN.fullmatch(path.name) is not None
    is_likely = is_certain or _LIKELY.fullmatch(path.name) is not None
    if not is_likely or _OTHER.fullmatch(path.suffix):
        return False
    if _PROGRAM.fullmatch(path.suffix):
        is_loud = path.stem != path.stem.lower()
        return is_loud and _LOUD_FROM.search(text) is not None
    return is_certain or _FROM.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield what the Dockerfile at *path* names, in its order.

    Variables of the configuration are build arguments. Docker knows neither
    `.env` nor the caller's environment when it builds.
    """
    options = ScanOptions(
        platforms=context.platforms,
        arguments=context.variables,
        contexts=context.replaced,
    )
    lines = lines_of_arguments(path, text)
    for scanned in scan(text.value, options):
        place = Place(
            path=path,
            span=text.span(scanned.start, scanned.end),
            text=text.value[scanned.start : scanned.end],
            format="dockerfile",
            uses=(scanned.instruction,),
        )
        if isinstance(scanned, Named):
            found = classify(scanned.value, place, scanned.variables)
            if isinstance(found, Occurrence) and found.variables:
                known = origins_of(found.variables, context.variables, lines)
                found = replace(found, origins=known)
            if scanned.tag and isinstance(found, Occurrence):
                found = replace(found, tag=text.span(*scanned.tag))
            yield with_fixed(found, scanned)
        else:
            yield Skipped(place=place, reason=scanned.reason, detail=scanned.detail)
