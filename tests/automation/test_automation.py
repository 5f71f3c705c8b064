"""The automation, as forges run it: the very steps of the files in `integrations`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import tomllib
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from imagelock.report.markdown import MAX_LENGTH
from tests.automation.test_hooks import git
from tests.cli.test_commands import COMPOSE
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.demo.registry import MemoryRegistry

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INTEGRATIONS = ROOT / "integrations"
WORKFLOWS = sorted(
    path
    for forge in ("github", "gitea")
    for path in (INTEGRATIONS / forge).glob("*.yml")
)
ACTIONS = [ROOT / "action.yml", *INTEGRATIONS.rglob("action.yml")]
BRANCH = "imagelock/update"


def document(path: Path) -> Any:  # noqa: ANN401 - it is YAML
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps_of(path: Path) -> list[dict[str, Any]]:
    data = document(path)
    if "runs" in data:
        return list(data["runs"]["steps"])
    return [step for job in data["jobs"].values() for step in job["steps"]]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", ACTIONS),
        ("vendor.gitlab-ci", [INTEGRATIONS / "gitlab" / "imagelock.yml"]),
    ],
)
def test_the_files_are_valid(schema: str, paths: list[Path]) -> None:
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema,
         *transform, *map(str, paths)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=relative)
def test_no_expression_is_inside_of_a_script(path: Path) -> None:
    for step in steps_of(path):
        if "run" in step:
            assert "${{" not in step["run"]
            assert step["shell"] == "bash"
        else:
            name, _, revision = step["uses"].partition("@")
            ours = name.removeprefix("https://github.com/").startswith("imagelock/")
            assert ours or re.fullmatch("[0-9a-f]{40}", revision)


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_workflows_may_do_no_more_than_they_need(path: Path) -> None:
    data = document(path)

    update = {"contents": "write", "pull-requests": "write"}
    read = {"contents": "read"}
    needed = {"update": update, "drift": {**read, "issues": "write"}, "verify": read}
    assert data["permissions"] == needed[path.stem]
    assert data["concurrency"]["group"]


def evaluated(text: str, values: dict[str, str]) -> str:
    """Return *text* with its expressions replaced: names, and `a || b` of them."""

    def value(match: re.Match[str]) -> str:
        names = [name.strip() for name in match[1].split("||")]
        return next((v for name in names if (v := values.get(name))), "")

    return re.sub(r"\$\{\{(.*?)\}\}", value, text)


def holds(condition: str, values: dict[str, str]) -> bool:
    name, _, other = condition.partition(" != ")
    return values.get(name, "") != other.strip("'")


class Ran(NamedTuple):
    """What a run of a workflow left behind."""

    exit_code: int
    log: str
    values: dict[str, str]
    summary: str


class Runner:
    """Runs workflows and composite actions as a runner does, in a clone."""

    def __init__(self, clone: Path, folder: Path, variables: dict[str, str]) -> None:
        self.clone = clone
        self.folder = folder
        self.variables = variables

    def workflow(self, path: Path) -> Ran:
        """Run the steps of *path* behind the checkout, up to the first that fails."""
        values = {"github.ref_name": "main", "github.token": "t0ken"}
        log, code = "", 0
        (self.folder / "summary").write_text("")
        for step in steps_of(path):
            if "checkout" in step.get("uses", ""):
                continue
            if "if" in step and not holds(step["if"], values):
                continue
            if "uses" in step:
                given = step.get("with", {})
                inputs = {k: evaluated(v, values) for k, v in given.items()}
                code, output = self.action(step["uses"], inputs, step.get("id"), values)
            else:
                code, output = self.script(ROOT, step, values)
            log += output
            if code:
                break
        return Ran(code, log, values, (self.folder / "summary").read_text())

    def action(
        self, uses: str, given: dict[str, str], name: str | None, values: dict[str, str]
    ) -> tuple[int, str]:
        """Run the composite action that *uses* names, from this work tree."""
        folder = ROOT / uses.partition("imagelock/imagelock")[2].partition("@")[0][1:]
        data = document(folder / "action.yml")
        inside = {k: v for k, v in values.items() if k.startswith("github.")}
        for key, about in data["inputs"].items():
            default = evaluated(str(about.get("default", "")), values)
            inside[f"inputs.{key}"] = given.get(key, default)
            assert not about.get("required") or given.get(key)
        assert given.keys() <= data["inputs"].keys()
        code, log = 0, ""
        for step in data["runs"]["steps"]:
            code, output = self.script(folder, step, inside)
            log += output
        for key, about in data.get("outputs", {}).items():
            values[f"steps.{name}.outputs.{key}"] = evaluated(about["value"], inside)
        return code, log

    def script(
        self, action: Path, step: dict[str, Any], values: dict[str, str]
    ) -> tuple[int, str]:
        """Run one script; its outputs go to *values*."""
        output = self.folder / "output"
        output.write_text("")
        environment = {
            **{k: evaluated(v, values) for k, v in step.get("env", {}).items()},
            **self.variables,
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "GIT_CONFIG_GLOBAL": os.devnull,
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.clone, env=environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            values[f"steps.{step.get('id')}.outputs.{key}"] = value
        return done.returncode, done.stdout


ASKED = {("issues", "labels"), ("pulls", "requested_reviewers")}


class Forge:
    """The pull requests of a repository, as GitHub's and Gitea's API have them."""

    def __init__(self, bare: Path) -> None:
        self.bare = bare
        self.requests: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.log: list[str] = []

    def handle(self, method: str, target: str, data: dict[str, Any]) -> Any:  # noqa: ANN401
        self.log.append(method)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        kind, *more = path.removeprefix("/api/repos/acme/shop/").split("/")
        if more[1:]:
            assert (kind, more[1]) in ASKED
            self.requests[int(more[0]) - 1].setdefault("asked", {}).update(data)
            return data
        if kind == "issues":
            return self.issue(method, query, data, more)
        assert kind == "pulls"
        if method == "GET":
            wanted = [r for r in self.requests if r["state"] == query["state"][0]]
            return wanted if query["page"] == ["1"] else []
        if method == "PATCH":
            request = self.requests[int(path.rpartition("/")[2]) - 1]
            request.update(data)
            return request
        head = {
            "ref": data["head"],
            "sha": git(self.bare, "rev-parse", data["head"]),
            "repo": {"full_name": "acme/shop"},
        }
        self.requests.append(
            {**data, "number": len(self.requests) + 1, "state": "open", "head": head,
             "base": {"ref": data["base"]}}
        )  # fmt: skip
        return self.requests[-1]

    def issue(
        self,
        method: str,
        query: dict[str, list[str]],
        data: dict[str, Any],
        more: list[str],
    ) -> Any:  # noqa: ANN401 - it is JSON
        if method == "GET":
            opened = [i for i in self.issues if i["state"] == "open"]
            return opened if query["page"] == ["1"] else []
        if method == "PATCH":
            issue = self.issues[int(more[0]) - 1]
            issue.update(data)
            return issue
        bot = {"author_association": "NONE", "user": {"type": "Bot"}}
        number = len(self.issues) + 1
        self.issues.append({**data, **bot, "number": number, "state": "open"})
        return self.issues[-1]


@contextmanager
def served(forge: Forge) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            assert self.headers["Authorization"] == "token t0ken"
            size = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(size) or b"{}")
            body = json.dumps(forge.handle(self.command, self.path, data)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api"
        finally:
            server.shutdown()
            thread.join()


class Shop(NamedTuple):
    """A locked project, its bare repository, its forge and a runner."""

    clone: Path
    bare: Path
    forge: Forge
    runner: Runner

    def update(self, forge: str = "github") -> Ran:
        """Run the update workflow on a fresh checkout of the base branch."""
        git(self.clone, "fetch", "-q", "origin")
        git(self.clone, "reset", "-q", "--hard", "origin/main")
        git(self.clone, "clean", "-q", "-d", "-f")
        return self.runner.workflow(INTEGRATIONS / forge / "update.yml")

    def tip(self) -> str:
        """Return the commit of the branch of updates, or nothing."""
        return git(
            self.bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}"
        )

    def commits(self) -> int:
        """Return how many commits the branch has more than the base."""
        return int(git(self.bare, "rev-list", "--count", f"main..{BRANCH}"))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of a runner in which imagelock is installed already."""
    folder = tmp_path / "runner"
    programs = folder / "imagelock-program-checkout" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    program = programs / "imagelock"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m imagelock "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture
