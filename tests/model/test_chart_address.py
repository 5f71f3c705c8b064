"""References to charts by the address of their repository."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.reference import Reference

HOSTS = st.sampled_from(["charts.example.com", "a:8443", "127.0.0.1", "docker.io"])
PATHS = st.sampled_from(["", "/stable", "/Team/~user/charts+x", "/a%20b"])
CHARTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
VERSIONS = st.sampled_from(["1.2.3", "v0.0.1", "1.2.3-rc.1", "1.2.3+build.7"])


@given(st.sampled_from(["http", "https"]), HOSTS, PATHS, CHARTS, VERSIONS)
def test_a_key_is_read_as_it_is_written(
    scheme: str, host: str, path: str, chart: str, version: str
) -> None:
    address = f"{scheme}://{host}{path}"
    reference = Reference.of_chart(address, chart, version)
    assert str(reference) == f"{address}/{chart}:{version}" == reference.familiar
    assert Reference.parse_key(str(reference)) == reference
    assert reference.chart_repository == (address, chart)
    digest = Digest.of(b"")
    assert Reference.parse_key(str(reference.at(digest))) == reference.at(digest)


def test_an_image_of_the_same_name_is_another_key() -> None:
    chart = Reference.parse_key("https://ghcr.io/acme/app:1.2.3")
    image = Reference.parse_key("ghcr.io/acme/app:1.2.3")
    assert chart != image
    assert chart.name == image.name


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTPS://Charts.Example.com:443/Stable/", "https://charts.example.com/Stable"),
        ("http://a.example:80", "http://a.example"),
        ("http://a.example:443//", "http://a.example:443"),
    ],
)
def test_addresses_have_one_form(written: str, normal: str) -> None:
    reference = Reference.of_chart(written, "a", "1.2.3")
    assert str(reference) == f"{normal}/a:1.2.3"


@pytest.mark.parametrize(
    "address",
    [
        *("", "charts.example.com", "oci://ghcr.io/a", "file://charts", "https://"),
        *("https://a/../b", "https://a/./b", "https://a//b", "https://a?x=1"),
        *("https://a/b#c", "https://a b/c", "https://a/b\nc", "https://[::1]/"),
        *("https://user:secret@a/b", "https://user@a", 'https://a/"b"', "https://-a"),
        *("https://é.example", "https://a:123456", "https://" + "a/" * 200),
    ],
)
def test_other_addresses_are_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(InvalidReferenceError) as caught:
        Reference.of_chart(address, "a", "1.2.3")
    assert "secret" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("chart", ["", "a/b", "a b", ".a", "a:b", 'a"', "a" * 300])
def test_other_names_are_refused(chart: str) -> None:
    with pytest.raises(InvalidReferenceError):
        Reference.of_chart("https://a", chart, "1.2.3")


@pytest.mark.parametrize(
    "version", ["", "1", "1.2", "^1.2.3", "1.2.x", "1.2.3 ", "1.2.3@x"]
)
def test_ranges_are_refused(version: str) -> None:
    with pytest.raises(InvalidReferenceError):
        Reference.of_chart("https://a", "a", version)
