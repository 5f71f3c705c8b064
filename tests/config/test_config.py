from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.config import Config, load
from imagelock.config.registries import ClientCertificate
from imagelock.config.schema import ConfigDocument
from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

EVERYTHING = """
platforms = ["linux/arm64", "windows/amd64"]
include = ["deploy/"]
exclude = ["*.old.yaml"]
ignore = ["index-drift"]

[rules]
drift = "warning"

[registries."docker.io"]
mirror = "http://127.0.0.1:5000/"
resolve-from-mirror = true
plain-http = false
ca = "certs/ca.pem"
client-cert = "/etc/me.cert"
client-key = "me.key"
skip-verify = true
max-connections = 4

[variables]
TAG = "1.27"
"""


def test_every_key_is_optional(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
    assert Config().platforms == ["linux/amd64", "linux/arm64/v8"]
    assert not Config().platforms_are_declared


def test_no_settings_mean_what_an_empty_file_means(tmp_path: Path) -> None:
    (tmp_path / "imagelock.toml").touch()

    assert load(tmp_path) == Config()


def test_the_settings_have_the_keys_that_are_checked() -> None:
    names = {field.name for field in fields(Config)}

    assert names - {"platforms_are_declared"} == (
        ConfigDocument.model_fields.keys() - {"extends"}
    )


@pytest.mark.parametrize(
    ("name", "is_named"),
    [
        ("imagelock.toml", False),
        ("pyproject.toml", False),
        ("pyproject.toml", True),
        ("other.toml", True),
    ],
)
def test_settings_are_read_from_each_place(
    tmp_path: Path, name: str, *, is_named: bool
) -> None:
    text = EVERYTHING
    if name == "pyproject.toml":
        text = "[tool.imagelock]" + EVERYTHING.replace("\n[", "\n[tool.imagelock.")
    (tmp_path / name).write_text(text)

    config = load(tmp_path, tmp_path / name if is_named else None)

    assert config.platforms == ["linux/arm64/v8", "windows/amd64"]
    assert config.platforms_are_declared
    assert config.registries["docker.io"].mirror == "http://127.0.0.1:5000"
    assert config.registries["docker.io"].resolve_from_mirror
    assert config.registries["docker.io"].authorities == (tmp_path / "certs/ca.pem",)
    assert config.registries["docker.io"].client_certificates == (
        ClientCertificate(Path("/etc/me.cert"), tmp_path / "me.key"),
    )
    assert config.registries["docker.io"].skip_verify
    assert config.rules == {"drift": "warning"}
    assert config.variables == {"TAG": "1.27"}


@pytest.mark.parametrize(
    "text",
    [
        "plattforms = []",
        "platforms = []",
        'platforms = ["amd64"]',
        "platforms = 'linux/amd64'",
        "ignore = ['drifft']",
        "rules = { drift = 'fatal' }",
        "rules = { drifft = 'error' }",
        "[registries.'docker.io']\nmiror = 'https://a'",
        "[registries.'docker.io']\nmirror = 'a'",
        "[registries.'docker.io']\nmax-connections = 0",
        "[registries.'docker.io']\nclient-key = 'a'",
        "[variables]\nTAG = 1",
        "x = [",
    ],
)
def test_an_error_names_the_key_and_what_was_expected(
    tmp_path: Path, text: str, snapshot: SnapshotAssertion
) -> None:
    (tmp_path / "imagelock.toml").write_text(text)

    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path)

    assert refused.value.explain().replace(str(tmp_path), "TMP") == snapshot


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, tmp_path / "none.toml")
