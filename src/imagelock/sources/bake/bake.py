"""Images in files of `docker buildx bake`: contexts, arguments, inline Dockerfiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.bake.build import build_images, tag_names
from imagelock.sources.bake.file import bake_file
from imagelock.sources.bake.matrix import builds_of
from imagelock.sources.protocol import About
from imagelock.sources.relations import Usage
from imagelock.sources.shared.built_names import built_image
from imagelock.sources.shared.work_budget import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.bake.file import BakeFile
    from imagelock.sources.bake.targets import BakeTarget, Setting
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation

ABOUT: Final = About(
    recognised="`docker-bake*.hcl` and `docker-bake*.json`, and other names with"
    " `bake` whose text has a `target`",
    read="of a `target`: `contexts` with `docker-image://`, `args` that decide a"
    " `FROM` or are `BUILDKIT_SYNTAX`, `dockerfile-inline`",
    not_read="`tags` (they name the output), `target:` contexts, `cache-from`,"
    " `cache-to`, functions",
    pinned="behind the tag; an argument that is only a tag is pinned there, too",
    notes="Variables have the values that `[variables]` of the configuration gives"
    " them, or their defaults; nothing is computed. `inherits` is"
    " understood, and a target with a `matrix` is read once for each choice of its"
    " values, also those of objects. Blocks of a target are merged, also those in the"
    " files that Bake loads together"
    " (`docker-bake.override.hcl`). A name that `contexts`"
    " replaces is not an image in the Dockerfile of the target. A target that others"
    " inherit, and that no group and no context names, is no build of its own.",
)
_CERTAIN: Final = "docker-bake"
_TARGET: Final = re.compile(r'^[ \t]*target[ \t]+"|"target"\s*:\s*\{', re.MULTILINE)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what bears the name, and what resembles it if it has a target."""
    return path.name.lower().startswith(_CERTAIN) or _TARGET.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the base images of the targets: one that inherits an image repeats it."""
    bake = bake_file(path, text, context)
    yield from (bake.file.problem(problem) for problem in bake.problems)
    yield from _images(bake, context)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the Dockerfile of each target, and the names of what the targets build.

    With the Dockerfile are the names that the target replaces (`contexts`): a FROM of
    such a name is not an image.
    """
    bake = bake_file(path, text, context)
    try:
        dockerfiles: dict[str, set[PurePosixPath]] = {}
        targets = list(_builds(bake))
        for target in targets:
            if target.setting("dockerfile-inline") is not None:
                continue
            paths = target.dockerfiles()
            names = target.entries("contexts")
            bake.budget.charge(1 + len(names))
            if not paths:
                yield from _contexts(names, f"{target.use}.contexts")
            dockerfile = next((p for p in paths if context.read(p)), None)
            if dockerfile is not None:
                dockerfiles.setdefault(target.name, set()).add(dockerfile)
                if not target.is_template:
                    yield Usage(path=dockerfile, replaced=target.contexts)
        yield from _built(targets, dockerfiles)
    except TooMuchError:
        # `find` reports it.
        return


def _built(
    targets: Iterable[BakeTarget], dockerfiles: Mapping[str, set[PurePosixPath]]
) -> Iterator[Relation]:
    """Yield what *targets* build; each means that in the Dockerfiles of the others."""
    every = {path for paths in dockerfiles.values() for path in paths}
    for target in targets:
        others = every - dockerfiles.get(target.name, set())
        for name, place in tag_names(target):
            yield from filter(None, [built_image(name, place, others)])


def _builds(bake: BakeFile) -> Iterator[BakeTarget]:
    """Yield the targets, each with every choice of the values of its matrix."""
    for target in bake.targets():
        yield from builds_of(target, bake.budget)


def _contexts(names: Mapping[str, Setting], use: str) -> Iterator[Relation]:
    """Yield the contexts of a build whose Dockerfile is not known, by its matrix."""
    for name, (file, value) in names.items():
        place = file.trimmed_place((value.start, value.end), use)
        yield from filter(None, [built_image(name, place, (), is_context=True)])


def _images(bake: BakeFile, context: Context) -> Iterator[Found]:
    try:
        for target in _builds(bake):
            for found in build_images(target, context, bake.budget):
                # The files that are loaded with this one are read by themselves.
                if found.place.path == bake.file.path:
                    yield found
    except TooMuchError:
        place = bake.file.trimmed_place((0, 0), "file")
        detail = "its targets and the Dockerfiles that they use are too large together"
        yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)
