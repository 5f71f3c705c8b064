"""Which named contexts pin the images of a target of Bake, and only these."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.errors import InvalidReferenceError
from imagelock.export.target import pinned
from imagelock.model.reference import Reference
from imagelock.sources.bake.build import IMAGE
from imagelock.sources.dockerfile.scan import ScanOptions, scan, stages
from imagelock.sources.dockerfile.scanned_names import NamedImage
from imagelock.sources.dockerfile.stages import context_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.source_text import Text
    from imagelock.sources.bake.targets import BakeTarget

_NEVER_LOOKED_UP = ("# syntax", "ONBUILD")
"""The places in a Dockerfile whose images no named context replaces."""


@dataclass(slots=True)
class TargetContexts:
    """A target, and the contexts that an override gives it.

    `original` are the contexts that it has without the override, those of its
    ancestors included; `None` is a context that is not an image, or not known.
    `stages` are those of its Dockerfile, or `None` if that is not known.
    """

    target: BakeTarget
    original: dict[str, str | None]
    stages: frozenset[str] | None
    contexts: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def target_contexts(
    target: BakeTarget,
    lockfile: Lockfile,
    read: Callable[[PurePosixPath], Text | None],
) -> TargetContexts:
    """Return the contexts that pin the images of *target*.

    BuildKit looks up the name of a FROM, of a `COPY --from`, of a mount, and of a
    stage among the contexts, by its short form without `:latest`
    (`frontend/dockerui/namedcontext.go`), and fetches no other context.
    """
    original = {
        name: file.scope.meaning(value).known_text
        for name, (file, value) in target.entries("contexts").items()
    }
    dockerfile = _dockerfile(target, read)
    names = None if dockerfile is None else stages(dockerfile)
    result = TargetContexts(target, original, names)
    for name, value in original.items():
        if value is None:
            result.warnings.append(f"its context `{name}` is computed")
        elif value.startswith(IMAGE):
            image = _locked(value.removeprefix(IMAGE), lockfile)
            if image is not None:
                result.contexts[name] = f"{IMAGE}{pinned(image)}"
    if dockerfile is None:
        result.warnings.append("its Dockerfile is not in this project, or is computed")
    else:
        _add_lookups(result, dockerfile, lockfile)
    return result


def _add_lookups(result: TargetContexts, dockerfile: str, lockfile: Lockfile) -> None:
    """Add the contexts for the names that *dockerfile* looks up."""
    meanings = {
        name: file.scope.meaning(value).known_text
        for name, (file, value) in result.target.entries("args").items()
    }
    options = ScanOptions(
        platforms=lockfile.platforms,
        arguments={name: text for name, text in meanings.items() if text is not None},
        contexts=frozenset(result.original),
    )
    for found in scan(dockerfile, options):
        if found.instruction.startswith(_NEVER_LOOKED_UP):
            continue
        computed = [v for v in found.variables if meanings.get(v, "") is None]
        if computed:
            names = ", ".join(f"`{name}`" for name in computed)
            result.warnings.append(f"its argument {names} is computed")
        elif isinstance(found, NamedImage):
            image = _locked(found.value, lockfile)
            if image is not None:
                name = context_name(found.value)
                result.contexts[name] = f"{IMAGE}{pinned(image)}"


def without_conflicts(targets: Mapping[str, TargetContexts]) -> Iterator[str]:
    """Take out contexts that would replace more than an image; yield a warning for each.

    A target inherits what the override gives its ancestors. There, the name may be
    that of a stage, or of another context.
    """
    changed = True
    while changed:
        changed = False
        for name, target in targets.items():
            for context in _wrong(target, targets):
                for ancestor in target.target.ancestors:
                    if targets[ancestor].contexts.pop(context, None) is not None:
                        changed = True
                        yield _conflict(ancestor, name, context, target)


def _wrong(target: TargetContexts, targets: Mapping[str, TargetContexts]) -> list[str]:
    """Return the contexts by which the override makes *target* another build."""
    merged: dict[str, str | None] = {}
    for ancestor in reversed(target.target.ancestors):
        own = targets[ancestor]
        merged |= dict.fromkeys(own.target.own_entries("contexts"))
        merged |= own.contexts
    return [
        name
        for name, value in merged.items()
        if value is not None and not _is_right(target, name, value)
    ]


def _is_right(target: TargetContexts, name: str, value: str) -> bool:
    if name in target.original:
        # What pins it here is the override of the target itself.
        return target.contexts.get(name) == value
    return target.stages is not None and name.lower() not in target.stages


def _conflict(ancestor: str, name: str, context: str, target: TargetContexts) -> str:
    if context in target.original:
        why = "has another context of this name"
    elif target.stages is None:
        why = "may have a build stage of this name"
    else:
        why = "has a build stage of this name"
    heir = "it" if name == ancestor else f"`{name}`, which inherits from it,"
    return (
        f"the target `{ancestor}` does not get the image `{context}`, as {heir} {why}:"
        " use `export buildkit` instead"
    )


def _dockerfile(
    target: BakeTarget, read: Callable[[PurePosixPath], Text | None]
) -> str | None:
    inline = target.setting("dockerfile-inline")
    if inline is not None:
        file, value = inline
        return file.scope.meaning(value).known_text
    texts = (read(path) for path in target.dockerfiles())
    found = islice((text for text in texts if text is not None), 1)
    return next((text.value for text in found), None)


def _locked(name: str, lockfile: Lockfile) -> Image | None:
    """Return the locked image with this *name*, unless that has a digest itself."""
    try:
        reference = Reference.parse(name)
    except InvalidReferenceError:
        return None
    return None if reference.digest else lockfile.images.get(reference.key)
