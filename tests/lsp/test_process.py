"""The server as an editor starts it: a process with two pipes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

from lsprotocol import types
from pytest_lsp import make_test_lsp_client

from tests.support.editor import capabilities
from tests.support.locked import save

if TYPE_CHECKING:
    from pathlib import Path

MOST_MODULES = 360
"""Those of Python's library included, which differ between its versions."""


def test_an_editor_starts_asks_and_ends_the_server(project: Path) -> None:
    save(project, "nginx:1.27")
    (project / "Dockerfile").write_text("FROM nginx:1.28\n")

    async def session() -> int | None:
        client = make_test_lsp_client()
        await client.start_io(sys.executable, "-m", "imagelock", "lsp")
        answer = await client.initialize_session(
            types.InitializeParams(capabilities(), root_uri=project.as_uri())
        )
        assert answer.server_info
        assert answer.server_info.name == "imagelock"
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        await client.shutdown_session()
        server = client._server  # noqa: SLF001 - the client tells no other way
        assert server
        return server.returncode

    assert asyncio.run(session()) == 0


def test_a_missing_library_is_an_error_with_the_way_out(project: Path) -> None:
    hidden = "import sys; sys.modules['pygls'] = sys.modules['lsprotocol'] = None\n"
    hidden += "from imagelock.cli import main; main(['lsp'])"
    done = subprocess.run(
        [sys.executable, "-c", hidden], check=False, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert done.stderr == (
        "error: the language server needs the library `lsprotocol`, which is not installed\n"
        "\nhint: install `imagelock[lsp]`, such as `uv tool install 'imagelock[lsp]'`\n"
    )


def test_a_start_loads_what_the_first_answer_needs(project: Path) -> None:
    counted = """
import sys
before = {*sys.modules}
from imagelock.cli import main
try:
    main(["lsp"])
finally:
    print(*sorted({*sys.modules} - before), sep="\\n", file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", counted],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    modules = set(done.stderr.split())

    assert "pygls.lsp.server" in modules
    assert len(modules) < MOST_MODULES
    assert not {"httpx", "pydantic", "rich", "tomlkit", "typer"} & modules
