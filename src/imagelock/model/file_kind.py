"""Whether a file is YAML or JSON, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_YAML: Final = frozenset({".yaml", ".yml"})
_WITHOUT_SUFFIX: Final = "kustomization"
"""The only name of a YAML file without a suffix: `Kustomization`."""


def is_yaml(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is YAML: `values.yaml`, `VALUES.YML`."""
    return path.suffix.lower() in _YAML or path.name.lower() == _WITHOUT_SUFFIX


def is_json(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is JSON, with or without comments."""
    return path.suffix.lower() == ".json"


def is_yaml_or_json(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is a tree of mappings and lists."""
    return is_yaml(path) or is_json(path)
