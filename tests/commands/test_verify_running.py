"""`verify --running`: what runs, compared with the lock."""

from __future__ import annotations

import io
import json
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.running_containers import Container, running_containers
from imagelock.commands.verify_running import compare_containers
from imagelock.errors import RegistryError, UsageError
from imagelock.model.digest import Digest
from tests.support.locked import digest_of, locked, save

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.model.image import Image
    from tests.conftest import Run

NGINX: Final = str(digest_of("nginx:1.27"))
OTHER: Final = "sha256:" + "1" * 64


Pod = dict[str, object]


def pod(name: str, image: str, identity: str, kind: str = "containers") -> Pod:
    status = {
        "containers": "containerStatuses",
        "initContainers": "initContainerStatuses",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": "shop", "name": name},
        "spec": {kind: [{"name": "web", "image": image}]},
        "status": {
            status[kind]: [{"name": "web", "image": "shown", "imageID": identity}]
        },
    }


def pods(*items: Pod) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
    save(project, "nginx:1.27", "redis:7")
    return project


@pytest.mark.parametrize(
    "identity",
    [
        f"docker.io/library/nginx@{NGINX}",
        f"docker-pullable://nginx@{NGINX}",
        f"registry.acme.example/copy/of/nginx@{NGINX}",
        f"docker.io/library/import-2026-01-01@{NGINX}",
        NGINX,
        f"docker://{NGINX}",
    ],
)
def test_every_form_of_a_digest_is_compared(
    shop: Path, imagelock: Run, identity: str
) -> None:
    for kind in ("containers", "initContainers"):
        (shop / "pods.json").write_text(pods(pod("a", "nginx:1.27", identity, kind)))

        result = imagelock("verify", "--running", "pods.json", "--offline")
        assert result.exit_code == 0, result
        assert result.out == "1 container compared with the lock: all agree\n"


def test_the_half_of_a_fleet_that_runs_something_else_is_named(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    right, wrong = f"nginx@{NGINX}", f"nginx@{OTHER}"
    fleet = [
        pod(f"web-{n}", "nginx:1.27", wrong if n % 2 else right) for n in range(14)
    ]
    others = [
        pod("proxy", "registry.k8s.io/pause:3.9", f"registry.k8s.io/pause@{OTHER}"),
        pod("copy", "registry.acme.example/web:prod", f"x.example/web@{NGINX}"),
        pod("starting", "nginx:1.27", ""),
    ]
    (shop / "pods.json").write_text(pods(*fleet, *others))

    result = imagelock("verify", "--running", "pods.json", "--offline")
    assert str(result) == snapshot
    assert result.exit_code == 1


def test_what_cannot_be_told_is_not_clean(shop: Path, imagelock: Run) -> None:
    (shop / "pods.json").write_text(pods(pod("a", "nginx:1.27", "")))

    result = imagelock("verify", "--running", "pods.json", "--offline")
    assert result.exit_code == 3
    assert "its digest is not known" in result.out


def inspected(image: str, identity: str, **more: object) -> dict[str, object]:
    return {"Name": "/web", "Config": {"Image": image}, "Image": identity, **more}


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        ([inspected("nginx:1.27", NGINX)], 0),
        ([inspected("nginx:1.27", OTHER)], 3),
        ([inspected(f"nginx:1.27@{NGINX}", OTHER)], 0),
        (
            [
                inspected("nginx:1.27", OTHER),
                {"Id": OTHER, "RepoTags": [], "RepoDigests": [f"nginx@{NGINX}"]},
            ],
            0,
        ),
        (
            [
                inspected("nginx:1.27", NGINX[:-1] + "0"),
                {
                    "Id": NGINX[:-1] + "0",
                    "RepoTags": ["nginx:1.27"],
                    "RepoDigests": [f"nginx@{OTHER}"],
                },
            ],
            1,
        ),
        (
            [inspected("nginx:1.27", OTHER, ImageManifestDescriptor={"digest": NGINX})],
            0,
        ),
    ],
)
def test_containers_of_docker(
    shop: Path, imagelock: Run, objects: list[dict[str, object]], code: int
) -> None:
    (shop / "docker.json").write_text(json.dumps(objects))

    result = imagelock("verify", "--running", "docker.json", "--offline")
    assert result.exit_code == code, result