def shop(tmp_path: Path, project: Path, address: str, program: Path) -> Iterator[Shop]:
    (project / "compose.yaml").write_text(COMPOSE)
    configure(project, address)
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
    git(bare, "config", "receive.advertisePushOptions", "true")
    git(project, "init", "-q", "-b", "main")
    git(project, "remote", "add", "origin", str(bare))
    subprocess.run(
        [program / "imagelock-program-checkout/bin/imagelock", "lock"], check=True
    )
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "start")
    git(project, "push", "-q", "origin", "main")
    forge = Forge(bare)
    with served(forge) as url:
        variables = {"GITHUB_API_URL": url, "GITHUB_REPOSITORY": "acme/shop"}
        yield Shop(project, bare, forge, Runner(project, program, variables))


def more(clone: Path) -> None:
    """Commit a file that has nothing to do with images."""
    (clone / "README").write_text("more\n")
    git(clone, "add", "README")
    git(clone, "commit", "-q", "-m", "more")


def move(hub: MemoryRegistry, name: str, salt: str) -> None:
    tag = {"library/nginx": "1.27", "library/redis": "7"}[name]
    hub.push_image(name, tag, [AMD64, ARM64], salts=salt)


@pytest.mark.parametrize("forge", ["github", "gitea"])
def test_a_second_run_does_nothing(shop: Shop, hub: MemoryRegistry, forge: str) -> None:
    move(hub, "library/nginx", "tuesday")
    ran = shop.update(forge)
    assert ran.exit_code == 0, ran.log
    first = shop.tip()
    assert shop.commits() == 1
    (request,) = shop.forge.requests
    assert request["title"] == "chore(images): update nginx:1.27"
    assert request["body"].startswith("<!-- imagelock: sha256:")
    assert len(request["body"]) < MAX_LENGTH
    assert "### 1 image moved" in ran.summary

    shop.forge.log.clear()
    again = shop.update(forge)
    assert again.exit_code == 0, again.log
    assert shop.tip() == first
    assert shop.forge.log == ["GET"]


