"""Which services of Compose take their image from another by `extends`.

Compose resolves `extends` within each file before it merges an override, so that
an override for the base does not reach the services that extend it
(compose-go, `loader/extends.go`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.export.trees import at
from imagelock.sources.compose_paths import below
from imagelock.sources.paths import scalar_at
from imagelock.sources.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.export.target import Request
    from imagelock.sources.tree import Node

    Service = tuple[PurePosixPath, str]
    """A service: the file that defines it, and its name."""

_FORMAT: Final = "compose"


class Heirs:
    """The services that have no image of their own but that of another."""

    def __init__(self, request: Request) -> None:
        """Read the Compose files of *request*."""
        paths = {o.place.path for o in request.found if o.place.format == _FORMAT}
        self._of: defaultdict[Service, list[Service]] = defaultdict(list)
        for path in sorted(paths):
            for name, base in _extending(request, path):
                self._of[base].append((path, name))

    def of(self, service: Service) -> list[Service]:
        """Return *service*, if its file is one to start, and all that inherit it.

        A service that only other files extend is a template, not one to start.
        """
        heirs = [service]
        for one in heirs:
            heirs += [heir for heir in self._of.get(one, ()) if heir not in heirs]
        is_template = any(path != service[0] for path, _ in self._of.get(service, ()))
        return heirs[1:] if is_template else heirs


def _extending(request: Request, path: PurePosixPath) -> Iterator[tuple[str, Service]]:
    services = at(request.text(path), "services")
    for name, node in services.items.items() if isinstance(services, Mapping) else ():
        if isinstance(node, Mapping) and scalar_at(node, "image") is None:
            base = _base(path, node.get("extends"))
            if base is not None:
                yield name, base


def _base(path: PurePosixPath, extends: Node | None) -> Service | None:
    service = extends if isinstance(extends, Scalar) else scalar_at(extends, "service")
    if service is None:
        return None
    file = scalar_at(extends, "file")
    there = path if file is None else below(path.parent, file.value)
    return None if there is None else (there, service.value)
