"""Which proxy the environment sets for a server."""

from __future__ import annotations

import httpx
import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.errors import ConfigurationError, NotFoundError
from imagelock.model.reference import Reference
from imagelock.registry.client import RegistryClient
from imagelock.registry.http.proxy import proxy_for
from imagelock.registry.settings import ClientSettings
from tests.support.keychain import GivenKeychain

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, "https://ghcr.io/v2/", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "https://ghcr.io/v2/", "http://p:3128"),
        ({"https_proxy": "p:3128"}, "https://ghcr.io/v2/", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://ghcr.io/v2/", None),
        ({"ALL_PROXY": "http://p:1080"}, "http://ghcr.io/v2/", "http://p:1080"),
        (
            {"HTTPS_PROXY": "http://p", "NO_PROXY": "ghcr.io"},
            "https://ghcr.io/",
            None,
        ),
        (
            {"HTTPS_PROXY": "http://p", "NO_PROXY": ".example.com,10.0.0.7"},
            "https://registry.example.com/",
            None,
        ),
        (
            {"HTTPS_PROXY": "http://p", "NO_PROXY": "example.com"},
            "https://notexample.com/",
            "http://p",
        ),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, "https://ghcr.io/", None),
        ({"HTTP_PROXY": "http://p"}, "http://localhost:5000/", None),
        ({"HTTP_PROXY": "http://p"}, "http://127.0.0.1:5000/", None),
        ({"HTTP_PROXY": "http://p"}, "http://[::1]:5000/", None),
    ],
)
def test_the_proxy_of_a_server(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    url: str,
    expected: str | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    proxy = proxy_for(httpx.URL(url))

    assert (str(proxy) if proxy else None) == expected


@pytest.mark.parametrize(
    ("exceptions", "url", "is_covered"),
    [
        ("10.0.0.0/8,192.168.0.0/16", "https://192.168.7.1:5000/", True),
        ("10.0.0.0/8", "https://11.0.0.1/", False),
        ("10.0.0.5/8", "https://10.9.9.9/", True),  # Go forgives host bits
        ("10.0.0.0/8", "https://registry.example.com/", False),
        ("fd00::/8", "https://[fd12::1]:5000/", True),
        ("[fd12::1]", "https://[fd12::1]:5000/", True),
        ("[fd12::1]:5000", "https://[fd12::1]:5000/", True),
        ("10.0.0.7:5000", "https://10.0.0.7:5000/", True),
        ("10.0.0.7:5000", "https://10.0.0.7:5001/", False),
        ("10.0.0.7", "https://110.0.0.7/", False),
        ("*.example.com", "https://registry.example.com/", True),
        ("*.example.com", "https://notexample.com/", False),
        ("*.example.com", "https://example.com/", False),
        (".example.com", "https://example.com/", False),
        ("example.com", "https://example.com/", True),
        (f"ghcr.io:{'4' * 5000}", "https://ghcr.io/", False),
        ("registry.example.com:443", "https://registry.example.com/", True),
        ("registry.example.com:80", "https://registry.example.com/", False),
        ("registry.example.com:80", "http://registry.example.com/", True),
        ("Registry.Example.com", "https://REGISTRY.example.com/", True),
        ("ghcr.io , .corp", "https://registry.corp/", True),
        ("a.example,*", "https://ghcr.io/", True),
        ("", "https://ghcr.io/", False),
        (",:,[,1.2.3.4/99", "https://ghcr.io/", False),
    ],
)
def test_exceptions_mean_what_they_mean_for_docker(
    monkeypatch: pytest.MonkeyPatch, exceptions: str, url: str, *, is_covered: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://p:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)

    assert (proxy_for(httpx.URL(url)) is None) == is_covered


@pytest.mark.parametrize(
    "address", ["ftp://p", "http://", "http://[::1", "//", "socks5://p"]
)
def test_a_proxy_that_is_none_is_explained_without_its_text(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)

    monkeypatch.setattr("imagelock.registry.http.proxy.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match="the proxy that") as caught:
        proxy_for(httpx.URL("https://ghcr.io"))
    assert address not in str(caught.value)


def test_a_registry_is_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry in memory is the proxy: it logs the request, and refuses it."""
    registry = MemoryRegistry()
    with serve(registry) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        settings = ClientSettings(
            hosts={"registry.invalid": HostSettings(plain_http=True)}, timeout=10
        )
        with (
            RegistryClient(settings, GivenKeychain({})) as client,
            pytest.raises(NotFoundError),
        ):
            client.digest(Reference.parse("registry.invalid/team/app:1"))

    url = "http://registry.invalid/v2/team/app/manifests/1"
    assert registry.log == [f"HEAD {url}", f"GET {url}"]
