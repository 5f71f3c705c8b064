"""`cooldown`: what is new waits, and what was seen is remembered."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.cooldown import (
    CooldownRegistry,
    past_cooldown,
    record_sighting,
)
from imagelock.errors import UnreadableFileError
from imagelock.lockfile.sightings import DigestSighting
from imagelock.lockfile.sightings import read_sightings as read
from imagelock.lockfile.sightings import write_sightings as write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, Image
from imagelock.model.reference import Reference
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.platform import Platform

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C, D = (Digest.of(name) for name in (b"a", b"b", b"c", b"d"))
KEY = Reference.parse("nginx:1.27")


def seen(digest: Digest, days: float) -> DigestSighting:
    return DigestSighting(digest, NOW - days * DAY)


@pytest.mark.parametrize(
    ("before", "current", "after"),
    [
        ([], A, []),
        ([], B, [seen(B, 0)]),
        ([seen(B, 2)], B, [seen(B, 2)]),
        ([seen(B, 2)], C, [seen(B, 2), seen(C, 0)]),
        ([seen(B, 2), seen(C, 1)], B, [seen(B, 2)]),
        ([seen(B, 2), seen(C, 1)], A, []),
    ],
)
def test_what_is_noted_of_a_tag_that_is_locked_to_a(
    before: list[DigestSighting], current: Digest, after: list[DigestSighting]
) -> None:
    assert list(record_sighting(before, A, current, NOW)) == after


def test_the_newest_ripe_one_is_first() -> None:
    known = [seen(B, 5), seen(C, 3), seen(D, 2.9)]

    assert list(past_cooldown(known, 3 * DAY, NOW)) == [seen(C, 3), seen(B, 5)]


class Tag:
    """A registry with one tag."""

    def __init__(self, current: Digest, *served: Digest) -> None:
        self.current = current
        self.served = {current, *served}

    def digest(self, reference: Reference) -> Digest:
        assert reference == KEY
        return self.current

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        assert digest
        assert not platforms
        return Image(reference=reference, digest=digest, media_type=OCI_INDEX)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        assert reference == KEY
        return digest in self.served


def cooled(registry: Tag, *known: DigestSighting) -> CooldownRegistry:
    image = Image(reference=KEY, digest=A, media_type=OCI_INDEX)
    return CooldownRegistry(registry, {KEY: image}, {KEY: known}, age=3 * DAY, now=NOW)


@pytest.mark.parametrize(
    ("registry", "known", "expected", "after"),
    [
        (Tag(A), [], A, []),
        (Tag(B), [], A, [seen(B, 0)]),
        (Tag(B), [seen(B, 2)], A, [seen(B, 2)]),
        (Tag(B), [seen(B, 3)], B, [seen(B, 3)]),
        (Tag(C, B), [seen(B, 3)], B, [seen(B, 3), seen(C, 0)]),
        (Tag(C), [seen(B, 3)], A, [seen(B, 3), seen(C, 0)]),
        (
            Tag(D, B, C),
            [seen(B, 9), seen(C, 4), seen(D, 1)],
            C,
            [seen(C, 4), seen(D, 1)],
        ),
        (
            Tag(D, B),
            [seen(B, 9), seen(C, 4), seen(D, 1)],
            B,
            [seen(B, 9), seen(C, 4), seen(D, 1)],
        ),
        (Tag(C, B), [seen(D, 9), seen(A, 5), seen(C, 1)], A, [seen(C, 1)]),
        (Tag(A, B), [seen(B, 9)], A, []),
    ],
)
def test_what_a_tag_is_locked_to(
    registry: Tag,
    known: list[DigestSighting],
    expected: Digest,
    after: list[DigestSighting],
) -> None:
    client = cooled(registry, *known)

    assert client.digest(KEY) == expected
    assert list(client.sightings.get(KEY, ())) == after
    is_waiting = bool(after) and after[-1].digest != expected
    assert client.waiting == ({KEY: after[-1]} if is_waiting else {})
    assert client.image(KEY, B, []).digest == B
    assert client.serves(KEY, registry.current)


def test_what_is_not_locked_does_not_wait() -> None:
    client = CooldownRegistry(Tag(B), {}, {KEY: (seen(C, 1),)}, age=DAY, now=NOW)

    assert client.digest(KEY) == B
    assert client.sightings == {}


SIGHTINGS = st.builds(
    DigestSighting,
    st.binary(max_size=2).map(Digest.of),
    st.integers(0, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)


@given(
    st.dictionaries(
        st.sampled_from([KEY, Reference.parse("example.com/a:1")]),
        st.lists(SIGHTINGS, min_size=1, max_size=3).map(tuple),
    )
)
def test_what_is_written_is_read(
    known: dict[Reference, tuple[DigestSighting, ...]],
) -> None:
    assert read(write(known).encode()) == known


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"version = ",
        b"version = 2",
        b"",
        b"version = 1\nseen = 1",
        b"version = 1\nseen = [1]",
        b"version = 1\n[[seen]]\nreference = 1",
        b"version = 1\n[[seen]]\nreference = 'a:1'\ndigest = 'sha256:0'\nsince = 1",
        b"version = 1\n[[seen]]\nreference = 'a:1'\ndigest = 1\nsince = 2026-01-01",
        b"version = 1\n[[seen]]\nreference = 'a:1'\nsince = 2026-01-01T00:00:00",
        b"version = 1\n[[seen]]\nreference = 'a:1'\nsince = 0001-01-01T00:00:00+23:00",
    ],
)
def test_what_is_not_such_a_file(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"seen.toml` cannot be used"):
        read(data)


@pytest.fixture
def shop(project: Path, address: str) -> Path:
    (project / "Dockerfile").write_text("FROM nginx:1.27\n")
    configure(project, address, 'cooldown = "3d"\n')
    return project


def locked(project: Path) -> str:
    data = tomllib.loads((project / "images.lock").read_text())
    return str(data["image"][0]["digest"])


def age(project: Path, days: int) -> None:
    """Let what was seen have been seen *days* earlier."""
    path = project / ".imagelock" / "seen.toml"
    known = read(path.read_bytes())
    older = {
        key: tuple(
            DigestSighting(sighting.digest, sighting.since - days * DAY)
            for sighting in entries
        )
        for key, entries in known.items()
    }
    path.write_text(write(older))


def test_a_new_digest_waits_and_is_locked_though_the_tag_moved_on(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    first = locked(shop)
    state = shop / ".imagelock" / "seen.toml"
    imagelock("update")
    assert not state.exists()

    second = hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="second")
    imagelock("update", "--dry-run")
    assert not state.exists()
    result = imagelock("update")
    assert result.exit_code == 0
    assert f"waiting: nginx:1.27  sha256:{second.short}  seen 20" in result.err
    assert "nothing changed" in result.out
    assert locked(shop) == first

    age(shop, 3)
    third = hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="third")
    assert imagelock("update").exit_code == 0
    assert locked(shop) == str(second)
    assert str(third) in state.read_text()
    assert str(second) in state.read_text(), "the lockfile may be a proposal"

    age(shop, 3)
    assert imagelock("update").exit_code == 0
    assert locked(shop) == str(third)
    assert imagelock("update").exit_code == 0
    assert "[[seen]]" not in state.read_text()


def test_a_file_that_cannot_be_used_is_an_error(shop: Path, imagelock: Run) -> None:
    imagelock("lock")
    (shop / ".imagelock").mkdir()
    (shop / ".imagelock" / "seen.toml").write_text("version = 7")

    result = imagelock("update")
    assert result.exit_code == 2
    assert "hint: delete it" in result.err


@pytest.mark.parametrize("cooldown", ["", "3", "3 d", "d", "-1d", "3m", "99999w", "٣d"])
def test_a_cooldown_is_a_time(
    shop: Path, address: str, imagelock: Run, cooldown: str
) -> None:
    configure(shop, address, f'cooldown = "{cooldown}"\n')

    result = imagelock("update")
    assert result.exit_code == 2
    assert "is not a duration such as `12h`, `3d` or `1w`" in result.err
