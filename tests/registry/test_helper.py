"""Credential helpers, as real programs on the `PATH`."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from imagelock.registry.auth.credentials.helper import CredentialHelpers
from imagelock.registry.auth.credentials.keychain import StoredKeychain
from imagelock.registry.auth.credentials.model import Credential, IdentityToken
from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "hunter2"
ANSWER = json.dumps({"ServerURL": "x", "Username": "alice", "Secret": SECRET})
ALICE = Credential("alice", SECRET)


def helper(folder: Path, body: str, name: str = "fake") -> dict[str, str]:
    """Write a helper that runs the shell's *body*; return an environment for it.

    What it is called with, and its input, are lines of the file `asked`.
    """
    program = folder / f"docker-credential-{name}"
    asked = f'printf "%s <%s>\\n" "$*" "$(cat)" >> "{folder}/asked"\n'
    program.write_text(f"#!/bin/sh\n{asked}{body}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def keychain(folder: Path, config: object, body: str) -> StoredKeychain:
    environment = helper(folder, body)
    environment["DOCKER_AUTH_CONFIG"] = json.dumps(config)
    return StoredKeychain.of(environment, folder)


@pytest.mark.parametrize(
    ("registry", "key"),
    [
        ("ghcr.io", "ghcr.io"),
        ("127.0.0.1:5000", "127.0.0.1:5000"),
        ("docker.io", "https://index.docker.io/v1/"),
    ],
)
def test_the_protocol(tmp_path: Path, registry: str, key: str) -> None:
    helpers = CredentialHelpers(helper(tmp_path, f"echo '{ANSWER}'"))

    assert helpers.secret("fake", registry) == ALICE
    assert asked(tmp_path) == [f"get <{key}>"]


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_the_case_of_keys_does_not_matter(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    answer = {change(key): value for key, value in json.loads(ANSWER).items()}
    helpers = CredentialHelpers(helper(tmp_path, f"echo '{json.dumps(answer)}'"))

    assert helpers.secret("fake", "ghcr.io") == ALICE


def test_one_run_for_many_threads(tmp_path: Path) -> None:
    helpers = CredentialHelpers(helper(tmp_path, f"echo '{ANSWER}'"))

    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda _: helpers.secret("fake", "ghcr.io"), range(16)))

    assert secrets == [ALICE] * 16
    assert len(asked(tmp_path)) == 1


def test_the_token_user_has_an_identity_token(tmp_path: Path) -> None:
    answer = json.dumps({"Username": "<token>", "Secret": SECRET})
    helpers = CredentialHelpers(helper(tmp_path, f"echo '{answer}'"))

    assert helpers.secret("fake", "ghcr.io") == IdentityToken(SECRET)


def test_not_found_is_anonymous(tmp_path: Path) -> None:
    body = "echo credentials not found in native keychain; exit 1"

    assert CredentialHelpers(helper(tmp_path, body)).secret("fake", "ghcr.io") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo 'keychain is locked'; exit 1", "failed with status 1: keychain is loc"),
        ("echo 'broken pipe' >&2; exit 3", "failed with status 3: broken pipe"),
        ("printf 'a\\033[2Jb\\nc'; exit 1", r"status 1: a\\x1b\[2Jb c"),
        ("head -c 9999 /dev/zero | tr '\\0' a; exit 1", "status 1: a{200}…$"),
        ("exit 1", "failed with status 1$"),
        (f"echo '{ANSWER}'; exit 1", "failed with status 1$"),
        (f"echo '{SECRET}'", "answered without `Username` and `Secret`"),
        (f"""echo '{{"Secret": "{SECRET}"}}'""", "answered without"),
        ("exec sleep 60", "did not answer in 0.5 seconds"),
    ],
)
def test_any_other_failure_is_an_error_without_secrets(
    tmp_path: Path, body: str, message: str
) -> None:
    helpers = CredentialHelpers(
        helper(tmp_path, body), timeout=0.5 if "sleep" in body else 30
    )

    for _ in range(2):
        with pytest.raises(Failure, match=message) as caught:
            helpers.secret("fake", "ghcr.io")
        assert "docker-credential-fake" in str(caught.value)
        assert SECRET not in f"{caught.value!r} {caught.value.hint}"
        assert caught.value.__context__ is None
    assert len(asked(tmp_path)) == 1


def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is not on the `PATH`"):
        CredentialHelpers({"PATH": str(tmp_path)}).secret("fake", "ghcr.io")


def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    environment = helper(tmp_path, "")
    (tmp_path / "docker-credential-fake").write_text("#!/no/such/program\n")

    with pytest.raises(Failure, match="cannot be run: No such file"):
        CredentialHelpers(environment).secret("fake", "ghcr.io")


@pytest.mark.parametrize("name", ["../evil", "a b", "a;b", "a\n", "é"])
def test_a_name_with_other_characters_is_never_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure, match="is not the name of a credential helper"):
        CredentialHelpers({"PATH": str(tmp_path)}).secret(name, "ghcr.io")


@pytest.mark.parametrize(
    ("config", "source"),
    [
        ({"credsStore": "fake"}, "credsStore"),
        ({"credHelpers": {"ghcr.io": "fake"}, "credsStore": "other"}, "credHelpers"),
        ({"credHelpers": {"https://GHCR.io/v2/": "fake"}}, "credHelpers"),
    ],
)
def test_which_helper_is_asked(tmp_path: Path, config: object, source: str) -> None:
    stored = keychain(tmp_path, config, f"echo '{ANSWER}'").credential("ghcr.io", "a")

    assert stored is not None
    assert stored.secret == ALICE
    assert stored.source == f"{source} of $DOCKER_AUTH_CONFIG"


BOB = {"ghcr.io": {"username": "bob", "password": "x"}}


def test_an_empty_helper_means_the_file_itself(tmp_path: Path) -> None:
    config = {"credHelpers": {"ghcr.io": ""}, "credsStore": "fake", "auths": BOB}

    stored = keychain(tmp_path, config, "exit 1").credential("ghcr.io", "a")

    assert stored is not None
    assert stored.secret == Credential("bob", "x")


def test_a_helper_hides_what_its_file_has_and_not_the_other_files(
    tmp_path: Path,
) -> None:
    body = "echo credentials not found in native keychain; exit 1"
    chain = keychain(tmp_path, {"credsStore": "fake", "auths": BOB}, body)
    assert chain.credential("ghcr.io", "a") is None

    path = tmp_path / ".docker" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"auths": BOB}))
    chain = keychain(tmp_path, {"credsStore": "fake"}, body)
    assert chain.credential("ghcr.io", "a") is not None


def test_a_helper_for_another_registry_is_not_run(tmp_path: Path) -> None:
    others = ("ghcr.io.evil.example", "evil.ghcr.io", "ghcr.io/ab", "ghcr.io/a/b")
    config = {"credHelpers": dict.fromkeys(others, "fake")}

    assert keychain(tmp_path, config, "exit 1").credential("ghcr.io", "a") is None
    assert not (tmp_path / "asked").exists()


def test_a_helper_for_a_namespace_is_asked_for_its_host(tmp_path: Path) -> None:
    config = {"credHelpers": {"ghcr.io/team": "fake"}, "auths": BOB}
    chain = keychain(tmp_path, config, f"echo '{ANSWER}'")

    stored = chain.credential("ghcr.io", "team/app")
    assert stored is not None
    assert stored.source.startswith("credHelpers of ")
    assert asked(tmp_path) == ["get <ghcr.io>"]
    other = chain.credential("ghcr.io", "teammate/app")
    assert other is not None
    assert other.source.startswith("auths of ")
