"""What a registry does not have is a mistake in a file, not a registry that failed."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.commands.missing import nearest_tag
from imagelock.dataclass import replace
from imagelock.demo import answers
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64
from tests.support.changed_answers import ChangedAnswers
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.demo.answers import Answer
    from tests.conftest import Run
    from tests.support.changed_answers import Exchange


class Odd(ChangedAnswers):
    """A registry that answers in its own way for what is missing."""

    missing: tuple[int, str] | None = None
    lists: tuple[int, str] | None = None
    loses_content = False
    only_lists: str | None = None
    is_behind_a_page = False

    def change(self, exchange: Exchange) -> Answer:
        target, _, answer = exchange
        is_missing = answer.status == HTTPStatus.NOT_FOUND
        if self.is_behind_a_page and (is_missing or "/tags/" not in target):
            page = {"Content-Type": "text/html; charset=utf-8"}
            return replace(answers.no_page(), headers=page)
        if self.only_lists and target.endswith(f"/manifests/{self.only_lists}"):
            return answers.no_page()
        if self.loses_content and "/manifests/sha256:" in target:
            return answers.no_page()
        given = self.lists if "/tags/" in target else self.missing
        if given and (answer.status == HTTPStatus.NOT_FOUND or given is self.lists):
            return answers.error(HTTPStatus(given[0]), given[1], "its own words")
        return answer


@pytest.fixture
def registry() -> Odd:
    registry = Odd()
    for repository, tag in [
        ("team/redis", "7"),
        ("team/redis", "7-alpine"),
        ("team/app", "v1.2.0"),
        ("team/app", "v1.3.0"),
    ]:
        registry.push_image(repository, tag, [AMD64, ARM64], salts=tag)
    return registry


@pytest.fixture
def host(registry: Odd) -> Iterator[str]:
    with serve(registry) as url:
        yield url.removeprefix("http://")


def compose(project: Path, *images: str) -> None:
    lines = "".join(f"  s{i}:\n    image: {name}\n" for i, name in enumerate(images))
    (project / "compose.yaml").write_text(f"services:\n{lines}")


def locked(project: Path) -> list[str]:
    lines = (project / "images.lock").read_text().splitlines()
    return [x.split('"')[1].partition("/")[2] for x in lines if x.startswith("refer")]


def found(result: Any) -> list[tuple[str, str, int, str | None]]:  # noqa: ANN401
    return [
        (f["rule"], f["file"], f["line"], f["hint"])
        for f in json.loads(result.out)["findings"]
        if f["severity"] == "error"
    ]


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("team/app:1.2.0", "did you mean `{host}/team/app:v1.2.0`?"),
        ("team/app:v1.4.0", "did you mean `{host}/team/app:v1.3.0`?"),
        ("team/app:nightly", "check the tag: `{host}/team/app` has `v1.3.0`, `v1.2.0`"),
        ("team/app", "check the tag: `{host}/team/app` has `v1.3.0`, `v1.2.0`"),
        ("team/rediss:7", "did you mean `{host}/team/redis:7`?"),
        ("taem/redis:7", "did you mean `{host}/team/redis:7`?"),
        ("other/thing:1", "check the name"),
    ],
)
def test_a_mistake_is_shown_where_it_is_written(
    project: Path, imagelock: Run, host: str, image: str, hint: str
) -> None:
    compose(project, f"{host}/{image}", f"{host}/team/redis:7")

    result = imagelock("lock")

    assert result.exit_code == 1, result
    assert "compose.yaml:3:12: error: " in result.err
    assert f"does not have `{host}/{image}" in result.err
    assert "[not-found]" in result.err
    assert f"hint: {hint.format(host=host)}\n" in result.err
    assert locked(project) == ["team/redis:7"]
    report = found(imagelock("lock", "--format", "json"))
    assert report == [("not-found", "compose.yaml", 3, hint.format(host=host))]


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        (
            "other/thing:1",
            "its answer is a web page: is this the address of a registry?",
        ),
        # It lists tags, so it is a registry, whatever its errors look like.
        ("team/app:1.2.0", "did you mean `{host}/team/app:v1.2.0`?"),
    ],
)
def test_a_web_page_may_be_none_of_a_registry(
    project: Path, imagelock: Run, registry: Odd, host: str, image: str, hint: str
) -> None:
    compose(project, f"{host}/{image}")
    registry.is_behind_a_page = True

    result = imagelock("lock")

    assert result.exit_code == 1, result
    assert f"does not have `{host}/{image}`" in result.err
    assert f"hint: {hint.format(host=host)}\n" in result.err


def test_every_place_counts_and_the_list_of_tags_is_requested_once(
    project: Path, imagelock: Run, host: str, registry: Odd
) -> None:
    wrong = f"{host}/team/app:v9"
    compose(project, wrong, wrong, f"{host}/team/app:v8")

    result = imagelock("lock")

    assert "compose.yaml:3:12: error" in result.err
    assert "(and 1 other place) [not-found]" in result.err
    assert "compose.yaml:7:12: error" in result.err
    assert len([line for line in registry.log if "/tags/" in line]) == 1


def test_all_is_well_without_a_list_of_tags(
    project: Path, imagelock: Run, host: str, registry: Odd
) -> None:
    compose(project, f"{host}/team/redis:7")
    imagelock("lock")

    assert not [line for line in registry.log if "/tags/" in line]


def test_verify_says_why_an_image_is_not_locked(
    project: Path, imagelock: Run, host: str
) -> None:
    compose(project, f"{host}/team/redis:7")
    imagelock("lock")
    compose(project, f"{host}/team/redis:71", f"{host}/team/redis:7")

    result = imagelock("verify", "--format", "json")

    assert result.exit_code == 1
    assert found(result) == [
        (
            "not-found",
            "compose.yaml",
            3,
            f"did you mean `{host}/team/redis:7`?",
        ),
    ]
    for name in ("jsonl", "markdown", "github", "sarif", "gitlab", "junit"):
        text = imagelock("verify", "--format", name)
        assert text.exit_code == 1
        assert "not-found" in text.out


def test_an_image_that_is_missing_and_not_locked_is_one_finding(
    project: Path, imagelock: Run, host: str
) -> None:
    def rules() -> set[tuple[str, int]]:
        result = imagelock("verify", "--format", "json")
        return {(rule, line) for rule, _, line, _ in found(result)}

    compose(project, f"{host}/team/redis:7")
    imagelock("lock")
    images = (f"{host}/team/{name}" for name in ("redis:71", "redis:7", "app:v1.2.0"))
    compose(project, *images)
    assert rules() == {("not-found", 3), ("not-locked", 7)}

    with (project / "imagelock.toml").open("a", encoding="utf-8") as settings:
        settings.write('[rules]\nnot-found = "off"\n')
    assert rules() == {("not-locked", 3), ("not-locked", 7)}


@pytest.mark.parametrize("command", [["update"], ["verify"]])
def test_a_locked_tag_that_is_gone_keeps_its_entry(
    project: Path, imagelock: Run, host: str, registry: Odd, command: list[str]
) -> None:
    compose(project, f"{host}/team/app:v1.2.0", f"{host}/team/redis:7")
    imagelock("lock")
    before = (project / "images.lock").read_bytes()
    registry.delete("team/app", "v1.2.0")

    result = imagelock(*command, "--format", "json")

    assert result.exit_code == 1
    assert ("tag-gone", "compose.yaml", 3) in [row[:3] for row in found(result)]
    assert f"did you mean `{host}/team/app:v1.3.0`?" in result.out
    assert (project / "images.lock").read_bytes() == before


def test_a_digest_that_is_not_there_is_not_found(
    project: Path, imagelock: Run, host: str, registry: Odd
) -> None:
    missing = f"sha256:{'0' * 64}"
    compose(project, f"{host}/team/redis:7@{missing}", f"{host}/team/redis@{missing}")

    result = imagelock("lock")

    assert result.exit_code == 1
    assert result.err.count("[not-found]") == 2
    assert "check the digest" in result.err
    assert not [line for line in registry.log if "/tags/" in line]


def test_a_tag_whose_content_is_missing_is_a_failure_of_the_registry(
    project: Path, imagelock: Run, host: str, registry: Odd
) -> None:
    compose(project, f"{host}/team/redis:7")
    imagelock("lock")
    before = (project / "images.lock").read_bytes()
    registry.push_image("team/redis", "7", [AMD64, ARM64], salts="new")
    registry.loses_content = True

    result = imagelock("update")

    assert result.exit_code == 3
    assert (project / "images.lock").read_bytes() == before
    assert "does not have" in result.err
    assert "[not-found]" not in result.err


@pytest.mark.parametrize(
    "answer",
    [
        (401, "UNAUTHORIZED"),
        (403, "DENIED"),
        (429, "TOOMANYREQUESTS"),
        (500, "UNKNOWN"),
    ],
)
def test_what_may_be_there_could_not_be_asked(
    project: Path,
    imagelock: Run,
    host: str,
    registry: Odd,
    answer: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    registry.missing = answer
    compose(project, f"{host}/team/rediss:7", f"{host}/team/redis:7")

    result = imagelock("lock", "--format", "json")

    assert result.exit_code == 3, result
    assert found(result) == []
    (failure,) = json.loads(result.out)["failures"]
    assert failure["reference"] == f"{host}/team/rediss:7"
    assert locked(project) == ["team/redis:7"]


@pytest.mark.parametrize("status", [401, 404, 405, 500])
def test_a_list_that_cannot_be_had_only_costs_the_suggestion(
    project: Path,
    imagelock: Run,
    host: str,
    registry: Odd,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    registry.lists = (status, "UNSUPPORTED")
    compose(project, f"{host}/team/redis:8", f"{host}/team/redis:7")

    result = imagelock("lock")

    assert result.exit_code == 1
    assert "there is no such repository" not in result.err
    assert "hint: check the name and the tag" in result.err


@pytest.mark.parametrize(("image", "tag"), [("redis:7", "7"), ("app:v1.3.0", "v1.3.0")])
def test_a_tag_that_is_only_in_the_list_is_not_suggested_for_itself(
    project: Path,
    imagelock: Run,
    host: str,
    registry: Odd,
    image: str,
    tag: str,
) -> None:
    registry.only_lists = tag
    compose(project, f"{host}/team/{image}")

    result = imagelock("lock")

    assert result.exit_code == 1
    assert "hint: the registry lists this tag, and has no manifest" in result.err
    assert "did you mean" not in result.err


def test_what_could_not_be_asked_and_what_is_missing_are_both_shown(
    project: Path, imagelock: Run, host: str
) -> None:
    compose(project, f"{host}/team/redis:8", "127.0.0.1:9/a:1", f"{host}/team/redis:7")

    result = imagelock("lock", "--format", "json")

    report = json.loads(result.out)
    assert result.exit_code == 1
    assert [f["reference"] for f in report["failures"]] == ["127.0.0.1:9/a:1"]
    assert [f["rule"] for f in report["findings"]] == ["not-found"]
    assert locked(project) == ["team/redis:7"]


def test_a_mirror_that_resolves_tags_is_named_in_the_result(
    project: Path, imagelock: Run, host: str
) -> None:
    mirror = f'mirror = "http://{host}"\nresolve-from-mirror = true\n'
    (project / "imagelock.toml").write_text(f'[registries."a.example"]\n{mirror}')
    compose(project, "a.example/team/redis:7")

    lock = imagelock("lock")
    verify = imagelock("verify")
    update = json.loads(imagelock("update", "--format", "json").out)
    report = json.loads(imagelock("verify", "--format", "json").out)

    sentence = f"note: the mirror `http://{host}` resolved tags of `a.example`\n"
    assert lock.err == verify.err == sentence
    use = {"registry": "a.example", "mirror": f"http://{host}", "tags": True}
    assert update["mirrors"] == report["mirrors"] == [use]
    assert "resolved tags of" in imagelock("verify", "--format", "markdown").out
    assert imagelock("verify", "--offline").err == ""


@pytest.mark.parametrize(
    ("tag", "tags", "near"),
    [
        ("1.28", ["1.25", "1.27", "latest"], "1.27"),
        ("v1.0", ["1.0", "v1.0.1"], "1.0"),
        ("1.0", ["v1.0", "1.0.1"], "v1.0"),
        ("Latest", ["latest"], "latest"),
        ("3.12-slm", ["3.12", "3.12-slim", "3.12-alpine"], "3.12-slim"),
        ("nightly", ["1", "2"], None),
        ("1", [], None),
    ],
)
def test_the_nearest_tag(tag: str, tags: list[str], near: str | None) -> None:
    assert nearest_tag(tag, tags) == near


def test_an_official_image_is_suggested_for_a_name_that_is_like_it(
    project: Path, address: str, imagelock: Run
) -> None:
    configure(project, address)
    (project / "Dockerfile").write_text("FROM postgress:16\nFROM acme/postgress:16\n")

    result = imagelock("lock")

    assert result.exit_code == 1
    assert "hint: did you mean `postgres:16`?\n" in result.err
    assert "`acme/postgres" not in result.err.replace("acme/postgress", "")
