"""The project around a file, as far as a source may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.platform import Platform
    from imagelock.model.source_text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The project around one file.

    `read` returns the text of another file of the project by its path from the
    project's root, or `None` where there is none that can be read; a source
    opens no file by itself. `platforms` are the declared ones. `variables` are
    those of the configuration, and `environment` is the caller's environment,
    empty unless `--environment` was given. `replaced` are the names that another
    file of the project replaces in this one: `additional_contexts` of Compose in
    a Dockerfile, `images` of a kustomization in its manifests.
    """

    read: Callable[[PurePosixPath], Text | None]
    platforms: tuple[Platform, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
