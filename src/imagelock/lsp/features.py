"""What the client says, and which part of imagelock answers."""

from __future__ import annotations

from lsprotocol import types

from imagelock.lsp.documents import OpenDocument
from imagelock.lsp.questions import register_questions
from imagelock.lsp.server import ImagelockServer


def create_server() -> ImagelockServer:
    """Return a server that answers what clients ask."""
    server = ImagelockServer()
    _register_lifecycle(server)
    _register_documents(server)
    register_questions(server)
    return server


def _register_lifecycle(server: ImagelockServer) -> None:
    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        server.add_all_folders()
        _watch_files(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            server.remove_folder(folder.uri)
        for folder in params.event.added:
            server.add_folder(folder.uri)

    @server.feature(types.SHUTDOWN)
    def shutdown(_: None) -> None:
        server.stop()


def _register_documents(server: ImagelockServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        server.open(OpenDocument(item.uri, item.version, item.text))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.change(params)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.touched([params.text_document.uri])

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        server.touched(event.uri for event in params.changes)


def _watch_files(server: ImagelockServer) -> None:
    """Ask the client to say which files change on disk, if it can."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher("**/*")]
    )
    registration = types.Registration(
        "imagelock-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options
    )
    params = types.RegistrationParams([registration])
    server.client_register_capability(params)
