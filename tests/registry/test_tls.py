"""Certificates of a host: settings, and the folders of Docker and Podman."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from imagelock.config.registries import ClientCertificate, HostSettings
from imagelock.errors import ConfigurationError, RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.connect import authorities, certificate_folders
from imagelock.registry.http.tls import (
    HostTls,
    host_names,
    ssl_context,
    tls_of_host,
)
from imagelock.registry.settings import ClientSettings
from tests.support.certificates import Authority
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from pathlib import Path

HOST = "registry.example:5000"
PLAIN = HostSettings()


def put(folder: Path, *files: str) -> list[Path]:
    """Create empty *files*, and the folder if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        (folder / name).touch()
    return [folder / name for name in files]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


def test_a_folder_holds_authorities_and_pairs(tmp_path: Path) -> None:
    files = put(tmp_path / HOST, "b.crt", "a.crt", "me.cert", "me.key", "README")

    tls = tls_of_host(HOST, [HOST], PLAIN, [tmp_path])

    assert tls.authorities == (files[1], files[0])
    assert tls.certificates == (ClientCertificate(files[2], files[3]),)
    assert not tls.is_default


def test_a_folder_is_for_exactly_its_host_and_port(tmp_path: Path) -> None:
    put(tmp_path / "registry.example", "a.crt")
    put(tmp_path / "registry.example:5001", "a.crt")
    put(tmp_path / "example:5000", "a.crt")

    assert tls_of_host(HOST, [HOST], PLAIN, [tmp_path]).is_default


def test_the_first_folder_that_knows_the_host_counts(tmp_path: Path) -> None:
    (mine,) = put(tmp_path / "mine" / HOST, "a.crt")
    put(tmp_path / "theirs" / HOST, "b.crt")
    folders = [tmp_path / "absent", tmp_path / "mine", tmp_path / "theirs"]

    assert tls_of_host(HOST, [HOST], PLAIN, folders).authorities == (mine,)


def test_settings_add_an_authority_and_replace_the_pair(tmp_path: Path) -> None:
    (theirs, *_) = put(tmp_path / HOST, "a.crt", "me.cert", "me.key")
    settings = HostSettings(
        authorities=(tmp_path / "ca",),
        client_certificates=(ClientCertificate(tmp_path / "my", None),),
    )

    tls = tls_of_host(HOST, [HOST], settings, [tmp_path])

    assert tls.authorities == (theirs, tmp_path / "ca")
    assert tls.certificates == (ClientCertificate(tmp_path / "my", None),)


@pytest.mark.parametrize(
    ("there", "lacking"), [("me.cert", "me.key"), ("me.key", "me.cert")]
)
def test_half_a_pair_is_an_error_that_names_it(
    tmp_path: Path, there: str, lacking: str
) -> None:
    (path,) = put(tmp_path / HOST, there)

    with pytest.raises(ConfigurationError) as caught:
        tls_of_host(HOST, [HOST], PLAIN, [tmp_path])

    assert str(caught.value) == f"`{path}`, for `{HOST}`, has no `{lacking}` beside it"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example:5000/v2/", ["a.example:5000"]),
        ("https://a.example/v2/", ["a.example", "a.example:443"]),
        ("https://[::1]:5000/", ["[::1]:5000"]),
        (
            "https://registry-1.docker.io/",
            ["registry-1.docker.io", "registry-1.docker.io:443", "docker.io"],
        ),
    ],
)
def test_the_names_of_a_server(url: str, expected: list[str]) -> None:
    assert host_names(httpx.URL(url)) == expected


def test_with_an_authority_the_host_is_still_checked(
    authority: Authority,
) -> None:
    trusted = HostTls(host=HOST, authorities=(authority.certificate,))

    context = ssl_context(trusted, [])

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_only_skipping_skips_the_check() -> None:
    context = ssl_context(HostTls(host=HOST, skip_verify=True), [])

    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


@pytest.mark.parametrize("name", ["absent.pem", "junk.pem"])
def test_an_authority_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    (tmp_path / "junk.pem").write_text("junk")

    with pytest.raises(ConfigurationError) as caught:
        ssl_context(HostTls(host=HOST, authorities=(path,)), [])

    message = f"cannot use the certificate authority `{path}` for `{HOST}`: "
    assert str(caught.value).startswith(message)
    assert caught.value.hint


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    certificate, _ = authority.issue("one")
    _, key = authority.issue("two")

    with pytest.raises(ConfigurationError) as caught:
        ssl_context(
            HostTls(host=HOST, certificates=(ClientCertificate(certificate, key),)), []
        )

    assert f"`{certificate}` and `{key}` for `{HOST}`" in str(caught.value)


def test_a_broken_certificate_is_no_trouble_for_other_hosts(tmp_path: Path) -> None:
    put(tmp_path / HOST, "me.key")
    settings = ClientSettings(certificate_folders=(tmp_path,))

    with RegistryClient(settings, GivenKeychain({})) as client:
        with pytest.raises(RegistryError, match=r"has no `me\.cert` beside"):
            client.digest(Reference.parse(f"{HOST}/team/app:1"))
        with pytest.raises(RegistryError, match="connection was refused"):
            client.digest(Reference.parse("127.0.0.1:1/team/app:1"))


def test_the_environment_names_authorities(tmp_path: Path) -> None:
    (file,) = put(tmp_path, "a.pem")
    folders = os.pathsep.join([str(tmp_path), str(tmp_path / "absent")])
    environment = {"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": folders}

    assert authorities(environment) == (file, tmp_path)
    assert authorities({"SSL_CERT_FILE": ""}) == ()


def test_the_folders_of_docker_and_containers(tmp_path: Path) -> None:
    system = ["/etc/containers/certs.d", "/etc/docker/certs.d"]

    folders = list(map(str, certificate_folders({}, tmp_path)))
    assert folders == [str(tmp_path / ".config/containers/certs.d"), *system]
    folders = list(map(str, certificate_folders({"XDG_CONFIG_HOME": "/x"}, tmp_path)))
    assert folders == ["/x/containers/certs.d", *system]
