"""The kinds of file that name images: one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.listed import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping

_YAML: Final = ("*.yaml", "*.yml")
_IMAGES: Final = ("image", "Image")

SOURCES: Final[Mapping[str, Listed]] = {
    listed.name: listed
    for listed in (
        Listed("dockerfile", ("*dockerfile*", "*containerfile*")),
        Listed("ko", (".ko.yaml", ".ko.yml")),
        Listed("bake", ("*bake*.hcl", "*bake*.json"), mentions=("target",)),
        Listed("terraform", ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json"), _IMAGES),
        Listed(
            "nomad",
            ("*.nomad", "*.nomad.tpl", "*.hcl", "*.json"),
            mentions=("driver", "Driver", "config"),
        ),
        Listed("compose", (*_YAML, "*compose*.json"), mentions=("services", "image")),
        Listed("kustomize", (*_YAML, "kustomization"), mentions=("kustomiz", "images")),
        Listed("kubernetes", (*_YAML, "*.json"), mentions=("apiVersion",)),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""
