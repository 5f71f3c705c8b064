"""`render`: manifests in, the same manifests with digests out."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Final, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.commands.render import render
from imagelock.errors import UnreadableFileError
from imagelock.model.finding import Rule
from tests.support.locked import digest_of, locked, save

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Result, Run

NGINX: Final = str(digest_of("nginx:1.27"))
POD: Final = """\
# A pod, %d.
apiVersion: v1
kind: Pod
metadata: {name: "a"}
spec:
  containers:
    - name: web
      image: "nginx:1.27" # the front
      args: ['--image=nginx:1.27',   "x: nginx:1.27"]
"""
LIST: Final = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  kind: Settings
  apiVersion: acme/v1
  spec: {containers: [{image: nginx:1.27}]}
items:
- apiVersion: v1
  kind: Pod
  metadata:
    annotations: {internal.config.kubernetes.io/index: '0'}
  spec:
    containers:
    - image: nginx:1.27
"""


class Filter(Protocol):
    def __call__(self, data: bytes, *arguments: str) -> Result: ...


@pytest.fixture
def rendered(project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch) -> Filter:
    """Run `render` with *data* on standard input."""
    save(project, "nginx:1.27")

    def run(data: bytes, *arguments: str) -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return imagelock("render", *arguments)

    return run


def with_digest(text: str, count: int) -> str:
    """Return *text* with the digest behind the last *count* plain `image` values."""
    for written in ('image: "nginx:1.27', "image: nginx:1.27"):
        head, *parts = text.rsplit(written, count)
        text = head + "".join(f"{written}@{NGINX}{part}" for part in parts)
    return text


@pytest.mark.slow
def test_five_thousand_manifests_keep_every_other_byte(rendered: Filter) -> None:
    stream = "---\r\n".join(POD % number for number in range(5000))

    result = rendered(stream.encode())
    assert result.exit_code == 0
    assert result.out == stream.replace(
        'image: "nginx:1.27"', f'image: "nginx:1.27@{NGINX}"'
    )
    assert result.err == ""


def test_a_function_changes_its_items_and_not_its_settings(rendered: Filter) -> None:
    result = rendered(LIST.encode())

    assert result.exit_code == 0
    assert result.out == with_digest(LIST, 1)
    assert result.out.count(NGINX) == 1


def test_an_image_that_is_not_locked_stops_everything(
    rendered: Filter, snapshot: SnapshotAssertion
) -> None:
    data = (POD % 1 + "---\n" + (POD % 2).replace("1.27", "1.28")).encode()

    assert str(rendered(data)) == snapshot
    allowed = rendered(data, "--allow-unlocked")
    assert allowed.exit_code == 0
    assert allowed.out.count("@sha256:") == 1
    assert "not-locked" in allowed.err


@pytest.mark.parametrize(
    ("image", "rules"),
    [
        (f"nginx:1.27@{NGINX}", []),
        ("nginx:1.27@sha256:" + "0" * 64, [Rule.DIGEST_MISMATCH]),
        ("nginx:9@sha256:" + "0" * 64, []),
        ("nginx@sha256:" + "0" * 64, []),
        ("Nginx", [Rule.INVALID_REFERENCE]),
        ("'{{ .Values.image }}'", [Rule.SKIPPED]),
    ],
)
def test_what_has_a_digest_stays(image: str, rules: list[Rule]) -> None:
    data = POD.replace('"nginx:1.27"', image, 1).encode()

    result = render(data, locked(["nginx:1.27"]), allow_unlocked=False)
    assert result.data == data
    assert [finding.rule for finding in result.findings] == rules


def test_a_manifest_that_does_not_parse_is_an_error(rendered: Filter) -> None:
    result = rendered(b"apiVersion: v1\nkind: Pod\nspec: [\n")

    assert (result.exit_code, result.out) == (1, "")
    assert "unreadable-file" in result.err


def test_nothing_in_is_nothing_out(rendered: Filter) -> None:
    assert rendered(b"") == (0, "", "")


@given(st.binary(max_size=200))
def test_no_input_is_too_strange(data: bytes) -> None:
    try:
        result = render(data, locked(["nginx:1.27"]), allow_unlocked=True)
    except UnreadableFileError:
        return
    assert result.data == data