def with_inputs(folder: Path, **given: str) -> Path:
    """Return a copy of the update workflow that gives its action these inputs."""
    data = document(INTEGRATIONS / "github" / "update.yml")
    (job,) = data["jobs"].values()
    job["steps"][-1]["with"] = given
    path = folder / "update.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def configure_updates(shop: Shop, text: str) -> None:
    """Commit *text* as settings of updates to the base branch."""
    settings = shop.clone / "imagelock.toml"
    settings.write_text(settings.read_text() + text)
    git(shop.clone, "commit", "-q", "-a", "-m", "settings")
    git(shop.clone, "push", "-q", "origin", "main")


def test_a_new_request_gets_its_labels_and_reviewers_once(
    shop: Shop, hub: MemoryRegistry, tmp_path: Path
) -> None:
    path = with_inputs(
        tmp_path,
        title="deps: {changes}",
        labels="images, deploy now",
        reviewers="alice, team/platform",
    )
    move(hub, "library/nginx", "tuesday")
    ran = shop.runner.workflow(path)
    assert ran.exit_code == 0, ran.log
    (request,) = shop.forge.requests
    assert request["title"] == "deps: update nginx:1.27"
    assert request["asked"] == {
        "labels": ["images", "deploy now"],
        "reviewers": ["alice"],
        "team_reviewers": ["platform"],
    }

    request["asked"].clear()
    move(hub, "library/nginx", "wednesday")
    assert shop.runner.workflow(path).exit_code == 0
    assert request["asked"] == {}


def test_a_limit_that_is_no_number_is_an_error(
    shop: Shop, hub: MemoryRegistry, tmp_path: Path
) -> None:
    move(hub, "library/nginx", "tuesday")

    ran = shop.runner.workflow(with_inputs(tmp_path, limit="few"))

    assert ran.exit_code == 1
    assert "error: the limit `few` is not a number" in ran.log
    assert "Traceback" not in ran.log
    assert shop.forge.requests == []


def test_no_more_requests_are_opened_than_the_limit(
    shop: Shop, hub: MemoryRegistry
) -> None:
    configure_updates(shop, "[update]\nlimit = 1\n")
    head = {"ref": "imagelock/other", "sha": "", "repo": {"full_name": "acme/shop"}}
    other = {"head": head, "base": {"ref": "main"}, "state": "open", "number": 1}
    shop.forge.requests.append(other)
    move(hub, "library/nginx", "tuesday")

    ran = shop.update()

    assert ran.exit_code == 0, ran.log
    assert "no request is opened: the limit is 1" in ran.log
    assert len(shop.forge.requests) == 1

    other["state"] = "closed"
    assert shop.update().exit_code == 0
    assert [request["state"] for request in shop.forge.requests] == ["closed", "open"]


GROUPS = """
[update]
labels = ["images"]
reviewers = ["alice"]

[[update.group]]
name = "web"
images = ["nginx"]
title = "web: {changes}"
labels = ["web", "deploy now"]

[[update.group]]
name = "data"
images = ["postgres", "redis"]
"""


def requests_of(shop: Shop) -> dict[str, str]:
    """Return the titles of the open requests by their branches."""
    return {
        request["head"]["ref"]: request["title"]
        for request in shop.forge.requests
        if request["state"] == "open"
    }


@pytest.mark.parametrize("forge", ["github", "gitea"])
def test_each_group_gets_a_request(shop: Shop, hub: MemoryRegistry, forge: str) -> None:
    configure_updates(shop, GROUPS)
    move(hub, "library/nginx", "tuesday")
    move(hub, "library/redis", "tuesday")

    ran = shop.update(forge)

    assert ran.exit_code == 0, ran.log
    assert requests_of(shop) == {
        f"{BRANCH}-group/web": "web: update nginx:1.27",
        f"{BRANCH}-group/data": "chore(images): update redis:7 (data)",
    }
    web, data = shop.forge.requests
    assert web["asked"] == {
        "labels": ["web", "deploy now"],
        "reviewers": ["alice"],
        "team_reviewers": [],
    }
    assert data["asked"]["labels"] == ["images"]
    for name, image in {"web": "nginx", "data": "redis"}.items():
        patch = git(shop.bare, "diff", "main", f"{BRANCH}-group/{name}")
        moved = re.findall(r"^[+]digest = ", patch, re.MULTILINE)
        assert len(moved) == 1, patch
        assert git(
            shop.bare, "rev-list", "--count", f"main..{BRANCH}-group/{name}"
        ) == ("1"), image
    assert "### 1 image moved" in ran.summary
    assert git(shop.clone, "status", "--porcelain") == ""

    shop.forge.log.clear()
    again = shop.update(forge)
    assert (again.exit_code, set(shop.forge.log)) == (0, {"GET"}), again.log


def test_a_group_that_is_gone_leaves_no_branch(shop: Shop, hub: MemoryRegistry) -> None:
    configure_updates(shop, GROUPS)
    move(hub, "library/nginx", "tuesday")
    assert shop.update().exit_code == 0
    settings = shop.clone / "imagelock.toml"
    settings.write_text(settings.read_text().replace(GROUPS, ""))
    git(shop.clone, "commit", "-q", "-a", "-m", "without groups")
    git(shop.clone, "push", "-q", "origin", "main")

    ran = shop.update()

    assert ran.exit_code == 0, ran.log
    assert f"{BRANCH}-group/web: deleted" in ran.log
    branches = git(shop.bare, "for-each-ref", "--format=%(refname)", "refs/heads")
    assert branches.split() == [f"refs/heads/{BRANCH}", "refs/heads/main"]


