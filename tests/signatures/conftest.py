from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64, ARM64
from tests.support.signing import Signatures, SigningKey
from tests.support.small_sigstore import SmallSigstore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.model.digest import Digest

WORKFLOW = "https://github.com/acme/app/.github/workflows/release.yml"
SOURCE = "https://github.com/acme/app"
MALLORY = "https://github.com/mallory/app/.github/workflows/release.yml@refs/heads/main"


class Workshop:
    """A project that uses `acme/app:1`, its registry, and those who sign."""

    def __init__(self, folder: Path, registry: MemoryRegistry, address: str) -> None:
        self.folder = folder
        self.registry = registry
        self.image = f"{address}/acme/app:1"
        self.address = address
        self.sigstore = SmallSigstore()
        self.key = SigningKey()
        self.signatures = Signatures(registry, "acme/app")
        self.settings()
        self.use(self.image)
        self.digest = self.build("first")

    def settings(
        self,
        more: str = "",
        *,
        keys: str = '["key.pub"]',
        verifiers: str = '["sigstore", "cosign", "notation"]',
    ) -> None:
        """Write the settings, with *more* at their end."""
        root = self.folder / "trusted_root.json"
        root.write_text(self.sigstore.trusted_root(), encoding="utf-8")
        (self.folder / "key.pub").write_text(self.key.public, encoding="utf-8")
        (self.folder / "imagelock.toml").write_text(
            f'[signatures]\nimages = ["**"]\nkeys = {keys}\n'
            f'trust-root = "trusted_root.json"\nverifiers = {verifiers}\n{more}',
            encoding="utf-8",
        )

    def use(self, *images: str) -> None:
        """Let the project use *images*."""
        services = "".join(
            f"  s{number}:\n    image: {image}\n" for number, image in enumerate(images)
        )
        (self.folder / "compose.yaml").write_text(f"services:\n{services}")

    def build(self, salt: str, tag: str = "1") -> Digest:
        """Push another image, and return the digest of its index."""
        return self.registry.push_image("acme/app", tag, [AMD64, ARM64], salts=salt)

    def children(self, digest: Digest) -> list[Digest]:
        """Return the digests of the manifests in the index at *digest*."""
        import json

        from imagelock.model.digest import Digest

        answer = self.registry.handle("GET", f"/v2/acme/app/manifests/{digest}", {})
        manifests = json.loads(answer.body)["manifests"]
        return [Digest.parse(each["digest"]) for each in manifests]

    def sign(
        self, digest: Digest, identity: str = f"{WORKFLOW}@refs/tags/v1", **more: str
    ) -> None:
        """Sign the image at *digest* without a key."""
        source = more.pop("source", SOURCE)
        bundle = self.sigstore.bundle(digest, identity, source=source, **more)  # type: ignore[arg-type]
        self.signatures.push_bundle(digest, bundle)

    @property
    def lockfile(self) -> str:
        """The lockfile, or `""` if there is none."""
        path = self.folder / "images.lock"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def signer(self) -> str:
        """The line of the lockfile that says who signed, or `""`."""
        lines = [x for x in self.lockfile.splitlines() if x.startswith("signer")]
        return "\n".join(lines)

    def masked(self, text: object) -> str:
        """Return *text* without what differs from run to run."""
        for old, new in {
            self.address: "registry.test",
            self.key.fingerprint: "sha256:KEY",
            self.key.fingerprint[:19]: "sha256:KEY",
            str(self.folder): "PROJECT",
        }.items():
            text = str(text).replace(old, new)
        return str(text)


@pytest.fixture
def workshop(project: Path) -> Iterator[Workshop]:
    registry = MemoryRegistry()
    with serve(registry) as address:
        yield Workshop(project, registry, address.removeprefix("http://"))
