"""What `imagelock lsp` does."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from imagelock.errors import missing_library

if TYPE_CHECKING:
    from imagelock.cli.session import Session


def run_lsp(session: Session) -> int:
    """Answer an editor until it ends the session, and return the exit code.

    Raises:
        UsageError: the library of the protocol is not installed.
    """
    del session
    try:
        # Slow, and only this needs it.
        from imagelock.lsp.lazy_types import load

        load()
        from imagelock.lsp.features import create_server
    except ModuleNotFoundError as error:
        raise missing_library("the language server", error, "lsp") from error

    server = create_server()
    with (
        open(os.dup(sys.stdin.fileno()), "rb") as stdin,
        open(os.dup(sys.stdout.fileno()), "wb") as stdout,
    ):
        # Whatever else is printed would be taken for a message.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        server.start_io(stdin, stdout)
    return 0 if server.is_shut_down else 1
