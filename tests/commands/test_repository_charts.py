"""Charts of repositories with an `index.yaml`, from their files to the lock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.chart_repositories import (
    ChartRepositories,
    chart_repositories,
    digest_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

FILES = {
    "umbrella/Chart.yaml": """\
apiVersion: v2
name: umbrella
version: 0.1.0
dependencies:
  - name: redis
    version: 1.2.3
    repository: {address}/stable
  - name: ranged
    version: ^1.0.0
    repository: {address}/stable
  - name: private
    version: 1.0.0
    repository: https://user:secret@charts.example.com
  - name: beside
    version: 1.0.0
    repository: file://../beside
""",
    "helmfile.yaml": """\
repositories:
  - name: stable
    url: {address}/stable/
releases:
  - name: cache
    chart: stable/redis
    version: v1.2.3
  - name: own
    chart: ./umbrella
    version: 1.2.3
""",
    "overlay/kustomization.yaml": """\
helmCharts:
  - name: redis
    repo: {address}/stable
    version: 1.2.3
""",
    "argo.yaml": """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: redis}}
spec:
  sources:
    - repoURL: {address}/stable
      chart: redis
      targetRevision: 1.2.3
    - repoURL: https://git.example.com/config.git
      path: apps
      targetRevision: 1.0.0
""",
    "k3s.yaml": """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {{name: redis}}
spec:
  repo: {address}/stable
  chart: redis
  version: 1.2.3
""",
    "clusters/sources/stable.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: stable, namespace: flux-system}}
spec: {{interval: 5m, url: '{address}/stable'}}
""",
    "apps/redis.yaml": """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: redis, namespace: apps}}
spec:
  chart:
    spec:
      chart: redis
      version: 1.2.3
      sourceRef: {{kind: HelmRepository, name: stable, namespace: flux-system}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: lost, namespace: apps}}
spec:
  chart:
    spec:
      chart: redis
      version: 1.2.3
      sourceRef: {{kind: HelmRepository, name: elsewhere}}
""",
    "main.tf": """\
variable "redis" {{
  default = "1.2.3"
}}
resource "helm_release" "redis" {{
  name       = "redis"
  repository = "{address}/stable"
  chart      = "redis"
  version    = var.redis
}}
resource "helm_release" "computed" {{
  repository = "{address}/stable"
  chart      = "redis"
  version    = data.x.y
}}
""",
    "bundle/fleet.yaml": """\
defaultNamespace: redis
helm:
  repo: {address}/stable
  chart: redis
  version: 1.2.3
""",
    "compose.yaml": """\
services:
  broken: {{image: '{address}/stable/redis:1.2.3'}}
""",
}
ONE = """\
apiVersion: v2
name: umbrella
version: 0.1.0
dependencies:
  - {{name: redis, version: {version}, repository: '{address}/stable'}}
"""


@pytest.fixture
def repositories() -> Iterator[ChartRepositories]:
    with chart_repositories() as repositories:
        repositories.publish(
            "/stable",
            {
                "redis": {"2.0.0": digest_of("two"), "1.2.3": digest_of("one")},
                "redis-cluster": {"1.2.3": digest_of("other")},
            },
        )
        yield repositories


@pytest.fixture
def umbrella(project: Path, repositories: ChartRepositories) -> Path:
    """A project with one chart that is locked."""
    (project / "imagelock.toml").write_text("charts = true\n")
    write_version(project, repositories, "1.2.3")
    return project


def write_version(project: Path, repositories: ChartRepositories, version: str) -> None:
    text = ONE.format(address=repositories.address, version=version)
    (project / "Chart.yaml").write_text(text)


def shown(text: object, repositories: ChartRepositories) -> str:
    host = repositories.address.removeprefix("http://")
    return str(text).replace(host, "charts.example")


def test_every_file_that_names_a_chart_is_read(
    project: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    snapshot: SnapshotAssertion,
) -> None:
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(address=repositories.address))
    assert shown(imagelock("list"), repositories) == snapshot(name="off")

    (project / "imagelock.toml").write_text("charts = true\n")
    assert shown(imagelock("lock"), repositories) == snapshot(name="lock")
    lockfile = (project / "images.lock").read_text()
    assert shown(lockfile, repositories) == snapshot(name="lockfile")
    assert repositories.paths == ["/stable/index.yaml"]
    assert shown(imagelock("list"), repositories) == snapshot(name="list")
    assert "secret" not in imagelock("list", "--format", "json").out
    assert shown(imagelock("verify", "--offline"), repositories) == snapshot(
        name="verify"
    )


def test_another_digest_for_the_same_version_is_drift(
    umbrella: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    snapshot: SnapshotAssertion,
) -> None:
    assert imagelock("lock").exit_code == 0
    assert shown(imagelock("verify"), repositories) == snapshot(name="same")
    repositories.publish("/stable", {"redis": {"1.2.3": digest_of("replaced")}})
    assert imagelock("lock", "--check").exit_code == 0
    assert imagelock("verify", "--offline").exit_code == 0
    assert shown(imagelock("verify"), repositories) == snapshot(name="moved")
    assert shown(imagelock("update"), repositories) == snapshot(name="update")
    assert imagelock("verify").exit_code == 0


