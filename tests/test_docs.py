"""The documents say what the code does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from imagelock.cli.app import application
from imagelock.cli.command_help import ALL_COMMANDS
from imagelock.cli.help_pages import command_of
from imagelock.config.match_schema import MatchConfig
from imagelock.config.registry_schema import RegistryConfig
from imagelock.config.schema import ConfigDocument
from imagelock.config.schema_tables import (
    ImageConfig,
    SourceConfig,
)
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.model.finding import Rule
from imagelock.model.occurrence import Reason
from imagelock.sources import SOURCES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ROOT_COMMAND = typer.main.get_command(application())
COMMANDS = {name: command_of(ROOT_COMMAND, name) for name in ALL_COMMANDS}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_generated_pages_are_fresh() -> None:
    check = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert check.stderr == ""
    assert check.returncode == 0


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_flag_is_documented(command: str) -> None:
    text = page("reference/commands.md")
    section = text.split(f"## `imagelock {command}`")[1].split("\n## ")[0]

    for parameter in COMMANDS[command].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert f"`{option}`" in section


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_tells_its_exit_codes(command: str) -> None:
    assert "Exit codes: 0 " in COMMANDS[command].help


@pytest.mark.parametrize("rule", list(Rule), ids=lambda rule: rule.slug)
def test_every_rule_has_a_section(rule: Rule) -> None:
    assert f"\n## {rule.slug}\n" in page("reference/rules.md")


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.slug)
def test_every_reason_is_explained(reason: Reason) -> None:
    assert f"| `{reason.slug}` |" in page("reference/sources.md")


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_source_is_described(source: str) -> None:
    assert f"`{source}`" in page("reference/sources.md")


@pytest.mark.parametrize(
    "model", [ConfigDocument, ImageConfig, MatchConfig, RegistryConfig, SourceConfig]
)
def test_every_key_is_documented(
    model: type[
        ConfigDocument | ImageConfig | MatchConfig | RegistryConfig | SourceConfig
    ],
) -> None:
    text = page("reference/configuration.md")
    model.model_rebuild()  # deferred, and old pydantic makes the aliases then

    for name, field in model.model_fields.items():
        assert f"| `{field.alias or name}` |" in text


def test_only_settings_have_variables_and_all_are_documented() -> None:
    table = re.findall(
        r"^\| `(IMAGELOCK_\w+)` \|", page("reference/environment.md"), re.MULTILINE
    )
    commands = page("reference/commands.md")
    variables = {
        str(parameter.envvar)
        for command in [ROOT_COMMAND, *COMMANDS.values()]
        for parameter in command.params
        if parameter.envvar and "completion" not in parameter.name
    }

    assert sorted(variables) == sorted(table)
    assert all(f"`{name}`" in commands for name in variables)
    settings = "QUIET VERBOSE COLOR PROJECT CONFIG OFFLINE FAIL_ON FORMAT TIMEOUT"
    settings += " ENVIRONMENT DETAILS REPORT NO_CACHE"
    assert variables == {f"IMAGELOCK_{name}" for name in settings.split()}


def test_every_page_is_in_the_index() -> None:
    index = page("README.md")
    pages = [
        path.relative_to(DOCS)
        for path in DOCS.rglob("*.*")
        if path.suffix in {".md", ".json"} and path.parent.name != "decisions"
    ]

    for path in pages:
        assert f"({path})" in index or path.name == "README.md", path


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    names = ROOT_COMMAND.commands  # type: ignore[attr-defined]
    assert {name for name in names if f"`{name}`" not in readme} <= {"demo"}


def test_the_example_is_a_real_lockfile() -> None:
    text = (ROOT / "images.lock.example").read_text(encoding="utf-8")

    assert write(read(text)) == text
    assert len(read(text).images) > 2


def test_the_example_is_valid_by_the_schema() -> None:
    schema = DOCS / "reference" / "images.lock.schema.json"
    check = subprocess.run(
        [
            sys.executable, "-m", "check_jsonschema", "--default-filetype", "toml",
            "--schemafile", str(schema), str(ROOT / "images.lock.example"),
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert check.returncode == 0, check.stdout
    assert json.loads(schema.read_text())["$schema"]


@pytest.mark.parametrize(
    "path",
    [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if not target.startswith(("https://", "#")):
            assert (path.parent / target.split("#")[0]).exists(), target
