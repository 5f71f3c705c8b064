"""Settings that extend others, from the command line."""

from __future__ import annotations

import hashlib
import http.server
import json
import ssl
import sys
import threading
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from imagelock import Project
from imagelock.config import load
from imagelock.config.shared_settings import SharedSettings
from imagelock.errors import ConfigurationError
from tests.support.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

BASE = """
platforms = ["linux/amd64"]
cooldown = "3d"
exclude = ["vendor/"]

[registries."docker.io"]
mirror = "https://mirror.acme.example"
ca = "certs/ca.pem"

[[match]]
key = "*_IMAGE"
"""
OWN = """
extends = "../base.toml"
exclude = ["old/"]

[registries."docker.io"]
max-connections = 4

[[match]]
path = "spec.image"
"""


@pytest.fixture
def service(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings of its own, in a repository with a base."""
    (project / ".git").mkdir()
    (project / "base.toml").write_text(BASE)
    folder = project / "service"
    folder.mkdir()
    (folder / "imagelock.toml").write_text(OWN)
    monkeypatch.chdir(folder)
    return folder


def test_settings_are_merged_and_each_names_its_file(
    service: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    result = imagelock("config")

    shown = str(result).replace(str(service.parent), "PROJECT")
    assert shown == snapshot


def test_the_json_has_the_same(service: Path, imagelock: Run) -> None:
    result = imagelock("config", "--format", "json")

    settings = {
        ".".join(entry["key"]): (entry["value"], entry["origins"])
        for entry in json.loads(result.out)["settings"]
    }
    assert settings["exclude"] == (["old/"], ["service/imagelock.toml"])
    assert settings["cooldown"] == ("3d", ["base.toml"])
    assert settings["guesses"] == (False, [])
    assert settings["mirrors"] == (None, [])
    assert settings["match"] == (
        [{"key": "*_IMAGE"}, {"path": "spec.image"}],
        ["base.toml", "service/imagelock.toml"],
    )
    assert len(settings) == len(json.loads(result.out)["settings"])


def test_a_path_is_relative_to_the_file_that_has_it(service: Path) -> None:
    config = load(service)

    (authority,) = config.registries["docker.io"].authorities
    assert authority == service.parent / "certs" / "ca.pem"
    assert config.registries["docker.io"].max_connections == 4
    assert config.platforms_are_declared


def test_days_are_shown_as_toml_and_json_have_them(
    project: Path, imagelock: Run
) -> None:
    (project / "imagelock.toml").write_text(
        '[policy.levels]\n"**" = "version"\n'
        '[[policy.deny]]\nimage = "nginx"\nsince = 2026-01-02\n'
    )

    text = imagelock("config").out
    assert '{ image = "nginx", since = 2026-01-02 }' in text
    assert tomllib.loads(text)["policy"]["levels"] == {"**": "version"}
    settings = json.loads(imagelock("config", "--format", "json").out)["settings"]
    (denied,) = [each for each in settings if each["key"] == ["policy", "deny"]]
    assert denied["value"] == [{"image": "nginx", "since": "2026-01-02"}]


def test_without_settings_everything_has_its_default(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("config") == snapshot


def test_later_bases_take_precedence(project: Path) -> None:
    (project / "a.toml").write_text('cooldown = "1d"\nguesses = true\n')
    (project / "b.toml").write_text('cooldown = "2d"\n')
    (project / "imagelock.toml").write_text('extends = ["a.toml", "b.toml"]\n')

    config = load(project)

    assert (config.cooldown, config.guesses) == ("2d", True)


def test_what_several_bases_extend_counts_once(project: Path) -> None:
    common = 'cooldown = "1d"\n[[match]]\nkey = "a"\n'
    (project / "common.toml").write_text(common)
    for name in ("a", "b"):
        (project / f"{name}.toml").write_text('extends = "common.toml"\n')
    (project / "a.toml").write_text('extends = "common.toml"\ncooldown = "2d"\n')
    (project / "imagelock.toml").write_text('extends = ["a.toml", "b.toml"]\n')

    config = load(project)

    assert config.cooldown == "2d"
    assert [rule.key for rule in config.match] == ["a"]


def test_bases_that_extend_a_file_many_times_take_no_time(project: Path) -> None:
    for number in range(7):
        bases = ", ".join([f'"deep{number + 1}.toml"'] * 50)
        (project / f"deep{number}.toml").write_text(f"extends = [{bases}]\n")
    (project / "deep7.toml").write_text("guesses = true\n")
    (project / "imagelock.toml").write_text('extends = "deep0.toml"\n')

    assert load(project).guesses


def test_a_base_can_be_a_pyproject_and_extend_another(project: Path) -> None:
    (project / "a.toml").write_text("guesses = true\n")
    (project / "pyproject.toml").write_text(
        '[tool.imagelock]\nextends = "a.toml"\nembedded = true\n'
    )
    (project / "imagelock.toml").write_text('extends = "pyproject.toml"\n')

    config = load(project)

    assert config.guesses
    assert config.embedded


@pytest.mark.parametrize(
    "extends",
    [
        '"missing.toml"',
        '"/etc/passwd"',
        '"../outside.toml"',
        '"link.toml"',
        '"."',
        '"imagelock.toml"',
        '"broken.toml"',
        '"unknown.toml"',
        '"wrong.toml"',
        '"deep0.toml"',
        '"http://acme.example/base.toml"',
        '"https://acme.example/base.toml"',
        '"package:no-such-package/base.toml"',
        '"package:"',
        '"package:pytest/../secret.toml"',
        "3",
        '["base.toml", 3]',
    ],
)
def test_what_cannot_be_extended_is_explained(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, extends: str
) -> None:
    (project / "imagelock.toml").write_text(f"extends = {extends}\n")
    (project.parent / "outside.toml").write_text("secret = 1\n")
    (project / "link.toml").symlink_to(project.parent / "outside.toml")
    (project / "base.toml").write_text("")
    (project / "broken.toml").write_text("platforms = [\n")
    (project / "unknown.toml").write_text("cooldwon = '3d'\n")
    (project / "wrong.toml").write_text("extends = { a = 1 }\n")
    for number in range(10):
        (project / f"deep{number}.toml").write_text(
            f'extends = "deep{number + 1}.toml"'
        )

    result = imagelock("verify", "--offline")

    assert str(result).replace(str(project), "PROJECT") == snapshot


def test_settings_that_extend_each_other_are_an_error(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (project / "imagelock.toml").write_text('extends = "a.toml"\n')
    (project / "a.toml").write_text('extends = "b.toml"\n')
    (project / "b.toml").write_text('extends = "a.toml"\n')

    assert imagelock("list") == snapshot


def test_a_file_of_an_installed_package_is_read_without_running_its_code(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = project.parent / "site"
    package, info = site / "acme_images", site / "acme_images-1.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('it ran')\n")
    (package / "base.toml").write_text('registries."r.example".ca = "ca.pem"\n')
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-images\nVersion: 1"
    )
    (info / "RECORD").write_text("acme_images/__init__.py,,\nacme_images/base.toml,,\n")
    monkeypatch.syspath_prepend(site)
    (project / "imagelock.toml").write_text(
        'extends = "package:acme-images/acme_images/base.toml"\n'
    )

    config = load(project)

    assert config.registries["r.example"].authorities == (package / "ca.pem",)
    assert "acme_images" not in sys.modules


def test_a_url_is_downloaded_once_and_its_digest_checked(tmp_path: Path) -> None:
    asked: list[str] = []

    def download(url: str) -> bytes:
        asked.append(url)
        return b"guesses = true\n"

    shared = SharedSettings(tmp_path / "cache", download)
    digest = hashlib.sha256(b"guesses = true\n").hexdigest()

    for _ in range(2):
        assert shared.get("https://acme.example/base", digest) == b"guesses = true\n"
    assert asked == ["https://acme.example/base"]

    (tmp_path / "cache" / f"{digest}.toml").write_text("guesses = false\n")
    assert shared.get("https://acme.example/base", digest) == b"guesses = true\n"
    assert len(asked) == 2

    with pytest.raises(ConfigurationError, match="does not have the digest"):
        shared.get("https://acme.example/base", "0" * 64)


def test_without_a_folder_for_caches_it_is_downloaded_each_time() -> None:
    shared = SharedSettings(None, lambda _: b"")
    digest = hashlib.sha256(b"").hexdigest()

    assert shared.get("https://acme.example/base", digest) == b""


@contextmanager
def web_server(folder: Path, content: bytes, status: int = 200) -> Iterator[str]:
    """Serve *content* over TLS on this machine, with the authority in *folder*."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "Authorization" not in self.headers
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Print nothing."""

    certificate, key = Authority.make(folder).issue("web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}/base.toml"
        server.shutdown()


def test_a_url_is_downloaded_by_commands_that_use_the_network(
    project: Path,
    tmp_path: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = b"guesses = true\n"
    digest = hashlib.sha256(content).hexdigest()
    with web_server(tmp_path, content) as url:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        (project / "imagelock.toml").write_text(f'extends = "{url}#sha256={digest}"\n')
        offline = imagelock("verify", "--offline")
        online = imagelock("config")
        cached = imagelock("verify", "--offline")
        from_python = Project.open(project).settings()

    assert offline.exit_code == 2
    assert "not in the cache yet" in offline.err
    assert from_python.table["guesses"] is True
    assert f"guesses = true  # {url}\n" in online.out
    assert "cache" not in cached.err


def test_a_refused_download_is_an_error_about_the_network(
    project: Path,
    tmp_path: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with web_server(tmp_path, b"gone", status=410) as url:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        (project / "imagelock.toml").write_text(
            f'extends = "{url}#sha256={"0" * 64}"\n'
        )
        result = imagelock("config")

    assert result.exit_code == 3
    assert f"error: cannot get `{url}`: " in result.err
    assert "410" in result.err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_CACHE_HOME": "/x"}, "/x/imagelock"),
        ({"XDG_CACHE_HOME": "x"}, None),
    ],
)
def test_the_cache_is_where_the_user_has_caches(
    environment: dict[str, str], expected: str | None
) -> None:
    from imagelock.user_cache import user_cache

    folder = user_cache(environment)
    assert (None if folder is None else str(folder)) == expected
