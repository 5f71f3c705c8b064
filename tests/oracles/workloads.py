"""Random workloads of Kubernetes, and the images in any objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    Document = dict[str, Any]

KINDS: Final = {
    "Deployment": ("apps/v1", ("spec", "template", "spec")),
    "StatefulSet": ("apps/v1", ("spec", "template", "spec")),
    "DaemonSet": ("apps/v1", ("spec", "template", "spec")),
    "Job": ("batch/v1", ("spec", "template", "spec")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template", "spec")),
    "Pod": ("v1", ("spec",)),
}
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast loader where PyYAML has it."""
CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")


def workload(kind: str, name: str, pod: Document) -> Document:
    """Return an object whose pod has the specification *pod*."""
    version, path = KINDS[kind]
    for key in reversed(path):
        pod = {key: pod}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **pod}


def all_documents(text: str) -> list[Any]:
    """Return the documents in *text*."""
    return list(yaml.load_all(text, Loader=LOADER))


def images_of(value: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML
    """Yield the images that the containers in *value*, at any depth, pull."""
    if isinstance(value, list):
        for item in value:
            yield from images_of(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in CONTAINERS and isinstance(inner, list):
                yield from (
                    c["image"]
                    for c in inner
                    if c.get("image") and c.get("imagePullPolicy") != "Never"
                )
            yield from images_of(inner)
