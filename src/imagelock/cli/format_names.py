"""The names of the output formats, and where a name is from."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typer

TEXT: Final = "text"
JSON: Final = "json"
HTML: Final = "html"
FINDINGS_FORMATS: Final = (
    *(TEXT, JSON, "jsonl", "markdown", HTML),
    *("github", "sarif", "gitlab", "junit"),
)
"""The built-in formats of findings, in the order of the help."""
CHANGES_FORMATS: Final = (TEXT, JSON, "jsonl", "markdown", HTML)
"""The built-in formats of changes, in the order of the help."""


def is_from_environment(context: typer.Context) -> bool:
    """Return whether `IMAGELOCK_FORMAT` gave the format, and not `--format`.

    The variable is set for all commands of a job, and not all of them have its
    format: the others print text.
    """
    source = context.get_parameter_source("output")
    return source is not None and source.name == "ENVIRONMENT"