def test_the_limit_counts_groups_too(shop: Shop, hub: MemoryRegistry) -> None:
    configure_updates(shop, GROUPS.replace("[update]", "[update]\nlimit = 1", 1))
    move(hub, "library/nginx", "tuesday")
    move(hub, "library/redis", "tuesday")

    ran = shop.update()

    assert ran.exit_code == 0, ran.log
    assert list(requests_of(shop)) == [f"{BRANCH}-group/web"]


def test_an_image_that_is_missing_fails_its_group_alone(
    shop: Shop, hub: MemoryRegistry
) -> None:
    configure_updates(shop, GROUPS)
    hub.delete("library/nginx", "1.27")
    move(hub, "library/redis", "tuesday")

    ran = shop.update()

    assert ran.exit_code == 1, ran.log
    assert list(requests_of(shop)) == [f"{BRANCH}-group/data"]


def test_changes_of_others_are_not_published(shop: Shop, hub: MemoryRegistry) -> None:
    move(hub, "library/nginx", "tuesday")
    (shop.clone / "compose.yaml").write_text("services: {}\n")

    ran = shop.runner.workflow(INTEGRATIONS / "github" / "update.yml")

    assert ran.exit_code == 2
    assert "the checkout has changes already" in ran.log
    assert shop.tip() == ""


def test_wrong_settings_of_updates_fail(shop: Shop) -> None:
    configure_updates(shop, "[update]\nlimit = 0\n")

    ran = shop.update()

    assert ran.exit_code == 2
    assert "`update.limit` must be 1 or more" in ran.log


def age(shop: Shop, days: int) -> None:
    """Let the digests that a branch remembers have been seen some days earlier."""
    branch = f"{BRANCH}-seen"
    text = git(shop.bare, "show", f"{branch}:.imagelock/seen.toml")
    (since,) = set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", text))
    earlier = datetime.fromisoformat(since) - timedelta(days=days)
    index = {"GIT_INDEX_FILE": str(shop.runner.folder / "index")}
    text = text.replace(since, earlier.strftime("%Y-%m-%dT%H:%M:%SZ"))
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=shop.bare, input=text + "\n", check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    for command in (
        ["read-tree", "--empty"],
        ["update-index", "--add", "--cacheinfo", f"100644,{blob},.imagelock/seen.toml"],
    ):
        subprocess.run(
            ["git", *command], cwd=shop.bare, env={**os.environ, **index}, check=True
        )
    tree = subprocess.run(
        ["git", "write-tree"],
        cwd=shop.bare, env={**os.environ, **index}, check=True, capture_output=True,
        text=True,
    ).stdout.strip()  # fmt: skip
    commit = git(shop.bare, "commit-tree", tree, "-m", "seen")
    git(shop.bare, "update-ref", f"refs/heads/{branch}", commit)


def test_a_cooldown_goes_on_from_run_to_run(shop: Shop, hub: MemoryRegistry) -> None:
    settings = shop.clone / "imagelock.toml"
    settings.write_text(f'cooldown = "3d"\n{settings.read_text()}')
    configure_updates(shop, "")
    move(hub, "library/nginx", "tuesday")

    assert shop.update().exit_code == 0
    assert shop.tip() == ""
    first = git(shop.bare, "rev-parse", f"{BRANCH}-seen")
    assert shop.update().exit_code == 0
    assert git(shop.bare, "rev-parse", f"{BRANCH}-seen") == first
    age(shop, 3)
    ran = shop.update()
    assert ran.exit_code == 0, ran.log
    opened = shop.tip()
    assert opened

    assert shop.update().exit_code == 0
    assert shop.tip() == opened, "the request stays as it is until it is merged"
    git(shop.bare, "update-ref", "refs/heads/main", opened)
    assert shop.update().exit_code == 0
    assert shop.tip() == ""
    branches = git(shop.bare, "for-each-ref", "--format=%(refname)", "refs/heads")
    assert branches == "refs/heads/main"


def test_something_new_refreshes_the_branch_in_place(
    shop: Shop, hub: MemoryRegistry
) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    first = shop.tip()
    head = git(shop.bare, "show", "--format=%s", "--name-only", BRANCH)
    assert head.split("\n\n") == ["chore(images): update nginx:1.27", "images.lock"]

    move(hub, "library/redis", "wednesday")
    ran = shop.update()
    assert ran.exit_code == 0, ran.log
    assert shop.tip() != first
    assert shop.commits() == 1
    assert [r["title"] for r in shop.forge.requests] == [
        "chore(images): update 2 images"
    ]


def test_nothing_new_makes_no_branch(shop: Shop) -> None:
    ran = shop.update()

    assert (ran.exit_code, shop.tip(), shop.forge.log) == (0, "", []), ran.log


def test_nothing_left_deletes_the_branch(shop: Shop, hub: MemoryRegistry) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    assert shop.tip()
    move(hub, "library/nginx", "library/nginx")

    ran = shop.update()
    assert ran.exit_code == 0, ran.log
    assert shop.tip() == ""


