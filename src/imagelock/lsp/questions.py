"""Questions of the client about a document, and the actions that the user chooses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from imagelock.errors import ImagelockError
from imagelock.lsp.locations import path_in, path_of

if TYPE_CHECKING:
    from imagelock.lsp.checked_folder import FolderResult
    from imagelock.lsp.lookup import FileLookup
    from imagelock.lsp.server import ImagelockServer


def register_questions(server: ImagelockServer) -> None:
    """Let *server* answer questions, and carry out actions."""
    _register_views(server)
    _register_actions(server)


def _register_views(server: ImagelockServer) -> None:
    """Let *server* show what it knows of a document."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def show(params: types.HoverParams) -> types.Hover | None:
        from imagelock.lsp.hover import hover

        found = await find(server, params.text_document.uri)
        if found is None:
            return None
        is_markdown = server.client_support.shows_markdown
        return hover(found[0], params.position, is_markdown=is_markdown)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        from imagelock.lsp.links import document_links

        found = await find(server, params.text_document.uri)
        return list(document_links(found[0])) if found else []


def _register_actions(server: ImagelockServer) -> None:
    """Let *server* offer actions, and carry out what the user chooses."""
    options = types.CodeActionOptions(
        [types.CodeActionKind.QuickFix], resolve_provider=True
    )

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def actions(
        params: types.CodeActionParams,
    ) -> list[types.CodeAction | types.Command]:
        from imagelock.lsp.actions import actions_in, offered_actions

        uri = params.text_document.uri
        found = await find(server, uri)
        own = actions_in(found[0], params.range, uri) if found else ()
        return list(offered_actions(own, server.client_support))

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        action.edit = await edit_for(server, action.data)
        return action

    @server.command("imagelock.edit")
    async def edit(data: Any) -> None:  # noqa: ANN401 - what the client sends back
        await apply_edit(server, data)

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


async def edit_for(server: ImagelockServer, data: object) -> types.WorkspaceEdit | None:
    """Return the edit of the action with *data*; why there is none is shown."""
    from imagelock.lsp.actions import edit_of

    data = data if isinstance(data, dict) else {}
    if (found := await find(server, str(data.get("uri")))) is None:
        return None
    try:
        client = server.client_support
        return await asyncio.to_thread(edit_of, found[0], data, found[1], client)
    except ImagelockError as error:
        server.show(str(error), types.MessageType.Warning)
        return None


async def apply_edit(server: ImagelockServer, data: object) -> None:
    """Let the client apply the edit of the action with *data*."""
    if (edit := await edit_for(server, data)) is None:
        return
    params = types.ApplyWorkspaceEditParams(edit)
    try:
        answer = await server.workspace_apply_edit_async(params)
    except JsonRpcException as error:
        # Some answer so if the user did not want the edit.
        server.log(f"the edit was not applied: {error}", types.MessageType.Info)
        return
    if not answer.applied:
        reason = answer.failure_reason or "the editor gave no reason"
        text = f"the edit was not applied: {reason}"
        server.show(text, types.MessageType.Warning)


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
