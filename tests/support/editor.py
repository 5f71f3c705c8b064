"""An editor: a client of the language server, which runs in this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from lsprotocol import types
from pygls.io_ import run_async
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient

from imagelock.lsp.features import create_server

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Sequence,
    )
    from pathlib import Path

Value = TypeVar("Value")

_LONGEST_WAIT: Final = 60.0
"""Seconds after which a test fails instead of waiting any longer."""


def capabilities(*encodings: str) -> types.ClientCapabilities:
    """Return those of an editor of today, which counts in one of *encodings*."""
    general = types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind(name) for name in encodings]
    )
    actions = types.CodeActionClientCapabilities(
        data_support=True,
        resolve_support=types.ClientCodeActionResolveOptions(["edit"]),
        code_action_literal_support=types.ClientCodeActionLiteralOptions(
            types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix])
        ),
    )
    return types.ClientCapabilities(
        general=general if encodings else None,
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                version_support=True
            ),
            hover=types.HoverClientCapabilities(
                content_format=[types.MarkupKind.Markdown]
            ),
            code_action=actions,
        ),
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=True,
            workspace_folders=True,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
    )


def written(text: str, place: types.Range) -> types.TextDocumentContentChangePartial:
    """Return the change that writes *text* in *place*."""
    return types.TextDocumentContentChangePartial(place, text)


class Editor:
    """A client with the folders of a workspace, and what the server told it.

    Paths are from the first folder.
    """

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.published: list[types.PublishDiagnosticsParams] = []
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.refusal: types.ApplyWorkspaceEditResult | Exception | None = None
        self._news = asyncio.Condition()
        self._versions: dict[str, int] = {}

        self._answer(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._published)
        self._answer(types.WINDOW_LOG_MESSAGE, self._logged)
        self._answer(types.WINDOW_SHOW_MESSAGE, self._shown)
        self._answer(types.WORKSPACE_APPLY_EDIT, self._apply)

    def uri(self, path: str) -> str:
        """Return the URI of the file at *path*."""
        return (self.folder / path).as_uri()

    def open(self, path: str, text: str | None = None) -> None:
        """Open a file, with *text* in place of what is on disk."""
        if text is None:
            text = (self.folder / path).read_text(encoding="utf-8")
        uri = self.uri(path)
        self._versions[uri] = 1
        item = types.TextDocumentItem(uri, "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, path: str, *changes: types.TextDocumentContentChangeEvent) -> int:
        """Change an open file, and return its new version."""
        uri = self.uri(path)
        self._versions[uri] += 1
        identity = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(identity, list(changes))
        )
        return self._versions[uri]

    def replace(self, path: str, text: str) -> int:
        """Replace the whole text of an open file, and return its new version."""
        return self.change(path, types.TextDocumentContentChangeWholeDocument(text))

    def close(self, path: str) -> None:
        """Close an open file without saving it."""
        identity = types.TextDocumentIdentifier(self.uri(path))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identity))

    def saved(self, path: str) -> None:
        """Tell the server that a file on disk has changed."""
        event = types.FileEvent(self.uri(path), types.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([event])
        )

    async def diagnostics(
        self, path: str, version: int | None = 1
    ) -> Sequence[types.Diagnostic]:
        """Return the diagnostics of a file in *version*, once they are there."""
        uri = self.uri(path)

        def last() -> types.PublishDiagnosticsParams | None:
            of_file = [params for params in self.published if params.uri == uri]
            return of_file[-1] if of_file and of_file[-1].version == version else None

        params = await self.until(last)
        assert params
        return params.diagnostics

    async def until(self, value: Callable[[], Value]) -> Value:
        """Return the *value* once the server said what makes it true."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(value), _LONGEST_WAIT)
        return value()

    def _answer(self, method: str, handler: Callable[..., object]) -> None:
        # The client sets attributes of what answers, which a method has none of.
        self.client.feature(method)(partial(handler))

    async def _published(self, params: types.PublishDiagnosticsParams) -> None:
        self.published.append(params)
        await self._notify()

    async def _logged(self, params: types.LogMessageParams) -> None:
        self.client.log_messages.append(params)
        await self._notify()

    async def _shown(self, params: types.ShowMessageParams) -> None:
        self.client.messages.append(params)
        await self._notify()

    def _apply(
        self, params: types.ApplyWorkspaceEditParams
    ) -> types.ApplyWorkspaceEditResult:
        self.edits.append(params)
        if isinstance(self.refusal, Exception):
            raise self.refusal
        return self.refusal or types.ApplyWorkspaceEditResult(applied=True)

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()


def drive(
    scenario: Callable[[Editor], Awaitable[None]],
    *folders: Path,
    encodings: Sequence[str] = (),
    supported: types.ClientCapabilities | None = None,
) -> None:
    """Run *scenario* in an editor that has *folders* open.

    It has the capabilities that are *supported*, or those of an editor of today.
    """

    async def run() -> None:
        async with _connected() as client:
            editor = Editor(client, folders[0])
            await client.initialize_session(
                types.InitializeParams(
                    capabilities=supported or capabilities(*encodings),
                    workspace_folders=[
                        types.WorkspaceFolder(path.as_uri(), path.name)
                        for path in folders
                    ],
                )
            )
            await asyncio.wait_for(scenario(editor), _LONGEST_WAIT)
            await client.shutdown_async(None)
            client.exit(None)

    run_in_thread(run())


def run_in_thread(coroutine: Coroutine[object, object, Value]) -> Value:
    """Return the result of *coroutine*, which gets an event loop of its own.

    Playwright lets one run in the thread of the tests until its browser is closed.
    """
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, coroutine).result()


@asynccontextmanager
async def _connected() -> AsyncIterator[LanguageClient]:
    """Yield a client that a server in another thread answers."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb") as stdin, theirs.makefile("wb") as stdout:
        thread = threading.Thread(target=create_server().start_io, args=(stdin, stdout))
        thread.start()
        reader, writer = await asyncio.open_connection(sock=ours)
        client = LanguageClient(converter_factory=default_converter)
        client.protocol.set_writer(writer)
        connection = asyncio.create_task(
            run_async(
                stop_event=threading.Event(),
                reader=reader,
                protocol=client.protocol,
                error_handler=client.report_server_error,
            )
        )
        try:
            yield client
        finally:
            writer.close()
            await asyncio.to_thread(thread.join, _LONGEST_WAIT)
            connection.cancel()