def test_a_missing_image_deletes_nothing(shop: Shop, hub: MemoryRegistry) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    before = shop.tip()
    hub.delete("library/nginx", "1.27")

    ran = shop.update()
    assert ran.exit_code == 1, ran.log
    assert shop.tip() == before
    assert len(shop.forge.requests) == 1


def test_what_moved_is_published_though_an_image_is_missing(
    shop: Shop, hub: MemoryRegistry
) -> None:
    hub.delete("library/redis", "7")
    move(hub, "library/nginx", "tuesday")

    ran = shop.update()
    assert ran.exit_code == 1, ran.log
    assert shop.commits() == 1
    assert "tag-gone" in shop.forge.requests[0]["body"]


def test_a_base_that_went_on_elsewhere_pushes_nothing(
    shop: Shop, hub: MemoryRegistry
) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    first = shop.tip()
    more(shop.clone)
    git(shop.clone, "push", "-q", "origin", "main")

    assert shop.update().exit_code == 0
    assert shop.tip() == first


def test_commits_of_others_on_the_branch_are_replaced(
    shop: Shop, hub: MemoryRegistry
) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    git(shop.clone, "fetch", "-q", "origin", BRANCH)
    git(shop.clone, "switch", "-q", "--detach", "--force", "FETCH_HEAD")
    more(shop.clone)
    git(shop.clone, "push", "-q", "origin", f"HEAD:refs/heads/{BRANCH}")
    git(shop.clone, "switch", "-q", "main")

    assert shop.update().exit_code == 0
    assert shop.commits() == 1
    assert git(shop.bare, "diff", "--name-only", "main", BRANCH) == "images.lock"


def test_a_request_that_was_closed_stays_closed_until_something_is_new(
    shop: Shop, hub: MemoryRegistry
) -> None:
    move(hub, "library/nginx", "tuesday")
    shop.update()
    shop.forge.requests[0]["state"] = "closed"

    assert "stays closed" in shop.update().log
    assert len(shop.forge.requests) == 1
    move(hub, "library/redis", "wednesday")
    assert shop.update().exit_code == 0
    assert [r["state"] for r in shop.forge.requests] == ["closed", "open"]


def test_a_shallow_clone_is_enough(
    shop: Shop, hub: MemoryRegistry, tmp_path: Path
) -> None:
    move(hub, "library/nginx", "tuesday")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{shop.bare}", "shallow")
    shallow = shop._replace(clone=tmp_path / "shallow")
    shop.runner.clone = shallow.clone

    assert shallow.update().exit_code == 0
    first = shop.tip()
    assert shallow.update().exit_code == 0
    assert shop.tip() == first
    assert shop.commits() == 1


@pytest.mark.parametrize("forge", ["github", "gitea"])
def test_drift_fails_with_annotations_and_a_summary(
    shop: Shop, hub: MemoryRegistry, forge: str
) -> None:
    workflow = INTEGRATIONS / forge / "drift.yml"
    ran = shop.runner.workflow(workflow)
    assert ran.exit_code == 0, ran.log
    assert "2 images compared with the files and the registries" in ran.summary

    move(hub, "library/nginx", "tuesday")
    ran = shop.runner.workflow(workflow)
    assert ran.exit_code == 1, ran.log
    outputs = {k.rpartition(".")[2]: v for k, v in ran.values.items() if "outputs" in k}
    assert (outputs["changed"], outputs["count"]) == ("false", "1")
    assert "### 1 error" in ran.summary
    assert "\n::error file=compose.yaml,line=3" in ran.log


def action(shop: Shop, **given: str) -> tuple[int, str, dict[str, str]]:
    values: dict[str, str] = {}
    code, log = shop.runner.action("imagelock/imagelock@v1", given, "x", values)
    return code, log, values


@pytest.mark.parametrize("forge", ["github", "gitea"])
def test_an_issue_follows_the_drift(
    shop: Shop, hub: MemoryRegistry, forge: str
) -> None:
    workflow = INTEGRATIONS / forge / "drift.yml"
    visitor = {"author_association": "NONE", "user": {"type": "User"}}
    body = "<!-- imagelock: drift -->\nnothing to see"
    shop.forge.issues.append(
        {"number": 1, "state": "open", "title": "", "body": body, **visitor}
    )
    assert "no issue is open" in shop.runner.workflow(workflow).log
    assert len(shop.forge.issues) == 1

    move(hub, "library/nginx", "tuesday")
    assert "opened issue 2" in shop.runner.workflow(workflow).log
    opened = shop.forge.issues[1]
    assert opened["title"] == "Container images have drifted from images.lock"
    assert "`compose.yaml:3`" in opened["body"]
    assert "issue 2 is up to date" in shop.runner.workflow(workflow).log

    move(hub, "library/redis", "wednesday")
    assert "refreshed issue 2" in shop.runner.workflow(workflow).log
    assert "### 2 errors" in opened["body"]

    hub.delete("library/redis", "7")
    assert shop.runner.workflow(workflow).exit_code == 1
    assert opened["state"] == "open"

    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="wednesday")
    subprocess.run([sys.executable, "-m", "imagelock", "update"], check=True)
    ran = shop.runner.workflow(workflow)
    assert (ran.exit_code, opened["state"]) == (0, "closed")
    assert "closed issue 2" in ran.log
    assert shop.forge.issues[0]["body"] == body


