"""What hooks run needs no Typer, and means the same with it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from imagelock.cli import (
    _start_typer,
    fast_path,
    run_list,
    run_lock,
    run_lsp,
    run_verify,
)
from imagelock.cli import list as list_module
from imagelock.cli import lock as lock_module
from imagelock.cli import lsp as lsp_module
from imagelock.cli import verify as verify_module
from imagelock.cli.app import application
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Calls = list[tuple[str, dict[str, Any]]]

WORDS = (
    *("verify", "list", "lock", "compose.yaml", "a b", "nginx:1", "é", "", "-", "--"),
    *("--offline", "--environment", "--fail-on", "--format", "--report", "--deep"),
    *(
        "--quiet",
        "--verbose",
        "-q",
        "-v",
        "-vv",
        "-qv",
        "-x",
        "-qx",
        "--no-offline",
        "--no-cache",
        "--all",
        "--summary",
    ),
    *("--color", "--project", "--config", "--timeout", "--running", "--help", "-h"),
    *("error", "warning", "note", "Error", "text", "json", "sarif", "xml", "never"),
    *("auto", "always", ".", "nowhere", "json=out.json", "--version", "30", "--off"),
    *(
        "--fail-on=note",
        "--fail-on=",
        "--format=json",
        "--report=jsonl=x=y",
        "--color=",
    ),
    *("--project=.", "--project=nowhere", "--config=c.toml", "--color=never"),
    *(
        "--offline=true",
        "--format=",
        "--environment=1",
        "--quiet=1",
        "--install-completion",
    ),
)
vectors = st.tuples(
    st.lists(st.sampled_from(WORDS), max_size=2),
    st.sampled_from(
        (["verify", "--offline"], ["list"], ["verify"], ["lock"], ["lsp"], [])
    ),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=5),
).map(lambda parts: [*parts[0], *parts[1], *parts[2]])


@pytest.fixture(scope="module")
def calls() -> Iterator[Calls]:
    """Collect the calls of what commands do, by their name, instead of doing it."""
    made: Calls = []

    def instead_of(function: Callable[..., object]) -> Callable[..., int]:
        signature = inspect.signature(function)

        def record(*arguments: object, **options: object) -> int:
            bound = signature.bind(*arguments, **options)
            bound.apply_defaults()
            values = {
                name: list(value) if isinstance(value, list | tuple) else value
                for name, value in bound.arguments.items()
            }
            made.append((function.__name__, values))
            return 0

        return record

    with pytest.MonkeyPatch.context() as patch:
        for modules, name in (
            ((run_verify, verify_module), "run_verify"),
            ((run_list, list_module), "run_list"),
            ((run_lock, lock_module), "run_lock"),
            ((run_lsp, lsp_module), "run_lsp"),
        ):
            recorder = instead_of(getattr(modules[0], name))
            for module in modules:
                patch.setattr(module, name, recorder)
        yield made


def made_by_typer(arguments: Sequence[str], calls: Calls) -> Calls:
    calls.clear()
    with pytest.raises(SystemExit) as end:
        _start_typer(arguments)
    assert not end.value.code, "what Typer refuses was recognized"
    return list(calls)


@given(vectors)
@example(["verify", "--offline"])
@example(["verify", "--offline", "--all"])
@example(["--verbose", "lsp"])
@example(["lock", "--all", "--check"])
@example(["-qv", "verify", "--project=.", "--offline", "-v", "a", "--fail-on", "note"])
@example(
    ["--color", "bad", "--color", "never", "list", "--format=xml", "--format=json"]
)
@example(["list", "--", "-q"])
@example(["verify", "--offline", "\0"])
@example(["verify", "--timeout", "5", "--deep", "--timeout=30", "a"])
@example(["verify", "--offline", "--timeout", "7"])
@example(["lock", "--check", "--timeout=30", "--format=json", "--environment", "a"])
@example(["lock", "--report", "json=a", "--report", "junit=b"])
@example(["verify", "--offline", "--report", "json=a", "--report=junit=b=c", "p", "q"])
def test_every_recognized_command_line_means_what_typer_says(
    calls: Calls, arguments: list[str]
) -> None:
    run = fast_path.recognized_run(arguments, ())
    if run is None:
        return

    calls.clear()
    assert run() == 0
    ours = list(calls)

    assert len(ours) == 1
    assert made_by_typer(arguments, calls) == ours


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "--offline"],
        ["verify", "--offline", "compose.yaml", "k8s/"],
        ["-q", "verify", "--offline", "--fail-on=warning"],
        ["verify", "--offline", "--format", "github", "--report", "sarif=out.sarif"],
        ["--color", "never", "list"],
        ["list", "nginx", "--format", "json", "-v"],
        ["list", "--summary"],
        ["verify"],
        ["verify", "--deep", "--timeout", "60"],
        ["lock"],
        ["lock", "--check", "--format=json", "--timeout=5", "k8s/"],
        ["lock", "--offline"],
        ["--offline", "verify"],
    ],
)
def test_what_hooks_run_is_recognized(arguments: list[str]) -> None:
    assert fast_path.recognized_run(arguments, ["HOME", "PATH"]) is not None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify", "--running", "pods.json"],
        ["verify", "--timeout", "0"],
        ["verify", "--timeout", "1e3"],
        ["verify", "--timeout", "nan"],
        ["lock", "--timeout=-1"],
        ["update", "--offline"],
        ["verify", "--offline", "--help"],
        ["verify", "--offline", "--fail-on", "nothing"],
        ["verify", "--offline", "--report"],
        ["verify", "--offline", "--project", "nowhere"],
        ["verify", "--offline", "--color", "blue"],
        ["verify", "--offline", "-x"],
        ["list", "--format", "sarif"],
        ["--version", "list"],
    ],
)
def test_everything_else_is_left_to_typer(arguments: list[str]) -> None:
    assert fast_path.recognized_run(arguments, ()) is None


def test_typer_reads_the_variables_of_options() -> None:
    command: Any = typer.main.get_command(application())
    commands = [command, *command.commands.values()]
    variables = {p.envvar for each in commands for p in each.params if p.envvar}

    assert variables
    for name in {*variables, "_IMAGELOCK_COMPLETE"}:
        assert fast_path.recognized_run(["list"], [name]) is None
    assert fast_path.recognized_run(["list"], ["NOT_IMAGELOCK_FORMAT"]) is not None


MOST_MODULES = 175
"""Of imagelock, to read a Compose file for the first time, with room for a few more."""
POLICY_MODULES = 35
"""Of imagelock, besides those, for all rules of a policy."""
POLICY = """
[policy]
registries = ["docker.io/library/**"]
moving-tags = true
look-alike = true
end-of-life = true
max-age = "180d"
bases = { "docker.io/**" = ["debian"] }
labels = ["org.acme.team"]
pin = { "**" = "lock" }
deny = [{ image = "quay.io", since = 2026-01-01 }]
accept = [{ rule = "moving-tag", image = "redis", reason = "x" }]
"""
FRAMEWORKS = {
    *("typer", "click", "pydantic", "pydantic_core", "rich", "typing_extensions"),
    *("tomlkit", "pathspec", "asyncio"),
}


def run_and_list_modules(command: list[str]) -> tuple[str, set[str]]:
    """Run *command* in a process, and return its output and the loaded modules."""
    # Only where `click` is installed, httpx imports its own command line.
    program = f"""
