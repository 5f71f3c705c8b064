"""Install a program that behaves like a scanner, and see how it was called."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from imagelock.model.digest import Digest

PROGRAMS: Final = {
    "trivy": "trivy",
    "grype": "grype",
    "clair": "clairctl",
    "scout": "docker",
}
_SCRIPT: Final = Path(__file__).with_name("fake_program.py")


@dataclass
class FakeScanner:
    """A program in *folder*; `behave` says how it scans the images, by digest.

    What it does with an image is the name of a report (`clean`, `vulnerable`, `nothing`,
    `wrong-digest`, `escapes`), the file of a recorded one, or the name of a failure: see
    `fake_program.scan`.
    """

    folder: Path
    _behaviour: dict[str, Any] = field(
        default_factory=lambda: {
            "images": {},
            "canary": "vulnerable",
            "update": "works",
            "built": datetime.now(UTC).isoformat(),
        }
    )

    @classmethod
    def install(
        cls, scanner: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> FakeScanner:
        """Install the program of *scanner* in *folder*, first on the `PATH`."""
        folder.mkdir(exist_ok=True)
        program = folder / PROGRAMS[scanner]
        text = _SCRIPT.read_text(encoding="utf-8")
        program.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        fake = cls(folder)
        fake.behave({})
        return fake

    def behave(self, images: Mapping[Digest, str], **more: str | None) -> None:
        """Change what it does: with *images*, the `canary`, an `update`, `built`."""
        self._behaviour["images"] |= {str(d): how for d, how in images.items()}
        self._behaviour |= more
        data = json.dumps(self._behaviour)
        (self.folder / "behaviour.json").write_text(data, encoding="utf-8")

    def calls(self, word: str = "") -> list[dict[str, Any]]:
        """Return the calls so far that have *word* among their arguments."""
        file = self.folder / "calls.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        calls = [json.loads(line) for line in lines]
        return [call for call in calls if word in " ".join(call["arguments"])]


def is_running(process: int) -> bool:
    """Return whether *process* runs; one that was killed may wait to be collected."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in {"Z", "X"}
