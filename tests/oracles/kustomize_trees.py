"""Random trees of kustomizations, in the shapes that people write.

A base has workloads; overlays and components lie over it, in up to three layers. Each
of them patches images, in the file or in a file beside it, replaces them in `images` or
by a transformer, copies them by `replacements`, and adds workloads of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.oracles.choices import name_of
from tests.oracles.kustomize_layers import (
    Layer,
    LayerGenerator,
    Name,
    Slot,
    Tree,
    container,
)
from tests.oracles.workloads import KINDS, workload

if TYPE_CHECKING:
    from random import Random

    Document = dict[str, Any]

COMPONENT: Final = {
    "apiVersion": "kustomize.config.k8s.io/v1alpha1",
    "kind": "Component",
}


def generate(random: Random) -> Tree:
    generator = TreeGenerator(random)
    layers = [generator.base("base")]
    if generator.chance(0.2):
        layers.append(generator.base("other"))
    for number in range(random.randint(1, 3)):
        below = layers[:2] if generator.chance(0.15) else [random.choice(layers)]
        if {s for layer in below[1:] for s in layer.images} & set(below[0].images):
            below = below[:1]
        layers.append(generator.overlay(f"overlays/o{number}", below))
    return generator.result


class TreeGenerator(LayerGenerator):
    """Writes the files of a tree, and follows what happens to its images."""

    def base(self, folder: str) -> Layer:
        layer = Layer(folder)
        content: Document = {"resources": self.manifests(layer)}
        if self.chance(0.3):
            self.change(layer, content)
        self.finish(layer, content)
        return layer

    def overlay(self, folder: str, below: list[Layer]) -> Layer:
        layer = Layer(folder)
        for other in below:
            layer.images |= other.images
            layer.names |= {own: list(names) for own, names in other.names.items()}
        key = "bases" if self.chance(0.1) else "resources"
        content: Document = {key: [f"../../{other.folder}" for other in below]}
        if self.chance(0.3):
            content.setdefault("resources", []).extend(self.manifests(layer))
        if self.chance(0.3):
            component = Layer(
                f"components/{self.unique('c')}", layer.images, layer.names
            )
            inner: Document = dict(COMPONENT, labels=[{"pairs": {"tier": "prod"}}])
            if self.chance(0.3):
                inner["resources"] = self.manifests(component)
            self.change(component, inner)
            self.finish(component, inner)
            content["components"] = [f"../../{component.folder}"]
        if self.chance(0.9):
            self.change(layer, content)
        if self.chance(0.2):
            config = {"name": self.unique("config"), "literals": ["image=noise:1"]}
            content["configMapGenerator"] = [config]
        self.finish(layer, content)
        return layer

    def finish(self, layer: Layer, content: Document) -> None:
        around = {
            key: text
            for key, text in (("namePrefix", "acme-"), ("nameSuffix", "-v1"))
            if self.chance(0.2)
        }
        content |= around
        prefix, suffix = (around.get(key, "") for key in ("namePrefix", "nameSuffix"))
        for own in {slot.workload for slot in layer.images} if around else ():
            names = layer.names.setdefault(own, [own])
            names.append(f"{prefix}{names[-1]}{suffix}")
        name = self.random.choice(("kustomization.yaml",) * 4 + ("Kustomization",))
        self.write(layer, name, [content])

    # Changes, in the order in which Kustomize makes them

    def change(self, layer: Layer, content: Document) -> None:
        count = min(self.random.choice((0, 0, 1, 1, 2)), len(layer.images))
        for slot in self.random.sample(list(layer.images), count):
            # A merge changes the order of containers, and operations count them.
            is_merged = slot.workload.startswith("merged")
            if self.chance(0.3):
                self.policy_patch(layer, slot, content, is_merged=is_merged)
                continue
            patch = self.merge_patch if is_merged else self.json_patch
            patch(layer, slot, content)
        if self.chance(0.7):
            self.replace_images(layer, content)
        if self.chance(0.1):
            self.copy_image(layer, content)

    def named(self, layer: Layer, slot: Slot) -> Slot:
        """Return *slot* under the first name of its workload, or the last."""
        names = layer.names.get(slot.workload, [slot.workload])
        return slot._replace(workload=self.random.choice((names[0], names[-1])))

    def override(self, layer: Layer, slot: Slot, name: Name) -> None:
        self.result.overridden.add(layer.images[slot].name)
        layer.images[slot] = name

    def merge_patch(self, layer: Layer, slot: Slot, content: Document) -> None:
        """Set an image by an object with its name."""
        image = self.image()
        patch = workload(
            slot.kind,
            self.named(layer, slot).workload,
            {
                slot.containers: [
                    {
                        "name": container(slot),
                        "image": image,
                        **(self.policy() if self.chance(0.2) else {}),
                    }
                ]
            },
        )
        self.override(layer, slot, Name(name_of(image)))
        entry = self.patch(layer, patch)
        if self.chance(0.1):
            listed = content.setdefault("patchesStrategicMerge", [])
            listed.extend(entry.values())
            return
        if self.chance(0.4):
            entry["target"] = self.named(layer, slot).target
        content.setdefault("patches", []).append(entry)

    def json_patch(self, layer: Layer, slot: Slot, content: Document) -> None:
        """Set an image by operations, in one of the two lists for them."""
        image = self.image()
        path = "/" + "/".join(slot.path)
        operation = self.random.choice(
            (
                {"op": "replace", "path": f"{path}/image", "value": image},
                {"op": "add", "path": f"{path}/image", "value": image},
                {
                    "op": "replace",
                    "path": path,
                    "value": {"name": container(slot), "image": image},
                },
            )
        )
        self.override(layer, slot, Name(name_of(image)))
        key = "patchesJson6902" if self.chance(0.15) else "patches"
        # The second list is for after the layer itself has named its objects.
        target = (self.named(layer, slot) if key == "patches" else slot).target
        entry = self.patch(layer, [operation]) | {"target": target}
        if key == "patchesJson6902":
            entry["target"]["version"] = "v1"
            if "/" in KINDS[slot.kind][0]:
                entry["target"]["group"] = KINDS[slot.kind][0].partition("/")[0]
        content.setdefault(key, []).append(entry)

    def policy_patch(
        self, layer: Layer, slot: Slot, content: Document, *, is_merged: bool
    ) -> None:
        """Change when an image is pulled, and not the image."""
        policy = self.policy()
        if is_merged and self.chance(0.3):
            policy = dict.fromkeys(policy)
        if is_merged:
            patch: object = workload(
                slot.kind,
                self.named(layer, slot).workload,
                {slot.containers: [{"name": container(slot), **policy}]},
            )
        else:
            pointer = "/" + "/".join((*slot.path, *policy))
            patch = [
                {"op": "add", "path": pointer, "value": value}
                for value in policy.values()
            ]
        target = self.named(layer, slot).target
        entry = self.patch(layer, patch) | {"target": target}
        content.setdefault("patches", []).append(entry)

    def patch(self, layer: Layer, patch: object) -> Document:
        """Return *patch*, in the file or in a file of its own, which is written."""
        if self.chance(0.5):
            return {"patch": yaml.safe_dump(patch, sort_keys=False)}
        name = f"{self.unique('patch')}.{self.random.choice(('yaml', 'yml', 'json'))}"
        folder = self.random.choice(("", "patches/"))
        return {"path": self.write(layer, f"{folder}{name}", [patch])}

    def replace_images(self, layer: Layer, content: Document) -> None:
        names = sorted({image.name for image in layer.images.values()})
        chosen = self.random.sample(names, self.random.randint(1, len(names)))
        entries = [self.replacement(layer, name) for name in chosen]
        if self.chance(0.1):
            transformers = [self.transformer(entry) for entry in entries]
            name = self.write(layer, f"{self.unique('images')}.yaml", transformers)
            content["transformers"] = [name]
        else:
            content["images"] = entries

    def replacement(self, layer: Layer, name: str) -> Document:
        entry: Document = {"name": name}
        new = Name(self.name() if self.chance(0.6) else name)
        if new.name != name:
            entry["newName"] = new.name
        shape = self.random.random()
        if shape < 0.6:
            entry["newTag"] = self.tag()
        elif shape < 0.8:
            entry["digest"] = self.digest()
        elif "newName" not in entry:
            entry["newTag"] = self.tag()
        for slot, old in layer.images.items():
            if old.name == name:
                if not old.is_of_manifest:
                    self.result.overridden.add(name)
                layer.images[slot] = new
        return entry

    def transformer(self, entry: Document) -> Document:
        """Return what changes one image as an entry of `images` does."""
        return {
            "apiVersion": "builtin",
            "kind": "ImageTagTransformer",
            "metadata": {"name": self.unique("images")},
            "imageTag": entry,
        }

    def copy_image(self, layer: Layer, content: Document) -> None:
        """Copy the image of a container to another container."""
        if len(layer.images) < 2:
            return
        source, slot = self.random.sample(list(layer.images), 2)
        path = {
            s: ".".join((*s.path[:-1], f"[name={container(s)}]", "image"))
            for s in (source, slot)
        }
        content["replacements"] = [
            {
                "source": source.target | {"fieldPath": path[source]},
                "targets": [{"select": slot.target, "fieldPaths": [path[slot]]}],
            }
        ]
        self.result.copied.add(layer.images[source].name)
        self.override(layer, slot, replace(layer.images[source]))