def test_compose_tells_no_digest(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {"Name": "shop-web-1", "Service": "web", "Image": "nginx:1.27"},
        {
            "Name": "shop-db-1",
            "Service": "db",
            "Image": f"redis:7@{digest_of('redis:7')}",
        },
    ]
    data = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    result = imagelock("verify", "--running", "-", "--offline", "--format", "json")
    findings = json.loads(result.out)["findings"]
    assert result.exit_code == 3
    assert [finding["rule"] for finding in findings] == ["could-not-check"]
    assert "shop-web-1" in findings[0]["message"]


def test_a_configuration_is_compared_by_asking_the_registry(
    project: Path, address: str, imagelock: Run
) -> None:
    name = f"{address.removeprefix('http://')}/library/nginx:1.27"
    (project / "compose.yaml").write_text(f"services: {{a: {{image: {name}}}}}\n")
    imagelock("lock")
    image = json.loads(imagelock("export", "json").out)["images"][0]
    base = f"{address}/v2/library/nginx/manifests"
    digest = image["platforms"][0]["digest"]
    config = httpx.get(f"{base}/{digest}").json()["config"]["digest"]

    for identity, code in ((config, 0), (OTHER, 1)):
        (project / "pods.json").write_text(pods(pod("a", name, f"docker://{identity}")))
        assert imagelock("verify", "--running", "pods.json").exit_code == code
    assert imagelock("verify", "--running", "pods.json", "--offline").exit_code == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("{", "not JSON"),
        ("[{}]", "no containers"),
        ('{"kind": "Deployment"}', "no containers"),
        ("\xff", "is not UTF-8"),
    ],
)
def test_input_of_no_use_is_an_error(
    shop: Path, imagelock: Run, content: str, message: str
) -> None:
    (shop / "x.json").write_bytes(content.encode("latin-1"))

    result = imagelock("verify", "--running", "x.json")
    assert result.exit_code == 2
    assert message in result.err


def test_no_pods_are_no_error(shop: Path, imagelock: Run) -> None:
    (shop / "x.json").write_text(pods())

    assert imagelock("verify", "--running", "x.json").exit_code == 0


def test_without_a_lock_nothing_is_compared(project: Path, imagelock: Run) -> None:
    (project / "x.json").write_text(pods())

    assert imagelock("verify", "--running", "x.json").exit_code == 2


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "items",
                    "kind",
                    "spec",
                    "status",
                    "metadata",
                    "containers",
                    "image",
                    "Config",
                    "Image",
                    "Name",
                    "RepoTags",
                    "Service",
                    "name",
                    "imageID",
                ]
            ),
            inner | st.just("Pod"),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(VALUES)
@pytest.mark.slow
def test_no_json_is_too_strange(value: object) -> None:
    try:
        found = running_containers(json.dumps(value))
    except UsageError:
        return
    assert all(isinstance(container, Container) for container in found)


def test_each_container_that_cannot_be_compared_counts(
    shop: Path, imagelock: Run
) -> None:
    starting = [pod(f"web-{number}", "nginx:1.27", "") for number in range(3)]
    right = pod("web-3", "nginx:1.27", f"nginx@{NGINX}")
    (shop / "pods.json").write_text(pods(*starting, right))

    output = imagelock("verify", "--running", "pods.json", "--format", "json").out
    assert json.loads(output)["checked"] == 1
    assert json.loads(output)["could_not_check"] == 3


def test_a_fleet_asks_about_its_image_once() -> None:
    asked: list[Image] = []

    def fails(image: Image) -> frozenset[Digest]:
        asked.append(image)
        raise RegistryError("it does not answer")

    lockfile = locked(["nginx:1.27"])
    identity = Digest.parse(OTHER)
    fleet = [
        Container(f"web-{number}", "nginx:1.27", identity=identity)
        for number in range(100)
    ]
    result = compare_containers(fleet, lockfile, PurePosixPath("-"), fails)
    assert len(asked) == 1
    assert result.could_not_check == 100
