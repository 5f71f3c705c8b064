"""What an `index.yaml` says about a chart, whatever its form, and whoever wrote it."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import RegistryError
from imagelock.model.reference import Reference
from imagelock.registry.auth.credentials.keychain import StoredKeychain
from imagelock.registry.chart_client import ChartClient
from imagelock.registry.chart_index import versions_of
from imagelock.registry.http.failure import Failure, Missing
from imagelock.registry.settings import ClientSettings
from tests.support.chart_repositories import digest_of, index_of
from tests.support.memory import World

A, B = digest_of("a"), digest_of("b")
MANY = 5_000_000
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
FLOW = st.fixed_dictionaries({"flow": st.booleans()})
INDEXES = st.dictionaries(
    NAMES, st.dictionaries(st.sampled_from(["1.2.3", "v2.0.0-rc.1"]), st.just(A))
)


@given(INDEXES, FLOW, st.sampled_from(["\n", "\r\n"]))
def test_each_form_of_an_index_says_the_same(
    charts: dict[str, dict[str, str]], flow: dict[str, bool], newline: str
) -> None:
    tree = {
        "apiVersion": "v1",
        "entries": {
            name: [{"version": v, "digest": d} for v, d in versions.items()]
            for name, versions in charts.items()
        },
        "generated": "now",
    }
    forms = [index_of(charts), json.dumps(tree)]
    forms.append(yaml.safe_dump(tree, default_flow_style=flow["flow"]))
    for form in forms:
        index = form.replace("\n", newline).encode()
        for name, versions in charts.items():
            if not versions:
                continue
            digests = versions_of(index, name).digests
            assert {v: d and d.encoded for v, d in digests.items()} == versions
        with pytest.raises(Missing):
            versions_of(index, "not-there-at-all")


@pytest.mark.parametrize(
    ("stated", "asked"),
    [("1.2.3", "v1.2.3"), ("v1.2.3", "1.2.3"), ("1.2.3+build.5", "1.2.3")],
)
def test_versions_are_alike_as_for_helm(stated: str, asked: str) -> None:
    versions = versions_of(index_of({"a": {stated: A}}).encode(), "a")
    assert versions.digest(asked).encoded == A


def test_the_very_version_counts_before_those_that_are_alike() -> None:
    versions = versions_of(index_of({"a": {"v1.2.3": A, "1.2.3": B}}).encode(), "a")
    assert versions.digest("1.2.3").encoded == B


BLOCK = "entries:\n  a:\n  - {{version: 1.2.3, digest: {}}}\n"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("", "no `entries`"),
        ("<html>", "no `entries`"),
        ("entries: []", "no `entries`"),
        ("entries: {a: 1}", "is no list"),
        ("\0", "NUL"),
        (BLOCK.format("md5"), "not the digest"),
        (BLOCK.format(A) + f"  - {{version: 1.2.3, digest: {B}}}\n", "two digests"),
        (BLOCK.format(A) + f'  "a":\n  - {{version: 1.2.3, digest: {B}}}\n', "twice"),
        (BLOCK.format(A) + "entries:\n  a: []\n", "`entries` twice"),
        ("entries: {a: [" + "{}," * 300_000 + "]}", "too many lists"),
        ("[" * MANY, "too large"),
        ("entries:\n" + " " * MANY, "too large"),
        ("entries:\n  a:\n" + "  - version: 1.2.3\n" * 400_000, "too large"),
        ("entries:\n  a:\n" + "  - x\n" * 30_000, "more than 20000 versions"),
    ],
)
def test_an_index_that_cannot_be_used_says_why(index: str, message: str) -> None:
    with pytest.raises(Failure, match=message):
        versions_of(index.encode(), "a")


def test_aliases_multiply_nothing() -> None:
    lists = "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    index = f"x0: &x0 [1]\n{lists}entries:\n  a: *x29\n"
    with pytest.raises(Failure):
        versions_of(index.encode(), "a").digest("1.2.3")


def client(world: World) -> ChartClient:
    keychain = StoredKeychain.of({}, None, None)
    return ChartClient(ClientSettings(), keychain, transport=world.transport)


def test_an_address_without_tls_is_not_asked() -> None:
    world = World()
    reference = Reference.of_chart("http://charts.example.com", "a", "1.2.3")
    with client(world) as charts, pytest.raises(RegistryError, match="no TLS"):
        charts.digest(reference)
    assert world.log == []


def test_an_index_that_cannot_be_asked_for_is_asked_for_once() -> None:
    world = World()
    world.answer("charts.example.com", 403)
    references = [
        Reference.of_chart("https://charts.example.com/a", name, "1.2.3")
        for name in "ab"
    ]
    with client(world) as charts:
        charts.expect(references)
        for reference in references:
            with pytest.raises(RegistryError, match="access is denied"):
                charts.digest(reference)
    asked = [line for line in world.log if line.endswith("index.yaml")]
    assert len(asked) == 1


def test_charts_that_were_not_announced_are_found_too() -> None:
    world = World()
    index = index_of({"a": {"1.2.3": A}, "b": {"1.2.3": B}})
    world.answer("charts.example.com", content=index.encode())
    with client(world) as charts:
        for name, digest in (("a", A), ("b", B)):
            reference = Reference.of_chart("https://charts.example.com", name, "1.2.3")
            assert charts.digest(reference).encoded == digest
