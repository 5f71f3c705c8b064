"""Whether a file is YAML or JSON, by its name, or the template of such a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_YAML: Final = frozenset({".yaml", ".yml"})
TEMPLATE_SUFFIXES: Final = frozenset(
    {
        ".ctmpl",
        ".ejs",
        ".erb",
        ".gotmpl",
        ".handlebars",
        ".hbs",
        ".in",
        ".j2",
        ".jinja",
        ".jinja2",
        ".mustache",
        ".template",
        ".tftpl",
        ".tmpl",
        ".tpl",
        ".tplt",
    }
)
_WITHOUT_SUFFIX: Final = "kustomization"
"""The only name of a YAML file without a suffix: `Kustomization`."""


def rendered(path: PurePosixPath) -> PurePosixPath:
    """Return the path without the suffix of a template: `app.yaml` for `app.yaml.j2`.

    A path without such a suffix, or with nothing before it, is returned as it is.
    """
    is_template = path.suffix.lower() in TEMPLATE_SUFFIXES and path.stem.strip(".")
    return path.with_suffix("") if is_template else path


def is_yaml(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is YAML: `values.yaml`, `app.yml.j2`."""
    path = rendered(path)
    return path.suffix.lower() in _YAML or path.name.lower() == _WITHOUT_SUFFIX


def is_json(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is JSON, with or without comments."""
    return rendered(path).suffix.lower() == ".json"


def is_yaml_or_json(path: PurePosixPath) -> bool:
    """Return whether the file at *path* is a tree of mappings and lists."""
    return is_yaml(path) or is_json(path)
