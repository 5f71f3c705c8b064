"""TLS on a real loopback connection: authorities and client certificates."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from imagelock.config.registries import ClientCertificate, HostSettings
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.settings import ClientSettings
from tests.support.certificates import Authority
from tests.support.keychain import GivenKeychain

if TYPE_CHECKING:
    from collections.abc import Iterator


class Empty(BaseHTTPRequestHandler):
    """A registry without content."""

    def do_HEAD(self) -> None:
        self.send_error(404)

    do_GET = do_HEAD  # noqa: N815 - the name that the library calls

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    """A server that requires a client certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Empty)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(address: str, settings: HostSettings, times: int = 1) -> list[str]:
    """Ask for a tag that is missing, and return the warnings."""
    warnings: list[str] = []
    hosts = ClientSettings(hosts={address: settings}, timeout=10)
    with RegistryClient(hosts, GivenKeychain({}), warn=warnings.append) as client:
        for _ in range(times):
            with pytest.raises(NotFoundError):
                client.digest(Reference.parse(f"{address}/app:1"))
    return warnings


def test_an_authority_and_a_certificate_open_it(
    address: str, authority: Authority
) -> None:
    certificate, key = authority.issue("me")
    settings = HostSettings(
        authorities=(authority.certificate,),
        client_certificates=(ClientCertificate(certificate, key),),
    )

    assert ask(address, settings) == []


def test_skipping_the_check_is_a_warning_once_a_host(
    address: str, authority: Authority
) -> None:
    certificate, key = authority.issue("me")
    settings = HostSettings(
        skip_verify=True, client_certificates=(ClientCertificate(certificate, key),)
    )

    message = f"the certificate of `{address}` is not checked: `skip-verify`"
    assert ask(address, settings, times=2) == [message]


@pytest.mark.parametrize(
    ("trusted", "message"),
    [(True, "it requires a client certificate"), (False, "certificate is not trusted")],
)
def test_without_either_it_stays_shut(
    address: str, authority: Authority, *, trusted: bool, message: str
) -> None:
    authorities = (authority.certificate,) if trusted else ()
    hosts = {address: HostSettings(plain_http=False, authorities=authorities)}

    with (
        RegistryClient(ClientSettings(hosts=hosts), GivenKeychain({})) as client,
        pytest.raises(RegistryError, match=message),
    ):
        client.digest(Reference.parse(f"{address}/app:1"))
