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
        "[registries.'docker.io']\nrequests-per-minute = 0",
        "[registries.'docker.io']\npulls-per-6h = 1.5",
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('platforms = "linux/amd64"', 'needs a list: `platforms = ["linux/amd64"]`'),
        ("platforms = []", "must not be empty"),
        ("include = [1]", 'needs text in quotes: `"1"`'),
        ("cooldown = 3", "`3` is not a duration such as `12h`, `3d` or `1w`"),
        (
            "policy = {max-age = 5}",
            "`policy.max-age`: `5` is not a duration such as `12h`, `3d` or `1w`",
        ),
        (
            "policy = {moving-tags = 'latest'}",
            '`policy.moving-tags` needs a list: `moving-tags = ["latest"]`',
        ),
        (
            "policy = {moving-tags = 1}",
            "`policy.moving-tags` needs `true` or `false`: `moving-tags = true`",
        ),
        (
            "policy = {moving-tags = ['a', 1]}",
            '`policy.moving-tags[1]` needs text in quotes: `"1"`',
        ),
        ('guesses = "yes"', "needs `true` or `false`: `guesses = true`"),
        ('rules = "drift"', "needs a table: `[rules]`"),
        (
            "rules = {drift = 'eror'}",
            "cannot be `eror`: use off, note, warning or error",
        ),
        ("images = {nginx = 1}", "needs a table: `[images.nginx]`"),
        ('request-timeout = "3"', "needs a number: `request-timeout = 30`"),
        ("request-timeout = 0", "must be greater than 0"),
        ("request-timeout = 601", "must be 600 or less"),
        (
            "registries = {'ghcr.io' = {max-connections = 0}}",
            "must be 1 or more",
        ),
        (
            "registries = {'ghcr.io' = {max-connections = 1.5}}",
            "needs a whole number: `max-connections = 4`",
        ),
        ("policy = {accept = [{rule = 'moving-tag', image = '**'}]}", "is missing"),
        ("scan = {accept = [{id = 'CVE-2023-4911'}]}", "is missing"),
        (
            "scan = {scanner = 'trivvy'}",
            "there is no scanner `trivvy`; did you mean `trivy`?",
        ),
        ("scan = {timeout = 0}", "must be greater than 0"),
    ],
)
def test_wrong_values_are_explained_with_examples(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "imagelock.toml").write_text(f"{text}\n")

    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path)

    assert str(caught.value).endswith(sentence)
    assert caught.value.place
    assert caught.value.place.startswith("imagelock.toml:1:")
    assert "Input should" not in caught.value.explain()


def test_a_similar_value_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "imagelock.toml").write_text("rules = {drift = 'warn'}\n")

    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path)

    assert caught.value.hint == "did you mean `warning`?"
