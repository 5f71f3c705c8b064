"""Questions of the client about a document, and the actions that the user chooses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from imagelock.errors import ImagelockError
from imagelock.lsp.locations import path_in, path_of

if TYPE_CHECKING:
    from imagelock.lsp.checked_folder import FolderResult
    from imagelock.lsp.lookup import FileLookup
    from imagelock.lsp.server import ImagelockServer


def register_questions(server: ImagelockServer) -> None:
    """Let *server* answer questions."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def show(params: types.HoverParams) -> types.Hover | None:
        from imagelock.lsp.hover import hover

        found = await find(server, params.text_document.uri)
        return hover(found[0], params.position) if found else None

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        from imagelock.lsp.links import document_links

        found = await find(server, params.text_document.uri)
        return list(document_links(found[0])) if found else []

    options = types.CodeActionOptions(
        [types.CodeActionKind.QuickFix], resolve_provider=True
    )

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        from imagelock.lsp.actions import actions_in

        uri = params.text_document.uri
        found = await find(server, uri)
        return list(actions_in(found[0], params.range, uri)) if found else []

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        return await resolved(server, action)

    @server.command("imagelock.lock")
    async def lock(uri: str) -> None:
        await lock_project(server, uri)


async def find(
    server: ImagelockServer, uri: str
) -> tuple[FileLookup, FolderResult] | None:
    """Return what a check found in a document as it is now, if it was checked."""
    from imagelock.lsp.lookup import look_up

    if (path := path_of(uri)) is None:
        return None
    for folder in server.folders.values():
        inside = path_in(folder.folder, path)
        result = await folder.schedule.current() if inside else None
        file = look_up(result, inside) if result and inside else None
        if result and file:
            return file, result
    return None


async def resolved(
    server: ImagelockServer, action: types.CodeAction
) -> types.CodeAction:
    """Return *action* with its edit; why there is none is shown to the user."""
    from imagelock.lsp.actions import edit_of

    data = action.data if isinstance(action.data, dict) else {}
    found = await find(server, str(data.get("uri")))
    if found:
        try:
            action.edit = await asyncio.to_thread(edit_of, found[0], data, found[1])
        except ImagelockError as error:
            server.show(str(error), types.MessageType.Warning)
    return action


async def lock_project(server: ImagelockServer, uri: str) -> None:
    """Lock the images of the project that a document is in, as `imagelock lock`."""
    from imagelock.commands.console import LoggingConsole
    from imagelock.commands.lock import lock
    from imagelock.lockfile.model import LOCKFILE

    found = await find(server, uri)
    if found is None:
        return
    project = found[0].project
    try:
        unsaved = project.unsaved.get(LOCKFILE)
        if unsaved is not None and unsaved != (project.root / LOCKFILE).read_bytes():
            server.show(f"save `{LOCKFILE}` first", types.MessageType.Warning)
            return
        run = await asyncio.to_thread(lock, project, LoggingConsole())
    except (ImagelockError, OSError) as error:
        server.show(str(error), types.MessageType.Error)
        return
    for failure in run.result.failures.values():
        server.show(str(failure), types.MessageType.Error)
    server.touched([(project.root / LOCKFILE).as_uri()])
