"""Editors that have less of the protocol than those of today."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lsprotocol import types

from tests.lsp.test_diagnostics import COMPOSE, write
from tests.lsp.test_questions import AT, actions, document
from tests.support.editor import Editor, drive
from tests.support.locked import digest_of, save

if TYPE_CHECKING:
    from pathlib import Path

PIN = "Pin nginx:1.27 to its digest"


def older(
    *, applies_edits: bool = True, has_actions: bool = True
) -> types.ClientCapabilities:
    """Return the capabilities of an editor that asks for the edit of no action."""
    literals = types.ClientCodeActionLiteralOptions(
        types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix])
    )
    return types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(
                content_format=[types.MarkupKind.PlainText]
            ),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=literals if has_actions else None
            ),
        ),
        workspace=types.WorkspaceClientCapabilities(apply_edit=applies_edits),
    )


async def choose(editor: Editor, title: str) -> None:
    """Do what an editor does when the user chooses the action with *title*."""
    chosen = (await actions(editor, "compose.yaml", AT))[title]
    assert isinstance(chosen, types.Command)
    name, arguments = chosen.command, chosen.arguments
    # The client takes an action for a command, and the command in it for text.
    if name.startswith("{"):
        command = ast.literal_eval(name)
        name, arguments = command["command"], command["arguments"]
    await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(name, arguments=arguments)
    )


def test_the_server_sends_the_edit_of_an_action(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        await choose(editor, PIN)
        (sent,) = editor.edits
        assert sent.edit.document_changes is None
        changes = sent.edit.changes or {}
        assert sorted(changes) == [
            editor.uri("compose.yaml"),
            editor.uri("images.lock"),
        ]
        (change,) = changes[editor.uri("compose.yaml")]
        assert change.new_text == f"@{digest_of('nginx:1.27')}"

    drive(scenario, project, supported=older())
    drive(scenario, project, supported=older(has_actions=False))


def test_an_edit_that_the_editor_refuses_is_no_failure(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        editor.refusal = types.ApplyWorkspaceEditResult(
            applied=False, failure_reason="it is read-only"
        )
        await choose(editor, PIN)
        message = "the edit was not applied: it is read-only"
        assert editor.client.messages[-1].message == message

        editor.refusal = RuntimeError("the user said no")
        await choose(editor, PIN)
        logged = editor.client.log_messages[-1].message
        assert logged.startswith("the edit was not applied: ")

    drive(scenario, project, supported=older())


def test_nothing_is_offered_that_the_editor_cannot_do(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE + "  db:\n    image: postgres:17\n"})
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        assert await actions(editor, "compose.yaml", AT) == {}
        found = await actions(editor, "compose.yaml", types.Position(4, 14))
        assert [*found] == ["Lock the images of the project (asks registries)"]

    drive(scenario, project, supported=older(applies_edits=False))


def test_text_without_markup_is_shown_where_there_is_no_markdown(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        hover = await editor.client.text_document_hover_async(
            types.HoverParams(document(editor, "compose.yaml"), AT)
        )
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.kind == types.MarkupKind.PlainText
        assert hover.contents.value.splitlines()[:2] == [
            "nginx:1.27",
            f"- locked to {digest_of('nginx:1.27')}",
        ]

    drive(scenario, project, supported=older())
