"""Which sources may read a file: their patterns, and the index over all of them."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.candidates import SuffixIndex, first_match
from imagelock.sources.catalog import CatalogEntry
from imagelock.sources.context import Context
from imagelock.sources.file_patterns import FilePattern, is_like
from tests.support.extraction import EXAMPLES

PATTERNS = [pattern for entry in SOURCES.values() for pattern in entry.patterns]
PIECES = sorted({piece for p in PATTERNS for piece in re.split(r"[*/]", p.pattern)})
OTHERS = (
    *("*", "a", "a*", "*a", "a*b", "*.a", "*.a*", "a.*", "*.a.b", "*a/b*", ".a", "*ab"),
    *("a/**/b", "a/**/*.a", "a/b/**/*.b", "*.{a,b}", "{,a}.b", "{a,.b}*{b,a}", "A*"),
)


@given(st.text("ab.", max_size=8), st.text("ab.*", max_size=8))
def test_a_star_is_any_text(name: str, pattern: str) -> None:
    assert is_like(name, tuple(pattern.split("*"))) == fnmatchcase(name, pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.tf", "a/b/main.tf", True),
        ("*.tf", "MAIN.TF", True),
        ("Chart.yaml", "a/Chart.yaml", True),
        ("Chart.yaml", "a/chart.yaml", False),
        (".github/workflows/*.yml", "a/.github/workflows/ci.yml", True),
        (".github/workflows/*.yml", "workflows/ci.yml", False),
        (".github/workflows/*.yml", ".github/workflows/a/ci.yml", False),
        (".ci/**/*.yml", ".ci/a.yml", True),
        (".ci/**/*.yml", "x/.CI/a/b/c.yml", True),
        (".ci/**/*.yml", "ci/a.yml", False),
        (".ci/**/*.yml", "a.yml", False),
        (".ci/**/*.yml", "a/.ci", False),
        (".gitlab/ci/**/*.yml", ".gitlab/ci/a/b.yml", True),
        (".gitlab/ci/**/*.yml", ".gitlab/x/ci/a.yml", False),
        ("*.{yaml,yml}", "a.yml", True),
        ("*.{yaml,yml}", "a.yaml", True),
        ("*.{yaml,yml}", "a.ym", False),
        ("{,*.}a{.b,}", "a", True),
        ("{,*.}a{.b,}", "x.a.b", True),
        ("{,*.}a{.b,}", "xa", False),
    ],
)
def test_a_pattern(pattern: str, path: str, *, expected: bool) -> None:
    assert CatalogEntry("x", (pattern,)).may_match(PurePosixPath(path)) is expected


@given(
    st.lists(
        st.lists(st.sampled_from([*PIECES, "x", ".", "B"]), min_size=1, max_size=4).map(
            "".join
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_source_that_may_read_a_file_is_asked(names: list[str]) -> None:
    path = PurePosixPath(*names)
    expected = [entry for entry in SOURCES.values() if entry.may_match(path)]

    assert SuffixIndex(tuple(SOURCES.values())).candidates(path) == expected


@given(
    st.lists(st.text("abA.", min_size=1, max_size=5), min_size=1, max_size=3),
    st.lists(st.sampled_from(OTHERS), min_size=1, max_size=3),
)
def test_it_holds_for_any_patterns(names: list[str], patterns: list[str]) -> None:
    path = PurePosixPath(*names)
    entry = CatalogEntry("x", tuple(patterns))
    expected = [entry] if entry.may_match(path) else []

    assert SuffixIndex([entry]).candidates(path) == expected


@pytest.mark.parametrize("name", ["main.py", "logo.svg", "README.md", "a/b/LICENSE"])
def test_files_of_other_kinds_cost_few_looks(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    may_end = FilePattern.may_end
    index = SuffixIndex(tuple(SOURCES.values()))
    index.candidates(PurePosixPath(name))
    path = PurePosixPath(f"other-{name}" if "/" not in name else f"other/{name}")

    def counted(self: FilePattern, suffix: str) -> bool:
        nonlocal asked
        asked += 1
        return may_end(self, suffix)

    def unexpected(*_: object) -> bool:
        raise AssertionError("a pattern was compared with the name")

    monkeypatch.setattr(FilePattern, "may_end", counted)
    monkeypatch.setattr(FilePattern, "matches", unexpected)

    assert index.candidates(path) == []
    assert asked == 0
    assert index.candidates(PurePosixPath("new.suffix")) == []
    assert asked == len(PATTERNS)


FILE_NAME = re.compile(r"`([^`\s]*\.?[A-Za-z*]+(?:\.[a-z*]+)+|[A-Z][a-z]+file\S*)`")
API_GROUPS = {"kustomize.config.k8s.io", "scaffolder.backstage.io", "score.dev"}
"""Values of `apiVersion` that the documentation names, which are no files."""

IN_A_FOLDER = {"helm-template": "templates/"}
"""Where the files must be that the documentation of a source names."""


def documented_files() -> list[tuple[str, str]]:
    """Return each source with each file name or pattern in its documentation."""
    return [
        (name, f"{IN_A_FOLDER.get(name, '')}{match[1]}")
        for name, entry in SOURCES.items()
        for match in FILE_NAME.finditer(entry.source.ABOUT.recognised)
        if match[1] not in API_GROUPS
    ]


@pytest.mark.parametrize(("name", "pattern"), documented_files())
def test_the_catalog_has_the_files_that_the_documentation_names(
    name: str, pattern: str
) -> None:
    assert SOURCES[name].may_match(PurePosixPath(pattern.replace("*", "x")))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("azure-pipelines", "any.yml"),
        ("buildkite", ".buildkite/a/b/c.json"),
        ("circleci", ".circleci/a/b/c.yml"),
        ("cloud-build", "x-cloudbuild-y.json"),
        ("compose", "any.yml"),
        ("compose", "docker-compose-prod.json"),
        ("azure-containers", "any.json"),
        ("batect", "app/batect.yml"),
        ("copilot", "shop/copilot/web/manifest.yml"),
        ("ddev", ".ddev/config.local.yaml"),
        ("devspace", "devspace.dev.yaml"),
        ("helm-chart", "chart/requirements.yaml"),
        ("lando", ".lando.local.yml"),
        ("okteto", ".okteto/okteto-dev.yml"),
        ("render", "render.yaml"),
        ("bicep", "infra/main.bicep"),
        ("jsonnet", "environments/default/main.jsonnet"),
        ("jsonnet", "lib/k.libsonnet"),
        ("kcl", "app/main.k"),
        ("nixos", "hosts/web/containers.nix"),
        ("caprover", "captain-definition"),
        ("caprover", "captain-definition-worker"),
        ("digitalocean", ".do/deploy.template.yaml"),
        ("pulumi", "Pulumi.yaml"),
        ("timoni", "apps/bundle.cue"),
        ("maven", "shop/pom.xml"),
        ("maven", "release.pom.xml"),
        ("gradle", "shop/build.gradle"),
        ("gradle", "buildSrc/src/main/kotlin/web.gradle.kts"),
        ("serverless", "api/serverless.prod.yml"),
        ("batect", "batect-bundle.yaml"),
        ("concourse", "any.yaml"),
        ("crow", ".crow/a/b.yaml"),
        ("vela", ".vela.yaml"),
        ("dockerfile", "api.Dockerfile"),
        ("dockerfile", "Containerfile.dev"),
        ("drone", "release.drone.yml"),
        ("ecs", "any.json"),
        ("ecs", "any.template"),
        ("github-actions", ".forgejo/workflows/x.yaml"),
        ("gitlab-ci", ".gitlab-ci/a/b/c.yml"),
        ("gitlab-ci", ".gitlab/ci/a/b/c.yml"),
        ("gitlab-ci", "ci/build.gitlab-ci.yml"),
        ("helm-template", "templates/a/b/_helpers.tpl"),
        ("helmfile", "helmfile.d/01-app.yaml.gotmpl"),
        ("kubernetes", "any.json"),
        ("kustomize", "Kustomization"),
        ("kustomize", "any.yaml"),
        ("quadlet", "web.container.d/10-x.conf"),
        ("quadlet", "container.d/10-x.conf"),
        ("skaffold", "any.yaml"),
        ("helmsman", "any.toml"),
        ("helmfile", "clusters/any.yaml"),
        ("jenkins-config", "jobs/build/config.xml"),
        ("jenkins-config", "old-config.xml"),
        ("jenkins-config", "my-jenkins-server.xml"),
        ("woodpecker", ".woodpecker/a/b/c.yml"),
    ],
)
def test_the_catalog_has_the_files_that_the_documentation_describes(
    name: str, path: str
) -> None:
    assert SOURCES[name].may_match(PurePosixPath(path))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("bitbucket", "my-bitbucket-pipelines.yml"),
        ("jenkins-config", "myconfig.xml"),
        ("jenkins-config", "jobs/build.xml"),
        ("batect", "mybatect.yml"),
        ("copilot", "web/manifest.yml"),
        ("ddev", "ddev/config.yaml"),
        ("serverless", "myserverless.yml"),
        ("circleci", "circleci/config.yml"),
        ("crow", "crow/build.yaml"),
        ("vela", "vela.yaml"),
        ("drone", "drone.yml"),
        ("github-actions", "workflows/ci.yml"),
        ("github-actions", ".github/dependabot.yml"),
        ("gitlab-ci", "mygitlab-ci.yml"),
        ("gitlab-ci", ".gitlab/x.json"),
        ("helm-chart", "chart.yaml"),
        ("helm-template", "app.tpl"),
        ("helm-values", "myvalues.yaml"),
        ("bake", "bakery.hcl"),
        ("kustomize", "kustomization"),
        ("quadlet", "container.conf"),
        ("terraform", "a.tfvars"),
    ],
)
def test_files_that_only_resemble_them(name: str, path: str) -> None:
    assert not SOURCES[name].may_match(PurePosixPath(path))


IMAGES = {
    "batect": "containers: {a: {image: a}}",
    "bitbucket": "image: a",
    "circleci": "executors: {a: {docker: [{image: a}]}}",
    "cloud-build": "steps: [{name: a}]",
    "crow": "steps: [{image: a}]",
    "drone": "steps: [{image: a}]",
    "github-actions": "runs: {image: docker://a}",
    "ko": "defaultBaseImage: a",
    "vela": "steps: [{image: a}]",
    "woodpecker": "steps: [{image: a}]",
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_entry_and_its_path_table_have_one_name(name: str) -> None:
    context = Context(read=lambda _: None, platforms=())
    path = PurePosixPath("a.yml")

    (image,) = SOURCES[name].find(path, Text(IMAGES[name]), context)

    assert image.place.format == name


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\n",
        "---\nkind: Pod\n",
        "# a comment\n\n---\n  # another\napiVersion: v1\n",
        "# a comment\r\n\r\n---\r\napiVersion: v1\r\n",
        '{"apiVersion": "v1"}',
        '{\n  "kind": "Pod"}',
        "'kind' : Pod\n",
    ],
)
def test_formats_without_objects_are_not_asked_about_them(text: str) -> None:
    assert first_match([_ANY, _LAST], PurePosixPath("a.yaml"), text) is _LAST


@pytest.mark.parametrize(
    "text",
    ["services: {}\nkind: a\n", "a: b\n---\nkind: Pod\n", " kind: a\n", "kinds:"],
)
def test_other_files_are_asked_about_in_full(text: str) -> None:
    assert first_match([_ANY], PurePosixPath("a.yaml"), text) is _ANY


def test_no_example_of_an_object_is_of_a_format_without_them() -> None:
    without = [entry for entry in SOURCES.values() if not entry.objects]
    checked = 0
    for file in EXAMPLES.glob("*/*/**/*.y*ml"):
        path = PurePosixPath(file.relative_to(EXAMPLES).as_posix())
        text = Text.decode(file.read_bytes()).value
        if first_match([_ANY], path, text) is None:
            checked += 1
            taken = [entry.name for entry in without if entry.matches(path, text)]
            assert not taken, path
    assert checked > 100


class _Anything:
    """A source of a plug-in that reads every file."""

    def matches(self, path: PurePosixPath, text: str) -> bool:
        del path, text
        return True


_ANY = CatalogEntry("any", ("*",), plugin=_Anything(), objects=False)  # type: ignore[arg-type]
_LAST = CatalogEntry("last", ("*",), plugin=_Anything())  # type: ignore[arg-type]
