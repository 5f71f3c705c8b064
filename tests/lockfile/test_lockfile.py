from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.dataclass import replace
from imagelock.errors import LockfileError
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.reader import read
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import (
    DOCKER_LIST,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    PlatformManifest,
)
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.signer import KeySigner, NotationSigner, Signer, SigstoreSigner
from tests.model.test_reference import references

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")


def image(reference: str, content: str = "", *, release: str | None = None) -> Image:
    return Image(
        reference=Reference.parse(reference),
        digest=Digest.of(f"index {content}".encode()),
        media_type=OCI_INDEX,
        platforms=tuple(
            PlatformManifest(p, Digest.of(f"{p} {content}".encode()))
            for p in (AMD64, ARM64)
        ),
        release=release,
    )


def lockfile(*images: Image) -> Lockfile:
    return Lockfile((AMD64, ARM64), {entry.reference: entry for entry in images})


IMAGES = st.builds(
    Image,
    reference=references()
    .filter(lambda reference: reference.tag is not None)
    .map(lambda reference: reference.key),
    digest=st.just(Digest.of(b"")),
    media_type=st.sampled_from([OCI_INDEX, OCI_MANIFEST, DOCKER_LIST]),
    platforms=st.sampled_from(
        [(), (PlatformManifest(AMD64, Digest.of(b"1")),)],
    ),
    release=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    source=st.none() | st.sampled_from(["https://example.com/a.git#b", '"', "\\"]),
    revision=st.none() | st.just("0f"),
)


@given(st.lists(IMAGES, max_size=4))
def test_what_is_written_reads_back(images: list[Image]) -> None:
    original = lockfile(*images)

    assert read(write(original)) == original
    assert tomllib.loads(write(original))["version"] == 1


@given(st.permutations([image("b"), image("a:2"), image("a:1"), image("ghcr.io/a/b")]))
def test_the_same_images_give_the_same_bytes(images: list[Image]) -> None:
    assert write(lockfile(*images)) == write(lockfile(*reversed(images)))


def test_the_text_is_made_for_people_and_merges(snapshot: SnapshotAssertion) -> None:
    locked = lockfile(image("nginx:1.27", release="1.27.3"), image("ghcr.io/a/b:1"))

    assert write(locked) == snapshot


VALID = write(lockfile(image("nginx:1.27"), image("redis:7")))
SIGNERS: dict[str, Signer] = {
    "sigstore": SigstoreSigner("https://git.test/a.yml", "https://issuer.test", "x"),
    "key": KeySigner(str(Digest.of(b"key"))),
    "notation": NotationSigner("CN=acme.test", str(Digest.of(b"certificate"))),
}
SIGNED = write(
    lockfile(*(replace(image(f"{n}:1"), signer=s) for n, s in SIGNERS.items()))
)


def test_a_signer_is_a_line_of_its_entry(snapshot: SnapshotAssertion) -> None:
    lines = [line for line in SIGNED.splitlines() if line.startswith("signer")]

    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "key"', 'kind = "gpg"'),
        ('kind = "key", ', ""),
        ('issuer = "https://issuer.test"', 'issuer = ""'),
        ('source = "x"', "source = 1"),
        ("CN=acme.test", ""),
        (str(Digest.of(b"key")), "sha256:0"),
        ("subject", "name"),
    ],
)
def test_each_error_about_a_signer_says_where(
    old: str, new: str, snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(LockfileError) as refused:
        read(SIGNED.replace(old, new))

    assert refused.value.explain() == snapshot


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 9"),
        ("version = 1", 'version = "1"'),
        ("version = 1", ""),
        ("version = 1", "version = 0"),
        ("[[image]]", "[[image]"),
        ('reference = "docker.io/library/redis:7"', ""),
        ("docker.io/library/redis:7", "redis:7"),
        ("docker.io/library/redis:7", "docker.io/library/Redis:7"),
        ("docker.io/library/redis:7", "docker.io/library/nginx:1.27"),
        ("sha256:", "sha257:"),
        ("linux/arm64/v8", "linux/arm64"),
        ("nginx:1.27", f"nginx@{Digest.of(b'')}"),
        ("nginx:1.27", f"nginx:1.27@{image('nginx').digest}"),
        (OCI_INDEX, "text/html"),
        ("media-type", "mediatype"),
        (
            "platforms = [\n",
            'pinned = [{ file = "a", use = "FROM", wrote = ":1" }]\nplatforms = [\n',
        ),
    ],
)
def test_each_error_says_where_and_what_to_do(
    old: str, new: str, snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(LockfileError) as refused:
        read(VALID.replace(old, new))

    assert refused.value.explain() == snapshot


def test_entries_of_an_inline_array_have_its_line() -> None:
    key = Reference.parse("docker.io/library/nginx:1.27")
    entry = f'{{ reference = "{key}", digest = "{Digest.of(b"")}" }}'

    assert read(f"version = 1\nimage = [{entry}]\n").lines == {key: 1}
    with pytest.raises(LockfileError, match="locked twice, on lines 1 and 1"):
        read(f"version = 1\nimage = [{entry}, {entry}]\n")


OURS = write(lockfile(image("a:1"), image("b:1", "ours"), image("c:1"), image("x:1")))
THEIRS = write(lockfile(image("a:1"), image("b:1", "theirs"), image("c:1")))


def conflict(ours: str, theirs: str, base: str | None = None) -> str:
    ancestor = f"||||||| 1234567\n{base}" if base is not None else ""
    return f"<<<<<<< HEAD\n{ours}{ancestor}=======\n{theirs}>>>>>>> topic\n"


def test_a_conflict_keeps_who_signed(snapshot: SnapshotAssertion) -> None:
    ours = lockfile(
        replace(image("a:1", "ours"), signer=SIGNERS["key"]), image("b:1", "ours")
    )
    theirs = lockfile(
        replace(image("a:1", "theirs"), signer=SIGNERS["key"]), image("b:1")
    )

    healed = heal(conflict(write(ours), write(theirs)))

    assert healed.images == {}
    assert healed.signers == {Reference.parse("a:1"): (SIGNERS["key"],)}


@pytest.mark.parametrize("base", [None, "[[image]]\n"])
def test_a_conflict_heals_to_what_both_sides_share(base: str | None) -> None:
    healed = heal(conflict(OURS, THEIRS, base))

    assert [str(key) for key in healed.images] == [
        "docker.io/library/a:1",
        "docker.io/library/c:1",
    ]
    assert healed.platforms == (AMD64, ARM64)


def test_a_conflict_inside_one_entry_heals() -> None:
    line = f'digest = "{image("b:1", "ours").digest}"\n'
    other = f'digest = "{Digest.of(b"theirs")}"\n'
    text = OURS.replace(line, conflict(line, other))

    assert len(heal(text).images) == 3


def test_a_conflict_is_an_error_for_everyone_else() -> None:
    with pytest.raises(LockfileError, match="merge conflict") as refused:
        read(conflict(OURS, THEIRS))

    assert "imagelock lock" in (refused.value.hint or "")


def test_a_broken_side_of_a_conflict_is_an_error() -> None:
    with pytest.raises(LockfileError) as refused:
        heal(conflict("version = 9\n", THEIRS))

    assert "in one side of the merge conflict" in refused.value.explain()


def test_entries_know_their_lines() -> None:
    lines = read(VALID).lines

    assert [VALID.splitlines()[line - 1] for line in lines.values()] == [
        "[[image]]",
        "[[image]]",
    ]
