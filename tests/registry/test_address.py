"""What the name of a host says about its address."""

from __future__ import annotations

import pytest

from imagelock.registry.http.address import reserved_suffix


@pytest.mark.parametrize(
    ("host", "suffix"),
    [
        ("example.com", "example.com"),
        ("Registry.Example.ORG:5000", "example.org"),
        ("a.b.example.net", "example.net"),
        ("registry.example", ".example"),
        ("registry.test:5000", ".test"),
        ("x.invalid", ".invalid"),
        ("ghcr.io", ""),
        ("myexample.com", ""),
        ("example.com.acme.io", ""),
        ("example.io", ""),
        ("mytest", ""),
        ("localhost:5000", ""),
        ("registry.localhost:5000", ""),
    ],
)
def test_names_that_nobody_can_register(host: str, suffix: str) -> None:
    assert reserved_suffix(host) == suffix