def test_arguments_are_words_and_nothing_else(shop: Shop) -> None:
    code, log, _ = action(shop, args="--offline  $(touch\nowned) * `id`")

    assert code == 2
    assert "there is no file or folder `$(touch`" in log
    assert not (shop.clone / "owned").exists()


def test_names_of_files_are_no_commands_of_the_workflow(shop: Shop) -> None:
    (shop.clone / "::error::compose.yaml").write_text(COMPOSE)
    folder = shop.clone / "::set-env name=x::k8s"
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {a: {image: nginx:9}}")

    code, log, _ = action(shop, args="--offline")
    assert code == 1
    stop = re.search("^::stop-commands::(.+)$", log, re.MULTILINE)
    assert stop
    shielded, _, after = log.partition(f"\n::{stop[1]}::\n")
    assert "\\u003a:set-env name=x::k8s/compose.yaml" in shielded
    assert all(line.startswith(("::error file=", "::notice file="))
               for line in after.splitlines())  # fmt: skip


def test_other_commands_have_a_summary_too(shop: Shop) -> None:
    code, log, values = action(shop, command="list")

    assert code == 0, log
    assert values["steps.x.outputs.count"] == "0"
    summary = Path(values["steps.x.outputs.summary-file"]).read_text()
    assert summary.startswith(
        "### imagelock list\n\n    compose.yaml\n      3:12  nginx"
    )


def test_a_wrong_usage_fails_always(shop: Shop) -> None:
    assert action(shop, command="update", args="--nonsense", fail="false")[0] == 2


def test_the_level_of_a_bump_is_passed_on(shop: Shop, program: Path) -> None:
    fake = program / "imagelock-program-checkout" / "bin" / "imagelock"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')

    assert "\n--bump\nminor\n" in action(shop, command="update", bump="minor")[1]


class GitLab:
    """A remote that keeps the options of each push."""

    def __init__(self, bare: Path) -> None:
        self.options = bare / "options"
        hook = bare / "hooks" / "pre-receive"
        hook.write_text(
            "#!/bin/sh\n"
            'i=0; while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do\n'
            f'eval "printf \'%s\\\\n\' \\"\\$GIT_PUSH_OPTION_$i\\"" >>"{self.options}"\n'
            "i=$((i+1)); done\n"
        )
        hook.chmod(0o755)

    def pushed(self) -> dict[str, str]:
        lines = self.options.read_text().splitlines() if self.options.exists() else []
        self.options.unlink(missing_ok=True)
        return {k: v for k, _, v in (line.partition("=") for line in lines)}


class Job(NamedTuple):
    """The update job of GitLab, and what its pushes say."""

    shop: Shop
    gitlab: GitLab
    script: str

    def run(self) -> str:
        """Run the job on a fresh checkout of the base branch, and return its log."""
        git(self.shop.clone, "reset", "-q", "--hard", "main")
        code, log = self.shop.runner.script(ROOT, {"run": self.script}, {})
        assert code == 0, log
        return log


@pytest.fixture
def job(shop: Shop, program: Path) -> Job:
    data = document(INTEGRATIONS / "gitlab" / "imagelock.yml")["imagelock-update"]
    script = [line for line in data["script"] if "set-url" not in line]
    assert len(script) == len(data["script"]) - 1
    (program / "checkout").symlink_to(ROOT)
    shop.runner.variables = {
        "CI_DEFAULT_BRANCH": "main",
        "IMAGELOCK_HOME": str(program),
    }
    path = f"{program / 'imagelock-program-checkout' / 'bin'}:$PATH"
    return Job(shop, GitLab(shop.bare), "\n".join([f'PATH="{path}"', *script]))


def test_gitlab_gets_the_request_by_push_options(job: Job, hub: MemoryRegistry) -> None:
    job.run()
    assert job.shop.tip() == ""

    move(hub, "library/nginx", "tuesday")
    job.run()

    options = job.gitlab.pushed()
    assert options["merge_request.target"] == "main"
    assert options["merge_request.title"] == "chore(images): update nginx:1.27"
    assert "merge_request.create" in options
    assert r"\n### 1 image moved\n" in options["merge_request.description"]
    first = job.shop.tip()
    job.run()
    assert (job.shop.tip(), job.gitlab.pushed()) == (first, {})


def test_a_new_request_of_gitlab_gets_its_labels_and_people_once(
    job: Job, hub: MemoryRegistry
) -> None:
    configure_updates(
        job.shop,
        '[update]\nlabels = ["images", "deploy now"]\nreviewers = ["bob", "carol"]\n',
    )
    job.shop.runner.variables["IMAGELOCK_ASSIGNEES"] = "alice"
    move(hub, "library/nginx", "tuesday")
    job.run()

    options = job.gitlab.pushed()
    # Of two labels, the last: the server of the test keeps one option of a name.
    assert options["merge_request.label"] == "deploy now"
    assert options["merge_request.assign"] == "alice"
    end = r"\n/assign_reviewer @bob\n\n/assign_reviewer @carol\n"
    assert options["merge_request.description"].endswith(end)

    move(hub, "library/redis", "wednesday")
    job.run()
    options = job.gitlab.pushed()
    assert options["merge_request.title"] == "chore(images): update 2 images"
    assert options.keys().isdisjoint({"merge_request.label", "merge_request.assign"})
    assert "/assign_reviewer" not in options["merge_request.description"]


