"""What a loaded Compose project asks registries for: of its services and its builds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.reference import Reference
from tests.oracles.running import buildkit
from tests.oracles.written import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.oracles.running import Answer

    Loaded = dict[str, Any]

PLATFORMS: Final = ["linux/amd64", "linux/arm64"]


class RefusedError(Exception):
    """Compose or BuildKit refuses the project, or a Dockerfile is not there."""


def images_of(answer: Answer) -> set[str]:
    """Return the images that a project pulls, which are not those that it builds.

    Raises:
        RefusedError: the project cannot be used.
    """
    if "error" in answer:
        raise RefusedError(answer["error"])
    project = answer["project"]
    built = set(built_names(project))
    return {image for image in pulled(project) if not built.intersection(keys([image]))}


def pulled(project: Loaded) -> Iterator[str]:
    """Yield the images that services and builds of a loaded project ask for."""
    builds = []
    for service in project["services"].values():
        if build := service.get("build"):
            builds.append(build_of(build))
        elif service.get("image"):
            yield service["image"]
        for volume in service.get("volumes", ()):
            if volume["type"] == "image":
                yield volume["source"]
    for answer in buildkit(builds):
        if "error" in answer:
            raise RefusedError(answer["error"])
        yield from answer.get("images", ())


def build_of(build: Loaded) -> Loaded:
    """Return a `build` as a request for BuildKit."""
    text = build.get("dockerfile_inline")
    if text is None:
        path = Path(build["context"], build["dockerfile"])
        if not path.is_file():
            raise RefusedError(path)
        text = path.read_text(encoding="utf-8")
    args = {k: v for k, v in build.get("args", {}).items() if v is not None}
    contexts = build.get("additional_contexts", {})
    return {
        "dockerfile": text,
        "args": args,
        "contexts": contexts,
        "platforms": PLATFORMS,
    }


def built_names(project: Loaded) -> Iterator[str]:
    """Return the names of the images that a loaded project builds."""
    services = project["services"].values()
    return keys(s["image"] for s in services if s.get("build") and s.get("image"))


def own_names(project: Loaded, root: Path) -> Iterator[tuple[str, str]]:
    """Yield each Dockerfile of a loaded project, and the name that its build gives."""
    for service in project["services"].values():
        if (build := service.get("build")) and service.get("image"):
            path = root / build["context"] / build.get("dockerfile", "Dockerfile")
            for name in keys([service["image"]]):
                yield os.path.relpath(path, root), name


def dockerfiles_alone(root: Path) -> set[str]:
    """Return what the Dockerfiles below *root* ask for if they are built alone."""
    texts = [
        p.read_text(encoding="utf-8") for p in root.rglob("*/*") if is_dockerfile(p)
    ]
    answers = buildkit({"dockerfile": text, "platforms": PLATFORMS} for text in texts)
    return {image for answer in answers for image in keys(answer.get("images", ()))}


def is_dockerfile(path: Path) -> bool:
    return path.name == "b" or path.name.endswith("Dockerfile")


def keys(images: Iterable[str]) -> Iterator[str]:
    """Yield the identities of *images*, without those that no registry would accept."""
    for image in images:
        try:
            yield identity(Reference.parse(image))
        except InvalidReferenceError:
            continue
