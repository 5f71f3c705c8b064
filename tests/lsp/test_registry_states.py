"""What a hover says of the last time that `verify` asked registries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from imagelock.cache_storage import CacheUse
from imagelock.config import Config
from imagelock.model.digest import Digest
from imagelock.model.finding import Rule
from imagelock.project.project_files import ProjectFiles
from imagelock.project.registry_states import (
    RegistryState,
    registry_states,
    save_registry_states,
)
from tests.conftest import AMD64
from tests.lsp.test_diagnostics import COMPOSE
from tests.lsp.test_questions import AT, document
from tests.support.editor import Editor, drive
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

NGINX = "docker.io/library/nginx:1.27"
CURRENT = "- no drift when `verify` asked the registry less than a minute ago"


def hovered(project: Path) -> list[str]:
    """Return the lines about the reference of `COMPOSE`."""
    texts: list[str] = []

    async def scenario(editor: Editor) -> None:
        editor.open("compose.yaml", COMPOSE)
        asked = types.HoverParams(document(editor, "compose.yaml"), AT)
        hover = await editor.client.text_document_hover_async(asked)
        assert hover
        assert isinstance(hover.contents, types.MarkupContent)
        texts.append(hover.contents.value)

    drive(scenario, project)
    return texts[0].splitlines()


def opened(project: Path) -> ProjectFiles:
    cache = CacheUse(Path.home() / ".cache/imagelock/files", lambda _: None)
    return ProjectFiles(root=project, config=Config(), cache=cache)


def files() -> list[Path]:
    return list((Path.home() / ".cache/imagelock/registry-states").glob("*"))


@pytest.fixture
def shop(project: Path, imagelock: Run, address: str) -> Path:
    """A locked project of which nothing was asked yet."""
    (project / "compose.yaml").write_text(COMPOSE)
    configure(project, address)
    assert imagelock("lock").exit_code == 0
    return project


def test_a_hover_says_what_verify_found_and_when(
    shop: Path, imagelock: Run, hub: MemoryRegistry
) -> None:
    assert not any("asked the registry" in line for line in hovered(shop))
    imagelock("verify", "--offline")
    imagelock("verify", "--no-cache")
    assert files() == []

    assert imagelock("verify").exit_code == 0
    assert CURRENT in hovered(shop)

    moved = hub.push_image("library/nginx", "1.27", [AMD64], salts="other")
    assert imagelock("verify").exit_code == 1
    found = (
        "- `drift` when `verify` asked the registry less than a minute ago: the tag"
        f" stood for `{Digest.parse(str(moved)).abbreviated}`"
    )
    assert found in hovered(shop)

    assert imagelock("update").exit_code == 0
    assert not any("asked the registry" in line for line in hovered(shop))


def test_what_could_not_be_checked_keeps_its_time(shop: Path, imagelock: Run) -> None:
    imagelock("verify")
    project = opened(shop)
    known = registry_states(project)
    old = {
        name: _at(state, timedelta(hours=3, minutes=59))
        for name, state in known.items()
    }
    save_registry_states(project, old)

    configure(shop, "http://127.0.0.1:1")
    assert imagelock("verify", "--timeout", "5").exit_code == 3

    assert "- no drift when `verify` asked the registry 3 hours ago" in hovered(shop)


def _at(state: RegistryState, age: timedelta) -> RegistryState:
    return RegistryState(digest=state.digest, time=datetime.now(UTC) - age)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-90), "less than a minute ago"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(days=1, hours=23), "1 day ago"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_ages_are_in_their_largest_unit(
    shop: Path, imagelock: Run, age: timedelta, words: str
) -> None:
    imagelock("verify")
    project = opened(shop)
    states = registry_states(project)
    save_registry_states(project, {NGINX: _at(states[NGINX], age)})

    assert f"- no drift when `verify` asked the registry {words}" in hovered(shop)


def test_what_was_damaged_or_is_of_others_says_nothing(
    shop: Path, imagelock: Run
) -> None:
    imagelock("verify")
    (file,) = files()
    whole = file.read_bytes()
    for data in (b"", b"[]\n", b"\xff\n", whole[:-1], whole.replace(b"a", b"b")):
        file.write_bytes(data)
        assert registry_states(opened(shop)) == {}
    file.write_bytes(whole)
    assert set(registry_states(opened(shop))) == {NGINX}
    file.chmod(0o644)
    assert registry_states(opened(shop)) == {}
    assert not any("asked the registry" in line for line in hovered(shop))


def test_states_are_saved_whole_and_read_again(project: Path) -> None:
    time = datetime(2026, 9, 1, 8, tzinfo=UTC)
    state = RegistryState(
        digest=Digest.of(b"a"),
        time=time,
        rules=(Rule.TAG_GONE, Rule.DIGEST_GONE),
        moved_to=Digest.of(b"b"),
    )
    save_registry_states(opened(project), {NGINX: state})

    assert registry_states(opened(project)) == {NGINX: state}
    assert json.loads(files()[0].read_text().splitlines()[0])[0] == NGINX


def test_a_cache_in_the_checkout_is_not_used(project: Path) -> None:
    cache = CacheUse(project / "cache/files", lambda _: None)
    inside = ProjectFiles(root=project, config=Config(), cache=cache)
    state = RegistryState(digest=Digest.of(b"a"), time=datetime.now(UTC))

    save_registry_states(inside, {NGINX: state})

    assert registry_states(inside) == {}
    assert not (project / "cache").exists()
