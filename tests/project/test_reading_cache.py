"""With what earlier runs read, the result is the same, and fewer files are opened."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagelock.cache_storage import CacheUse
from imagelock.config import Config
from imagelock.light_json import decode
from imagelock.model.occurrence import Occurrence
from imagelock.project.file_content import FileContent, read_content
from imagelock.project.project_files import ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.model.occurrence import Found
    from imagelock.project.scan import Scan
    from tests.conftest import Run

NAMES: Final = (
    "compose.yaml",
    "compose.override.yaml",
    "parts/compose.yaml",
    ".env",
    "parts/.env",
    "Dockerfile",
    "app/Dockerfile",
    "base/kustomization.yaml",
    "base/web.yaml",
    "overlay/kustomization.yaml",
    "overlay/patch.yaml",
    "chart/Chart.yaml",
    "chart/values.yaml",
    "chart/templates/web.yaml",
    "chart/templates/_helpers.tpl",
    "main.tf",
    "terraform.tfvars",
    ".github/workflows/ci.yaml",
    "notes.yaml",
)
CONTENTS: Final = (
    "services: {web: {image: 'nginx:${TAG:-1}', build: .}}\n",
    "include: [parts/compose.yaml]\nservices: {db: {image: 'redis:${TAG}'}}\n",
    (
        "services:\n  web:\n    build: {context: app, additional_contexts:"
        " {base: 'docker-image://alpine:3'}}\n  side:\n    image: acme/side:${TAG}\n"
    ),
    (
        "services:\n  web: # imagelock: ignore[drift]\n    image: acme/web:1\n"
        "  two: {image: 'acme/two:2'}  # imagelock: ignore\n"
    ),
    "TAG=1\n",
    "TAG=2\nCOMPOSE_FILE=compose.yaml:parts/compose.yaml\n",
    "ARG TAG=3\nFROM base AS build\nFROM python:${TAG}\n",
    "FROM nginx:1\nCOPY --from=build / /\n# imagelock: ignore[nothing]\n",
    "resources: [web.yaml]\n",
    "resources: [../base]\nimages: [{name: nginx, newTag: '2'}]\n",
    "resources: [../base]\npatches: [{path: patch.yaml}]\n",
    (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template:"
        " {spec: {containers: [{name: web, image: nginx}]}}}\n"
    ),
    (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template:"
        " {spec: {containers: [{name: web, image: 'other:9'}]}}}\n"
    ),
    "apiVersion: v2\nname: chart\nversion: 0.1.0\nappVersion: '5'\n",
    "image: {repository: acme/app, tag: ''}\nextra: acme/extra:1\n",
    "image: {repository: acme/app, tag: '7'}\n",
    (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image:"
        " '{{ .Values.image.repository }}:{{ .Values.image.tag | default"
        ' .Chart.AppVersion }}\'\n  - name: b\n    image: {{ include "extra" . }}\n'
    ),
    '{{ define "extra" }}{{ .Values.extra }}{{ end }}\n',
    'variable "tag" {}\nresource "docker_image" "a" { name = "nginx:${var.tag}" }\n',
    'tag = "1.27"\n',
    "jobs: {a: {runs-on: x, container: 'node:20', steps: [{uses: 'docker://a:1'}]}}\n",
    "key: value\n",
    "image: [\n",
    "a\x00b",
    "image: a\u2028b # \u202e\n",
    "",
)
EDITS: Final = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([None, *CONTENTS])), max_size=4
)
FULL: Final = dict(
    zip(NAMES, (CONTENTS[i] for i in (1, 3, 2, 4, 5, 7, 6)), strict=False)
) | {
    "base/kustomization.yaml": CONTENTS[8],
    "base/web.yaml": CONTENTS[11],
    "overlay/kustomization.yaml": CONTENTS[9],
    "chart/Chart.yaml": CONTENTS[13],
    "chart/values.yaml": CONTENTS[14],
    "chart/templates/web.yaml": CONTENTS[16],
    "chart/templates/_helpers.tpl": CONTENTS[17],
    "main.tf": CONTENTS[18],
    "terraform.tfvars": CONTENTS[19],
    ".github/workflows/ci.yaml": CONTENTS[20],
}


class Cached:
    """A project, and the folder with what was read of it."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        self.folder = folder / "cache"
        self.config = config or Config()
        self.notes: list[str] = []

    def write(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())

    def read(self, *paths: str, environment: Mapping[str, str] | None = None) -> Scan:
        return self.files(paths, environment, cached=True).read(count_guesses=True)

    def fresh(self, *paths: str, environment: Mapping[str, str] | None = None) -> Scan:
        return self.files(paths, environment, cached=False).read(count_guesses=True)

    def settle(self) -> None:
        """Let the files be old enough for their times to tell that they are the same."""
        for path in self.root.rglob("*"):
            os.utime(path, (1, 1))

    def files(
        self,
        paths: tuple[str, ...],
        environment: Mapping[str, str] | None,
        *,
        cached: bool,
    ) -> ProjectFiles:
        return ProjectFiles(
            root=self.root,
            config=self.config,
            paths=tuple(map(PurePosixPath, paths)),
            environment=environment or {},
            cache=CacheUse(self.folder, self.notes.append) if cached else None,
        )


