"""An override for Compose that holds nothing but images.

docker compose -f compose.yaml -f compose.images.yaml up
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.export.extends import Heirs
from imagelock.export.target import Exported, Request, pinned
from imagelock.export.trees import at, flow, whole
from imagelock.export.words import quoted
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

SUMMARY: Final = "an override for Compose with the images of the services"
_USE: Final = re.compile(
    r"services\.(?P<service>[A-Za-z0-9._-]+)\.(?:image|volumes\[(?P<volume>\d+)\]\.source)"
)


def export(request: Request) -> Exported:
    """Return the override, with a warning for each place that none can pin."""
    override = _Override(request, Heirs(request))
    for one, image in request.used("compose"):
        for use in one.place.uses:
            override.add(one, use, image)
    for one, _ in request.used("dockerfile"):
        override.warn(one, "an override cannot pin what a Dockerfile names")
    return Exported(override.text(), tuple(override.warnings))


@dataclass(slots=True)
class _Override:
    request: Request
    heirs: Heirs
    files: dict[PurePosixPath, tuple[Text, tuple[Node, ...]]] = field(
        default_factory=dict
    )
    images: dict[str, Image] = field(default_factory=dict)
    volumes: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, one: Occurrence, use: str, image: Image) -> None:
        """Add *image*, which *one* names in *use*."""
        match = _USE.fullmatch(use)
        # Names have dots: `a.build.args.image` is no service if there is only `a`.
        if match is None or self._service(one, match["service"]) is None:
            self.warn(one, f"an override cannot pin `{use}`")
        elif match["volume"]:
            self._add_volume(one, match["service"], int(match["volume"]), image)
        else:
            for service in self.heirs.of(one.place.path, match["service"], "image"):
                self._add_service(one, service, image)

    def warn(self, one: Occurrence, message: str) -> None:
        """Say why *one* is not in the override."""
        self.warnings.append(f"{one.place.label}: {message}")

    def text(self) -> str:
        """Return the override."""
        lines = []
        for service in sorted({*self.images, *self.volumes}):
            lines.append(f"  {quoted(service)}:")
            if image := self.images.get(service):
                lines.append(f"    image: {quoted(pinned(image))}")
            if volumes := self.volumes.get(service):
                lines += ["    volumes:", *(f"      - {one}" for one in volumes)]
        return "\n".join(["services:" if lines else "services: {}", *lines, ""])

    def _service(self, one: Occurrence, name: str) -> Node | None:
        return at(self._file(one)[1], "services", name)

    def _file(self, one: Occurrence) -> tuple[Text, tuple[Node, ...]]:
        path = one.place.path
        if path not in self.files:
            text = self.request.text(path)
            self.files[path] = text, whole(text)
        return self.files[path]

    def _add_service(self, one: Occurrence, service: str, image: Image) -> None:
        known = self.images.setdefault(service, image)
        if known.reference != image.reference:
            name = known.reference.familiar
            message = f"another file has a service `{service}` with {name}"
            self.warn(one, f"{message}: export one Compose project at a time")

    def _add_volume(
        self, one: Occurrence, service: str, index: int, image: Image
    ) -> None:
        """Repeat a volume whole: Compose merges volumes by target, not key by key."""
        text, documents = self._file(one)
        volume = at(documents, "services", service, "volumes", index)
        source = volume.get("source") if isinstance(volume, Mapping) else None
        if volume is None or not isinstance(source, Scalar):
            self.warn(one, "the volume is put together from several places")
            return
        written = flow(volume, text, {id(source): pinned(image)})
        # Heirs add their own volumes to those of the base, and replace no other.
        for heir in self.heirs.of(one.place.path, service):
            self.volumes.setdefault(heir, []).append(written)
