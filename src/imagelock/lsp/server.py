"""The state of the server: what the client has open, and what is checked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from imagelock.commands.console import LoggingConsole
from imagelock.lsp.checked_folder import CheckedFolder
from imagelock.lsp.client_support import client_support
from imagelock.lsp.locations import path_in, path_of
from imagelock.report.style import printable
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pygls.server import ServerErrors

    from imagelock.lsp.client_support import ClientSupport
    from imagelock.lsp.documents import OpenDocument


class ImagelockServer(LanguageServer):
    """The open documents and the folders of a workspace."""

    def __init__(self) -> None:
        super().__init__("imagelock", __version__)
        self.is_shut_down = False
        self.folders: dict[str, CheckedFolder] = {}
        self._documents: dict[str, OpenDocument] = {}
        # A check at a time: another would only make both slower.
        self._executor = ThreadPoolExecutor(1, "check")

    @property
    def encoding(self) -> types.PositionEncodingKind:
        """What positions count, as the client and the server agreed."""
        return types.PositionEncodingKind(self.workspace.position_encoding)

    @property
    def client_support(self) -> ClientSupport:
        """What the client has of the protocol."""
        return client_support(self.client_capabilities)

    def documents(self, folder: Path) -> dict[Path, OpenDocument]:
        """Return the documents that are open below *folder*."""
        return {
            inside: document
            for document in self._documents.values()
            if (path := path_of(document.uri)) and (inside := path_in(folder, path))
        }

    def publish(self, params: types.PublishDiagnosticsParams) -> None:
        """Show diagnostics in place of those that a file had."""
        self.text_document_publish_diagnostics(params)

    def log(self, text: str, kind: types.MessageType) -> None:
        """Write *text* to the log of the client."""
        self.window_log_message(types.LogMessageParams(kind, text))

    def show(self, text: str, kind: types.MessageType) -> None:
        """Show *text* to the user."""
        self.window_show_message(types.ShowMessageParams(kind, printable(text)))

    def report_server_error(self, error: Exception, source: ServerErrors) -> None:
        """Write what went wrong with a message of the client to its log."""
        del source
        self.log(f"{type(error).__name__}: {error}", types.MessageType.Error)

    def open(self, document: OpenDocument) -> None:
        """Remember what the client has open, and check the folders that it is in."""
        self._documents[document.uri] = document
        self.touched([document.uri])

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the changes of a document."""
        identity = params.text_document
        if (document := self._documents.get(identity.uri)) is None:
            self.log(f"{identity.uri} is not open", types.MessageType.Warning)
            return
        changed = document.changed(
            params.content_changes, identity.version, self.encoding
        )
        self._documents[identity.uri] = changed
        self.touched([identity.uri])

    def close(self, uri: str) -> None:
        """Forget a document: what is on disk counts again."""
        self._documents.pop(uri, None)
        self.touched([uri])

    def touched(self, uris: Iterable[str]) -> None:
        """Check the folders in which files have changed."""
        paths = [path for uri in uris if (path := path_of(uri))]
        for folder in self.folders.values():
            inside = [i for path in paths if (i := path_in(folder.folder, path))]
            if inside:
                folder.changed(inside)

    def add_all_folders(self) -> None:
        """Check the folders that the client has opened."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        if not uris and self.workspace.root_uri:
            uris = [self.workspace.root_uri]
        for uri in uris:
            self.add_folder(uri)
        if not uris:
            self.log("no folder is open: nothing is checked", types.MessageType.Info)

    def add_folder(self, uri: str) -> None:
        """Check a folder of the workspace from now on."""
        path = path_of(uri)
        if path is None or uri in self.folders:
            return
        folder = CheckedFolder(path, self, self._executor, LoggingConsole())
        self.folders[uri] = folder
        folder.changed(at_once=True)

    def remove_folder(self, uri: str) -> None:
        """Check a folder no more."""
        if (folder := self.folders.pop(uri, None)) is not None:
            folder.close()

    def stop(self) -> None:
        """Begin no more checks; one that runs ends by itself."""
        self.is_shut_down = True
        for folder in self.folders.values():
            folder.schedule.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
