"""What the services of a Compose file are once Compose has merged its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.sources.compose.file import is_nothing, is_reset
from imagelock.sources.compose.project import ComposeProject
from imagelock.sources.compose.services import is_built
from imagelock.sources.context import Context

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.export.target import Request
    from imagelock.model.source_text import Text
    from imagelock.sources.compose.file import ComposeFile, Service


@dataclass(frozen=True, slots=True)
class MergedServices:
    """The services of the Compose files of *request*.

    A file is merged with the override beside it, and with those of `COMPOSE_FILE`.
    """

    request: Request
    _projects: dict[PurePosixPath, tuple[ComposeProject, ComposeFile]] = field(
        default_factory=dict
    )

    def runs(self, path: PurePosixPath, name: str) -> bool:
        """Return whether no later file takes away the service *name* of *path*."""
        return not any(name in layer.removed for layer in self._later(path))

    def pulls(self, path: PurePosixPath, name: str) -> bool:
        """Return whether the image that *path* gives to the service *name* is pulled.

        It is not if a later file has another one, or takes the service away, or if
        the service is built.
        """
        project, file = self._project(path)
        if any(
            layer.starts_over(name)
            or any(_has_image(service) for service in layer.by_name.get(name, ()))
            for layer in self._later(path)
        ):
            return False
        services = file.by_name.get(name, ())
        return not any(is_built(project, file, service) for service in services)

    def _later(self, path: PurePosixPath) -> tuple[ComposeFile, ...]:
        """Return the files that Compose merges after the one at *path*."""
        project, file = self._project(path)
        layers = project.layers(file)
        return layers[layers.index(file) + 1 :]

    def _project(self, path: PurePosixPath) -> tuple[ComposeProject, ComposeFile]:
        if path not in self._projects:
            project = ComposeProject(Context(read=self._read, platforms=()))
            text = self.request.read_text(path)
            file = project.add(path, text, with_override=True)
            self._projects[path] = project, file
        return self._projects[path]

    def _read(self, path: PurePosixPath) -> Text | None:
        return self.request.read_text(path) if path in self.request.files else None


def _has_image(service: Service) -> bool:
    """Return whether *service* has an image of its own, or takes that of others away."""
    node = service.node.get("image")
    return node is not None and (is_reset(node) or not is_nothing(node))
