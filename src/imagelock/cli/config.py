"""`imagelock config`."""

from __future__ import annotations

import typer

from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.options import Format
from imagelock.cli.session import Session
from imagelock.report import settings


def config_command(context: typer.Context, *, output: Format = TEXT) -> None:
    """Show every setting, and the file that sets it.

    Settings that others extend are merged with them, and a URL among them is
    downloaded if it is not in the cache.

    Exit codes: 0 done, 2 usage or configuration, 3 settings could not be downloaded.
    """
    session: Session = context.obj
    effective = session.settings()
    if output == JSON:
        session.print(settings.as_document(effective))
    else:
        session.print(settings.as_text(effective, session.style))
