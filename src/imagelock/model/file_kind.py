"""What a file is by its name: YAML or JSON, the template of such a file, a program."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING, Final

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

_LANGUAGES: Final = frozenset(
    {
        *(".c", ".cc", ".cjs", ".cpp", ".cs", ".dart", ".el", ".ex", ".exs", ".go"),
        *(".groovy", ".h", ".hpp", ".hs", ".java", ".js", ".jsx", ".kt", ".lua"),
        *(".mjs", ".php", ".pl", ".pm", ".py", ".pyi", ".r", ".rb", ".rs", ".scala"),
        *(".swift", ".ts", ".tsx", ".zig"),
    }
)
"""The suffixes of programs, in lower case."""


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


def has_language(path: PurePosixPath) -> bool:
    """Return whether the name ends like that of a program."""
    return path.suffix.lower() in _LANGUAGES


def is_program(path: PurePosixPath) -> bool:
    """Return whether *path* is likely a program: `earthfile.go`.

    `Earthfile.go` is an Earthfile, for a program in Go.
    """
    return has_language(path) and path.stem == path.stem.lower()
