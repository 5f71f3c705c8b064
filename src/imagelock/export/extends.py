"""Compose services that get their image from another service with `extends`.

Compose resolves `extends` within each file before it merges an override, so an
override of the base does not reach the services that extend it (compose-go,
`loader/extends.go`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.export.trees import node_at, parsed_documents
from imagelock.sources.context import path_below
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.export.target import Request
    from imagelock.syntax.yaml_json.tree import Node

    Service = tuple[PurePosixPath, str]
    """A service: the file that defines it, and its name."""

_FORMAT: Final = "compose"


class ExtendingServices:
    """The services of the Compose files by the service that they extend."""

    def __init__(self, request: Request) -> None:
        """Read the Compose files of *request*."""
        paths = {o.place.path for o in request.found if o.place.format == _FORMAT}
        self._by_base: defaultdict[Service, list[tuple[Service, Mapping]]]
        self._by_base = defaultdict(list)
        for path in sorted(paths):
            for name, node, base in _extending(request, path):
                self._by_base[base].append(((path, name), node))

    def services(self, path: PurePosixPath, name: str, key: str = "") -> list[Service]:
        """Return the service *name* of the file at *path*, and all that extend it.

        Services that set *key* themselves are excluded. So is a service that other
        files extend: it is a template, not a service to start.
        """
        services = {(path, name): None}
        waiting = [(path, name)]
        while waiting:
            for service, node in self._by_base.get(waiting.pop(), ()):
                if service not in services and (not key or node.get(key) is None):
                    services[service] = None
                    waiting.append(service)
        extending = self._by_base.get((path, name), ())
        is_template = any(file != path for (file, _), _ in extending)
        return list(services)[is_template:]


def _extending(
    request: Request, path: PurePosixPath
) -> Iterator[tuple[str, Mapping, Service]]:
    services = node_at(parsed_documents(request.read_text(path)), "services")
    for name, node in services.items.items() if isinstance(services, Mapping) else ():
        if isinstance(node, Mapping):
            base = _base(path, node.get("extends"))
            if base is not None:
                yield name, node, base


def _base(path: PurePosixPath, extends: Node | None) -> Service | None:
    service = extends if isinstance(extends, Scalar) else scalar_at(extends, "service")
    if service is None:
        return None
    file = scalar_at(extends, "file")
    base_path = path if file is None else path_below(path.parent, file.value)
    return None if base_path is None else (base_path, service.value)
