"""Credentials in the files that `docker login` and others write."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from imagelock.registry.auth.credentials.file import parse_docker_config
from imagelock.registry.auth.credentials.keychain import StoredKeychain
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    Credential,
    IdentityToken,
    Secret,
)
from imagelock.registry.http.failure import Failure
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2:with:colons"
ALICE = Credential("alice", SECRET)
NOBODY = "00000000-0000-0000-0000-000000000000"


def encoded(text: str = f"alice:{SECRET}") -> str:
    return base64.b64encode(text.encode()).decode()


def secret(
    keychain: StoredKeychain, registry: str, repository: str = "team/app"
) -> Secret | None:
    stored = keychain.credential(registry, repository)
    return stored.secret if stored else None


def load(home: Path, content: object) -> StoredKeychain:
    folder = home / ".docker"
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "config.json").write_text(text)
    return StoredKeychain.of({}, home)


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

    assert secret(keychain, "ghcr.io", "team/app") == ALICE


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

    assert secret(keychain, "docker.io", "library/nginx") == ALICE


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

    assert keychain.credential("ghcr.io", "team/app") is None


def test_the_exact_name_wins_over_an_address(tmp_path: Path) -> None:
    other = {"auth": encoded("bob:other")}
    auths = {"https://ghcr.io/v1/": other, "ghcr.io": {"auth": encoded()}}

    assert secret(load(tmp_path, {"auths": auths}), "ghcr.io", "team/app") == ALICE


@pytest.mark.parametrize(
    "entry",
    [
        {"auth": encoded()},
        {"auth": encoded().rstrip("=")},
        {"auth": encoded(f"alice:{SECRET}\0\0")},
        {"auth": f"{encoded()}\n"},
        {"auth": f"{encoded()[:8]}\r\n{encoded()[8:]}"},
        {"auth": f"{encoded()[:5]}\n{encoded()[5:].rstrip('=')}\n"},
        {"auth": "", "username": "alice", "password": SECRET},
        {"username": "alice", "password": SECRET, "email": "a@example.com"},
    ],
)
def test_the_forms_of_an_entry(tmp_path: Path, entry: object) -> None:
    keychain = load(tmp_path, {"auths": {"ghcr.io": entry}})

    assert secret(keychain, "ghcr.io", "team/app") == ALICE


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"auths": None},
        {"auths": {}},
        {"auths": {"ghcr.io": {}}},
        {"auths": {"ghcr.io": None}},
        {"auths": {"ghcr.io": {"auth": encoded(":")}}},
    ],
)
def test_an_entry_may_be_empty(tmp_path: Path, content: object) -> None:
    assert load(tmp_path, content).credential("ghcr.io", "team/app") is None


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_is_no_credential(tmp_path: Path, content: str) -> None:
    assert load(tmp_path, content).credential("ghcr.io", "team/app") is None


def test_no_file_is_no_credential(tmp_path: Path) -> None:
    assert StoredKeychain.of({}, tmp_path).credential("ghcr.io", "team/app") is None


def test_the_environment_names_another_folder(tmp_path: Path) -> None:
    load(tmp_path, {"auths": {"ghcr.io": {"auth": encoded()}}})
    environment = {"DOCKER_CONFIG": str(tmp_path / ".docker")}

    keychain = StoredKeychain.of(environment, tmp_path / "elsewhere")

    assert secret(keychain, "ghcr.io", "team/app") == ALICE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not an object with `auths`"),
        ({"auths": {"ghcr.io": {"registrytoken": "hunter2\n"}}}, "`registrytoken`"),
        ({"credsStore": ["hunter2"]}, "is not a string"),
        ({"credHelpers": {"ghcr.io": 2}}, "is not a string"),
        ({"auths": []}, "`auths` is not an object"),
        ({"auths": {"ghcr.io": {"auth": "hunter2!"}}}, "the `auth` of `ghcr.io`"),
        ({"auths": {"ghcr.io": {"auth": encoded("hunter2")}}}, "`user:password`"),
        ({"auths": {"ghcr.io": {"auth": "/w=="}}}, "`user:password`"),
    ],
)
def test_a_broken_file_is_named_and_its_secrets_are_not(
    tmp_path: Path, content: object, message: str
) -> None:
    with pytest.raises(Failure, match=message) as caught:
        load(tmp_path, content).credential("ghcr.io", "team/app")

    assert "`~/.docker/config.json`" in str(caught.value)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"
    assert caught.value.__cause__ is None


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)

    with pytest.raises(Failure, match=r"cannot read `.*config\.json`"):
        StoredKeychain.of({}, tmp_path).credential("ghcr.io", "team/app")


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(GivenKeychain({"ghcr.io": ALICE}))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"registrytoken": SECRET}, BearerToken(SECRET)),
        ({"identitytoken": SECRET, "auth": encoded("<token>:")}, IdentityToken(SECRET)),
        ({"identitytoken": SECRET}, IdentityToken(SECRET)),
        (
            {"identitytoken": SECRET, "auth": encoded(f"{NOBODY}:")},
            IdentityToken(SECRET, NOBODY),
        ),
        ({"auth": encoded(f"{NOBODY}:{SECRET}")}, IdentityToken(SECRET, NOBODY)),
        ({"auth": encoded(f"<token>:{SECRET}")}, IdentityToken(SECRET)),
    ],
)
def test_tokens_are_distinguished_from_passwords(
    tmp_path: Path, entry: object, expected: Secret
) -> None:
    keychain = load(tmp_path, {"auths": {"ghcr.io": entry}})

    assert secret(keychain, "ghcr.io") == expected
    assert SECRET not in repr(keychain.credential("ghcr.io", "team/app"))


@pytest.mark.parametrize(
    ("repository", "user"),
    [
        ("team/app/web", "app"),
        ("team/app", "app"),
        ("team/apple", "team"),
        ("team", "team"),
        ("teammate/app", "host"),
        ("other", "host"),
    ],
)
def test_a_namespace_is_matched_by_whole_segments_and_the_longest_wins(
    tmp_path: Path, repository: str, user: str
) -> None:
    keys = {"ghcr.io": "host", "ghcr.io/team": "team", "ghcr.io/team/app": "app"}
    auths = {key: {"auth": encoded(f"{name}:x")} for key, name in keys.items()}

    keychain = load(tmp_path, {"auths": auths})

    assert secret(keychain, "ghcr.io", repository) == Credential(user, "x")


def test_a_namespace_of_docker_hub(tmp_path: Path) -> None:
    keychain = load(tmp_path, {"auths": {"docker.io/library": {"auth": encoded()}}})

    assert secret(keychain, "docker.io", "library/nginx") == ALICE
    assert secret(keychain, "docker.io", "someone/nginx") is None


def test_a_broken_entry_for_another_registry_does_not_matter(tmp_path: Path) -> None:
    auths = {"quay.io": {"auth": "!"}, "ghcr.io": {"auth": encoded()}}

    assert secret(load(tmp_path, {"auths": auths}), "ghcr.io") == ALICE


PLACES = [
    ("first.json", "auths of ~/first.json"),
    ("", "auths of $DOCKER_AUTH_CONFIG"),
    ("docker/config.json", "auths of ~/docker/config.json"),
    ("run/containers/auth.json", "auths of ~/run/containers/auth.json"),
    ("own/containers/auth.json", "auths of ~/own/containers/auth.json"),
]


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_the_first_place_that_has_something_counts(tmp_path: Path, first: int) -> None:
    text = json.dumps({"auths": {"ghcr.io": {"auth": encoded()}}})
    environment = {
        "REGISTRY_AUTH_FILE": str(tmp_path / "first.json"),
        "DOCKER_AUTH_CONFIG": text if first <= 1 else "{}",
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "own"),
    }
    for path, _ in PLACES[first:]:
        if path:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)

    stored = StoredKeychain.of(environment, tmp_path).credential("ghcr.io", "a")

    assert stored is not None
    assert stored.source == PLACES[first][1]


def test_the_folders_without_variables_are_in_the_home(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "containers" / "auth.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"auths": {"ghcr.io/team": {"auth": encoded()}}}))

    assert secret(StoredKeychain.of({}, tmp_path), "ghcr.io") == ALICE


def test_without_a_runtime_folder_that_of_the_user_counts(tmp_path: Path) -> None:
    """`/run/containers/UID`: for root, and for users without a login session."""
    run = tmp_path / "run" / "1000"
    run.mkdir(parents=True)
    text = json.dumps({"auths": {"ghcr.io": {"auth": encoded()}}})
    (run / "auth.json").write_text(text)

    keychain = StoredKeychain.of({}, tmp_path / "home", run)
    assert secret(keychain, "ghcr.io") == ALICE
    other = {"XDG_RUNTIME_DIR": str(tmp_path / "x")}
    keychain = StoredKeychain.of(other, tmp_path / "home", run)
    assert secret(keychain, "ghcr.io") is None


def test_the_file_of_old_is_the_last(tmp_path: Path) -> None:
    old = {"https://index.docker.io/v1/": {"auth": encoded(), "email": "a@b"}}
    (tmp_path / ".dockercfg").write_text(json.dumps(old))
    stored = StoredKeychain.of({}, tmp_path).credential("docker.io", "library/a")
    assert stored is not None
    assert (stored.secret, stored.source) == (ALICE, "auths of ~/.dockercfg")

    newer = {"auths": {"docker.io": {"auth": encoded("bob:x")}}}
    assert secret(load(tmp_path, newer), "docker.io") == Credential("bob", "x")

    (tmp_path / ".dockercfg").write_text("[]")
    with pytest.raises(Failure, match=r"`~/\.dockercfg` is not"):
        StoredKeychain.of({}, tmp_path).credential("quay.io", "a")


@pytest.mark.parametrize(
    ("repository", "helper"),
    [
        ("team/app", "team"),
        ("team", "team"),
        ("team/app/x", "app"),
        ("teammate/app", "host"),
        ("", "host"),
    ],
)
def test_helpers_are_chosen_by_namespace(
    tmp_path: Path, repository: str, helper: str
) -> None:
    file = parse_docker_config(
        json.dumps(
            {
                "credHelpers": {
                    "ghcr.io": "host",
                    "ghcr.io/team": "team",
                    "ghcr.io/team/app/x": "app",
                },
                "credsStore": "store",
            }
        )
    )

    assert file.helper("ghcr.io", repository) == (helper, "credHelpers")
    assert file.helper("quay.io", repository) == ("store", "credsStore")


def test_a_place_is_read_only_when_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{")
    text = json.dumps({"auths": {"ghcr.io": {"auth": encoded()}}})

    keychain = StoredKeychain.of({"DOCKER_AUTH_CONFIG": text}, tmp_path)

    assert secret(keychain, "ghcr.io") == ALICE
    with pytest.raises(Failure):
        keychain.credential("quay.io", "a")


def test_a_place_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    keychain = StoredKeychain.of({"REGISTRY_AUTH_FILE": str(tmp_path)}, tmp_path)

    with pytest.raises(Failure, match="cannot read"):
        keychain.credential("quay.io", "a")
