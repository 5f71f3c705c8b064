from __future__ import annotations

import http.client
import json
import re
import socket
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.request import urlopen

import pytest

from imagelock.demo.server import running, serve
from imagelock.demo.shop import DEPLOYMENT, PLATFORMS, shop_registry, write_shop
from imagelock.demo.web.builds import MAX_BUILDS, BuildKind, Builds
from imagelock.demo.web.fleet import DemoFleet
from imagelock.demo.web.simulator import Simulator
from imagelock.demo.web.site import Site
from imagelock.model.digest import Digest
from tests.demo.test_demo import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.model.platform import Platform
    from tests.conftest import Run

AMD64, ARM64 = PLATFORMS


class Requests:
    """Sends requests to the site as they are, and returns status, headers and body."""

    def __init__(self, site: Site) -> None:
        self.port = site.server_port
        self.host = f"127.0.0.1:{site.server_port}"
        self.token = site.token

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named = {"Content-Length": str(len(body)), **named}
        for name, value in ({"Host": self.host} | named).items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        result = answer.status, dict(answer.headers), answer.read()
        connection.close()
        return result

    def act(self, action: str) -> dict[str, Any]:
        status, _, body = self.send(
            "POST",
            f"/{self.token}/act",
            json.dumps({"action": action}).encode(),
            Origin=f"http://{self.host}",
            Content_Type="application/json",
        )
        assert status == 200, body
        state: dict[str, Any] = json.loads(body)
        return state


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("demo")
    registry = shop_registry()
    with serve(registry) as address:
        write_shop(folder, address)
        yield Simulator(registry, address, folder)


@pytest.fixture(scope="module")
def requests(simulator: Simulator) -> Iterator[Requests]:
    site = Site(simulator)
    with running(site):
        yield Requests(site)


def names(state: dict[str, Any], fleet: str) -> list[str]:
    return [each["name"] for each in state["fleets"][fleet]["containers"]]


JSON: Final = "application/json"
ACT: Final = b'{"action": "scale-up"}'


@pytest.mark.parametrize(
    ("status", "line", "body", "headers"),
    [
        # What nobody needs to know is not there.
        (404, "GET /", None, {}),
        (404, "GET /favicon.ico", None, {}),
        (404, "GET /TOKENx/", None, {}),
        (404, "GET /%20/state", None, {}),
        (404, "GET /TOKENstate", None, {}),
        (404, "GET /TOKEN/act", None, {}),
        (404, "GET /TOKEN/state?x", None, {}),
        (404, "GET /TOKEN/../TOKEN/", None, {}),
        (404, "GET /TOKEN/site.py", None, {}),
        (404, "POST /TOKEN/", ACT, {}),
        (404, "POST /act", ACT, {}),
        (501, "HEAD /TOKEN/", None, {}),
        (501, "PUT /TOKEN/act", ACT, {}),
        (501, "OPTIONS /TOKEN/act", None, {}),
        # A name that a hostile page lets point to this machine.
        (403, "GET /TOKEN/", None, {"Host": "evil.example:PORT"}),
        (403, "GET /TOKEN/", None, {"Host": "127.0.0.1"}),
        (403, "GET /TOKEN/", None, {"Host": ""}),
        (403, "POST /TOKEN/act", ACT, {"Host": "evil.example:PORT"}),
        # A hostile page that knows the address.
        (403, "POST /TOKEN/act", ACT, {"Origin": ""}),
        (403, "POST /TOKEN/act", ACT, {"Origin": "null"}),
        (403, "POST /TOKEN/act", ACT, {"Origin": "https://evil.example"}),
        (403, "POST /TOKEN/act", ACT, {"Origin": "http://127.0.0.1:1"}),
        (415, "POST /TOKEN/act", ACT, {"Content_Type": "text/plain"}),
        # What is no action.
        (400, "POST /TOKEN/act", b"\xff", {}),
        (400, "POST /TOKEN/act", b'"scale-up"', {}),
        (400, "POST /TOKEN/act", b'{"action": ["scale-up"]}', {}),
        (400, "POST /TOKEN/act", b'{"action": "__init__"}', {}),
        (400, "POST /TOKEN/act", b'{"action": "doctor"}', {}),
        (400, "POST /TOKEN/act", b"[" * 200, {}),
        (411, "POST /TOKEN/act", ACT, {"Content_Length": ""}),
        (411, "POST /TOKEN/act", ACT, {"Content_Length": "-1"}),
        (411, "POST /TOKEN/act", ACT, {"Transfer_Encoding": "chunked"}),
        (413, "POST /TOKEN/act", ACT, {"Content_Length": "201"}),
        (413, "POST /TOKEN/act", ACT, {"Content_Length": "9" * 5000}),
    ],
)
def test_nothing_else_is_served(
    requests: Requests,
    simulator: Simulator,
    status: int,
    line: str,
    body: bytes | None,
    headers: dict[str, str],
) -> None:
    before = simulator.state()
    usual = (
        {}
        if body is None
        else {"Origin": "http://127.0.0.1:PORT", "Content_Type": JSON}
    )
    sent = {
        name: value.replace("PORT", str(requests.port))
        for name, value in (usual | headers).items()
    }
    method, path = line.replace("TOKEN", requests.token).split(" ")
    answer = requests.send(method, path, body, **sent)

    assert answer[0] == status
    assert "default-src 'none'" in answer[1]["Content-Security-Policy"]
    assert requests.token.encode() not in answer[2]
    assert simulator.state() == before


def test_the_page_and_its_files_are_served_and_nothing_is_kept(
    requests: Requests,
) -> None:
    for name, kind in {
        "": "text/html",
        "page.js": "text/javascript",
        "state": JSON,
    }.items():
        status, headers, _ = requests.send("GET", f"/{requests.token}/{name}")
        assert status == 200
        assert headers["Content-Type"].startswith(kind)
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
    local = f"localhost:{requests.port}"  # as editors forward ports
    assert requests.send("GET", f"/{requests.token}/", Host=local)[0] == 200


