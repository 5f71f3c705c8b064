"""An override for `docker buildx bake`: named contexts that replace tags.

Used as `docker buildx bake -f docker-bake.hcl -f docker-bake.images.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.export.bake_contexts import target_contexts, without_conflicts
from imagelock.export.target import Exported, Request, to_json
from imagelock.sources import SOURCES
from imagelock.sources.bake.file import DEFAULT_FILES, bake_file
from imagelock.sources.context import Context
from imagelock.sources.shared.work_budget import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.export.bake_contexts import TargetContexts
    from imagelock.model.source_text import Text
    from imagelock.sources.bake.targets import BakeTarget

SUMMARY: Final = "an override for `docker buildx bake` with named contexts"
_FORMAT: Final = "bake"


def export(request: Request) -> Exported:
    """Return the override: every target gets the images that its own build looks up."""
    overrides: dict[str, dict[str, str]] = {}
    warnings: list[str] = []
    for targets in _loads(request):
        contexts = {
            target.name: target_contexts(target, request.lockfile, _reader(request))
            for target in targets
        }
        conflicts = list(without_conflicts(contexts))
        for name, target in contexts.items():
            warnings += _warnings(target)
            if not target.target.has_matrix:
                warnings += _add(overrides, name, target.contexts)
        warnings += conflicts
    if not overrides and not warnings:
        warnings.append("no bake file of the project has a target")
    override = {
        "target": {name: {"contexts": overrides[name]} for name in sorted(overrides)}
    }
    text = f"{to_json(override, indent=2)}\n"
    return Exported(text, tuple(dict.fromkeys(warnings)))


def _loads(request: Request) -> Iterator[Sequence[BakeTarget]]:
    """Yield the targets of each set of files that Bake loads together."""
    source = SOURCES[_FORMAT]
    read = _reader(request)
    context = Context(read=read, platforms=(), variables=request.variables)
    seen: set[PurePosixPath] = set()
    for path in request.files:
        together = path.parent if path.name in DEFAULT_FILES else path
        text = read(path) if source.may_match(path) and together not in seen else None
        if text is None or not source.matches(path, text.value):
            continue
        seen.add(together)
        try:
            yield bake_file(path, text, context).targets()
        except TooMuchError:
            # Reported as a finding.
            continue


def _reader(request: Request) -> Callable[[PurePosixPath], Text | None]:
    """Return a function that returns the text of a file, if it can be read."""

    def read(path: PurePosixPath) -> Text | None:
        try:
            return request.read_text(path)
        except UnreadableFileError:
            # Reported as a finding.
            return None

    return read


def _add(
    overrides: dict[str, dict[str, str]], name: str, contexts: dict[str, str]
) -> Iterator[str]:
    """Add the *contexts* of the target *name*; those that targets of it share stay."""
    other = overrides.get(name)
    if other is None:
        overrides[name] = dict(contexts)
    elif other != contexts:
        overrides[name] = dict(other.items() & contexts.items())
        yield (
            f"several files have a target `{name}`, for which one override is not"
            " right: export them separately"
        )


def _warnings(target: TargetContexts) -> Iterator[str]:
    name = target.target.name
    if target.target.has_matrix:
        yield (
            f"the target `{name}` has a `matrix`, which an override would replace:"
            " use `export buildkit` instead"
        )
    else:
        for warning in target.warnings:
            yield f"the target `{name}` may not be pinned: {warning}"