def test_groups_get_requests_of_gitlab_up_to_the_limit(
    job: Job, hub: MemoryRegistry
) -> None:
    configure_updates(job.shop, GROUPS)
    move(hub, "library/nginx", "tuesday")
    move(hub, "library/redis", "wednesday")
    job.shop.runner.variables["IMAGELOCK_LIMIT"] = "1"

    log = job.run()

    assert f"{BRANCH}-group/web: created" in log
    assert job.gitlab.pushed()["merge_request.title"] == "web: update nginx:1.27"
    assert f"{BRANCH}-group/data: no request is opened: the limit is 1" in log
    job.shop.runner.variables["IMAGELOCK_LIMIT"] = "2"
    log = job.run()
    assert f"{BRANCH}-group/web: unchanged" in log
    assert f"{BRANCH}-group/data: created" in log


def test_the_template_of_gitlab_checks_requests(shop: Shop, program: Path) -> None:
    data = document(INTEGRATIONS / "gitlab" / "imagelock.yml")
    path = f"{program / 'imagelock-program-checkout' / 'bin'}:$PATH"
    for name in ("imagelock-verify", "imagelock-drift"):
        step = {"run": "\n".join([f'PATH="{path}"', *data[name]["script"]])}
        code, log = shop.runner.script(ROOT, step, {})
        assert code == 0, log
        for report in data[name]["artifacts"]["reports"].values():
            assert (shop.clone / report).stat().st_size
            (shop.clone / report).unlink()


def test_everything_that_is_installed_has_a_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (INTEGRATIONS / "requirements.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.*\\\n +--hash=", text, re.MULTILINE)

    wanted = {re.split("[<>=]", name)[0] for name in project["dependencies"]}
    assert wanted <= set(pinned)
    assert len(pinned) == len(re.findall(r"^[a-z]", text, re.MULTILINE))


def test_a_python_that_is_too_old_is_said(tmp_path: Path) -> None:
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13",
                 "python3.14"):  # fmt: skip
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", INTEGRATIONS / "install.sh", tmp_path / "program"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert "Python 3.11" in done.stderr


