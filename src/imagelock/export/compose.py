"""An override for Compose with only images.

Used as `docker compose -f compose.yaml -f compose.images.yaml up`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.export.extends import ExtendingServices
from imagelock.export.merged_services import MergedServices
from imagelock.export.target import Exported, Request, pinned, yaml_string
from imagelock.export.trees import flow, node_at, parsed_documents
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

SUMMARY: Final = "a Compose override with the images of the services"
_USE: Final = re.compile(
    r"services\.(?P<service>[A-Za-z0-9._-]+)\.(?:image|volumes\[(?P<volume>\d+)\]\.source)"
)


def export(request: Request) -> Exported:
    """Return the override, with a warning for each place that it cannot pin."""
    override = _Override(request, ExtendingServices(request), MergedServices(request))
    for occurrence, image in request.used("compose"):
        for use in occurrence.place.uses:
            override.add(occurrence, use, image)
    for occurrence, _ in request.used("dockerfile"):
        override.warn(occurrence, "an override cannot pin images of a Dockerfile")
    return Exported(override.render(), tuple(override.warnings))


@dataclass(slots=True)
class _Override:
    request: Request
    extending: ExtendingServices
    merged: MergedServices
    files: dict[PurePosixPath, tuple[Text, tuple[Node, ...]]] = field(
        default_factory=dict
    )
    images: dict[str, Image] = field(default_factory=dict)
    volumes: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, occurrence: Occurrence, use: str, image: Image) -> None:
        """Add *image*, referenced by *use* of *occurrence*."""
        match = _USE.fullmatch(use)
        # Names may contain dots: `a.build.args` matches, too, and may be no service.
        if match is None or self._service(occurrence, match["service"]) is None:
            self.warn(occurrence, f"an override cannot pin `{use}`")
        elif match["volume"]:
            self._add_volume(occurrence, match["service"], int(match["volume"]), image)
        else:
            path = occurrence.place.path
            services = self.extending.services(path, match["service"], "image")
            for file, service in services:
                if self.merged.pulls(file, service):
                    self._add_service(occurrence, service, image)

    def warn(self, occurrence: Occurrence, message: str) -> None:
        """Record why *occurrence* is not in the override."""
        self.warnings.append(f"{occurrence.place.label}: {message}")

    def render(self) -> str:
        """Return the override as YAML."""
        lines = []
        for service in sorted({*self.images, *self.volumes}):
            lines.append(f"  {yaml_string(service)}:")
            if image := self.images.get(service):
                lines.append(f"    image: {yaml_string(pinned(image))}")
            if volumes := self.volumes.get(service):
                lines += ["    volumes:", *(f"      - {volume}" for volume in volumes)]
        return "\n".join(["services:" if lines else "services: {}", *lines, ""])

    def _service(self, occurrence: Occurrence, name: str) -> Node | None:
        return node_at(self._file(occurrence)[1], "services", name)

    def _file(self, occurrence: Occurrence) -> tuple[Text, tuple[Node, ...]]:
        path = occurrence.place.path
        if path not in self.files:
            text = self.request.read_text(path)
            self.files[path] = text, parsed_documents(text)
        return self.files[path]

    def _add_service(self, occurrence: Occurrence, service: str, image: Image) -> None:
        other = self.images.setdefault(service, image)
        if other.reference != image.reference:
            name = other.reference.familiar
            message = f"another file has a service `{service}` with {name}"
            self.warn(occurrence, f"{message}: export one Compose project at a time")

    def _add_volume(
        self, occurrence: Occurrence, service: str, index: int, image: Image
    ) -> None:
        """Repeat the whole volume: Compose merges volumes by target, not key by key."""
        text, documents = self._file(occurrence)
        volume = node_at(documents, "services", service, "volumes", index)
        source = volume.get("source") if isinstance(volume, Mapping) else None
        if volume is None or not isinstance(source, Scalar):
            self.warn(occurrence, "the volume is merged from several places")
            return
        flow_volume = flow(volume, text, {id(source): pinned(image)})
        # An extending service adds its volumes to those of the base.
        services = self.extending.services(occurrence.place.path, service)
        for file, service_name in services:
            if self.merged.runs(file, service_name):
                self.volumes.setdefault(service_name, []).append(flow_volume)
