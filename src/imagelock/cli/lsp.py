"""`imagelock lsp`."""

from __future__ import annotations

import typer

from imagelock.cli.run_lsp import run_lsp
from imagelock.cli.session import Session


def lsp_command(context: typer.Context) -> None:
    """Run the language server, which editors start, on stdin and stdout.

    It shows the findings of `imagelock verify --offline` while files are edited, and
    needs `imagelock[lsp]`.

    Exit codes: 0 the editor ended the server, 1 the connection broke, 2 usage.
    """
    session: Session = context.obj
    raise typer.Exit(run_lsp(session))
