"""Trust on first use: sign, lock, sign as somebody else, refuse, accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.signatures.conftest import MALLORY, SOURCE, WORKFLOW, Workshop
from tests.support.pages import is_shown, outputs
from tests.support.signing import SigningKey

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from imagelock.model.digest import Digest
    from tests.conftest import Run

SIGNED = (
    f'signer = {{ kind = "sigstore", identity = "{WORKFLOW}", issuer ='
    ' "https://token.actions.githubusercontent.com", source ='
    f' "{SOURCE}" }}'
)


def test_the_signer_is_recorded_and_compared(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    assert workshop.masked(imagelock("lock")) == snapshot(name="lock")
    assert workshop.signer == SIGNED
    assert imagelock("verify").exit_code == 0
    assert imagelock("verify", "--signatures").exit_code == 0
    locked = workshop.lockfile

    second = workshop.build("second")
    workshop.sign(second, MALLORY, source="https://github.com/mallory/app")
    assert workshop.masked(imagelock("update")) == snapshot(name="update")
    assert workshop.lockfile == locked

    done = imagelock("update", "--accept-signer", "*/acme/app")
    assert workshop.masked(done) == snapshot(name="accept")
    assert str(second) in workshop.lockfile
    assert "mallory" in workshop.signer
    assert imagelock("verify", "--signatures").exit_code == 0


def test_each_release_has_another_ref(workshop: Workshop, imagelock: Run) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")

    second = workshop.build("second")
    workshop.sign(second, f"{WORKFLOW}@refs/tags/v2")
    result = imagelock("update")

    assert result.exit_code == 0
    assert str(second) in workshop.lockfile
    assert workshop.signer == SIGNED


def test_another_workflow_of_the_same_source_is_a_warning(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")

    second = workshop.build("second")
    workshop.sign(second, WORKFLOW.replace("release", "publish"))
    result = imagelock("update", "--details", "none")

    assert result.exit_code == 0
    assert workshop.masked(result.err) == snapshot
    assert "publish.yml" in workshop.signer


def test_another_caller_of_a_shared_workflow_is_somebody_else(
    workshop: Workshop, imagelock: Run
) -> None:
    shared = "https://github.com/shared/ci/.github/workflows/build.yml@refs/heads/main"
    workshop.sign(workshop.digest, shared)
    imagelock("lock")

    workshop.sign(workshop.build("second"), shared, source="https://github.com/m/app")
    result = imagelock("update")

    assert result.exit_code == 1
    assert "signer-changed" in result.err


def test_a_signature_that_is_gone_is_an_error(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    locked = workshop.lockfile

    second = workshop.build("second")
    assert workshop.masked(imagelock("update")) == snapshot(name="update")
    assert workshop.lockfile == locked

    assert imagelock("update", "--accept-signer", workshop.image).exit_code == 0
    assert str(second) in workshop.lockfile
    assert workshop.signer == ""


def test_what_never_was_signed_stays_silent(workshop: Workshop, imagelock: Run) -> None:
    result = imagelock("lock")

    assert (result.exit_code, result.err) == (0, "")
    assert workshop.signer == ""
    workshop.build("second")
    result = imagelock("update")
    assert (result.exit_code, result.err) == (0, "")
    assert imagelock("verify", "--signatures").exit_code == 0


def test_a_new_signature_is_recorded(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    workshop.sign(workshop.build("second"))
    result = imagelock("update", "--details", "none")

    assert result.exit_code == 0
    assert workshop.masked(result.out) == snapshot
    assert workshop.signer == SIGNED


def test_the_signer_of_a_locked_image_is_recorded_on_demand(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    workshop.sign(workshop.digest)

    assert imagelock("lock").exit_code == 0
    assert workshop.signer == ""
    assert workshop.masked(imagelock("lock", "--signatures")) == snapshot
    assert workshop.signer == SIGNED


def test_the_signer_stays_when_a_platform_is_added(
    workshop: Workshop, imagelock: Run
) -> None:
    (workshop.folder / "imagelock.toml").write_text('platforms = ["linux/amd64"]\n')
    workshop.settings()
    workshop.sign(workshop.digest)
    text = (workshop.folder / "imagelock.toml").read_text()
    (workshop.folder / "imagelock.toml").write_text(
        f'platforms = ["linux/amd64"]\n{text}'
    )
    imagelock("lock")
    workshop.settings()
    asked = len(workshop.registry.log)

    assert imagelock("lock").exit_code == 0
    assert workshop.signer == SIGNED
    assert not any("referrers" in line for line in workshop.registry.log[asked:])


def test_a_lock_with_signers_is_checked_without_settings(
    workshop: Workshop, imagelock: Run
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    (workshop.folder / "imagelock.toml").unlink()
    locked = workshop.lockfile

    workshop.build("second")

    assert imagelock("update").exit_code == 1
    assert workshop.lockfile == locked


def test_another_tag_of_the_repository_is_signed_by_the_same(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    second = workshop.build("second", tag="2")
    workshop.use(f"{workshop.address}/acme/app:2")

    workshop.sign(second, MALLORY, source="")
    for _ in range(2):
        assert workshop.masked(imagelock("lock")) == snapshot
        assert str(second) not in workshop.lockfile

    workshop.sign(second, f"{WORKFLOW}@refs/tags/v2")
    assert imagelock("lock").exit_code == 0
    assert workshop.signer == SIGNED


def test_the_signer_survives_a_merge_conflict(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    ours = workshop.lockfile
    second = workshop.build("second")
    theirs = ours.replace(str(workshop.digest), str(second))
    (workshop.folder / "images.lock").write_text(
        f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n"
    )

    conflict = workshop.lockfile

    for _ in range(2):
        assert workshop.masked(imagelock("lock")) == snapshot
        assert workshop.lockfile == conflict

    workshop.sign(second)
    assert imagelock("lock").exit_code == 0
    assert workshop.signer == SIGNED


@pytest.mark.parametrize("legacy", [False, True])
def test_a_key_is_a_signer(
    legacy: bool,  # noqa: FBT001 - a parameter of the test
    workshop: Workshop,
    imagelock: Run,
    snapshot: SnapshotAssertion,
) -> None:
    def sign(digest: Digest, key: SigningKey) -> None:
        if legacy:
            workshop.signatures.push_legacy(digest, key.legacy(digest))
        else:
            workshop.signatures.push_bundle(digest, key.bundle(digest))

    sign(workshop.digest, workshop.key)
    assert imagelock("lock").exit_code == 0
    assert workshop.masked(workshop.signer) == (
        'signer = { kind = "key", fingerprint = "sha256:KEY" }'
    )
    locked = workshop.lockfile

    other = SigningKey()
    second = workshop.build("second")
    sign(second, other)
    refused = imagelock("update")
    text = workshop.masked(refused).replace(other.fingerprint, "sha256:OTHER")
    assert text == snapshot(name="unknown")
    assert workshop.lockfile == locked

    (workshop.folder / "other.pub").write_text(other.public)
    workshop.settings(keys='["key.pub", "other.pub"]')
    refused = imagelock("update")
    text = workshop.masked(refused).replace(other.fingerprint[:19], "sha256:OTHER")
    assert text == snapshot(name="known")
    assert workshop.lockfile == locked

    assert imagelock("update", "--accept-signer", workshop.image).exit_code == 0
    assert other.fingerprint in workshop.signer


def test_the_manifests_of_all_platforms_may_be_signed_instead_of_the_index(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    first, second = workshop.children(workshop.digest)
    workshop.sign(first)
    result = imagelock("lock")
    assert workshop.masked(result) == snapshot(name="half")
    assert workshop.signer == ""

    workshop.sign(second)
    assert imagelock("lock", "--signatures").exit_code == 0
    assert workshop.signer == SIGNED


def test_different_signers_of_the_platforms_sign_nothing(
    workshop: Workshop, imagelock: Run
) -> None:
    first, second = workshop.children(workshop.digest)
    workshop.sign(first)
    workshop.sign(second, MALLORY, source="")

    imagelock("lock")

    assert workshop.signer == ""


def test_verify_compares_only_on_demand(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    lockfile = workshop.folder / "images.lock"
    lockfile.write_text(workshop.lockfile.replace("acme/app/.github", "acme/x/.github"))

    assert imagelock("verify").exit_code == 0
    assert imagelock("verify", "--offline").exit_code == 0
    lockfile.write_text(lockfile.read_text().replace(f'"{SOURCE}"', '"https://x"'))
    result = imagelock("verify", "--signatures")
    assert workshop.masked(result) == snapshot


def test_signatures_need_a_network_and_a_setting(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    assert imagelock("verify", "--signatures", "--offline") == snapshot(name="offline")
    (workshop.folder / "imagelock.toml").unlink()
    for command in ("verify", "lock"):
        assert imagelock(command, "--signatures") == snapshot(name=command)


def test_the_guide_shows_what_a_changed_signer_looks_like(
    workshop: Workshop, imagelock: Run
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    workshop.sign(
        workshop.build("second"), MALLORY, source="https://github.com/mallory/app"
    )

    result = imagelock("update")

    printed = f"{result.err}{result.out}".replace(workshop.address, "ghcr.io")
    assert is_shown(outputs("docs/guides/signatures.md")["imagelock update"], printed)
