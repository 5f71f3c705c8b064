"""Stored credentials, from the command line."""

from __future__ import annotations

import base64
import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.demo import answers
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform
from tests.support.changed_answers import ChangedAnswers

if TYPE_CHECKING:
    from imagelock.demo.answers import Answer
    from tests.conftest import Run
    from tests.support.changed_answers import Exchange

SECRET = "hunter2-secret"
PLATFORMS = [Platform.parse("linux/amd64"), Platform.parse("linux/arm64")]


def registry(scheme: AuthScheme, users: dict[str, str]) -> MemoryRegistry:
    memory = MemoryRegistry(authentication=scheme, users=users)
    memory.push_image("team/app", "1", PLATFORMS)
    return memory


class Public(ChangedAnswers):
    """A registry that is open, but rejects a wrong password."""

    def change(self, exchange: Exchange) -> Answer:
        _, headers, answer = exchange
        if headers.get("authorization", "").startswith("Basic "):
            return answers.error(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "expired")
        return answer


def write_project(folder: Path, address: str) -> None:
    text = f"services:\n  app:\n    image: {address}/team/app:1\n"
    (folder / "compose.yaml").write_text(text)


def store(text: object) -> None:
    folder = Path(os.environ["HOME"]) / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(text))


def entry(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{SECRET}".encode()).decode()}


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    program = folder / "docker-credential-fake"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


ANSWER = json.dumps({"Username": "alice", "Secret": SECRET})


@pytest.mark.parametrize("password", [SECRET, "another"])
@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.TOKEN])
@pytest.mark.parametrize("kept", ["auths", "helper", "broken helper"])
def test_a_secret_is_in_no_output_and_in_no_file(
    project: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    scheme: AuthScheme,
    password: str,
    kept: str,
) -> None:
    end = "; exit 1" if kept == "broken helper" else ""
    helper(tmp_path, monkeypatch, f"echo '{ANSWER}'{end}")
    with serve(registry(scheme, {"alice": password})) as url:
        address = url.removeprefix("http://")
        write_project(project, address)
        auths = {"auths": {address: entry("alice")}}
        store({"credsStore": "fake"} if "helper" in kept else auths)

        result = imagelock("-vv", "lock")

    fine = password == SECRET and kept != "broken helper"
    assert result.exit_code == (0 if fine else 3)
    assert (project / "images.lock").exists() == fine
    contents = [path.read_text() for path in project.rglob("*") if path.is_file()]
    encoded = entry("alice")["auth"]
    for text in (result.out, result.err, *contents):
        assert SECRET not in text
        assert encoded not in text


def test_expired_credentials_for_a_public_image_are_a_warning(
    project: Path, imagelock: Run
) -> None:
    public = Public(authentication=AuthScheme.TOKEN)
    public.push_image("team/app", "1", PLATFORMS)
    with serve(public) as url:
        address = url.removeprefix("http://")
        write_project(project, address)
        store({"auths": {address: entry("alice")}})

        locked = imagelock("lock")
        quiet = imagelock("--quiet", "verify")

    assert locked.exit_code == quiet.exit_code == 0
    assert locked.err.count("warning: ") == 1
    assert "refused the stored credentials (auths of ~/.docker/config.json)" in (
        locked.err
    )
    assert f"docker login {address}" in locked.err
    assert quiet.err == ""


@pytest.mark.parametrize("broken", ["credentials", "unreadable", "certificate"])
def test_a_broken_file_matters_only_to_who_needs_it(
    project: Path, imagelock: Run, broken: str
) -> None:
    if broken == "credentials":
        store([])
        words = "`~/.docker/config.json` is not a Docker configuration"
    elif broken == "unreadable":
        (Path(os.environ["HOME"]) / ".docker" / "config.json").mkdir(parents=True)
        words = "cannot read `~/.docker/config.json`"
    else:
        (project / "ca.pem").write_text("no certificate")
        words = "cannot use the certificate authority `"
    opened, closed = registry(AuthScheme.OPEN, {}), registry(AuthScheme.TOKEN, {})
    with serve(opened) as open_url, serve(closed) as closed_url:
        addresses = [url.removeprefix("http://") for url in (open_url, closed_url)]
        services = "".join(
            f"  s{number}:\n    image: {address}/team/app:1\n"
            for number, address in enumerate(addresses)
        )
        (project / "compose.yaml").write_text(f"services:\n{services}")
        if broken == "certificate":
            setting = f'[registries."{addresses[1]}"]\nca = "ca.pem"\n'
            (project / "imagelock.toml").write_text(setting)
        result = imagelock("lock")

    assert result.exit_code == 3
    assert words in result.err
    text = (project / "images.lock").read_text()
    assert f"{addresses[0]}/team/app:1" in text
    assert addresses[1] not in text
