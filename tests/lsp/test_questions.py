"""Hovers, links and actions, as an editor asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from tests.lsp.test_diagnostics import COMPOSE, shown, write
from tests.support.editor import Editor, drive
from tests.support.locked import digest_of, save
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

AT = types.Position(2, 14)
"""In the reference of `COMPOSE`."""
PLATFORMS = 'platforms = ["linux/amd64"]\n'


def document(editor: Editor, path: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(editor.uri(path))


async def actions(
    editor: Editor, path: str, at: types.Position
) -> dict[str, types.CodeAction | types.Command]:
    """Return the actions at a position, by their titles.

    The client takes an action with a command for the command.
    """
    found = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            document(editor, path), types.Range(at, at), types.CodeActionContext([])
        )
    )
    return {each.title: each for each in found or ()}


async def edits(
    editor: Editor, action: types.CodeAction | types.Command
) -> dict[str, types.TextDocumentEdit]:
    """Return the edits of an action that was chosen, by the name of the file."""
    assert isinstance(action, types.CodeAction)
    chosen = await editor.client.code_action_resolve_async(action)
    changes = chosen.edit.document_changes if chosen.edit else ()
    return {
        each.text_document.uri.rpartition("/")[2]: each
        for each in changes or ()
        if isinstance(each, types.TextDocumentEdit)
    }


def applied(text: str, edit: types.TextDocumentEdit) -> str:
    (change,) = edit.edits
    assert isinstance(change, types.TextEdit)
    lines = text.splitlines(keepends=True)

    def index(at: types.Position) -> int:
        return sum(map(len, lines[: at.line])) + at.character

    start, end = index(change.range.start), index(change.range.end)
    return text[:start] + change.new_text + text[end:]


def test_hover_tells_what_is_locked_and_links_lead_to_its_page(project: Path) -> None:
    save(project, "nginx:1.27")
    (project / ".imagelock").mkdir()
    (project / ".imagelock/seen.toml").write_text(
        'version = 1\n[[seen]]\nreference = "docker.io/library/nginx:1.27"\n'
        f'digest = "sha256:{"5" * 64}"\nsince = 2020-01-01T00:00:00Z\n'
    )

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", COMPOSE + "  b: {image: 'ghcr.io/a/b:1'}\n")
        asked = types.HoverParams(document(editor, "compose.yaml"), AT)
        hover = await editor.client.text_document_hover_async(asked)
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        text = hover.contents.value
        assert text.startswith("**`nginx:1.27`**\n\n- locked to `sha256:")
        assert str(digest_of("nginx:1.27")) in text
        assert (
            "- the tag has moved to `sha256:555555555555`, which `update` saw" in text
        )
        assert "- note: `nginx:1.27` has no manifest for linux/amd64" in text
        assert hover.range == types.Range(types.Position(2, 11), types.Position(2, 21))

        asked = types.HoverParams(
            document(editor, "compose.yaml"), types.Position(99, 2**31 - 1)
        )
        assert await editor.client.text_document_hover_async(asked) is None

        links = await editor.client.text_document_document_link_async(
            types.DocumentLinkParams(document(editor, "compose.yaml"))
        )
        assert [link.target for link in links or ()] == [
            "https://hub.docker.com/_/nginx",
            "https://ghcr.io/a/b",
        ]

    drive(scenario, project)


def test_pin_and_unpin_edit_the_file_and_the_lock_as_the_commands_do(
    project: Path, imagelock: Run
) -> None:
    write(project, {"compose.yaml": COMPOSE, "Dockerfile": "FROM nginx:1.27\n"})
    save(project, "nginx:1.27")
    lock = (project / "images.lock").read_text()

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        found = await actions(editor, "compose.yaml", AT)
        changed = await edits(editor, found["Pin nginx:1.27 to its digest"])
        assert sorted(changed) == ["compose.yaml", "images.lock"]
        assert changed["compose.yaml"].text_document.version == 1
        pinned = applied(COMPOSE, changed["compose.yaml"])
        pinned_lock = applied(lock, changed["images.lock"])
        assert (project / "compose.yaml").read_text() == COMPOSE
        assert imagelock("pin", "compose.yaml").exit_code == 0
        assert (project / "compose.yaml").read_text() == pinned
        assert (project / "images.lock").read_text() == pinned_lock

        editor.replace("compose.yaml", pinned)
        editor.open("images.lock")
        found = await actions(editor, "compose.yaml", AT)
        changed = await edits(editor, found["Remove the digest of nginx:1.27"])
        assert applied(pinned, changed["compose.yaml"]) == COMPOSE
        assert applied(pinned_lock, changed["images.lock"]) == lock

    drive(scenario, project)


def test_ignore_writes_a_comment_with_a_reason(project: Path) -> None:
    write(project, {"Dockerfile": "FROM a:1\n", "pod.json": '{"kind": "Pod"}'})
    save(project, "redis:7")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", COMPOSE)
        action = (await actions(editor, "compose.yaml", AT))["Ignore not-locked here"]
        changed = await edits(editor, action)
        text = applied(COMPOSE, changed["compose.yaml"])
        comment = "    # imagelock: ignore[not-locked] TODO: say why\n"
        assert text == COMPOSE.replace("    image", f"{comment}    image")
        version = editor.replace("compose.yaml", text)
        assert shown(await editor.diagnostics("compose.yaml", version)) == []

        made_up = types.CodeAction(
            "x", data={"uri": editor.uri("compose.yaml"), "do": 1}
        )
        assert await edits(editor, made_up) == {}
        assert await edits(editor, types.CodeAction("x", data=[1])) == {}

    drive(scenario, project)


def test_lock_asks_registries_when_the_user_says_so(
    project: Path, address: str
) -> None:
    write(project, {"compose.yaml": COMPOSE})
    configure(project, address)

    async def scenario(editor: Editor) -> None:
        locking = types.ExecuteCommandParams(
            "imagelock.lock", arguments=[editor.uri("compose.yaml")]
        )
        editor.open("compose.yaml")
        await editor.diagnostics("compose.yaml")
        found = await actions(editor, "compose.yaml", AT)
        assert "Lock the images of the project (asks registries)" in found
        assert not (project / "images.lock").exists()
        await editor.client.workspace_execute_command_async(locking)
        assert "library/nginx:1.27" in (project / "images.lock").read_text()
        await editor.until(lambda: not shown(editor.published[-1].diagnostics))

        editor.open("images.lock", "version = 1\n")
        await editor.client.workspace_execute_command_async(locking)
        assert editor.client.messages[-1].message == "save `images.lock` first"

    drive(scenario, project)
