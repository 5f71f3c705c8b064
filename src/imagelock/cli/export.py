"""`imagelock export`."""

from __future__ import annotations

from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.options import Environment
from imagelock.cli.session import Session
from imagelock.config.registries import HostSettings
from imagelock.errors import ConfigurationError, reason
from imagelock.export import EXPORTS
from imagelock.export.target import Request
from imagelock.lockfile.model import Lockfile
from imagelock.project.atomic_write import write_atomically
from imagelock.registry.http.address import Reach, reach_of
from imagelock.report.findings import plural
from imagelock.report.style import printable

if TYPE_CHECKING:
    from imagelock.config import Config

TargetName = StrEnum("TargetName", {name: name for name in EXPORTS})  # type: ignore[misc]


def command(
    context: typer.Context,
    target: Annotated[
        TargetName, typer.Argument(metavar="TARGET", help="The tool to write for.")
    ],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            show_default=False,
            help="Files and folders whose images to export, instead of all.",
        ),
    ] = None,
    *,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            envvar="IMAGELOCK_OUTPUT",
            metavar="FILE",
            show_default=False,
            help="Write this file instead of stdout.",
        ),
    ] = None,
    destination: Annotated[
        str,
        typer.Option(
            "--to",
            envvar="IMAGELOCK_TO",
            metavar="REGISTRY",
            show_default=False,
            help="The registry, with a path or not, that copies go to.",
        ),
    ] = "",
    per_platform: Annotated[
        bool,
        typer.Option(
            "--declared-platforms",
            envvar="IMAGELOCK_DECLARED_PLATFORMS",
            help="The manifests of the declared platforms, not whole indexes.",
        ),
    ] = False,
    allow_unlocked: Annotated[
        bool,
        typer.Option(
            "--allow-unlocked",
            envvar="IMAGELOCK_ALLOW_UNLOCKED",
            help="Leave out images that are not in the lockfile.",
        ),
    ] = False,
    environment: Environment = False,
) -> None:
    """Write the lock as the file of another tool.

    What the other tool cannot express is said on stderr.

    Exit codes: 0 done, 1 an image is not locked, 2 usage, configuration or an
    unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(paths or (), environment=environment)
    request = Request(
        lockfile=project.lockfile() or Lockfile(),
        found=project.found(),
        files=project.files(),
        content=cache(project.content),
        is_insecure=partial(_is_insecure, project.config),
        destination=destination.strip("/"),
        per_platform=per_platform,
    )
    if (missing := request.not_locked) and not allow_unlocked:
        for key in missing:
            session.complain(printable(f"error: `{key.familiar}` is not locked") + "\n")
        session.complain(
            f"\nhint: run `imagelock lock`; {plural(len(missing), 'image')} missing\n"
        )
        raise typer.Exit(1)
    exported = EXPORTS[target].export(request)
    for warning in exported.warnings:
        session.tell(printable(f"warning: {warning}") + "\n")
    if output_file is None:
        typer.echo(exported.text, nl=False)
        return
    try:
        write_atomically(output_file, exported.text.encode())
    except OSError as error:
        message = f"`{output_file}` cannot be written: {reason(error)}"
        raise ConfigurationError(message) from error


def _is_insecure(config: Config, registry: str) -> bool:
    """Return whether *registry* is reached without TLS that is verified."""
    host, _, port = registry.rpartition(":")
    is_local = reach_of(host if port.isdecimal() else registry) is Reach.LOOPBACK
    settings = config.registries.get(registry, HostSettings())
    return settings.skip_verify or settings.is_plain(is_local=is_local)
