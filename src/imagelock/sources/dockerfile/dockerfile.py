"""Images in Dockerfiles: FROM, `COPY --from`, `RUN --mount`, `# syntax`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import has_language, is_program
from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.sources.dockerfile.arguments import argument_lines, origins_of
from imagelock.sources.dockerfile.pants import target_of_pants
from imagelock.sources.dockerfile.scan import ScanOptions, scan
from imagelock.sources.dockerfile.scanned_names import NamedImage
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.scanned_names import ScannedName

ABOUT: Final = About(
    recognised="`Dockerfile` and `Containerfile`, with a prefix or suffix"
    " (`Dockerfile.dev`, `api.Dockerfile`)",
    read="`FROM`, `COPY --from`, every `RUN --mount` with `from`, `# syntax=`, and"
    " these below `ONBUILD`",
    not_read="heredocs, comments, `ADD`, stages and `scratch`",
    pinned="behind the name, also if a variable is part of it; not where each"
    " platform has another image",
    notes="`ARG` works as in BuildKit: those before the first `FROM` count, with their"
    " operators. A `FROM` that depends on the platform (`${TARGETARCH}`) is one"
    " reference for each declared platform. A name that a Compose build"
    " (`additional_contexts`) or a target of Bake (`contexts`) replaces is not an image,"
    " nor is an `ARG` that has the address of a target of Pants (`:base`).",
)
_CERTAIN: Final = re.compile(
    r"(?:.*[._-])?(?:dockerfile|containerfile)(?:[._-].*)?", re.IGNORECASE
)
_LIKELY: Final = re.compile(
    r"(?:dockerfile|containerfile).*|.*(?:dockerfile|containerfile)", re.IGNORECASE
)
_FROM: Final = re.compile(r"^[ \t]*FROM[ \t\\]", re.IGNORECASE | re.MULTILINE)
_LOUD_FROM: Final = re.compile(r"^FROM[ \t]", re.MULTILINE)

# Files about Dockerfiles, by their last suffix.
_OTHER: Final = re.compile(
    r"\.(?:adoc|asc|bak|bash|bat|conf|containerignore|css|csv|diff|dockerignore|ejs"
    r"|gif|gz|hcl|html?|ini|ipynb|jpe?g|json[5c]?|lock|log|markdown|mdx?|orig|patch"
    r"|pdf|png|ps1|pyc|rej|rst|sh|sha256|sig|snap|sum|svg|swp|tar|tf|tfvars|toml|vim"
    r"|webp|xml|ya?ml|zip|zsh)",
    re.IGNORECASE,
)
_EARTHFILE: Final = ".earth"
_VARIES: Final = "it is another image on each platform"
_GIVEN: Final = "a variable gives it its digest"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the names of Dockerfiles; names that only resemble them need a FROM.

    `Dockerfile.dev`, `api.Dockerfile`, `Dockerfile.j2`, but not `Dockerfile.md`;
    `Dockerfile.go`, but not `dockerfile.go`.
    """
    is_certain = _CERTAIN.fullmatch(path.name) is not None
    is_likely = is_certain or _LIKELY.fullmatch(path.name) is not None
    if not is_likely or path.suffix.lower() == _EARTHFILE or is_other(path, text):
        return False
    return is_certain or _FROM.search(text) is not None


def is_other(path: PurePosixPath, text: str) -> bool:
    """Return whether a file that is named like a format with `FROM` is about such files.

    A program can have lines that begin with `from`, too.
    """
    if _OTHER.fullmatch(path.suffix) or is_program(path):
        return True
    return has_language(path) and _LOUD_FROM.search(text) is None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the Dockerfile at *path*, in its order.

    Variables of the configuration are build arguments. `.env` and the caller's
    environment do not count: Docker does not read them when it builds.
    """
    options = ScanOptions(
        platforms=context.platforms,
        arguments=context.variables,
        contexts=context.replaced,
    )
    file = SourceFile(path=path, text=text, format="dockerfile")
    lines = argument_lines(path, text)
    for name in scan(text.value, options):
        finding = finding_of(file, name, context.variables, lines)
        target = None
        if isinstance(name, NamedImage) and name.variables and ":" in name.value:
            target = target_of_pants(name.value, finding.place, context)
        yield target or finding


def finding_of(
    file: SourceFile,
    name: ScannedName,
    given: Mapping[str, str],
    lines: Mapping[str, str],
) -> Found:
    """Return what *name* in *file* is.

    *given* are the build arguments, and *lines* the places of the ARGs, by their names.
    """
    place = file.place_of(name.start, name.end, name.instruction)
    if not isinstance(name, NamedImage):
        return Skipped(place=place, reason=name.reason, detail=name.detail)
    finding = classify(name.value, place, name.variables)
    if isinstance(finding, Occurrence) and finding.variables:
        origins = origins_of(finding.variables, given, lines)
        finding = replace(finding, origins=origins)
    if name.tag and isinstance(finding, Occurrence):
        finding = replace(finding, tag=file.text.span(*name.tag))
    return with_unpinnable_reason(finding, name)


def with_unpinnable_reason(finding: Found, image: NamedImage) -> Found:
    """Return *finding* of *image*, with the reason if no digest can be written."""
    if not isinstance(finding, Occurrence):
        return finding
    if image.varies_by_platform:
        return replace(finding, unpinnable_reason=_VARIES)
    digest = str(finding.reference.digest or "")
    # Quotes and line breaks may stand in the text.
    is_given = bool(image.variables) and digest not in finding.place.text
    return replace(finding, unpinnable_reason=_GIVEN) if is_given else finding
