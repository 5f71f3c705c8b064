from __future__ import annotations

from imagelock.model.digest import Digest


def test_an_abbreviated_digest_has_its_algorithm_and_twelve_digits() -> None:
    digest = Digest.parse(f"sha256:{'0123456789abcdef' * 4}")

    assert digest.abbreviated == "sha256:0123456789ab"
