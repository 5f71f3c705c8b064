"""The example of conftest in the guide, with the real program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.signatures.conftest import MALLORY, Workshop
from tests.support.real_tools import real_tool

if TYPE_CHECKING:
    from tests.conftest import Run

GUIDE = Path(__file__).parents[2] / "docs/guides/signatures.md"


@pytest.mark.real_tools
@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ("https://github.com/acme/app/.github/workflows/a.yml@refs/heads/b", None),
        (MALLORY, "is signed by https://github.com/mallory/app"),
        ("", "is not signed"),
    ],
    ids=["acme", "mallory", "nobody"],
)
def test_the_policy_of_the_guide_says_who_signed(
    identity: str, message: str | None, workshop: Workshop, imagelock: Run
) -> None:
    conftest = real_tool("conftest")
    (policy,) = re.findall(
        r"```rego\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL
    )
    policy = policy.replace("ghcr.io/acme/", f"{workshop.address}/acme/")
    (workshop.folder / "policy").mkdir()
    (workshop.folder / "policy/signers.rego").write_text(policy)
    if identity:
        workshop.sign(workshop.digest, identity, source="")
    imagelock("lock")
    listed = imagelock("list", "--format", "json").out
    (workshop.folder / "list.json").write_text(listed)

    done = subprocess.run(
        [conftest, "test", "--no-color", "--policy", "policy", "list.json"],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == (1 if message else 0), done
    if message:
        assert f"compose.yaml:3: {workshop.image} {message}" in done.stdout
