from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.digest import Digest
from imagelock.model.occurrence import Occurrence
from tests.support.compose_project import find

if TYPE_CHECKING:
    from imagelock.model.span import Span

OLD = f"sha256:{'a' * 64}"
NEW = f"sha256:{'b' * 64}"


def only_image(main: str, others: dict[str, str] | None = None) -> Occurrence:
    (found,) = [f for f in find(main, others) if isinstance(f, Occurrence)]
    return found


def pinned(main: str, found: Occurrence) -> str:
    """Return *main* with a new digest where *found* says that it goes."""
    data = main.encode()
    span, form = found.place.span, f"{found.place.text.partition('@')[0]}@{{digest}}"
    if found.slot is not None:
        span, form = found.slot.span, found.slot.template
    put = form.replace("{digest}", NEW).encode()
    return (data[: span.start] + put + data[span.end :]).decode()


def text_at(main: str, span: Span | None) -> str | None:
    return None if span is None else main.encode()[span.start : span.end].decode()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("redis:7", "redis:7@N"),
        ("redis:${T:-7}", "redis:${T:-7@N}"),
        ("redis:${T-7}", "redis:${T-7@N}"),
        ("redis:${T:-${U:-7}}", "redis:${T:-${U:-7@N}}"),
        ("redis:${T:-${U:-${W-7}}}", "redis:${T:-${U:-${W-7@N}}}"),
        ("redis:7${S:+-alpine}", "redis:7${S:+-alpine@N}"),
        ("redis:7${E:+-alpine}", "redis:7${E:+-alpine}@N"),
        ("redis:$S", "redis:$S@N"),
        ("redis:${S:-7}", "redis:${S:-7}@N"),
        ("redis:${T:-$S}", "redis:${T:-$S}@N"),
        ("redis:${T:-7}-alpine", "redis:${T:-7}-alpine@N"),
        ("redis:${T:-7}${E}", "redis:${T:-7}${E}@N"),
        ("${R:-docker.io}/redis:7", "${R:-docker.io}/redis:7@N"),
        ("${I:-redis:7}", "${I:-redis:7@N}"),
        ("${I:-redis}", "${I:-redis@N}"),
        (f"redis:${{T:-7@{OLD}}}", "redis:${T:-7@N}"),
        (f"${{I:-redis@{OLD}}}", "${I:-redis@N}"),
        (f"redis:${{T:-7}}@{OLD}", "redis:${T:-7}@N"),
    ],
)
def test_the_digest_goes_to_what_decided_the_end(image: str, expected: str) -> None:
    main = f"# é\nservices: {{a: {{image: '{image}'}}}}\n"
    env = {".env": "S=8\nE=\n"}

    found = only_image(main, env)

    assert found.unpinnable_reason is None
    after = pinned(main, found)
    assert after == main.replace(image, expected.replace("N", NEW))
    again = only_image(after, env).reference
    assert (again.name, again.digest) == (found.reference.name, Digest.parse(NEW))


@pytest.mark.parametrize("image", ["redis:7@$D", "$I", "redis:7@${X:-sha256}:$H"])
def test_a_digest_of_a_variable_stays(image: str) -> None:
    env = {".env": f"D={OLD}\nI=redis@{OLD}\nH={'a' * 64}\n"}

    assert only_image(f"services: {{a: {{image: '{image}'}}}}\n", env).unpinnable_reason


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("redis:7", None),
        ("redis:$S", None),
        ("redis:${T:-7}", "7"),
        ("redis:${T:-${U:-7.2}}", "7.2"),
        ("${I:-h:5000/redis:7}", "7"),
        ("redis:7${E}", "7"),
        ("redis:7${A:--alpine}", None),
        ("${I:-h:5000/redis}", None),
        (f"redis:${{T:-7}}@{OLD}", "7"),
        (f"redis:7${{T}}@{OLD}", "7"),
        (f"${{R:-docker.io/}}redis:7@{OLD}", None),
    ],
)
def test_the_tag_stands_where_it_is_written(image: str, tag: str | None) -> None:
    main = f"# é\nservices: {{a: {{image: '{image}'}}}}\n"

    assert text_at(main, only_image(main, {".env": "S=8\nE=\nT=\n"}).tag) == tag


@pytest.mark.parametrize(
    ("arguments", "unpinnable_reason"),
    [
        ("{BASE: 'a:1'}", False),
        ("{TAG: '1'}", False),
        ("{NAME: a}", True),
        ("{TAG: '${T:-1}'}", False),
    ],
)
def test_an_argument_takes_a_digest_if_it_is_the_end(
    arguments: str, *, unpinnable_reason: bool
) -> None:
    dockerfile = "ARG NAME=x\nARG TAG=9\nARG BASE=$NAME:$TAG\nFROM $BASE\n"
    main = f"services: {{a: {{build: {{args: {arguments}}}}}}}\n"

    assert (
        bool(only_image(main, {"Dockerfile": dockerfile}).unpinnable_reason)
        is unpinnable_reason
    )


def test_an_argument_of_several_bases_takes_none() -> None:
    main = "services: {a: {build: {args: {TAG: '1'}}}}\n"
    found = find(main, {"Dockerfile": "ARG TAG\nFROM a:$TAG\nFROM b:$TAG\n"})

    assert [isinstance(f, Occurrence) and bool(f.unpinnable_reason) for f in found] == [
        True
    ] * 2


@given(st.text(alphabet="$${}:-+?TUSE7ab/@", max_size=25))
def test_what_is_pinned_means_the_same_image(image: str) -> None:
    main = f"services:\n  a:\n    image: >-\n      x{image}\n"
    env = {".env": "S=8\nE=\n"}
    for found in find(main, env):
        if isinstance(found, Occurrence) and found.unpinnable_reason is None:
            (after,) = find(pinned(main, found), env)
            assert isinstance(after, Occurrence)
            assert after.reference.digest == Digest.parse(NEW)
            assert after.reference.repository == found.reference.repository
