"""Random files with workloads, and where the images of a kustomization are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tests.oracles.choices import Choices, name_of
from tests.oracles.workloads import KINDS, workload

if TYPE_CHECKING:
    from random import Random

    Document = dict[str, Any]


class Slot(NamedTuple):
    """Where an image is: the list of containers, and its index there."""

    kind: str
    workload: str
    containers: str
    position: int

    @property
    def path(self) -> tuple[str, ...]:
        return (*KINDS[self.kind][1], self.containers, str(self.position))

    @property
    def target(self) -> Document:
        return {"kind": self.kind, "name": self.workload}


@dataclass(frozen=True)
class Name:
    """The name of an image, and whether a manifest has it or a kustomization."""

    name: str
    is_of_manifest: bool = False


@dataclass
class Layer:
    """A kustomization: its folder, and the images and the workloads of its output.

    `names` are the names that it and those below it have given to workloads, by their
    own ones.
    """

    folder: str
    images: dict[Slot, Name] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Tree:
    """The files of a tree.

    `overridden` are the names of images that something above replaces. Not among them
    is an image of a manifest that `images` replaces: that is only a name. `copied` are
    the names of images that `replacements` copy to other containers.
    """

    files: dict[str, str] = field(default_factory=dict)
    overridden: set[str] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)


def container(slot: Slot) -> str:
    """Return the name of the container at *slot*."""
    return f"{slot.containers.lower()}-{slot.position}"


class LayerGenerator(Choices):
    """Writes files of kustomizations."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.result = Tree()

    def write(self, layer: Layer, name: str, documents: list[Any]) -> str:
        if name.endswith(".json"):
            text = json.dumps(documents[0], indent=self.random.choice((None, 2)))
        else:
            flow = self.random.choice((None, False, False, False))
            text = yaml.safe_dump_all(
                documents, default_flow_style=flow, sort_keys=False
            )
        self.result.files[f"{layer.folder}/{name}"] = text
        return name

    def manifests(self, layer: Layer) -> list[str]:
        """Write files with workloads, and return their names."""
        names = []
        for _ in range(self.random.randint(1, 2)):
            objects = [self.workload(layer) for _ in range(self.random.randint(1, 2))]
            names.append(self.write(layer, f"{self.unique('objects')}.yaml", objects))
        return names

    def policy(self) -> Document:
        """Return when an image is pulled."""
        values = "Never", "Never", "Always", "IfNotPresent"
        return {"imagePullPolicy": self.random.choice(values)}

    def workload(self, layer: Layer) -> Document:
        kind, name = (
            self.random.choice(list(KINDS)),
            self.unique(self.random.choice(("merged", "counted"))),
        )
        sizes = {"containers": self.random.randint(1, 2)}
        if self.chance(0.3):
            sizes["initContainers"] = 1
        pod: Document = {key: [] for key in sizes}
        for key, size in sizes.items():
            for index in range(size):
                image = self.image()
                slot = Slot(kind, name, key, index)
                layer.images[slot] = Name(name_of(image), is_of_manifest=True)
                policy = self.policy() if self.chance(0.2) else {}
                pod[key].append({"name": container(slot), "image": image, **policy})
        return workload(kind, name, pod)
