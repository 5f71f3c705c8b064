"""The server as an editor starts it: a process with two pipes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from lsprotocol import types
from pytest_lsp import make_test_lsp_client

from tests.support.editor import capabilities, run_in_thread
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

    assert run_in_thread(session()) == 0


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


def test_few_types_of_the_protocol_are_defined_before_they_are_used() -> None:
    """Also those that a session uses are equal, shown and converted as usual."""
    used = """
from imagelock.lsp.lazy_types import load
load()
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter
from lsprotocol import types
LanguageServer("a", "1")
defined = [
    name for name, value in vars(types).items()
    if isinstance(vars(value).get("__attrs_attrs__") if isinstance(value, type) else 0, tuple)
]
assert len(defined) < 20, defined
place = types.Range(types.Position(0, 1), types.Position(2, 3))
assert place == types.Range(types.Position(0, 1), types.Position(2, 3))
diagnostic = types.Diagnostic(place, "text", tags=[types.DiagnosticTag.Unnecessary])
assert "message='text'" in repr(diagnostic)
converter = default_converter()
data = converter.unstructure(diagnostic)
assert data == {
    "range": {"start": {"line": 0, "character": 1}, "end": {"line": 2, "character": 3}},
    "message": "text",
    "tags": [1],
}, data
assert converter.structure(data, types.Diagnostic).range == place
params = converter.structure(
    {"textDocument": {"uri": "a", "version": 1}, "contentChanges": [{"text": "b"}]},
    types.DidChangeTextDocumentParams,
)
assert params.content_changes[0] == types.TextDocumentContentChangeWholeDocument("b")
"""
    subprocess.run([sys.executable, "-c", used], check=True)
