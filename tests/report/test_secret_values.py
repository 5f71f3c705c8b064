"""Values of variables may be secret: messages have what is written in their place."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.commands.hidden_values import hide_in_findings
from imagelock.config import Config
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.reference import Reference
from imagelock.project.project_files import ProjectFiles
from tests.support.locked import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run

SECRET: Final = "hunter2secret"
WRITTEN: Final = {
    "tag": ("nginx:${DB_PASSWORD}", SECRET),
    "repository": ("${DB_PASSWORD}:1", SECRET),
    "host": ("${DB_PASSWORD}/team/app:1", f"{SECRET}.example"),
    "middle": ("ghcr.io/${DB_PASSWORD}/app:1", SECRET),
    "no reference": ("nginx:${DB_PASSWORD}", f"{SECRET}!"),
    "upper case": ("${DB_PASSWORD}", f"{SECRET.upper()}/App"),
    "image ID": ("${DB_PASSWORD}", f"sha256:{SECRET.encode().hex():0<64}"),
    "template": ("${DB_PASSWORD}", f"{{{{ {SECRET} }}}}"),
    "no registry": ("${DB_PASSWORD}/app", f"{SECRET.upper()}_/x"),
    "port": ("${DB_PASSWORD}/app", f"{SECRET}.example:99999"),
    "long": ("${DB_PASSWORD}", SECRET * 40),
    "default": ("nginx:${DB_PASSWORD:-1}", SECRET),
}
FORMATS: Final = ("json", "jsonl", "markdown", "github", "sarif", "gitlab", "junit")


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    """A registry that has nothing, and that all images are looked for on."""
    with serve(MemoryRegistry()) as address:
        hosts = ("docker.io", "ghcr.io", f"{SECRET}.example")
        (project / "imagelock.toml").write_text(
            "".join(
                f'[registries."{host}"]\nmirror = "{address}"\n'
                "resolve-from-mirror = true\n"
                for host in hosts
            )
        )
        yield address


@pytest.mark.parametrize("case", WRITTEN)
def test_no_message_has_the_value_of_a_variable(
    project: Path, address: str, imagelock: Run, case: str
) -> None:
    written, value = WRITTEN[case]
    (project / "compose.yaml").write_text(f"services: {{a: {{image: '{written}'}}}}\n")
    (project / ".env").write_text(f"DB_PASSWORD='{value}'\n")

    commands = [
        ("verify", "--offline", "-v"),
        ("verify", "--timeout", "5"),
        ("list",),
        ("list", "--format", "json"),
        ("lock", "--timeout", "5"),
        ("lock", "--timeout", "5", "--format", "json"),
        ("update", "--timeout", "5", "--format", "markdown"),
        ("outdated", "--timeout", "5"),
        ("outdated", "--timeout", "5", "--format", "json"),
        ("pin",),
        ("pin", "--variables"),
        ("pin", "--variables", "--format", "json"),
        ("export", "list"),
        *[("verify", "--offline", "--format", name) for name in FORMATS],
    ]
    for arguments in commands:
        result = f"{imagelock(*arguments)}"
        for text in (SECRET, SECRET.upper(), SECRET.encode().hex()):
            assert text not in result, (arguments, result)
    assert written in imagelock("verify", "--offline", "-v").out
    assert written in imagelock("list").out


def test_a_failure_names_the_variable(
    project: Path, address: str, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:${TAG}'}}\n")
    (project / ".env").write_text(f"TAG={SECRET}\n")

    result = imagelock("lock")
    (found,) = json.loads(imagelock("lock", "--format", "json").out)["findings"]

    assert "does not have `nginx:${TAG}`" in result.err
    assert found["rule"] == "not-found"
    assert found["reference"] is None
    assert "does not have `nginx:${TAG}`" in found["message"]

    settings = (project / "imagelock.toml").read_text()
    (project / "imagelock.toml").write_text(
        settings.replace(address, "http://localhost:9")
    )
    failed = imagelock("lock", "--format", "json", "--timeout", "2")
    (failure,) = json.loads(failed.out)["failures"]

    assert "cannot get `nginx:${TAG}`" in failed.err
    assert failure["reference"] is None
    assert "cannot get `nginx:${TAG}`" in failure["message"]


def test_names_of_files_do_not_show_it(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text(
        "include: ['${S}.yaml', {path: a.yaml, env_file: '${S}.env'}]\n"
        "services:\n  a: {extends: {file: '${S}.yaml', service: '${S}'}}\n"
        "  b: {build: {context: '${S}', dockerfile: '${S}', target: '${S}'}}\n"
        "  c: {image: 'x:${S:?the value ${S}}', build: '${S}'}\n"
        "  d: {image: 'x:${S', profiles: ['${S}']}\n"
        "  e: {image: '${S}', build: {additional_contexts: {a: '${S}'}}}\n"
        "  f: {image: 'y@${S}'}\n"
    )
    (project / ".env").write_text(f"S={SECRET}\n")

    for arguments in (("verify", "--offline", "-v"), ("list",), ("list", "a", "-v")):
        assert SECRET not in f"{imagelock(*arguments)}", arguments


def test_a_dockerfile_gets_the_value_from_compose(
    project: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text(
        "services: {a: {build: {context: ., args: {TAG: '${DB_PASSWORD}',"
        " BASE: '${WHOLE}'}}}}\n"
    )
    (project / "Dockerfile").write_text("ARG TAG\nARG BASE\nFROM x:$TAG\nFROM $BASE\n")
    (project / ".env").write_text(f"DB_PASSWORD={SECRET}\nWHOLE=y:{SECRET}\n")

    for arguments in (("verify", "--offline", "-v"), ("list",)):
        assert SECRET not in f"{imagelock(*arguments)}", arguments


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitlab-ci.yml", "variables: {V: SECRET}\na: {image: 'x:$V', script: [a]}\n"),
        ("docker-bake.hcl", ('target "a" { args = {}\n contexts = { b = '
         '"docker-image://x:${V}" } }\nvariable "V" { default = "SECRET" }\n')),
        ("main.tf", ('variable "v" { default = "SECRET" }\nresource "docker_image" "a" '
         '{ name = "x:${var.v}" }\n')),
        ("Dockerfile", "ARG V=SECRET\nFROM x:${V}\n"),
    ],
)  # fmt: skip
def test_other_formats_show_what_is_written(
    project: Path, imagelock: Run, name: str, text: str
) -> None:
    (project / name).write_text(text.replace("SECRET", SECRET))

    result = imagelock("verify", "--offline")

    assert "is not in the lockfile" in result.out, result
    assert SECRET not in f"{result}{imagelock('list')}"


def test_what_is_locked_is_shown(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:${TAG}'}}\n")
    (project / ".env").write_text("TAG=1.27\n")
    save(project, "nginx:1.27")

    assert "nginx:1.27  locked" in imagelock("list").out


def test_what_is_also_written_in_full_is_shown(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text(
        "services: {a: {image: 'nginx:${TAG}'}, b: {image: 'nginx:1.27'}}\n"
    )
    (project / ".env").write_text("TAG=1.27\n")

    result = imagelock("list", "nginx")

    assert result.out.startswith("docker.io/library/nginx:1.27\n")


def test_the_references_for_programs_are_complete(
    project: Path, imagelock: Run
) -> None:
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:${TAG}'}}\n")
    (project / ".env").write_text("TAG=1.27\n")

    (image,) = json.loads(imagelock("list", "--format", "json").out)["images"]

    assert image["reference"] == "docker.io/library/nginx:1.27"


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [
        ("DB_PASSWORD", False),
        ("githubToken", False),
        ("API_KEY", False),
        ("KEY", False),
        ("SECRET_STORE_TAG", True),
        ("TOKENIZER", True),
        ("MONKEY", True),
        ("TAG", True),
    ],
)
def test_a_variable_with_a_secret_is_known_by_its_name(
    project: Path, imagelock: Run, name: str, *, is_shown: bool
) -> None:
    (project / "compose.yaml").write_text(
        f"services: {{a: {{image: 'x:${{{name}}}'}}}}\n"
    )
    (project / ".env").write_text(f"{name}=1\n")

    def reference() -> str | None:
        (image,) = json.loads(imagelock("list", "--format", "json").out)["images"]
        shown: str | None = image["reference"]
        return shown

    expected = "docker.io/library/x:1"
    assert reference() == (expected if is_shown else None)
    save(project, "x:1")
    assert reference() == expected


def test_a_finding_about_an_answer_names_the_variable(project: Path) -> None:
    (project / "compose.yaml").write_text(
        "services: {a: {image: 'nginx:${TAG}'}, b: {image: 'redis:7'}}\n"
    )
    (project / ".env").write_text(f"TAG={SECRET}\n")
    files = ProjectFiles(root=project, config=Config())
    found = files.found()
    findings = [
        Finding(
            rule=Rule.TAG_GONE,
            severity=Severity.ERROR,
            message=f"`docker.io` does not have `{reference}`",
            path=PurePosixPath("compose.yaml"),
            reference=reference,
            hint=f"not `{reference.familiar}`",
        )
        for reference in map(Reference.parse, (f"nginx:{SECRET}", "redis:7"))
    ]

    hidden, shown = hide_in_findings(findings, found, set)

    assert hidden.message == "`docker.io` does not have `nginx:${TAG}`"
    assert hidden.hint == "not `nginx:${TAG}`"
    assert (hidden.subject, hidden.shown_reference) == ("nginx:${TAG}", None)
    assert shown == findings[1]
    locked = {Reference.parse(f"nginx:{SECRET}")}
    assert hide_in_findings(findings, found, lambda: locked) == findings
