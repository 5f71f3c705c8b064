"""Projects on disk that are large in one way each, with their lockfiles, in git."""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from typing import TYPE_CHECKING, Final

from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
OTHERS: Final = ("py", "go", "ts", "md", "rs", "java", "css", "html", "txt", "svg")
CRD: Final = 300_000
"""Characters of a definition of resources, as cert-manager and others have them."""


def of_files(folder: Path, *, files: int) -> Path:
    """Write a project of *files* files, a third of each kind, and its lockfile."""
    names = [f"registry.example/acme/app{number}:v1" for number in range(files)]
    for number, name in enumerate(names):
        part = folder / f"part{number}"
        part.mkdir(parents=True)
        kinds = {
            "compose.yaml": f"services:\n  web:\n    image: {name}\n    ports: [80]\n",
            "Dockerfile": f"FROM {name} AS build\nRUN make\nFROM scratch\n",
            "deploy.yaml": pod(name),
        }
        kind = sorted(kinds)[number % 3]
        (part / kind).write_text(kinds[kind])
    return committed(locked(folder, names))


def of_documents(folder: Path, *, documents: int) -> Path:
    """Write one YAML file of many *documents*, and its lockfile."""
    folder.mkdir()
    names = [f"registry.example/acme/app{number}:v1" for number in range(documents)]
    (folder / "pods.yaml").write_text("---\n".join(map(pod, names)))
    return committed(locked(folder, names))


def of_entries(folder: Path, *, entries: int) -> Path:
    """Write one Compose file with many services, and its lockfile."""
    names = [f"registry.example/acme/app{number}:v1" for number in range(entries)]
    return committed(locked(of_services(folder, names), names))


def of_services(folder: Path, names: Iterable[str]) -> Path:
    """Write one Compose file whose services have the images *names*, and no lockfile."""
    folder.mkdir()
    services = (f"  s{n}:\n    image: {name}\n" for n, name in enumerate(names))
    (folder / "compose.yaml").write_text("services:\n" + "".join(services))
    return folder


def of_dockerfiles(folder: Path, names: Iterable[str]) -> Path:
    """Write a Dockerfile for each of *names*, and no lockfile."""
    folder.mkdir()
    for number, name in enumerate(names):
        (folder / f"{number}.Dockerfile").write_text(f"FROM {name}\n")
    return folder


def of_operator(folder: Path, *, megabytes: int) -> Path:
    """Write an operator: many definitions of resources, and a few manifests."""
    definitions = folder / "config/crd/bases"
    definitions.mkdir(parents=True)
    for number in range(megabytes * 1_000_000 // CRD):
        (definitions / f"acme.example_kind{number}s.yaml").write_text(crd(number))
    names = [f"registry.example/acme/operator{number}:v1" for number in range(20)]
    for number, name in enumerate(names):
        part = folder / f"config/part{number}"
        part.mkdir()
        (part / "manager.yaml").write_text(pod(name))
    return committed(locked(folder, names))


def of_other_files(folder: Path, *, files: int) -> Path:
    """Write *files* files, of which a twentieth is YAML, and none names an image."""
    for number in range(files):
        part = folder / f"packages/part{number // 100}/src"
        part.mkdir(parents=True, exist_ok=True)
        ending = OTHERS[number % 10] if number % 20 else "yaml"
        (part / f"file{number}.{ending}").write_text("key: value\n" * 50)
    return committed(folder)


def pod(name: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        f"  containers:\n  - name: web\n    image: {name}\n"
    )


def crd(number: int) -> str:
    """Return a definition that embeds the fields of a pod, as most of them do."""
    head = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata:\n  name: kind{number}s.acme.example\nspec:\n  group: acme.example\n"
        "  names:\n    kind: Kind\n  versions:\n  - name: v1\n    schema:\n"
        "      openAPIV3Schema:\n        type: object\n        properties:\n"
    )
    container = "containers:\n  items:\n    properties:\n" + "".join(
        f"      {name}:\n        description: |-\n"
        f"          The {name} of the container. Cannot be updated, see\n"
        "          https://kubernetes.io/docs/concepts/containers/images\n"
        "        type: string\n"
        for name in ("image", "imagePullPolicy", "name", "workingDir")
    )
    fields = (
        f"          field{n}:\n            properties:\n"
        + textwrap.indent(container, " " * 14)
        for n in range(CRD // len(container))
    )
    text = head
    for field in fields:
        text += field
        if len(text) > CRD:
            break
    return text


def locked(folder: Path, names: Iterable[str]) -> Path:
    """Write the lockfile of the project in *folder*, whose images are *names*."""
    references = map(Reference.parse, names)
    images = {reference: image(reference) for reference in references}
    (folder / "images.lock").write_text(write(Lockfile(PLATFORMS, images)))
    return folder


def image(reference: Reference) -> Image:
    manifests = tuple(
        PlatformManifest(platform, Digest.of(f"{reference} {platform}".encode()))
        for platform in PLATFORMS
    )
    digest = Digest.of(str(reference).encode())
    return Image(
        reference=reference,
        digest=digest,
        media_type=OCI_INDEX,
        platforms=manifests,
    )


def committed(folder: Path) -> Path:
    """Commit everything in *folder*, in a repository of its own."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*who, "commit", "--quiet", "--message=x"),
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    return folder


def remove(folder: Path) -> None:
    """Delete a project that is not needed any more, as some are large."""
    shutil.rmtree(folder)
