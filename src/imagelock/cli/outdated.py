"""`imagelock outdated`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import (
    DEFAULT_TIMEOUT,
    Environment,
    Format,
    OutputFormat,
    Timeout,
)
from imagelock.cli.output import complain
from imagelock.cli.progress import progress
from imagelock.cli.session import Session
from imagelock.commands.outdated import Entry, questions
from imagelock.commands.outdated import outdated as compare
from imagelock.commands.selection import select, wanted
from imagelock.errors import RegistryError
from imagelock.lockfile.model import Lockfile
from imagelock.model.newer_tags import TagStatus
from imagelock.registry.connect import open_registry
from imagelock.report.outdated import as_json, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.project.project_files import ProjectFiles


def command(
    context: typer.Context,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="Images to look at, in any spelling or as a pattern; all by default.",
        ),
    ] = None,
    *,
    output: Format = OutputFormat.TEXT,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
) -> None:
    """Show newer tags, and digests that moved.

    Newer are tags of the same kind: `1.25-alpine` is followed by `1.27-alpine`, and
    never by `1.27` or `v1.27-alpine`.

    Exit codes: 0 all registries answered, whatever is newer, 2 usage or
    configuration, 3 one did not answer.
    """
    session: Session = context.obj
    project = session.project(environment=environment)
    asked = entries(project, images or ())
    with (
        open_registry(project.config, session, timeout) as registry,
        progress(session, "Asking registries", questions(asked)) as advance,
    ):
        answers = compare(asked, registry, advance)
    standings = [one for one in answers.values() if isinstance(one, TagStatus)]
    failures = {k: one for k, one in answers.items() if isinstance(one, RegistryError)}
    if output is OutputFormat.JSON:
        session.print(as_json(standings, failures))
    elif standings or not failures:
        everything = session.verbose > 0
        session.print(text(standings, style=session.style, everything=everything))
    complain(failures)
    if failures:
        raise typer.Exit(RegistryError.exit_code)


def entries(project: ProjectFiles, images: Sequence[str]) -> list[Entry]:
    """Return the images of *project* that *images* mean, sorted."""
    lockfile = project.healed_lockfile() or Lockfile()
    digests = wanted(project.found(), lockfile.pins)
    result = []
    for key in sorted(select(images, digests), key=str):
        known = lockfile.images.get(key)
        locked = digests[key] or (known.digest if known else None)
        result.append(Entry(key, locked, project.image_rules.tag_pattern(key)))
    return result