def test_connections_are_counted(requests: Requests) -> None:
    address = "127.0.0.1", requests.port
    idle = [socket.create_connection(address, timeout=30) for _ in range(32)]
    with socket.create_connection(address, timeout=30) as refused:
        assert refused.recv(1) == b""
    for connection in idle:
        connection.close()
    for _ in range(100):
        try:
            status, _, _ = requests.send("GET", f"/{requests.token}/")
        except ConnectionError:
            continue  # the server has not noticed yet
        assert status == 200
        return
    pytest.fail("no connection became free")


def test_every_action_has_a_button(simulator: Simulator) -> None:
    page = files("imagelock.demo.web").joinpath("page.html").read_text("utf-8")

    assert set(re.findall(r'data-action="([^"]+)"', page)) == simulator.actions


def test_the_tag_decides_until_the_files_are_pinned(requests: Requests) -> None:
    requests.act("start-over")
    state = requests.act("pin")
    assert state["fleets"]["tag"]["target"].startswith("sha256:")
    requests.act("push-malicious")
    state = requests.act("scale-up")
    assert names(state, "tag") == names(state, "lock") == ["1.0.4"] * 6
    state = requests.act("unpin")
    assert state["fleets"]["tag"]["target"] == "v1"
    assert names(state, "tag") == ["1.0.4 (malicious)"] * 6
    assert names(state, "lock") == ["1.0.4"] * 6
    state = requests.act("push-first")
    assert [push["name"] for push in state["pushes"]] == [
        "1.0.4", "1.0.4 (malicious)", "1.0.4"
    ]  # fmt: skip
    state = requests.act("replace")
    assert names(state, "tag").count("1.0.4") == 1
    assert state["fleets"]["tag"]["split"]


def test_files_that_somebody_breaks_stop_nothing(
    requests: Requests, simulator: Simulator
) -> None:
    folder = simulator.folder
    running_before = simulator.state()["fleets"]
    (folder / "images.lock").write_text("<<<<<<<\n")
    state = simulator.state()
    assert state["fleets"] == running_before
    assert state["news"].startswith("The fleets go on as they are: ")
    (folder / DEPLOYMENT).write_bytes(b"image: \xff\n")
    assert requests.act("scale-up")["news"].startswith("The fleets go on as they are: ")
    (folder / DEPLOYMENT).unlink()
    (folder / "images.lock").unlink()
    assert names(simulator.state(), "tag") == []
    state = requests.act("start-over")
    assert names(state, "tag") == names(state, "lock") == ["1.0.4"] * 3


class Tags:
    """What a fleet pulls: a tag and what it stands for now."""

    def __init__(self) -> None:
        self.content = "first"

    def pull(self, target: str, platform: Platform) -> Digest:
        content = self.content if target == "v1" else target
        return Digest.of(f"{content} {platform}".encode())


def test_containers_pull_when_they_start() -> None:
    tags = Tags()
    fleet = DemoFleet(tags.pull)
    fleet.deploy("v1", 2)
    tags.content = "second"
    fleet.deploy("v1", 2)
    assert not fleet.is_split
    fleet.deploy("v1", 4)
    assert [each.platform for each in fleet.containers] == [AMD64, ARM64] * 2
    assert [each.number for each in fleet.containers] == [1, 2, 3, 4]
    assert fleet.is_split
    fleet.replace_oldest()
    assert [each.number for each in fleet.containers] == [5, 2, 3, 4]
    fleet.deploy("v1", 1)
    assert [each.number for each in fleet.containers] == [5]
    fleet.deploy("second", 2)
    assert [each.number for each in fleet.containers] == [6, 7]
    fleet.deploy(None, 2)
    fleet.replace_oldest()
    assert fleet.containers == []


def test_a_rebuild_changes_one_platform_of_the_last_honest_build() -> None:
    registry = shop_registry()
    builds = Builds(registry)
    release = builds.push(BuildKind.RELEASE)
    malicious = builds.push(BuildKind.MALICIOUS)
    rebuilt = builds.push(BuildKind.REBUILD)

    assert malicious.version == rebuilt.version == release.version == "1.1.0"
    manifests = [child.digest for child in rebuilt.image.children]
    assert [builds.find(manifest) for manifest in manifests] == [release, rebuilt]
    assert builds.find(malicious.digest) == malicious
    assert builds.find(Digest.of(b"something else")) is None


def test_there_is_an_end_of_builds() -> None:
    builds = Builds(shop_registry())
    last = builds.push(BuildKind.RELEASE)
    while not builds.is_full:
        last = builds.push(BuildKind.RELEASE)
    assert last.number == MAX_BUILDS - 1


def test_it_ends_at_ctrl_c_and_leaves_nothing(project: Path) -> None:
    with served("demo", "--web") as running:
        told = running.wait_for("The commands run in ")
        url, folder = re.findall(r"http://\S+/|/\S+(?=\.\n)", told)
        with urlopen(url) as answer:  # noqa: S310 - ours
            assert b"<h1>The moving target</h1>" in answer.read()
        assert (project / folder / "images.lock").is_file()
    assert not (project / folder).exists()
    assert list(project.iterdir()) == []


def test_it_needs_a_folder_of_its_own(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text("services: {}\n")
    result = imagelock("demo", "--web", ".")

    assert result.exit_code == 2
    assert result.err == f"error: `{project}` is not an empty folder\n"
    assert imagelock("demo", "--web", "--serve").err == (
        "error: `--web` and `--serve` are two forms of the demo\n\n"
        "hint: give one of them\n"
    )
