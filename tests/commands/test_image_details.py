"""What changed inside an image, and how many requests it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.demo.images import Content, TinyImage
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.registry import image_config
from imagelock.registry.http.failure import Failure
from tests.conftest import AMD64, ARM64, Run
from tests.support.provenance import Made, attested, version_02, version_1
from tests.support.publishing import Build, index, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

SOURCE = "https://github.com/acme/shop"
REVISION = "org.opencontainers.image.revision"
ORIGIN = "org.opencontainers.image.source"
VERSION = "org.opencontainers.image.version"
BASE = "org.opencontainers.image.base.name"
OLD, NEW = "a" * 40, "b" * 40


def words(version: str, revision: str) -> dict[str, str]:
    return {VERSION: version, REVISION: revision, ORIGIN: SOURCE, BASE: "debian:13"}


BEFORE = Build(
    config={
        "Env": ["A=1", "B=2"],
        "Cmd": ["run"],
        "User": "0",
        "Labels": words("1", OLD),
    }
)
AFTER = Build(
    layers=("base", "new app"),
    created="2026-02-03T00:00:00Z",
    config={
        "Env": ["A=1", "B=3", "C="],
        "Entrypoint": ["/init"],
        "ExposedPorts": {"80/tcp": {}},
        "Labels": words("2", NEW),
    },
)


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry()


@pytest.fixture
def host(registry: MemoryRegistry, project: Path) -> Iterator[str]:
    with serve(registry) as url:
        host = url.removeprefix("http://")
        services = "".join(
            f"  {name}:\n    image: {host}/{name}:1\n" for name in ("app", "still")
        )
        (project / "compose.yaml").write_text(f"services:\n{services}")
        registry.push_image("still", "1", [AMD64, ARM64])
        yield host


def moved(
    run: Run, registry: MemoryRegistry, images: tuple[TinyImage, TinyImage], depth: str
) -> tuple[dict[str, Any], list[str]]:
    """Return the change from the first image to the second, and what it cost."""
    registry.push("app", "1", images[0])
    assert run("lock").exit_code == 0
    registry.push("app", "1", images[1])
    registry.log.clear()
    result = run("update", "--dry-run", "--details", depth, "--format", "json")
    assert result.exit_code == 0
    [change] = json.loads(result.out)["changes"]
    return change, list(registry.log)


SINGLE = manifest(AMD64, BEFORE), manifest(AMD64, AFTER)
WORDLESS = index([AMD64, ARM64], BEFORE), index([AMD64, ARM64], AFTER)
WORDED = (
    index([AMD64, ARM64], Build(annotations=words("1", OLD))),
    index(
        [AMD64, ARM64], Build(layers=("base", "x", "y"), annotations=words("2", NEW))
    ),
)


@pytest.mark.parametrize(
    ("images", "most"),
    [(SINGLE, 2), (WORDLESS, 4), (WORDED, 4), ((SINGLE[0], WORDLESS[1]), 4)],
    ids=["single", "wordless", "worded", "kind"],
)
@pytest.mark.parametrize("depth", ["none", "some", "all"])
def test_details_cost_what_was_allowed_and_nothing_where_nothing_moved(
    host: str,
    registry: MemoryRegistry,
    imagelock: Run,
    images: tuple[TinyImage, TinyImage],
    most: int,
    depth: str,
) -> None:
    _, without = moved(imagelock, registry, images, "none")

    _, log = moved(imagelock, registry, images, depth)

    extra = len(log) - len(without)
    assert extra == {"none": 0, "some": 2, "all": most}[depth]
    assert [line for line in log if "/still/" in line] == ["HEAD /v2/still/manifests/1"]


def test_a_single_manifest_is_compared_whole(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    change, _ = moved(imagelock, registry, SINGLE, "some")

    details = change["details"]
    assert details["layers"] == {"kept": 1, "added": 1, "removed": 1}
    assert (details["old"]["release"], details["new"]["release"]) == ("1", "2")
    assert details["new"]["base_name"] == "debian:13"
    assert details["new"]["created"] == "2026-02-03T00:00:00Z"
    assert details["old"]["size"] == len("linux/amd64 base") + len("linux/amd64 app")
    assert details["gap"] is None
    assert {s["name"]: (s["old"], s["new"]) for s in details["settings"]} == {
        "cmd": ("run", ""),
        "user": ("0", ""),
        "entrypoint": ("", "/init"),
        "env B": ("2", "3"),
        "env C": ("", "(empty)"),
        "port 80/tcp": ("", "exposed"),
    }
    assert change["link"] == f"{SOURCE}/compare/{OLD}...{NEW}"


def test_an_index_without_words_is_asked_for_its_labels(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    change, _ = moved(imagelock, registry, WORDLESS, "some")

    assert change["details"]["new"]["release"] == "2"
    assert change["details"]["layers"] is None
    assert change["link"] == f"{SOURCE}/commit/{NEW}"


def test_an_index_with_words_is_asked_for_its_layers(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    change, _ = moved(imagelock, registry, WORDED, "some")

    assert change["details"]["layers"] == {"kept": 1, "added": 2, "removed": 1}
    assert change["details"]["new"]["base_name"] == "debian:13"
    assert change["link"] == f"{SOURCE}/compare/{OLD}...{NEW}"


def test_four_requests_tell_everything(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    change, _ = moved(imagelock, registry, WORDLESS, "all")

    assert change["details"]["layers"] == {"kept": 1, "added": 1, "removed": 1}
    assert len(change["details"]["settings"]) == 6
    assert change["link"] == f"{SOURCE}/compare/{OLD}...{NEW}"


DEBIAN = "pkg:docker/debian@12-slim?platform=linux%2Famd64"
MADE = (
    Made(materials={DEBIAN: "a" * 64}, commit=OLD),
    Made(materials={DEBIAN: "b" * 64}, commit=NEW, finished="2026-03-03T00:00:00Z"),
)


def attested_pair(*, artifact: bool = False) -> tuple[TinyImage, TinyImage]:
    platforms = [AMD64, ARM64]
    builds = (
        Build(created=""),
        Build(layers=("base", "x"), created="1970-01-01T00:00:00Z"),
    )
    return (
        attested(platforms, builds[0], version_02(MADE[0]), artifact=artifact),
        attested(platforms, builds[1], version_1(MADE[1]), artifact=artifact),
    )


@pytest.mark.parametrize("artifact", [False, True])
def test_provenance_states_what_labels_do_not(
    host: str, registry: MemoryRegistry, imagelock: Run, *, artifact: bool
) -> None:
    change, log = moved(imagelock, registry, attested_pair(artifact=artifact), "all")

    old, new = change["details"]["old"], change["details"]["new"]
    assert old["base_name"] == new["base_name"] == "debian:12-slim"
    assert (old["base_digest"], new["base_digest"]) == (
        f"sha256:{'a' * 64}",
        f"sha256:{'b' * 64}",
    )
    assert change["link"] == f"{SOURCE}/compare/{OLD}...{NEW}"
    assert new["created"] == "2026-03-03T00:00:00Z"
    assert new["from_provenance"] == ["base", "created", "revision", "source"]
    assert new["provenance"]["signed"] is False
    assert change["details"]["gap"] is None
    blobs = [line for line in log if "/blobs/" in line]
    # Two configurations and two statements, and no list of packages.
    assert len(blobs) == 4


@pytest.mark.parametrize(("depth", "most"), [("none", 0), ("some", 2), ("all", 9)])
def test_provenance_costs_what_was_allowed(
    host: str, registry: MemoryRegistry, imagelock: Run, depth: str, most: int
) -> None:
    _, without = moved(imagelock, registry, attested_pair(), "none")

    _, log = moved(imagelock, registry, attested_pair(), depth)

    assert len(log) - len(without) == most


def test_provenance_is_not_asked_for_where_annotations_name_the_base(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    stated = (
        Build(annotations=words("1", OLD)),
        Build(layers=("base", "x"), annotations=words("2", NEW)),
    )
    images = tuple(attested([AMD64, ARM64], b, version_1(MADE[0])) for b in stated)

    change, log = moved(imagelock, registry, (images[0], images[1]), "all")

    assert change["details"]["new"]["base_name"] == "debian:13"
    assert change["details"]["new"]["provenance"] is None
    assert len([line for line in log if "/blobs/" in line]) == 2


def test_a_label_about_the_base_may_be_that_of_the_base(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    builds = Build(config={"Labels": words("1", OLD)}), AFTER
    images = [
        attested([AMD64], b, version_1(m)) for b, m in zip(builds, MADE, strict=True)
    ]

    change, _ = moved(imagelock, registry, (images[0], images[1]), "all")

    new = change["details"]["new"]
    assert new["base_name"] == "debian:12-slim"
    assert new["revision"] == NEW
    assert new["from_provenance"] == ["base"]


def test_people_read_that_nobody_signed_it(
    host: str,
    registry: MemoryRegistry,
    imagelock: Run,
    snapshot: SnapshotAssertion,
) -> None:
    images = attested_pair()
    registry.push("app", "1", images[0])
    assert imagelock("lock").exit_code == 0
    registry.push("app", "1", images[1])

    text = imagelock("update", "--dry-run", "--details", "all")
    markdown = imagelock(
        "update", "--dry-run", "--details", "all", "--format", "markdown"
    )

    # The first line has the hash of the lockfile, in which the port is.
    body = markdown.out.partition("\n")[2]
    assert f"{text}\n{body}".replace(host, "HOST") == snapshot


@pytest.mark.parametrize(
    "statement",
    [
        *(b"", b"[]", b"{", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000),
        *(b"{}", b'{"predicateType": "https://slsa.dev/provenance/v1"}'),
    ],
)
def test_provenance_that_is_none_is_a_gap_and_no_error(
    host: str, registry: MemoryRegistry, imagelock: Run, statement: bytes
) -> None:
    image = attested_pair()[1]
    registry.push("app", "1", attested_pair()[0])
    assert imagelock("lock").exit_code == 0
    broken = with_statement(image, statement)
    registry.push("app", "1", broken)

    result = imagelock("update", "--details", "all", "--format", "json")

    assert result.exit_code == 0
    [change] = json.loads(result.out)["changes"]
    assert change["details"]["gap"]
    assert change["details"]["new"]["provenance"] is None
    assert change["details"]["layers"] is not None


def with_statement(image: TinyImage, statement: bytes) -> TinyImage:
    """Return *image*, in which *statement* is the first provenance of the index."""
    index_document = json.loads(image.top.body)
    place = next(
        entry for entry in index_document["manifests"] if "annotations" in entry
        and "vnd.docker.reference.digest" in entry["annotations"]
    )  # fmt: skip
    old = next(c for c in image.children if str(c.digest) == place["digest"])
    document = json.loads(old.body)
    blob = Content("application/vnd.in-toto+json", statement)
    document["layers"][1] |= {"digest": str(blob.digest), "size": len(statement)}
    new = Content(old.media_type, json.dumps(document).encode())
    place["digest"] = str(new.digest)
    return TinyImage(
        blobs=(*image.blobs, blob),
        children=(*image.children, new),
        top=Content(image.top.media_type, json.dumps(index_document).encode()),
    )


def test_content_that_is_gone_is_a_gap_and_no_error(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    gone = WORDED[0].children[0].digest
    registry.push("app", "1", WORDED[0])
    assert imagelock("lock").exit_code == 0
    registry.push("app", "1", WORDED[1])
    registry.delete("app", gone)

    result = imagelock("update")

    assert result.exit_code == 0
    assert (
        f"not compared: {gone.algorithm}:{gone.short} is no longer served" in result.out
    )


def test_what_was_sent_is_hashed_before_it_is_believed(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    honest, lie = WORDED[0].children[0], WORDED[1].children[0]
    registry.push("app", "1", WORDED[0])
    assert imagelock("lock").exit_code == 0
    registry.push("app", "1", WORDED[1])
    # No client could push this.
    registry._content["app", str(honest.digest)] = lie  # noqa: SLF001

    result = imagelock("update", "--format", "json")

    [change] = json.loads(result.out)["changes"]
    assert f"it sent `{lie.digest}`" in change["details"]["gap"]
    assert change["details"]["layers"] is None


def test_words_of_registries_move_no_cursor(
    host: str, registry: MemoryRegistry, imagelock: Run
) -> None:
    evil = Build(config={"Env": ["A=\x1b[2J\n", "B=" + "x" * 100_000]})
    images = manifest(AMD64, BEFORE), manifest(AMD64, evil)
    registry.push("app", "1", images[0])
    imagelock("lock")
    registry.push("app", "1", images[1])

    result = imagelock("update", "--dry-run")

    assert "\x1b" not in result.out
    assert "env A: 1 -> [2J\n" in result.out
    assert max(map(len, result.out.splitlines())) < 600


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000]
)
def test_a_configuration_that_is_none_is_a_failure(body: bytes) -> None:
    with pytest.raises(Failure, match="its configuration is malformed"):
        image_config.parse_image_config(body)


@pytest.mark.parametrize("value", [None, 1, [], {}, "x", [1], [None], True])
@pytest.mark.parametrize(
    "key", ["Env", "Cmd", "Entrypoint", "User", "ExposedPorts", "Labels"]
)
def test_settings_of_another_type_are_no_error(key: str, value: object) -> None:
    read = image_config.parse_image_config(
        json.dumps({"config": {key: value}}).encode()
    )

    texts = [*read.settings.env, *read.settings.cmd, *read.settings.entrypoint]
    texts += [*read.settings.ports, read.settings.user, *read.labels]
    assert set(texts) <= {"", "x"}
