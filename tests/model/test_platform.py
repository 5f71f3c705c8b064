from __future__ import annotations

import pytest

from imagelock.errors import InvalidPlatformError
from imagelock.model.platform import Platform


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/aarch64", "linux/arm64/v8"),
        ("linux/arm64/8", "linux/arm64/v8"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/i386", "linux/386"),
        ("macos/arm64", "darwin/arm64/v8"),
        ("wasi/wasm", "wasi/wasm"),
        ("Linux/AMD64", "linux/amd64"),
        ("windows(10.0.20348.1)/amd64", "windows(10.0.20348.1)/amd64"),
    ],
)
def test_every_spelling_has_one_normal_form(text: str, normal: str) -> None:
    platform = Platform.parse(text)

    assert str(platform) == normal
    assert Platform.parse(normal) == platform


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/amd64\n", "ünix/amd64"]
)
def test_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidPlatformError) as refused:
        Platform.parse(text)

    assert "linux/arm64" in (refused.value.hint or "")


def test_arm_six_is_not_arm_seven() -> None:
    assert not Platform.parse("linux/arm/v6").covers(Platform.parse("linux/arm/v7"))


def test_a_windows_without_version_covers_every_version() -> None:
    windows = Platform.parse("windows/amd64")
    build = Platform.parse("windows(10.0.17763.1)/amd64")
    other = Platform.parse("windows(10.0.20348.1)/amd64")

    assert windows.covers(build)
    assert not build.covers(other)
    assert not build.covers(windows)