def test_reports_are_written_to_files(shop: Shop) -> None:
    command = [sys.executable, "-m", "imagelock"]
    done = subprocess.run(
        [*command, "verify", "--offline", "--report", "json=a", "--report", "sarif=b"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "images compared" in done.stdout
    assert json.loads((shop.clone / "a").read_text())["findings"] is not None
    assert json.loads((shop.clone / "b").read_text())["runs"]

    errors = {
        "sarif=b": "the format `sarif` has no form for changes",
        "markdown": "`markdown` is not a report that can be written",
        "markdown=": "`markdown=` is not a report that can be written",
        "text=b": "`text=b` is not a report that can be written",
        "nonsense=b": "there is no format `nonsense`",
    }
    for wrong, message in errors.items():
        done = subprocess.run(
            [*command, "update", "--report", wrong],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert message in done.stderr


MODULES = (
    "json.py",
    "typer.py",
    "yaml/__init__.py",
    "imagelock/__init__.py",
    "venv.py",
    "pip.py",
    "sysconfig.py",
    "urllib/__init__.py",
    "sitecustomize.py",
    "usercustomize.py",
)


def be_hostile(tree: Path, marks: Path) -> None:
    """Add modules to *tree* that leave a file in *marks* when they are imported."""
    marks.mkdir()
    for name in MODULES:
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        mark = marks / name.replace("/", "-")
        path.write_text(
            f"open({str(mark)!r}, 'w').close()\nprint('all images agree')\n"
        )


def test_the_marks_of_a_hostile_tree_work(tmp_path: Path) -> None:
    tree, marks = tmp_path / "tree", tmp_path / "marks"
    tree.mkdir()
    be_hostile(tree, marks)

    for name in {"sitecustomize", *(re.split("[./]", name)[0] for name in MODULES)}:
        subprocess.run(
            [sys.executable, "-c", f"import {name}"],
            cwd=tree, env={"PYTHONPATH": "."}, check=False, capture_output=True,
        )  # fmt: skip

    assert {"json.py", "imagelock-__init__.py", "sitecustomize.py"} <= {
        path.name for path in marks.iterdir()
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of imagelock whose requirements are met without a network."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "integrations").mkdir()
    (root / "integrations" / "requirements.txt").write_text("")
    script = (INTEGRATIONS / "install.sh").read_bytes()
    (root / "integrations" / "install.sh").write_bytes(script)
    (root / "src").symlink_to(ROOT / "src")
    return root


@pytest.mark.parametrize("python_path", ["", "."], ids=["plain", "PYTHONPATH=."])
def test_a_pull_request_runs_no_code(
    shop: Shop, tmp_path: Path, checkout: Path, program: Path, python_path: str
) -> None:
    marks = tmp_path / "marks"
    be_hostile(shop.clone, marks)
    # The packages of the test's own Python are lent below: `python3` must be that one.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "HOME": os.environ["HOME"]}
    if python_path:
        environment["PYTHONPATH"] = python_path
        shop.runner.variables["PYTHONPATH"] = python_path
    installed = program / "imagelock-program-checkout"
    shutil.rmtree(installed)
    done = subprocess.run(
        ["bash", checkout / "integrations" / "install.sh", installed],
        cwd=shop.clone, env={**environment, "PIP_NO_INDEX": "1"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (packages,) = installed.glob("lib/python3.*/site-packages")
    assert (packages / "imagelock.pth").read_text() == f"{checkout / 'src'}\n"
    (packages / "of-the-test.pth").write_text(f"{sysconfig.get_path('purelib')}\n")

    assert shop.runner.workflow(INTEGRATIONS / "github" / "drift.yml").exit_code == 0
    template = document(INTEGRATIONS / "gitlab" / "imagelock.yml")["imagelock-verify"]
    script = "\n".join([f'PATH="{installed / "bin"}:$PATH"', *template["script"]])
    assert shop.runner.script(ROOT, {"run": script}, {})[0] == 0
    (shop.clone / "compose.yaml").write_text(COMPOSE.replace("1.27", "9"))
    code, log, values = action(shop, args="--offline")
    assert (code, values["steps.x.outputs.count"]) == (1, "2"), log
    assert shop.runner.script(ROOT, {"run": script}, {})[0] == 1
    assert list(marks.iterdir()) == []


def test_the_scripts_that_publish_run_no_code_of_the_tree(
    shop: Shop, hub: MemoryRegistry, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    be_hostile(shop.clone, marks)
    git(shop.clone, "add", "-A")
    git(shop.clone, "commit", "-q", "-m", "hostile")
    git(shop.clone, "push", "-q", "origin", "main")
    shop.runner.variables["PYTHONPATH"] = "."
    move(hub, "library/nginx", "tuesday")

    ran = shop.update()
    assert ran.exit_code == 0, ran.log
    assert [r["title"] for r in shop.forge.requests] == [
        "chore(images): update nginx:1.27"
    ]
    assert list(marks.iterdir()) == []


def test_every_python_that_is_started_is_isolated() -> None:
    scripts = [*INTEGRATIONS.rglob("*.sh"), *INTEGRATIONS.rglob("*.y*ml"), *ACTIONS,
               ROOT / ".pre-commit-hooks.yaml"]  # fmt: skip
    lines = [
        line
        for path in scripts
        for line in path.read_text("utf-8").splitlines()
        if not line.lstrip().startswith("#")
    ]
    with_code = [line for line in lines if re.search(r" -(?:m|c) |\.py\b", line)]

    assert len(with_code) >= 6
    for line in with_code:
        assert " -I " in line or re.search(r"^[^#]*\b(?:cut|head|tail|bash) -c ", line)
    assert not [line for line in lines if "PYTHONPATH" in line]


def blocks_of(heading: str) -> list[Any]:
    """Return the YAML below *heading* of the guide for untrusted pull requests."""
    guide = ROOT / "docs" / "guides" / "untrusted-pull-requests.md"
    _, _, section = guide.read_text("utf-8").partition(f"\n## {heading}\n")
    blocks = re.findall("```yaml\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


@pytest.fixture
def request_of_anybody(shop: Shop) -> Shop:
    """A shop whose clone is at the merge of a request that switches rules off."""
    git(shop.clone, "switch", "-q", "-c", "anybody")
    (shop.clone / "compose.yaml").write_text(COMPOSE.replace("1.27", "9"))
    (shop.clone / "imagelock.toml").write_text(
        '[rules]\nnot-locked = "off"\nstale-entry = "off"\n'
    )
    git(shop.clone, "commit", "-q", "-a", "-m", "nothing to see")
    git(shop.clone, "switch", "-q", "--detach", "main")
    git(shop.clone, "merge", "-q", "--no-ff", "-m", "merge", "anybody")
    return shop


@pytest.mark.parametrize("forge", ["GitHub", "Gitea and Forgejo"])
def test_the_guide_takes_the_settings_of_the_base_branch(
    request_of_anybody: Shop, forge: str
) -> None:
    shop = request_of_anybody
    (block,) = blocks_of(forge)
    steps = block["jobs"]["imagelock"]["steps"] if forge == "GitHub" else block
    _, settings, verify = steps
    shop.runner.variables["GITHUB_BASE_REF"] = "main"
    arguments = verify["with"]["args"].split(" --config ")
    given = evaluated(verify["with"]["args"], {"runner.temp": str(shop.runner.folder)})

    code, log, _ = action(shop, args=arguments[0])
    assert code == 0, log
    assert shop.runner.script(ROOT, settings, {})[0] == 0
    code, log, values = action(shop, args=given)
    assert code == 1, log
    assert values["steps.x.outputs.count"] == "2"


def test_the_guide_for_gitlab_takes_them_too(
    request_of_anybody: Shop, program: Path
) -> None:
    shop = request_of_anybody
    (block,) = blocks_of("GitLab")
    path = f"{program / 'imagelock-program-checkout' / 'bin'}:$PATH"
    script = [f'PATH="{path}"', *block["imagelock-verify"]["script"]]
    shop.runner.variables = {
        "IMAGELOCK_HOME": str(program),
        "CI_MERGE_REQUEST_PROJECT_URL": str(shop.bare).removesuffix(".git"),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }

    code, log = shop.runner.script(ROOT, {"run": "\n".join(script)}, {})
    assert code == 1, log
    assert (program / "imagelock.toml").read_text().startswith("[registries")
