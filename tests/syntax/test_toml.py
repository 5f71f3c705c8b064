from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock import config
from imagelock.errors import ConfigurationError, LockfileError
from imagelock.lockfile.conflict import heal
from imagelock.lockfile.reader import read
from imagelock.registry.endpoints.mirrors import containerd, containers
from imagelock.registry.http.failure import Failure
from imagelock.syntax import toml

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {
    "long number": "version = " + "9" * 5000,
    "long hexadecimal number": "version = 0x" + "f" * 5000,
    "long binary number": "version = [{a = 0b" + "1" * 20_000 + "}]",
    "deep": "version = " + "[" * 5000,
    "unclosed": "version = [",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_wrong_is_one_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)too large|too deeply|unclosed|invalid"):
        toml.loads(text)
    with pytest.raises(LockfileError, match="not TOML"):
        read(text)
    with pytest.raises(LockfileError, match="not TOML"):
        heal(f"<<<<<<< a\n{text}\n=======\nversion = 1\n>>>>>>> b\n")
    folder = tmp_path / "docker.io"
    folder.mkdir()
    for name in ("imagelock.toml", "registries.conf", "docker.io/hosts.toml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match="not TOML"):
        config.load(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot use"):
        containers.read_registries_conf(tmp_path / "registries.conf", [])
    with pytest.raises(Failure, match="cannot use"):
        containerd.read_hosts_folders(tmp_path).servers("docker.io", "library/nginx")


def test_long_text_is_no_long_number() -> None:
    digits = "0x" + "f" * 5000
    assert toml.loads(f'a = "{digits}"\nb = 0xff') == {"a": digits, "b": 255}
