"""Who signed an image: identities without their refs, and what is another signer."""

from __future__ import annotations

import pytest

from imagelock.model.signer import (
    KeySigner,
    Signer,
    SignerChange,
    SigstoreSigner,
    bare_identity,
    signer_change,
)

WORKFLOW = "https://github.com/acme/app/.github/workflows/release.yml"
SHARED = "https://github.com/shared/ci/.github/workflows/build.yml"
GITHUB = "https://token.actions.githubusercontent.com"
SOURCE = "https://github.com/acme/app"


@pytest.mark.parametrize(
    ("identity", "bare"),
    [
        (f"{WORKFLOW}@refs/tags/v1.0", WORKFLOW),
        (f"{WORKFLOW}@refs/heads/a@refs/b", WORKFLOW),
        (f"{WORKFLOW}@refs/heads/a\nb", WORKFLOW),
        (f"{WORKFLOW}@{'0a' * 20}", WORKFLOW),
        (
            "https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main",
            "https://gitlab.com/acme/app//.gitlab-ci.yml",
        ),
        (WORKFLOW, WORKFLOW),
        ("alice@example.com", "alice@example.com"),
        ("alice@refs/heads", "alice@refs/heads"),
        ("https://social.test/@alice", "https://social.test/@alice"),
        ("spiffe://acme.test/ns/a/sa/b", "spiffe://acme.test/ns/a/sa/b"),
    ],
)
def test_only_the_ref_is_cut_off(identity: str, bare: str) -> None:
    assert bare_identity(identity) == bare


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (SigstoreSigner("a", "b", "c"), SigstoreSigner("a", "b", "c"), "same"),
        (SigstoreSigner("a", "b"), SigstoreSigner("a", "b", "c"), "same"),
        (SigstoreSigner("a", "b", "c"), SigstoreSigner("a", "b"), "other"),
        (SigstoreSigner("a", "b"), SigstoreSigner("x", "b"), "other"),
        (SigstoreSigner("a", "b", "c"), SigstoreSigner("x", "b", "c"), "renamed"),
        (SigstoreSigner("a", "b", "c"), SigstoreSigner("x", "y", "c"), "other"),
        (SigstoreSigner("a", "b", "c"), SigstoreSigner("a", "y", "c"), "other"),
        (
            SigstoreSigner(SHARED, GITHUB, SOURCE),
            SigstoreSigner(SHARED, GITHUB, "https://github.com/mallory/app"),
            "other",
        ),
        (KeySigner("sha256:1"), KeySigner("sha256:1"), "same"),
        (KeySigner("sha256:1"), KeySigner("sha256:2"), "other"),
        (KeySigner("sha256:1"), SigstoreSigner("a", "b"), "other"),
    ],
)
def test_what_is_another_signer(old: Signer, new: Signer, change: str) -> None:
    assert signer_change(old, new) is SignerChange(change)
