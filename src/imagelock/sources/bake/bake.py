"""Images in files of `docker buildx bake`: contexts, arguments, inline Dockerfiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.bake.build import build_images
from imagelock.sources.bake.file import bake_file
from imagelock.sources.protocol import About
from imagelock.sources.shared.work_budget import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.bake.file import BakeFile
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`docker-bake*.hcl` and `docker-bake*.json`, and other names with"
    " `bake` whose text has a `target`",
    read="of a `target`: `contexts` with `docker-image://`, `args` that decide a"
    " `FROM`, `dockerfile-inline`",
    not_read="`tags` (they name the output), `target:` contexts, `cache-from`,"
    " `cache-to`, functions",
    pinned="behind the tag; an argument that is a tag alone is pinned there, too",
    notes="Variables have the values that `[variables]` of the configuration gives"
    " them, or their defaults, without computing anything. `inherits` is"
    " understood; the names of a `matrix` have no value. A name that `contexts`"
    " replaces is no image in the Dockerfile of the target.",
)
_CERTAIN: Final = re.compile(r"docker-bake.*\.(?:hcl|json)", re.IGNORECASE)
_LIKELY: Final = re.compile(
    r"(?:.*[._-])?bake(?:[._-].*)?\.(?:hcl|json)", re.IGNORECASE
)
_TARGET: Final = re.compile(r'^[ \t]*target[ \t]+"|"target"\s*:\s*\{', re.MULTILINE)


def may_match(path: PurePosixPath) -> bool:
    """Match the names that Bake looks for, and those that people give to others."""
    name = path.name
    return bool(_CERTAIN.fullmatch(name) or _LIKELY.fullmatch(name))


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what bears the name, and what resembles it if it has a target."""
    if _CERTAIN.fullmatch(path.name):
        return True
    return may_match(path) and _TARGET.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield what the targets are built from, each place once for each meaning."""
    bake = bake_file(path, text, context)
    yield from (bake.file.problem(problem) for problem in bake.problems)
    seen: set[tuple[int, int, str]] = set()
    for one in _found(bake, context):
        what = str(one.reference) if isinstance(one, Occurrence) else one.reason.slug
        if (key := (one.place.span.start, one.place.span.end, what)) not in seen:
            seen.add(key)
            yield one


def replacements(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield each Dockerfile that a target uses with a name that it replaces.

    A FROM of that name is no image (`contexts`).
    """
    if "contexts" not in text.value:
        return
    bake = bake_file(path, text, context)
    try:
        for target in bake.targets():
            if target.setting("dockerfile-inline") is not None:
                continue
            there = [p for p in target.dockerfiles() if context.read(p) is not None]
            names = target.entries("contexts")
            bake.budget.charge(len(names))
            yield from ((path, name) for path in there[:1] for name in names)
    except TooMuchError:
        # `find` reports it.
        return


def _found(bake: BakeFile, context: Context) -> Iterator[Found]:
    try:
        for target in bake.targets():
            yield from build_images(target, context, bake.budget)
    except TooMuchError:
        yield _too_much(bake)


def _too_much(bake: BakeFile) -> Skipped:
    place = Place(
        path=bake.file.path,
        span=bake.file.text.span(0, 0),
        text="",
        format="bake",
        uses=("file",),
    )
    detail = "its targets and the Dockerfiles that they use are too large together"
    return Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)
