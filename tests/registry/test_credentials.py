"""What `docker login` leaves behind."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from imagelock.errors import ConfigurationError
from imagelock.registry.credentials import Credential, DockerKeychain

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2:with:colons"
ALICE = Credential("alice", SECRET)


def encoded(text: str = f"alice:{SECRET}") -> str:
    return base64.b64encode(text.encode()).decode()


def load(home: Path, content: object) -> DockerKeychain:
    folder = home / ".docker"
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "config.json").write_text(text)
    return DockerKeychain.load({}, home)


@pytest.mark.parametrize(
    "key",
    [
        "ghcr.io",
        "GHCR.io",
        "https://ghcr.io",
        "https://ghcr.io/",
        "https://ghcr.io/v1/",
        "https://ghcr.io/v2/",
        "http://ghcr.io",
        "ghcr.io/v1/",
    ],
)
def test_the_forms_of_a_key(tmp_path: Path, key: str) -> None:
    keychain = load(tmp_path, {"auths": {key: {"auth": encoded()}}})

    assert keychain.credential("ghcr.io") == ALICE


@pytest.mark.parametrize(
    "key",
    [
        "https://index.docker.io/v1/",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
        "https://registry-1.docker.io/v2/",
    ],
)
def test_the_names_of_docker_hub(tmp_path: Path, key: str) -> None:
    keychain = load(tmp_path, {"auths": {key: {"auth": encoded()}}})

    assert keychain.credential("docker.io") == ALICE


@pytest.mark.parametrize(
    "key",
    [
        "ghcr.io.evil.example",
        "evil.example/ghcr.io",
        "ghcr.io:5000",
        "ghcr.io/someone",
        "https://ghcr.io/v1/someone",
        "xghcr.io",
        "",
    ],
)
def test_no_other_host_gets_a_credential(tmp_path: Path, key: str) -> None:
    keychain = load(tmp_path, {"auths": {key: {"auth": encoded()}}})

    assert keychain.credential("ghcr.io") is None


def test_the_exact_name_wins_over_an_address(tmp_path: Path) -> None:
    other = {"auth": encoded("bob:other")}
    auths = {"https://ghcr.io/v1/": other, "ghcr.io": {"auth": encoded()}}

    assert load(tmp_path, {"auths": auths}).credential("ghcr.io") == ALICE


@pytest.mark.parametrize(
    "entry",
    [
        {"auth": encoded()},
        {"auth": encoded().rstrip("=")},
        {"auth": encoded(f"alice:{SECRET}\0\0")},
        {"auth": "", "username": "alice", "password": SECRET},
        {"username": "alice", "password": SECRET, "email": "a@example.com"},
    ],
)
def test_the_forms_of_an_entry(tmp_path: Path, entry: object) -> None:
    keychain = load(tmp_path, {"auths": {"ghcr.io": entry}})

    assert keychain.credential("ghcr.io") == ALICE


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"auths": None},
        {"auths": {}},
        {"auths": {"ghcr.io": {}}, "credsStore": "desktop"},
        {"auths": {"ghcr.io": None}},
        {"auths": {"ghcr.io": {"auth": encoded(":")}}},
    ],
)
def test_an_entry_may_be_empty(tmp_path: Path, content: object) -> None:
    assert load(tmp_path, content).credential("ghcr.io") is None


def test_no_file_is_no_credential(tmp_path: Path) -> None:
    assert DockerKeychain.load({}, tmp_path).credential("ghcr.io") is None


def test_the_environment_names_another_folder(tmp_path: Path) -> None:
    load(tmp_path, {"auths": {"ghcr.io": {"auth": encoded()}}})
    environment = {"DOCKER_CONFIG": str(tmp_path / ".docker")}

    keychain = DockerKeychain.load(environment, tmp_path / "elsewhere")

    assert keychain.credential("ghcr.io") == ALICE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not an object with `auths`"),
        ({"auths": []}, "`auths` is not an object"),
        ({"auths": {"ghcr.io": {"auth": "hunter2!"}}}, "the `auth` of `ghcr.io`"),
        ({"auths": {"ghcr.io": {"auth": encoded("hunter2")}}}, "`user:password`"),
        ({"auths": {"ghcr.io": {"auth": "/w=="}}}, "`user:password`"),
    ],
)
def test_a_broken_file_is_named_and_its_secrets_are_not(
    tmp_path: Path, content: object, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        load(tmp_path, content)

    assert str(tmp_path / ".docker" / "config.json") in str(caught.value)
    assert "hunter2" not in caught.value.explain()
    assert caught.value.__cause__ is None


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)

    with pytest.raises(ConfigurationError, match=r"cannot read `.*config\.json`"):
        DockerKeychain.load({}, tmp_path)


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(DockerKeychain({"ghcr.io": ALICE}))