import sys
sys.modules["httpx._main"] = None
from imagelock.cli import main
try:
    main({command})
except SystemExit as end:
    print(*filter(sys.modules.get, sys.modules), file=sys.stderr)
    sys.exit(end.code)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )

    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize("settings", ["", 'platforms = ["linux/amd64"]\n', POLICY])
@pytest.mark.parametrize("command", [["verify", "--offline"], ["list"]])
def test_what_hooks_run_loads_no_framework(
    project: Path, command: list[str], settings: str
) -> None:
    if settings:
        (project / "imagelock.toml").write_text(settings)
    (project / "compose.yaml").write_text("services: {web: {image: nginx}}\n")

    output, loaded = run_and_list_modules(command)

    assert "nginx" in output
    packages = {name.partition(".")[0] for name in loaded}
    assert not packages & (FRAMEWORKS | {"httpx", "httpcore", "truststore", "ssl"})
    assert not loaded & {"importlib.metadata", "dataclasses", "inspect", "difflib"}
    ours = {name for name in loaded if name.startswith("imagelock.")}
    assert len(ours) < MOST_MODULES + (POLICY_MODULES if settings == POLICY else 0)


def test_what_asks_registries_loads_only_the_http_client(project: Path) -> None:
    registry = MemoryRegistry()
    registry.push_image("team/app", "1", [AMD64])
    with serve(registry) as url:
        image = f"{url.removeprefix('http://')}/team/app:1"
        (project / "compose.yaml").write_text(f"services: {{a: {{image: '{image}'}}}}")
        runs = [run_and_list_modules([name]) for name in ("lock", "verify")]

    for output, loaded in runs:
        assert "1 image" in output
        packages = {name.partition(".")[0] for name in loaded}
        assert "httpx" in packages
        assert not packages & FRAMEWORKS
        assert "imagelock.registry.probe" not in loaded