def tags(found: Iterable[Found]) -> list[str | None]:
    return [each.reference.tag for each in found if isinstance(each, Occurrence)]


@pytest.fixture
def cached(tmp_path: Path) -> Cached:
    return Cached(tmp_path)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read for what they say, in their order."""
    names: list[str] = []

    def noting(
        root: Path, path: PurePosixPath, edited: Mapping[PurePosixPath, bytes]
    ) -> FileContent:
        names.append(str(path))
        return read_content(root, path, edited)

    monkeypatch.setattr("imagelock.project.file_opener.read_content", noting)
    return names


@settings(max_examples=40)
@given(rounds=st.lists(st.tuples(EDITS, st.sampled_from([None, *NAMES])), max_size=3))
def test_what_is_kept_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[tuple[list[tuple[str, str | None]], str | None]],
) -> None:
    cached = Cached(tmp_path_factory.mktemp("rounds"))
    try:
        cached.write(FULL)
        assert cached.read() == cached.fresh()
        for edits, named in rounds:
            cached.write(dict(edits))
            paths = (named,) if named and (cached.root / named).exists() else ()
            assert cached.read(*paths) == cached.fresh(*paths)
            assert cached.read() == cached.fresh()
            assert cached.read(*paths) == cached.fresh(*paths)
        assert cached.notes == []
    finally:
        shutil.rmtree(cached.root.parent)


@pytest.fixture
def several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every project in several processes."""
    monkeypatch.setattr("imagelock.project.project_reader._MANY", 1)
    monkeypatch.setattr("imagelock.project.forks.processors", lambda: 4)
    monkeypatch.setattr("imagelock.project.forks._BLOCK", 2)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are not copied there")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.usefixtures("several_processes")
