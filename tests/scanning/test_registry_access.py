"""A scanner is sent where imagelock looks, and gets no other credentials."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from imagelock.config.registries import HostSettings
from imagelock.model.digest import Digest
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    Credential,
    IdentityToken,
    Secret,
    StoredCredential,
)
from imagelock.registry.http.failure import Failure
from imagelock.registry.settings import ClientSettings, NoMirrors, ServerSettings
from imagelock.scanning.registry_access import RegistryAccess
from imagelock.scanning.scanner import ScannerUnusableError, ScanTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

HUB = ScanTarget("docker.io/library/nginx", Digest.of(b"nginx"))


class Keychain:
    """A secret for every registry, or a failure."""

    def __init__(self, secret: Secret | None) -> None:
        self._secret = secret

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        assert repository
        if registry == "broken.test":
            message = "the credential helper failed"
            raise Failure(message)
        return StoredCredential(self._secret, "test") if self._secret else None


def access(
    secret: Secret | None = None, settings: ClientSettings | None = None
) -> RegistryAccess:
    return RegistryAccess(settings or ClientSettings(), Keychain(secret))


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("secret", "entry"),
    [
        (Credential("anna", "a:b"), {"auth": encoded("anna:a:b")}),
        (
            IdentityToken("refresh"),
            {"auth": encoded("<token>:"), "identitytoken": "refresh"},
        ),
        (BearerToken("bearer"), {"registrytoken": "bearer"}),
    ],
)
def test_each_kind_of_secret_is_written_as_docker_does(
    secret: Secret, entry: dict[str, str]
) -> None:
    config = json.loads(access(secret).docker_config([HUB.repository, "a.test:5000/b"]))
    assert config["auths"] == {
        "https://index.docker.io/v1/": entry,
        "a.test:5000": entry,
    }


def test_without_credentials_there_are_none() -> None:
    assert json.loads(access().docker_config([HUB.repository]))["auths"] == {}


def test_credentials_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(ScannerUnusableError, match="the credential helper failed"):
        access().docker_config(["broken.test/app"])


def test_a_registry_is_asked_by_its_name() -> None:
    assert access().locations(HUB) == [HUB]


@pytest.mark.parametrize(
    ("host", "insecure"),
    [
        (HostSettings(plain_http=True), True),
        (HostSettings(skip_verify=True), True),
        (HostSettings(), False),
    ],
)
def test_tls_is_that_of_the_settings(host: HostSettings, *, insecure: bool) -> None:
    target = ScanTarget("a.test/app", HUB.digest)
    (location,) = access(settings=ClientSettings(hosts={"a.test": host})).locations(
        target
    )
    assert location.insecure is insecure


def test_a_mirror_is_asked_first() -> None:
    mirror = HostSettings(mirror="https://mirror.test/hub")
    settings = ClientSettings(hosts={"docker.io": mirror})
    assert [str(t) for t in access(settings=settings).locations(HUB)] == [
        f"mirror.test/hub/library/nginx@{HUB.digest}",
        str(HUB),
    ]


class OddMirrors(NoMirrors):
    """A mirror at a path that no scanner can be given."""

    def servers(self, registry: str, repository: str) -> Sequence[ServerSettings]:
        if repository == "blocked/app":
            message = "the settings block it"
            raise Failure(message)
        return [ServerSettings(address="mirror.test", root=f"/api/{registry}/v2")]


def test_a_mirror_that_scanners_cannot_use_is_an_error() -> None:
    settings = ClientSettings(mirrors=OddMirrors())
    with pytest.raises(ScannerUnusableError, match="a scanner cannot use"):
        access(settings=settings).locations(HUB)
    blocked = ScanTarget("docker.io/blocked/app", HUB.digest)
    with pytest.raises(ScannerUnusableError, match="the settings block it"):
        access(settings=settings).locations(blocked)
