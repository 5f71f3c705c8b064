"""`[[policy.signer]]`, what is not installed, what it costs, and what it exports."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.conftest import AMD64
from tests.signatures.conftest import MALLORY, WORKFLOW, Workshop
from tests.support.signing import SigningKey

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

BY_ACME = """
[[policy.signer]]
images = "**/acme/**"
identity = "https://github.com/acme/*/.github/workflows/*.yml"
issuer = "https://token.actions.githubusercontent.com"
"""
BY_KEY = '\n[[policy.signer]]\nimages = "**"\nkey = "release.pub"\n'
BY_ANYBODY = '\n[[policy.signer]]\nimages = "**"\n'


def test_what_is_not_signed_as_required_is_not_locked(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.settings(BY_ACME)
    assert workshop.masked(imagelock("lock")) == snapshot(name="unsigned")

    workshop.sign(workshop.digest, MALLORY, source="https://github.com/mallory/app")
    assert workshop.masked(imagelock("lock")) == snapshot(name="mallory")
    assert str(workshop.digest) not in workshop.lockfile

    workshop.sign(workshop.digest)
    assert imagelock("lock").exit_code == 0
    assert WORKFLOW in workshop.signer
    assert imagelock("verify", "--signatures").exit_code == 0


def test_a_requirement_counts_in_place_of_who_signed_before(
    workshop: Workshop, imagelock: Run
) -> None:
    workshop.sign(workshop.digest, MALLORY, source="https://github.com/mallory/app")
    imagelock("lock")
    workshop.settings(BY_ACME)
    assert imagelock("verify", "--signatures").exit_code == 1

    workshop.sign(workshop.build("second"))
    assert imagelock("update").exit_code == 0
    assert WORKFLOW in workshop.signer


def test_a_key_may_be_required(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    release = SigningKey()
    (workshop.folder / "release.pub").write_text(release.public)
    workshop.settings(BY_KEY)
    bundle = workshop.key.bundle(workshop.digest)
    workshop.signatures.push_bundle(workshop.digest, bundle)
    assert workshop.masked(imagelock("lock")) == snapshot

    workshop.signatures.push_bundle(workshop.digest, release.bundle(workshop.digest))
    assert imagelock("lock").exit_code == 0
    assert release.fingerprint in workshop.signer


def test_any_signature_may_be_required(workshop: Workshop, imagelock: Run) -> None:
    workshop.settings(BY_ANYBODY)
    assert imagelock("lock").exit_code == 1

    workshop.sign(workshop.digest, MALLORY, source="")
    assert imagelock("lock").exit_code == 0


@pytest.mark.parametrize("policy", ["", BY_ANYBODY], ids=["wanted", "required"])
def test_without_the_library_it_says_how_to_get_it(
    policy: str,
    workshop: Workshop,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workshop.settings(policy)
    workshop.sign(workshop.digest)
    monkeypatch.setitem(sys.modules, "sigstore.verify", None)

    assert workshop.masked(imagelock("lock")) == snapshot
    assert workshop.signer == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[signatures]\nimages = ["nginx*"]\n', None),
        ('[signatures]\nverifiers = ["gpg"]\n', None),
        ("[signatures]\nverifiers = []\n", None),
        ('[signatures]\nkey = "a.pub"\n', None),
        ('[signatures]\nimages = ["**"]\nkeys = ["absent.pub"]\n', "key"),
        ('[signatures]\nimages = ["**"]\nkeys = ["imagelock.toml"]\n', "key"),
        ('[signatures]\nimages = ["**"]\ntrust-root = "absent.json"\n', "identity"),
        ('[signatures]\nimages = ["**"]\ntrust-root = "compose.yaml"\n', "identity"),
        ('[[policy.signer]]\nimages = "**"\nidentity = "x"\n', None),
        ('[[policy.signer]]\nidentity = "x"\n', None),
        ('[[policy.signer]]\nimages = "**"\nkey = "a"\nissuer = "b"\n', None),
    ],
)
def test_wrong_settings_are_explained(
    text: str,
    key: str | None,
    workshop: Workshop,
    imagelock: Run,
    snapshot: SnapshotAssertion,
) -> None:
    if key == "key":
        bundle = workshop.key.bundle(workshop.digest)
        workshop.signatures.push_bundle(workshop.digest, bundle)
    if key == "identity":
        workshop.sign(workshop.digest)
    (workshop.folder / "imagelock.toml").write_text(text)

    assert workshop.masked(imagelock("lock")) == snapshot


@pytest.mark.parametrize(
    ("case", "requests"),
    [("bundle", 3), ("legacy", 3), ("unsigned", 6), ("unsigned manifest", 2)],
)
def test_requests_for_signatures_are_counted(
    case: str, requests: int, workshop: Workshop, imagelock: Run
) -> None:
    (workshop.folder / "imagelock.toml").unlink()
    if case == "unsigned manifest":
        workshop.registry.push_manifest("acme/app", "1", AMD64)
    if case == "bundle":
        workshop.sign(workshop.digest)
    if case == "legacy":
        signature = workshop.key.legacy(workshop.digest)
        workshop.signatures.push_legacy(workshop.digest, signature)
    counts = []
    for settings in (False, True):
        if settings:
            workshop.settings()
        before = len(workshop.registry.log)
        imagelock("lock")
        counts.append(len(workshop.registry.log) - before)
        (workshop.folder / "images.lock").unlink()

    assert counts[1] - counts[0] == requests


def test_offline_and_without_news_nothing_is_loaded_or_asked(
    workshop: Workshop, imagelock: Run
) -> None:
    workshop.settings(BY_ACME)
    workshop.sign(workshop.digest)
    imagelock("lock")
    asked = len(workshop.registry.log)
    program = (
        "import sys; from imagelock.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(sorted(m for m in sys.modules if m.startswith("
        "('imagelock.signatures', 'sigstore', 'cryptography', 'httpx'))))\n"
    )
    for command in (["verify", "--offline"], ["list"], ["lock"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *command],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        loaded = json.loads(done.stdout.splitlines()[-1].replace("'", '"'))
        heavy = [name for name in loaded if not name.startswith("imagelock")]
        assert heavy == [], command
        if command != ["lock"]:
            assert loaded == [], command
    assert len(workshop.registry.log) == asked


@pytest.mark.parametrize("target", ["kyverno", "policy-controller"])
def test_the_locked_signers_are_exported(
    target: str, workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    second = workshop.build("second", tag="2")
    workshop.registry.push_image("acme/side", "1", [AMD64])
    (workshop.folder / "release.pub").write_text(workshop.key.public)
    workshop.use(
        workshop.image,
        f"{workshop.address}/acme/app:2",
        f"{workshop.address}/acme/side:1",
    )
    imagelock("lock")
    workshop.signatures.push_bundle(second, workshop.key.bundle(second))
    imagelock("lock", "--accept-signer", "*/acme/app:2")

    result = imagelock("export", target)

    text = workshop.masked(result)
    key = "".join(workshop.key.public.splitlines()[1:3])
    for line in (key[:64], key[64:]):
        text = text.replace(line, "KEY")
    name = workshop.address.replace(".", "-").replace(":", "-")
    assert text.replace(name, "registry-test") == snapshot
    (policy,) = (
        each
        for each in yaml.safe_load_all(result.out)
        if each["kind"] != "ValidatingPolicy"
    )
    assert workshop.key.public in json.dumps(policy).replace("\\n", "\n")