@pytest.mark.parametrize(
    "index",
    [
        pytest.param({"redis": {"1.2.4": digest_of("a")}}, id="version"),
        pytest.param({"other": {"1.2.3": digest_of("a")}}, id="chart"),
        pytest.param({}, id="empty"),
        pytest.param(None, id="index"),
        pytest.param({"redis": {"1.2.3": ""}}, id="no digest"),
        pytest.param({"redis": {"1.2.3": "md5:00"}}, id="bad digest"),
    ],
)
def test_what_an_index_does_not_have_is_not_locked(
    umbrella: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    snapshot: SnapshotAssertion,
    index: dict[str, dict[str, str]] | None,
) -> None:
    repositories.files.clear()
    if index is not None:
        repositories.publish("/stable", index)
    result = imagelock("lock")
    assert shown(result, repositories) == snapshot
    assert result.exit_code != 0
    assert not (umbrella / "images.lock").exists()


def test_a_version_that_is_gone_is_a_finding_of_verify(
    umbrella: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    snapshot: SnapshotAssertion,
) -> None:
    assert imagelock("lock").exit_code == 0
    repositories.publish("/stable", {"redis": {"1.2.4": digest_of("a")}})
    assert shown(imagelock("verify"), repositories) == snapshot(name="gone")
    repositories.files.clear()
    assert shown(imagelock("verify"), repositories) == snapshot(name="no index")


def test_newer_versions_of_a_chart_are_found(
    umbrella: Path, imagelock: Run, repositories: ChartRepositories
) -> None:
    assert imagelock("lock").exit_code == 0
    result = imagelock("outdated")
    assert "2.0.0" in result.out
    assert imagelock("update", "--bump", "major").exit_code == 0, result
    assert "version: 2.0.0" in (umbrella / "Chart.yaml").read_text()
    assert f"sha256:{digest_of('two')}" in (umbrella / "images.lock").read_text()


def test_credentials_go_to_the_host_of_the_repository_alone(
    umbrella: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    host = repositories.address.removeprefix("http://")
    repositories.logins["/stable/index.yaml"] = "user:password"
    result = imagelock("lock")
    assert result.exit_code == 3
    assert f"docker login {host}" in result.err
    auth = {"auths": {host: {"auth": "dXNlcjpwYXNzd29yZA=="}}}
    (tmp_path / "config.json").write_text(json.dumps(auth))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert imagelock("lock").exit_code == 0
    with chart_repositories() as others:
        others.publish("/moved", {"redis": {"1.2.3": digest_of("moved")}})
        target = f"{others.address}/moved/index.yaml"
        repositories.redirects["/stable/index.yaml"] = target
        assert imagelock("verify").exit_code == 1
        assert others.requests == [("/moved/index.yaml", None)]


def test_commands_about_images_leave_charts_out(
    umbrella: Path,
    imagelock: Run,
    repositories: ChartRepositories,
    snapshot: SnapshotAssertion,
) -> None:
    (umbrella / "imagelock.toml").write_text(
        'charts = true\nplatforms = ["linux/amd64"]\n[signatures]\nimages = ["**"]\n'
        '[policy]\nmax-age = "30d"\nregistries = ["127.0.0.1:*/**"]\n'
    )
    assert imagelock("lock").exit_code == 0
    for target in ("list", "skopeo", "kyverno", "renovate", "sbom", "regsync"):
        result = imagelock("export", target)
        assert result.exit_code == 0, result
        assert "redis" not in result.out, target
        assert "127.0.0.1" not in result.out, target
    assert imagelock("verify", "--signatures").exit_code == 0
    assert imagelock("verify", "--deep").exit_code == 0
    assert "redis" not in imagelock("outdated", "--bases").out
    assert repositories.address not in imagelock("doctor").out
    name = f"{repositories.address}/stable/redis:1.2.3"
    assert shown(imagelock("list", "--bases", name), repositories) == snapshot


def test_a_lock_without_charts_is_as_it_was(
    umbrella: Path, imagelock: Run, repositories: ChartRepositories
) -> None:
    (umbrella / "imagelock.toml").write_text("charts = false\n")
    result = imagelock("lock")
    assert repositories.paths == []
    assert "1 more reference would be found with `charts = true`" in result.err


def test_a_large_index_is_read_for_what_matters(
    umbrella: Path, imagelock: Run, repositories: ChartRepositories
) -> None:
    charts = {
        f"chart{number}": {f"{version}.0.0": digest_of("x") for version in range(200)}
        for number in range(300)
    }
    charts["redis"] = {"1.2.3": digest_of("one")}
    repositories.publish("/stable", charts)
    assert len(repositories.files["/stable/index.yaml"]) > 20_000_000
    assert imagelock("lock").exit_code == 0
    assert imagelock("verify").exit_code == 0
    assert repositories.paths == ["/stable/index.yaml"] * 2
