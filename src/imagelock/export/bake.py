"""An override for `docker buildx bake`: named contexts that replace tags.

Used as `docker buildx bake -f docker-bake.hcl -f docker-bake.images.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import UnreadableFileError
from imagelock.export.target import Exported, Request, pinned, to_json
from imagelock.sources import SOURCES
from imagelock.sources.bake.file import bake_file
from imagelock.sources.context import Context
from imagelock.syntax.hcl.tree import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.image import Image

SUMMARY: Final = "an override for `docker buildx bake` with named contexts"
_FORMAT: Final = "bake"


def export(request: Request) -> Exported:
    """Return the override: every target of the bake files gets every image.

    BuildKit looks up a FROM among the named contexts by its short name without
    `:latest` (`frontend/dockerui/namedcontext.go`), and fetches no other context.
    """
    targets: dict[str, bool] = {}
    for path in request.files:
        for name, has_matrix in _targets(request, path):
            targets[name] = targets.get(name, False) or has_matrix
    contexts = {
        _name(image): f"docker-image://{pinned(image)}"
        for _, image in request.used(_FORMAT, "dockerfile")
        if image.reference.tag
    }
    override = {
        "target": {
            name: {"contexts": contexts}
            for name, has_matrix in sorted(targets.items())
            if not has_matrix
        }
    }
    return Exported(f"{to_json(override, indent=2)}\n", tuple(_warnings(targets)))


def _targets(request: Request, path: PurePosixPath) -> Iterator[tuple[str, bool]]:
    """Yield the name of each target in the file at *path*, and if it has a matrix."""
    source = SOURCES[_FORMAT]
    if not source.may_match(path):
        return
    try:
        text = request.read_text(path)
    except UnreadableFileError:
        # Reported as a finding; there is no target to override.
        return
    if source.matches(path, text.value):
        context = Context(read=lambda _: None, platforms=())
        for body, name in blocks(bake_file(path, text, context).root, "target", 1):
            yield name, body.get("matrix") is not None


def _warnings(targets: dict[str, bool]) -> Iterator[str]:
    if not targets:
        yield "no bake file of the project has a target"
    for name, has_matrix in sorted(targets.items()):
        if has_matrix:
            yield (
                f"the target `{name}` has a `matrix`, which an override would replace:"
                " use `export buildkit` instead"
            )


def _name(image: Image) -> str:
    return image.reference.familiar.removesuffix(":latest")
