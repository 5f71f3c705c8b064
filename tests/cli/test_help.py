"""The help, the manual page and what the program says of wrong arguments."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from imagelock.cli.app import application, run_app
from imagelock.cli.command_help import ALL_COMMANDS, SUBCOMMANDS
from imagelock.cli.completions import export_targets, locked_images
from imagelock.cli.help_pages import PlainCommand, exit_codes
from imagelock.model.finding import Rule

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize("command", ["", *ALL_COMMANDS])
def test_help(
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
    command: str,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")

    result = imagelock(*command.split(), "--help")

    assert result.exit_code == 0
    assert result.out == snapshot
    assert "\x1b" not in result.out
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("command", sorted(ALL_COMMANDS.keys() - SUBCOMMANDS.keys()))
def test_help_leads_to_a_page_and_runs_as_written(command: str, imagelock: Run) -> None:
    page = ROOT / "docs" / f"{ALL_COMMANDS[command].page}.md"

    assert page.is_file()
    for line in ALL_COMMANDS[command].examples:
        assert f"{line} ".startswith(f"{command} ")
        options = re.findall(r" (--?[a-z-]+)", line.partition("|")[0])
        text = imagelock(*command.split(), "--help").out
        assert [option for option in options if option not in text] == []


def test_help_has_other_names(imagelock: Run) -> None:
    assert imagelock("help") == imagelock("--help") == imagelock("-h")
    assert imagelock("help", "lock") == imagelock("lock", "-h")
    assert imagelock("help", "fleet", "where") == imagelock("fleet", "where", "-h")
    assert imagelock("fleet").err == imagelock("fleet", "--help").out
    assert imagelock("help", "lcok").err.endswith("did you mean `lock`?\n")


def test_no_arguments_are_a_mistake_that_shows_the_help(imagelock: Run) -> None:
    result = imagelock()

    assert (result.exit_code, result.out) == (2, "")
    assert result.err == imagelock("--help").out


@pytest.mark.parametrize("argument", ["--version", "-V", "version"])
def test_version(imagelock: Run, argument: str) -> None:
    assert imagelock(argument).out == "imagelock 0.1.0\n"
    assert imagelock("--color", "never", "--version").out == "imagelock 0.1.0\n"


def test_an_interrupted_question_ends_the_run(
    imagelock: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(["lock", "list"])

    def abort() -> None:
        raise typer.Abort

    app.command(name="rule", cls=PlainCommand)(abort)

    assert run_app(app, ["rule"]) == 1
    assert capsys.readouterr().err == "aborted\n"


def test_exit_codes_are_separated() -> None:
    text = "Exit codes: 0 done, 1 a, or b, 2 usage, c or d."

    assert exit_codes(text) == [("0", "done"), ("1", "a, or b"), ("2", "usage, c or d")]


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.slug)
def test_every_rule_is_explained_with_examples(rule: Rule, imagelock: Run) -> None:
    text = imagelock("rule", rule.slug).out

    assert text.startswith(f"{rule.slug} ({rule.severity.word}): {rule.summary}\n\n")
    assert "\n\nBad:\n\n    " in text
    assert "\n\nGood:\n\n    " in text
    assert text.endswith(f"/docs/reference/rules.md#{rule.slug}\n")
    assert "](" not in text


def test_rules(imagelock: Run, snapshot: SnapshotAssertion) -> None:
    assert imagelock("rule").out == snapshot
    assert imagelock("rule", "hidden-content").out == snapshot
    assert imagelock("rule", "drfit") == (
        2,
        "",
        "error: there is no rule `drfit`\n\nhint: did you mean `drift`?\n",
    )
    assert "`imagelock rule` lists all rules" in imagelock("rule", "zzz").err


MISTAKES = (
    *("lcok", "zzz", "help zzz", "-z", "--zzz lock"),
    *("verify --foo", "verify --ofline", "verify --offline=1", "verify --report"),
    *("verify --check", "list --dry-run", "--format json list", "init --offlne"),
    *("verify --fail-on eror", "verify --fail-on x", "verify --format jsn"),
    *("verify --timeout x", "verify --timeout 0", "list --format sarif"),
    *("update --details most", "update --bump=minro", "--color blue list"),
    *(
        "--project nowhere list",
        "--project /etc/passwd list",
        "diff a b c",
        "export",
        "export kustomise",
        "import",
    ),
    *("export zzz", "render x", "list --report json=x"),
    *("fleet zzz", "fleet wher", "fleet collect", "fleet where x --shard 1/2"),
    *("fleet collect . --shard 3/2", "fleet split --format sarif"),
)


def test_wrong_arguments(
    imagelock: Run, project: Path, snapshot: SnapshotAssertion
) -> None:
    said = {}
    for arguments in MISTAKES:
        result = imagelock(*arguments.split())
        assert (result.exit_code, result.out) == (2, "")
        said[arguments] = result.err

    assert "".join(f"$ imagelock {k}\n{v}\n" for k, v in said.items()) == snapshot


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("IMAGELOCK_VERBOSE", "true", "needs a whole number, such as `1`"),
        ("IMAGELOCK_QUIET", "maybe", "needs `1` or `0`"),
        ("IMAGELOCK_COLOR", "blue", "cannot be `blue`: use auto, always or never"),
    ],
)
def test_wrong_variables(
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    sentence: str,
) -> None:
    monkeypatch.setenv(variable, value)

    result = imagelock("list")

    assert result.exit_code == 2
    assert result.err.startswith(f"error: the variable `{variable}` {sentence}\n")
    assert "docs/reference/environment.md" in result.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("imagelock ve", ["verify"]),
        ("imagelock update ngi", ["nginx"]),
        ("imagelock outdated gh", ["ghcr.io/acme/app"]),
        ("imagelock pin --image re", ["redis"]),
        ("imagelock export kust", ["kustomize"]),
        ("imagelock rule stale-e", ["stale-entry"]),
        ("imagelock update zzz", []),
    ],
)
def test_completion(project: Path, words: str, expected: list[str]) -> None:
    (project / "images.lock").write_text(
        'version = 1\nplatforms = ["linux/amd64"]\n'
        + "".join(
            f'\n[[image]]\nreference = "{name}"\ndigest = "sha256:{"1" * 64}"\n'
            for name in (
                "docker.io/library/nginx:1.27",
                "docker.io/library/nginx:1.28",
                "docker.io/library/redis:7",
                "ghcr.io/acme/app:1",
            )
        )
    )

    assert completed(words) == expected
    assert locked_images("ngi") == ["nginx"]
    assert export_targets("kust") == ["kustomize"]


def test_completion_without_a_lockfile_offers_nothing(project: Path) -> None:
    assert completed("imagelock update n") == []
    (project / "images.lock").write_text("version = 99\n")
    assert completed("imagelock update n") == []
    assert locked_images("n") == []


def completed(words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "imagelock"],
        check=False,
        capture_output=True,
        text=True,
        env={
            "PATH": "",
            "_IMAGELOCK_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        },
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(not shutil.which("man"), reason="needs man")
def test_the_manual_page_has_no_mistakes() -> None:
    page = ROOT / "docs/reference/imagelock.1"
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", page],
        check=True,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "MANWIDTH": "80",
            "MANPAGER": "cat",
            "LC_ALL": "C.UTF-8",
        },
    )

    assert done.stderr == ""
    for name in ALL_COMMANDS.keys() - SUBCOMMANDS.keys():
        assert f"imagelock {name} [OPTIONS]" in done.stdout
