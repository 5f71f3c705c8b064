"""What the shell completes beyond options: images and targets."""

from __future__ import annotations

from pathlib import Path

from imagelock.cli.colors import ColorChoice
from imagelock.cli.session import Session
from imagelock.errors import ImagelockError


def locked_images(incomplete: str) -> list[str]:
    """Return the names of locked images that begin with *incomplete*, without tags.

    A name without a tag means all tags, and shells split words at the colon. None
    if there is no lockfile that can be read.
    """
    try:
        lockfile = _session().project().lockfile()
    except ImagelockError:
        return []
    keys = lockfile.images if lockfile else ()
    names = {key.familiar.removesuffix(f":{key.tag}") for key in keys}
    return sorted(name for name in names if name.startswith(incomplete))


def update_groups(incomplete: str) -> list[str]:
    """Return the names of groups of updates that begin with *incomplete*."""
    try:
        settings = _session().project().config.update
    except ImagelockError:
        return []
    return [name for name in settings.names if name.startswith(incomplete)]


def export_targets(incomplete: str) -> list[str]:
    """Return the built-in targets of `export` that begin with *incomplete*."""
    from imagelock.export import EXPORTS

    return [name for name in EXPORTS if name.startswith(incomplete)]


def _session() -> Session:
    return Session(
        quiet=True,
        verbose=0,
        color=ColorChoice.NEVER,
        folder=Path(),
        config_file=None,
        no_cache=True,
    )
