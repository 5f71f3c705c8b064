"""`update --bump` and `update IMAGE=TAG`, through the real command line."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.editing.bump_plan import NewTag, choose_tags, plan_tags
from imagelock.model.digest import Digest
from imagelock.model.edit import apply
from imagelock.model.newer_tags import NewerTags, TagStatus
from imagelock.model.occurrence import DigestSlot, Occurrence, Place
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.model.tag_version import Level
from tests.cli.test_commands import masked
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.span import Span

COMPOSE = """\
services:
  web:
    image: "redis:7.2.1"  # \u00e9
  other: {image: docker.io/library/redis:7.2.1}
  side:
    image: nginx:1.25
"""
TAGS = {
    "library/redis": "7.2.1 7.2.10 7.4.0 8.0.0",
    "library/nginx": "1.25 1.27",
}


@pytest.fixture
def shop(project: Path, address: str, hub: MemoryRegistry) -> Path:
    for repository, tags in TAGS.items():
        for tag in tags.split():
            hub.push_image(repository, tag, [AMD64, ARM64], salts=repository + tag)
    (project / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    configure(project, address)
    return project


def compose(shop: Path) -> str:
    return (shop / "compose.yaml").read_text(encoding="utf-8")


def locked(shop: Path) -> list[str]:
    data = tomllib.loads((shop / "images.lock").read_text())
    return [
        entry["reference"].removeprefix("docker.io/library/") for entry in data["image"]
    ]


@pytest.mark.parametrize(
    ("level", "redis", "nginx"),
    [
        ("patch", "7.2.10", "1.25"),
        ("minor", "7.4.0", "1.27"),
        ("major", "8.0.0", "1.27"),
    ],
)
def test_every_use_gets_the_new_tag_and_nothing_else_changes(
    shop: Path, imagelock: Run, level: str, redis: str, nginx: str
) -> None:
    imagelock("lock")
    result = imagelock("update", "--bump", level)

    assert result.exit_code == 0
    expected = COMPOSE.replace("redis:7.2.1", f"redis:{redis}")
    assert compose(shop) == expected.replace("nginx:1.25", f"nginx:{nginx}")
    assert locked(shop) == [f"nginx:{nginx}", f"redis:{redis}"]
    assert imagelock("verify").exit_code == 0
    again = imagelock("update", "--bump", level)
    assert "nothing changed" in again.out


def test_a_dry_run_shows_both_and_writes_nothing(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    before = (shop / "images.lock").read_bytes()

    assert masked(imagelock("update", "--bump", "minor", "--dry-run")) == snapshot(
        name="dry"
    )
    assert compose(shop) == COMPOSE
    assert (shop / "images.lock").read_bytes() == before
    assert masked(imagelock("update", "--bump", "minor")) == snapshot(name="done")


def test_only_the_images_that_are_named(shop: Path, imagelock: Run) -> None:
    imagelock("lock")
    imagelock("update", "--bump", "major", "nginx")

    assert compose(shop) == COMPOSE.replace("nginx:1.25", "nginx:1.27")
    assert locked(shop) == ["nginx:1.27", "redis:7.2.1"]


def test_a_tag_can_be_given(shop: Path, imagelock: Run) -> None:
    imagelock("lock")
    result = imagelock("update", "redis=7.4.0", "--format", "json")

    changes = {
        change["reference"]: change["kind"]
        for change in json.loads(result.out)["changes"]
    }
    assert changes == {"docker.io/library/redis:7.4.0": "tag-bumped"}
    assert compose(shop) == COMPOSE.replace("redis:7.2.1", "redis:7.4.0")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["!nginx"], ["redis"]),
        (["!nginx", "!nothing"], ["redis"]),
        (["redis", "nginx", "!redis:7.*"], ["nginx"]),
        (["redis", "!redis"], []),
        (["!*"], []),
    ],
)
def test_images_can_be_left_out(
    shop: Path,
    hub: MemoryRegistry,
    imagelock: Run,
    arguments: list[str],
    expected: list[str],
) -> None:
    imagelock("lock")
    for name, tag in (("nginx", "1.25"), ("redis", "7.2.1")):
        hub.push_image(f"library/{name}", tag, [AMD64, ARM64], salts="moved")

    result = imagelock("update", *arguments, "--format", "json")

    assert result.exit_code == 0, result.err
    changed = [c["reference"] for c in json.loads(result.out)["changes"]]
    assert [c.split("/")[-1].split(":")[0] for c in changed] == expected


@pytest.mark.parametrize(
    ("argument", "code", "words"),
    [
        ("redis=9.9", 1, "does not have `docker.io/library/redis:9.9`"),
        ("redis=-x", 2, "`-x` is not a tag"),
        ("redis=", 2, "is not a tag"),
        ("mysql=1", 2, "no image of this project matches `mysql`"),
        ("!redis=9", 2, "`!redis=9` leaves an image out and sets its tag"),
    ],
)
def test_a_tag_that_cannot_be(
    shop: Path, imagelock: Run, argument: str, code: int, words: str
) -> None:
    imagelock("lock")
    result = imagelock("update", argument)

    assert result.exit_code == code
    assert words in result.err
    assert compose(shop) == COMPOSE
    assert locked(shop) == ["nginx:1.25", "redis:7.2.1"]


def test_what_cannot_be_edited_is_told(
    shop: Path, imagelock: Run, address: str, snapshot: SnapshotAssertion
) -> None:
    (shop / "compose.yaml").unlink()
    configure(shop, address, more="[variables]\nTAG = '1.25'\n")
    text = "services: {a: {image: 'nginx:$TAG'}, b: {image: redis:7.2.1}}\n"
    (shop / "compose.yaml").write_text(text)
    imagelock("lock")

    assert masked(imagelock("update", "--bump", "minor")) == snapshot
    assert compose(shop) == text.replace("7.2.1", "7.4.0")
    assert locked(shop) == ["nginx:1.25", "redis:7.4.0"]


def test_a_pinned_reference_stays_pinned(shop: Path, imagelock: Run) -> None:
    imagelock("lock")
    imagelock("pin")
    pinned = compose(shop)
    assert "7.2.1@sha256:" in pinned

    assert imagelock("update", "--bump", "minor").exit_code == 0
    assert re.findall(r"redis:7.4.0@sha256:[0-9a-f]{64}", compose(shop))
    assert "7.2.1" not in compose(shop)
    assert imagelock("verify").exit_code == 0
    imagelock("unpin")
    expected = COMPOSE.replace("redis:7.2.1", "redis:7.4.0")
    assert compose(shop) == expected.replace("nginx:1.25", "nginx:1.27")


def test_a_chosen_digest_follows_the_tag(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    old, new = (
        hub.push_image("library/redis", tag, [AMD64], salts=tag)
        for tag in ("7.2.1", "7.4.0")
    )
    (shop / "compose.yaml").write_text(
        f"services: {{a: {{image: redis:7.2.1@{old}}}}}\n"
    )
    imagelock("lock")
    imagelock("update", "--bump", "minor")

    assert compose(shop) == f"services: {{a: {{image: redis:7.4.0@{new}}}}}\n"


def test_an_implied_tag_is_written(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    hub.push_image("library/redis", "latest", [AMD64])
    (shop / "compose.yaml").write_text("services: {a: {image: redis}}\n")
    imagelock("update", "redis=7.4.0")

    assert compose(shop) == "services: {a: {image: redis:7.4.0}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tag: 1.25", 'tag: "1.30"'),
        ("tag:   1.25 # x", 'tag:   "1.30" # x'),
        ("tag: '1.25'", "tag: '1.30'"),
        ('tag: "1.25"', 'tag: "1.30"'),
    ],
)
def test_yaml_does_not_take_a_tag_for_a_number(
    shop: Path, hub: MemoryRegistry, imagelock: Run, before: str, after: str
) -> None:
    (shop / "compose.yaml").unlink()
    (shop / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    text = "image:\n  repository: nginx\n  {}\n"
    (shop / "values.yaml").write_text(text.format(before))
    hub.push_image("library/nginx", "1.30", [AMD64, ARM64])
    imagelock("update", "--bump", "minor")

    assert (shop / "values.yaml").read_text() == text.format(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tag: 1.25@{old}  # keep", "tag: 1.30@{new}  # keep"),
        ("tag: '1.25@{old}'", "tag: '1.30@{new}'"),
        ("digest: {old}\n  tag: 1.25", 'digest: {new}\n  tag: "1.30"'),
        ("tag: 1.25@{old}\r", "tag: 1.30@{new}\r"),
    ],
)
def test_a_digest_behind_a_number_makes_it_a_text(
    shop: Path, hub: MemoryRegistry, imagelock: Run, before: str, after: str
) -> None:
    (shop / "compose.yaml").unlink()
    old, new = (
        hub.push_image("library/nginx", tag, [AMD64, ARM64], salts=tag)
        for tag in ("1.25", "1.30")
    )
    values = shop / "values.yaml"
    text = "image:\n  repository: nginx\n  {}\n"
    values.write_bytes(text.format(before.format(old=old)).encode())
    imagelock("lock")

    assert imagelock("update", "--bump", "minor").exit_code == 0
    assert values.read_bytes() == text.format(after.format(new=new)).encode()


def test_what_pin_wrote_can_be_bumped(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (shop / "compose.yaml").unlink()
    hub.push_image("library/nginx", "1.30", [AMD64, ARM64])
    values = shop / "values.yaml"
    values.write_text("image: {repository: nginx, tag: 1.25}\n")
    imagelock("lock")
    imagelock("pin")
    assert "tag: 1.25@sha256:" in values.read_text()

    assert imagelock("update", "--bump", "minor").exit_code == 0
    assert "tag: 1.30@sha256:" in values.read_text()


def test_a_tag_that_another_file_takes_over_does_not_stop_the_others(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (shop / "chart/templates").mkdir(parents=True)
    files = {
        "Chart.yaml": "name: web\nversion: 1.0.0\n",
        "values.yaml": "image: {repository: nginx, tag: '1.25'}\n",
        "values-eu.yaml": "image: {repository: acme/nginx}\n",
        "templates/pod.yaml":
            "image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n",
    }  # fmt: skip
    for name, text in files.items():
        (shop / "chart" / name).write_text(text)
    hub.push_image("acme/nginx", "1.25", [AMD64, ARM64])
    imagelock("lock")

    result = imagelock("update", "--bump", "major")
    assert result.exit_code == 1
    assert "would not name the same images" in result.out
    assert (shop / "chart/values.yaml").read_text() == files["values.yaml"]
    assert "redis:8.0.0" in compose(shop)


def test_an_edit_that_cannot_be_proven_does_not_stop_the_others(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "imagelock.commands.editing.apply_edits.apply",
        lambda data, edits: apply(data, edits).replace(b"nginx:1.27", b"nginx:1.28"),
    )
    imagelock("lock")
    result = imagelock("update", "--bump", "major")

    assert result.exit_code == 1
    assert "would not name the same images" in result.out
    # Although the file was written: its line is that of before.
    line = "  6 |     image: nginx:1.25\n    |            ^^^^^^^^^^\n"
    assert line in result.err
    assert "redis:8.0.0" in compose(shop)
    assert "nginx:1.25" in compose(shop)


def test_a_yaml_file_whose_name_is_in_upper_case_is_yaml(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (shop / "compose.yaml").unlink()
    (shop / "VALUES.YAML").write_text("image:\n  repository: nginx\n  tag: 1.25\n")
    hub.push_image("library/nginx", "1.30", [AMD64, ARM64])
    imagelock("update", "--bump", "minor")

    assert (shop / "VALUES.YAML").read_text().endswith('  tag: "1.30"\n')


def test_a_kustomization_without_a_suffix_is_yaml(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (shop / "compose.yaml").unlink()
    text = "images:\n- name: web\n  newName: nginx\n  newTag: {}\n"
    (shop / "Kustomization").write_text(text.format('"1.25"'))
    hub.push_image("library/nginx", "1.30", [AMD64, ARM64])
    imagelock("update", "--bump", "minor")
    assert (shop / "Kustomization").read_text() == text.format('"1.30"')

    # Kustomize refuses a number.
    (shop / "Kustomization").write_text(text.format("1.25"))
    imagelock("update", "--bump", "minor")
    assert (shop / "Kustomization").read_text() == text.format("1.25")
    assert "invalid" in imagelock("list").out


DIGEST, NEW = Digest.of(b"old"), Digest.of(b"new")


def placed(
    text: str, written: str, reference: str, *, tag: str = "", slot: str = "",
    form: str = "{digest}", variables: tuple[str, ...] = (), number: int = 0,
) -> Occurrence:  # fmt: skip
    """Return an occurrence at *written* in *text*, with *tag* and *slot* there."""
    whole = Text.decode(text.encode())

    def span(part: str) -> Span:
        start = [m.start() for m in re.finditer(re.escape(part), text)][
            number if part == written else 0
        ]
        return whole.span(start, start + len(part))

    return Occurrence(
        place=Place(
            path=PurePosixPath("f"), span=span(written), text=written, format="test",
            uses=(f"use{number}",),
        ),
        reference=Reference.parse(reference),
        tag=span(tag) if tag else None,
        slot=DigestSlot(span(slot), form) if slot else None,
        variables=variables,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        (
            "newName: a \u00e9\nnewTag: '1.0'\n",
            [("a", "a:1.0", {"tag": "1.0"})],
            "newName: a \u00e9\nnewTag: '2.0'\n",
        ),
        (
            f"newName: a\nnewTag: 1.0\ndigest: {DIGEST}\n",
            [("a", f"a:1.0@{DIGEST}", {"tag": "1.0", "slot": str(DIGEST)})],
            f"newName: a\nnewTag: 2.0\ndigest: {NEW}\n",
        ),
        (
            f"name: a\ntag: 1.0\nhex: {DIGEST.encoded}\n",
            [
                (
                    "a", f"a:1.0@{DIGEST}",
                    {"tag": "1.0", "slot": DIGEST.encoded, "form": "{hex}"},
                )
            ],
            f"name: a\ntag: 2.0\nhex: {NEW.encoded}\n",
        ),
        (
            f"ARG T=1.0\nFROM a:$T@{DIGEST}\n",
            [(f"a:$T@{DIGEST}", f"a:1.0@{DIGEST}", {"tag": "1.0", "variables": ("T",)})],
            f"ARG T=2.0\nFROM a:$T@{NEW}\n",
        ),
        (
            "ARG T=1.0\nFROM a:$T\nFROM a:$T\n",
            [
                ("a:$T", "a:1.0", {"tag": "1.0", "variables": ("T",)}),
                ("a:$T", "a:1.0", {"tag": "1.0", "variables": ("T",), "number": 1}),
            ],
            "ARG T=2.0\nFROM a:$T\nFROM a:$T\n",
        ),
    ],
)  # fmt: skip
def test_tags_and_digests_that_are_written_apart(
    text: str, found: list[tuple[str, str, dict[str, Any]]], expected: str
) -> None:
    occurrences = [placed(text, at, name, **more) for at, name, more in found]
    whole = Text.decode(text.encode())
    targets = {Reference.parse("a:1.0"): NewTag("2.0", NEW)}

    plan = plan_tags(occurrences, targets, lambda _: whole)

    assert plan.unchanged == ()
    assert apply(text.encode(), plan.edits[PurePosixPath("f")]) == expected.encode()
    assert len(plan.expected_references) == len(found)


@pytest.mark.parametrize(
    ("at", "name", "more", "reason"),
    [
        ("a:$T", "a:1.0", {"variables": ("T",)}, "T decides it"),
        ("a", "a:1.0", {}, "its tag is not written there"),
        (
            "a",
            f"a:1.0@{DIGEST}",
            {"tag": "1.0"},
            "its digest is written in another place",
        ),
    ],
)
def test_what_cannot_be_edited_has_a_reason(
    at: str, name: str, more: dict[str, Any], reason: str
) -> None:
    one = placed("a:$T 1.0", at, name, **more)
    targets = {Reference.parse("a:1.0"): NewTag("2.0", NEW)}

    plan = plan_tags([one], targets, lambda _: Text.decode(b"a:$T 1.0"))

    assert plan.planned == ()
    assert [(kept.reason, kept.is_problem) for kept in plan.unchanged] == [
        (reason, True)
    ]


def test_one_place_for_two_images_is_left_alone() -> None:
    both = [placed("a:1.0", "a:1.0", name) for name in ("a:1.0", "b:1.0")]
    targets = {Reference.parse("a:1.0"): NewTag("2.0", NEW)}

    plan = plan_tags(both, targets, lambda _: Text.decode(b"a:1.0"))

    assert [kept.reason for kept in plan.unchanged] == ["it stands for several images"]


def test_the_farthest_level_that_is_allowed() -> None:
    a, b = Reference.parse("a:1.0.0"), Reference.parse("b:latest")
    answers = [
        TagStatus(
            reference=a,
            newest=NewerTags(patch="1.0.1", minor="1.1.0"),
            digest_moved=None,
        ),
        TagStatus(reference=b, newest=NewerTags(), digest_moved=True),
        ValueError(),
    ]

    assert choose_tags(answers, Level.PATCH) == {a: "1.0.1"}
    assert choose_tags(answers, Level.MAJOR) == {a: "1.1.0"}


NAMES = st.sampled_from(["a", "b/c", "example.com/d"])
TAGGED = st.from_regex(r"[a-z0-9][a-z0-9.]{0,8}", fullmatch=True)


@given(
    st.lists(st.tuples(NAMES, TAGGED, st.booleans(), st.text(max_size=4)), max_size=6),
    TAGGED,
)
def test_exactly_the_tags_of_the_targets_change(
    parts: list[tuple[str, str, bool, str]], tag: str
) -> None:
    digest, new = Digest.of(b"old"), Digest.of(b"new")
    text, found, expected = "", [], ""
    key = Reference.parse(f"{parts[0][0]}:{parts[0][1]}") if parts else None
    pieces = []
    for name, old, has_digest, noise in parts:
        written = f"{name}:{old}" + (f"@{digest}" if has_digest else "")
        rest = noise.encode("utf-8", "replace").decode().replace("\0", "")
        pieces.append((written, len(text)))
        text += f"{written} {rest}\n"
        matches = Reference.parse(f"{name}:{old}") == key and old != tag
        changed = f"{name}:{tag}" + (f"@{new}" if has_digest else "")
        expected += f"{changed if matches else written} {rest}\n"
    whole = Text.decode(text.encode())
    for written, start in pieces:
        place = Place(
            path=PurePosixPath("f"),
            span=whole.span(start, start + len(written)),
            text=written,
            format="test",
            uses=("FROM",),
        )
        found.append(Occurrence(place=place, reference=Reference.parse(written)))

    targets = {key: NewTag(tag, new)} if key else {}
    plan = plan_tags(found, targets, lambda _: whole)

    edits = plan.edits.get(PurePosixPath("f"), [])
    assert apply(text.encode(), edits) == expected.encode()
    assert plan.unchanged == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dockerfile", "ARG T=7.2.1\nFROM redis:${T} AS a\nFROM redis:$T\n"),
        ("compose.yaml", "services: {a: {image: 'redis:${T:-7.2.1}'}}\n"),
        ("k8s.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: redis:7.2.1\n"),
        ("values.yaml", "image:\n  repository: redis\n  tag: 7.2.1\n"),
        (
            "kustomization.yaml",
            "images:\n  - name: app\n    newName: redis\n    newTag: 7.2.1\n",
        ),
    ],
)  # fmt: skip
def test_each_format_gets_its_tag(
    shop: Path, imagelock: Run, name: str, text: str
) -> None:
    (shop / "compose.yaml").unlink()
    (shop / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    (shop / name).write_text(text)
    imagelock("lock")
    result = imagelock("update", "--bump", "patch")

    assert result.exit_code == 0
    assert (shop / name).read_text() == text.replace("7.2.1", "7.2.10")
    assert locked(shop) == ["redis:7.2.10"]
