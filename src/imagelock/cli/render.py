"""`imagelock render`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from imagelock.cli.session import Session
from imagelock.commands.render import render
from imagelock.errors import UnreadableFileError
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Severity
from imagelock.project.source_lines import lines_of
from imagelock.report.findings import format_finding_list


def render_command(
    context: typer.Context,
    *,
    allow_unlocked: Annotated[
        bool,
        typer.Option(
            "--allow-unlocked",
            help="Only warn about images that are not in the lockfile.",
        ),
    ] = False,
) -> None:
    """Pin the images of Kubernetes manifests from stdin, and print the manifests.

    Works as a filter, a Helm post-renderer, or a KRM function. Comments and
    formatting are preserved. Prints no manifests if an image is not locked.

    Exit codes: 0 done, 1 an image is not locked, or a manifest cannot be read,
    2 usage, configuration or an unusable lockfile.
    """
    session: Session = context.obj
    project = session.project(environment=False)
    lockfile = project.lockfile() or Lockfile()
    data = sys.stdin.buffer.read()
    try:
        result = render(data, lockfile, allow_unlocked=allow_unlocked)
    except UnreadableFileError as error:
        error.add_note("in the standard input")
        raise
    least = Severity.NOTE if session.verbose else Severity.WARNING
    least = Severity.ERROR if session.quiet else least
    findings = [each for each in result.findings if each.severity >= least]
    lines = lines_of(data)
    session.error(format_finding_list(findings, session.error_style, lines))
    if any(finding.severity is Severity.ERROR for finding in result.findings):
        session.error("\nhint: run `imagelock lock` where the manifests come from\n")
        raise typer.Exit(1)
    sys.stdout.buffer.write(result.data)
