"""Make certificates with `openssl` on the command line."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, in a folder."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Authority:
        authority = cls(folder)
        _openssl(
            *("req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=Test authority"),
            *("-addext", "keyUsage=critical,keyCertSign"),
            *("-keyout", authority.key, "-out", authority.certificate),
        )
        return authority

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def key(self) -> Path:
        return self.folder / "ca.pem"

    def issue(self, name: str, host: str = "localhost") -> tuple[Path, Path]:
        """Return a certificate for this machine and its key: `NAME.cert`, `.key`.

        It is also valid for *host*.
        """
        certificate = self.folder / f"{name}.cert"
        key = self.folder / f"{name}.key"
        _openssl(
            *("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}"),
            *("-CA", self.certificate, "-CAkey", self.key),
            *("-addext", f"subjectAltName=IP:127.0.0.1,DNS:{host}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-keyout", key, "-out", certificate),
        )
        return certificate, key


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
