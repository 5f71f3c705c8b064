from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING

from lsprotocol import types

from imagelock.lsp.check import check_folder
from imagelock.lsp.server import ImagelockServer
from tests.support.editor import Editor, drive, written
from tests.support.locked import save

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pytest

    from imagelock.commands.console import Console
    from imagelock.lsp.check import CheckRequest, ProjectCheck
    from tests.conftest import Run

COMPOSE = "services:\n  web:\n    image: nginx:1.27\n"
NOT_LOCKED = ["3:12-3:22 error not-locked: `nginx:1.27` is not in the lockfile"]


def shown(diagnostics: Sequence[types.Diagnostic]) -> list[str]:
    """Return errors and warnings as text, with lines and characters from 1."""
    lines = []
    for each in diagnostics:
        start, end = each.range.start, each.range.end
        if each.severity in {1, 2}:
            lines.append(
                f"{start.line + 1}:{start.character + 1}"
                f"-{end.line + 1}:{end.character + 1}"
                f" {types.DiagnosticSeverity(each.severity).name.lower()}"
                f" {each.code}: {each.message.splitlines()[0]}"
            )
    return lines


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_what_is_typed_counts_and_not_what_is_on_disk(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        assert shown(await editor.diagnostics("compose.yaml")) == []

        place = types.Range(types.Position(2, 18), types.Position(2, 21))
        version = editor.change("compose.yaml", written("8", place))
        (found,) = [
            each
            for each in await editor.diagnostics("compose.yaml", version)
            if each.severity == types.DiagnosticSeverity.Error
        ]
        assert shown([found]) == [
            "3:12-3:20 error not-locked: `nginx:18` is not in the lockfile"
        ]
        assert found.source == "imagelock"
        assert found.message.endswith("hint: run `imagelock lock`")
        assert found.code_description
        assert found.code_description.href.endswith("/rules.md#not-locked")

        editor.close("compose.yaml")
        assert shown(await editor.diagnostics("compose.yaml", None)) == []

    drive(scenario, project)


def test_the_findings_are_those_of_verify_offline(
    project: Path, imagelock: Run
) -> None:
    digest = f"sha256:{'0' * 64}"
    write(
        project,
        {
            "compose.yaml": f"services:\n  a: {{image: 'nginx:1.27@{digest}'}}\n"
            "  b: {image: 'no image'}\n  c: {image: redis:7}  # imagelock: ignre\n",
            "Dockerfile": "FROM nginx:1.27\r\nFROM redis:7\r\n",
            "deploy/pod.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
            "  - {name: a, image: redis:7}\n  - {name: b, image: redis:7}\n",
        },
    )
    save(project, "nginx:1.27", "stale:1")
    report = json.loads(imagelock("verify", "--offline", "--format", "json").out)
    expected = [
        (each["file"], each["line"], each["column"], each["severity"], each["message"])
        for finding in report["findings"]
        for each in [finding, *({**finding, **also} for also in finding["also"])]
        if finding["severity"] != "note"
    ]

    async def scenario(editor: Editor) -> None:
        await editor.diagnostics("images.lock", None)
        found = [
            (
                params.uri.removeprefix(f"{project.as_uri()}/"),
                each.range.start.line + 1,
                each.range.start.character + 1,
                str(each.severity and each.severity.name.lower()),
                each.message.splitlines()[0],
            )
            for params in editor.published
            for each in params.diagnostics
        ]
        assert sorted(each for each in found if each[3] != "hint") == sorted(expected)
        assert len(expected) > 5

    drive(scenario, project)


def test_a_workspace_without_a_lock_and_one_with_a_broken_lock(
    project: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    write(project, {"compose.yaml": COMPOSE})
    write(
        broken, {"compose.yaml": COMPOSE, "images.lock": "version = 1\nplatforms =\n"}
    )

    async def scenario(editor: Editor) -> None:
        found = await editor.diagnostics("compose.yaml", None)
        assert shown(found) == NOT_LOCKED

        editor.folder = broken
        found = await editor.diagnostics("images.lock", None)
        assert shown(found) == [
            "2:12-2:12 error unreadable-file: the lockfile is not TOML: invalid value"
        ]

        save(broken, "nginx:1.27")
        editor.open("compose.yaml")
        assert shown(await editor.diagnostics("compose.yaml")) == []
        await editor.until(lambda: not editor.published[-1].diagnostics)
        assert editor.published[-1].uri == editor.uri("images.lock")

    drive(scenario, project, broken)


def test_a_lock_that_is_edited_counts_as_it_is_in_the_editor(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")
    lock = (project / "images.lock").read_text()

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        editor.open("images.lock", lock.replace("nginx:1.27", "nginx:1.26"))
        await editor.until(lambda: editor.published)
        assert shown(await editor.diagnostics("compose.yaml")) == NOT_LOCKED
        (stale,) = shown(await editor.diagnostics("images.lock"))
        assert "stale-entry: `nginx:1.26` is locked" in stale

        version = editor.replace(
            "images.lock", "<<<<<<< ours\n=======\n>>>>>>> theirs\n"
        )
        (conflict,) = shown(await editor.diagnostics("images.lock", version))
        assert conflict.startswith("1:1-1:13 error unreadable-file: the lockfile has")

    drive(scenario, project)


def test_a_file_that_was_never_saved_is_checked(project: Path) -> None:
    save(project, "nginx:1.27")

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", COMPOSE.replace("1.27", "1.28"))
        found = await editor.diagnostics("compose.yaml")
        assert [each.code for each in found] == ["not-locked"]

    drive(scenario, project)


def test_a_change_on_disk_is_seen(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE})

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml")
        assert shown(await editor.diagnostics("compose.yaml")) == NOT_LOCKED

        save(project, "nginx:1.27")
        editor.saved("images.lock")
        await editor.until(lambda: not shown(editor.published[-1].diagnostics))

    drive(scenario, project)


def test_settings_that_are_wrong_are_underlined(project: Path) -> None:
    write(project, {"compose.yaml": COMPOSE, "imagelock.toml": "ignore = 1\n"})

    async def scenario(editor: Editor) -> None:
        (found,) = shown(await editor.diagnostics("imagelock.toml", None))
        assert found.startswith("1:10-1:11 error unreadable-file: `ignore`")

    drive(scenario, project)


def test_projects_of_a_workspace_and_several_roots(
    project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write(project, {"a/compose.yaml": COMPOSE, "b/compose.yaml": COMPOSE})
    write(other, {"compose.yaml": COMPOSE})
    save(project / "a", "nginx:1.27")
    save(project / "b", "redis:7")

    async def scenario(editor: Editor) -> None:
        editor.open("a/compose.yaml")
        assert shown(await editor.diagnostics("a/compose.yaml")) == []
        assert shown(await editor.diagnostics("b/compose.yaml", None)) == NOT_LOCKED
        version = editor.replace("a/compose.yaml", COMPOSE.replace("nginx", "redis"))
        (found,) = shown(await editor.diagnostics("a/compose.yaml", version))
        assert "`redis:1.27` is not in the lockfile" in found

        editor.folder = other
        assert shown(await editor.diagnostics("compose.yaml", None)) == NOT_LOCKED
        removed = types.WorkspaceFolder(other.as_uri(), "other")
        editor.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(
                types.WorkspaceFoldersChangeEvent([], [removed])
            )
        )
        await editor.until(lambda: not editor.published[-1].diagnostics)
        assert editor.published[-1].uri == editor.uri("compose.yaml")

    drive(scenario, project, other)


def test_nothing_outside_of_the_workspace_is_read(project: Path) -> None:
    secret = project.parent / "secret.yaml"
    write(project, {"images.lock": "", "sub/compose.yaml": COMPOSE})
    secret.write_text("services: {a: {image: 'secret:1'}}\n")
    inner = project.parent / "inner"
    inner.mkdir()
    save(inner, "nginx:1.27")
    (inner / "compose.yaml").symlink_to(secret)

    async def scenario(editor: Editor) -> None:
        messages = editor.client.log_messages
        await editor.until(lambda: messages)
        assert messages[0].message.endswith(
            f"is not checked: the folder is part of the project `{project}` (open that"
            " folder: imagelock reads nothing outside of the workspace)"
        )
        editor.folder = inner
        await editor.diagnostics("images.lock", None)
        assert "secret:1" not in str(editor.published)
        assert "is a link out of the project" in str(editor.published)

    drive(scenario, project / "sub", inner)


class Typing:
    """Checks a folder, and types before the check of what has a word in it ends."""

    def __init__(self, patch: pytest.MonkeyPatch, file: Path, word: bytes) -> None:
        self.checked: list[bytes] = []
        self.type: Callable[[], object] | None = None
        self._file, self._word = file, word
        self._received = threading.Event()
        change = ImagelockServer.change

        def change_and_tell(
            server: ImagelockServer, params: types.DidChangeTextDocumentParams
        ) -> None:
            change(server, params)
            self._received.set()

        patch.setattr("imagelock.lsp.check.check_folder", self.check)
        patch.setattr(ImagelockServer, "change", change_and_tell)

    def check(self, request: CheckRequest, console: Console) -> list[ProjectCheck]:
        data = request.unsaved.get(self._file, b"")
        self.checked.append(data)
        if self._word in data and self.type:
            self._received.clear()
            self.type()
            assert self._received.wait(60)
        return check_folder(request, console)


def test_a_result_for_an_older_version_is_dropped(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"compose.yaml": COMPOSE})
    save(project, "nginx:1.27")
    typing = Typing(monkeypatch, project / "compose.yaml", b"1.28")

    async def scenario(editor: Editor) -> None:
        loop = asyncio.get_running_loop()
        text = COMPOSE.replace("1.27", "1.29")
        typing.type = lambda: loop.call_soon_threadsafe(
            editor.replace, "compose.yaml", text
        )
        editor.open("compose.yaml")
        await editor.diagnostics("compose.yaml")
        editor.replace("compose.yaml", COMPOSE.replace("1.27", "1.28"))
        (found,) = shown(await editor.diagnostics("compose.yaml", 3))
        assert "`nginx:1.29` is not in the lockfile" in found
        assert any(b"1.28" in data for data in typing.checked)
        assert 2 not in [params.version for params in editor.published]

    drive(scenario, project)