class TestSeveralProcesses:
    """A project that no run has read is read by copies of the process."""

    @settings(
        max_examples=20,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(edits=EDITS)
    def test_they_change_nothing(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        edits: list[tuple[str, str | None]],
    ) -> None:
        cached = Cached(tmp_path_factory.mktemp("processes"))
        try:
            cached.write(FULL | dict(edits))
            fresh = cached.fresh()
            assert cached.read() == fresh
            assert cached.read() == fresh
        finally:
            shutil.rmtree(cached.root.parent)

    def test_what_they_read_is_not_read_again(
        self, cached: Cached, opened: list[str]
    ) -> None:
        cached.write(FULL)
        cached.settle()
        cached.read()
        # But for files that others use in their own way, and those that may build.
        assert {"Dockerfile", "app/Dockerfile"}.isdisjoint(opened)

    def test_what_fails_in_them_is_read_here(
        self, cached: Cached, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cached.write(FULL)
        here = os.getpid()

        def failing(
            root: Path, path: PurePosixPath, edited: Mapping[PurePosixPath, bytes]
        ) -> FileContent:
            if os.getpid() != here and path.name == "main.tf":
                os._exit(9)
            return read_content(root, path, edited)

        monkeypatch.setattr("imagelock.project.file_opener.read_content", failing)
        assert cached.read() == cached.fresh()


@settings(max_examples=15)
@given(edits=EDITS, tag=st.sampled_from(["8", "9"]))
def test_the_environment_is_never_remembered(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[str, str | None]],
    tag: str,
) -> None:
    cached = Cached(tmp_path_factory.mktemp("environment"))
    try:
        cached.write(FULL | dict(edits))
        for environment in ({"TAG": "secret7"}, {"TAG": tag}, {}, {"OTHER": "x"}):
            fresh = cached.fresh(environment=environment)
            assert cached.read(environment=environment) == fresh
            assert cached.read(environment=environment) == fresh
        kept = [file.read_text() for file in cached.folder.iterdir()]
        assert not any("secret7" in text for text in kept)
    finally:
        shutil.rmtree(cached.root.parent)


def test_files_that_did_not_change_are_not_opened(
    cached: Cached, opened: list[str]
) -> None:
    cached.write(FULL)
    cached.settle()
    first = cached.read()
    assert {"compose.yaml", "Dockerfile", "overlay/kustomization.yaml"} <= {*opened}
    opened.clear()

    assert cached.read() == first
    assert opened == []


def test_an_answer_that_most_files_have_is_not_decoded(
    cached: Cached, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached.write({f"{n}/Dockerfile": "FROM nginx:1\n" for n in range(10)})
    cached.settle()
    first = cached.read()
    decoded: list[str] = []

    def noting(text: str) -> object:
        decoded.append(text)
        return decode(text)

    monkeypatch.setattr("imagelock.project.cache.reading_cache.decode", noting)

    assert cached.read() == first
    assert len(decoded) == 10  # what each names; none has comments, or names others


@pytest.mark.parametrize(
    ("changed", "reread"),
    [
        ("base/web.yaml", {"base/web.yaml", "overlay/kustomization.yaml"}),
        ("terraform.tfvars", {"terraform.tfvars", "main.tf"}),
        ("chart/templates/_helpers.tpl", {"chart/values.yaml"}),
        ("notes.yaml", {"notes.yaml"}),
        ("parts/.env", {"parts/compose.yaml", "compose.yaml"}),
    ],
)
def test_what_depends_on_a_changed_file_is_read_again(
    cached: Cached, opened: list[str], changed: str, reread: set[str]
) -> None:
    cached.write(FULL)
    cached.read()
    opened.clear()

    cached.write({changed: f"{FULL.get(changed, '')}\n# changed\n"})
    assert cached.read() == cached.fresh()
    opened.clear()
    cached.write({changed: f"{FULL.get(changed, '')}\n# again\n"})
    cached.read()

    assert reread <= {*opened}
    assert ".github/workflows/ci.yaml" not in opened


def test_a_file_that_appears_counts_although_it_was_absent(cached: Cached) -> None:
    cached.write({"compose.yaml": "services: {a: {image: 'a:${TAG:-1}'}}\n"})
    assert tags(cached.read().found) == ["1"]

    cached.write({".env": "TAG=2\n"})

    assert tags(cached.read().found) == ["2"]


def test_a_file_that_appears_in_a_chart_counts(cached: Cached) -> None:
    cached.write({k: v for k, v in FULL.items() if "helpers" not in k})
    cached.read()
    cached.write(FULL)

    assert cached.read() == cached.fresh()


def test_same_size_and_time_do_not_hide_a_change(cached: Cached) -> None:
    path = cached.root / "Dockerfile"
    cached.write({"Dockerfile": "FROM nginx:1\n"})
    os.utime(path, ns=(10**18, 10**18))
    assert cached.read() == cached.fresh()
    assert cached.read() == cached.fresh()

    path.write_text("FROM nginx:2\n")
    os.utime(path, ns=(10**18, 10**18))

    assert tags(cached.read().found) == ["2"]


def test_what_is_kept_does_not_depend_on_where_the_bytes_are(
    cached: Cached, opened: list[str]
) -> None:
    """A new checkout has the same content, and other times and inodes."""
    cached.write(FULL)
    cached.read()
    shutil.rmtree(cached.root)
    cached.root.mkdir()
    cached.write(FULL)
    fresh = cached.fresh()
    opened.clear()

    assert cached.read() == fresh
    assert opened == []


def test_a_named_file_leaves_the_others_as_they_are(
    cached: Cached, opened: list[str]
) -> None:
    cached.write(FULL)
    cached.settle()
    cached.read()
    cached.write({"Dockerfile": "FROM nginx:3\n"})
    assert cached.read("Dockerfile") == cached.fresh("Dockerfile")
    opened.clear()

    cached.read()

    assert {*opened} <= {"Dockerfile"}


def test_a_problem_is_reported_each_time(cached: Cached) -> None:
    cached.write({"compose.yaml": "services: {a: {image: 'a:${TAG}'}}\n"})
    (cached.root / ".env").write_bytes(b"TAG=1\x00")

    results = [cached.read(), cached.read(), cached.read()]

    assert any(found.place.path.name == ".env" for found in results[0].found)
    assert results[0] == results[1] == results[2] == cached.fresh()


def test_other_settings_have_what_they_read_for_themselves(tmp_path: Path) -> None:
    one = Cached(tmp_path)
    one.write({"compose.yaml": "services: {a: {image: 'a:${TAG}'}}\n"})
    for tag in ("1", "2", "1"):
        one.config = Config(variables={"TAG": tag})
        assert tags(one.read().found) == [tag]


def test_edited_files_are_not_kept(cached: Cached) -> None:
    cached.write({"Dockerfile": "FROM nginx:1\n"})
    cached.read()
    files = cached.files((), None, cached=True)

    edited = files.found({PurePosixPath("Dockerfile"): b"FROM nginx:2\n"})

    assert tags(edited) == ["2"]
    assert tags(cached.read().found) == ["1"]


def test_no_cache_is_an_option(
    imagelock: Run, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (project / "Dockerfile").write_text("FROM nginx:1\n")

    first = imagelock("list", "--no-cache", "--format", "json")
    assert not (tmp_path / "caches").exists()
    monkeypatch.setenv("IMAGELOCK_NO_CACHE", "1")
    second = imagelock("list", "--format", "json")
    assert not (tmp_path / "caches").exists()
    monkeypatch.delenv("IMAGELOCK_NO_CACHE")
    third = imagelock("list", "--format", "json")
    fourth = imagelock("list", "--format", "json")

    assert first == second == third == fourth
    assert json.loads(first.out)
    assert len(list((tmp_path / "caches/imagelock/files").iterdir())) == 1
