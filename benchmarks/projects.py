"""Projects on disk that are large in one way each."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DIGEST: Final = f"sha256:{'a' * 64}"
OTHERS: Final = ("py", "go", "ts", "md", "rs", "java", "css", "html", "txt", "svg")


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
    return locked(folder, names)


def of_documents(folder: Path, *, documents: int) -> Path:
    """Write one YAML file of many *documents*, and its lockfile."""
    folder.mkdir()
    names = [f"registry.example/acme/app{number}:v1" for number in range(documents)]
    (folder / "pods.yaml").write_text("---\n".join(map(pod, names)))
    return locked(folder, names)


def of_entries(folder: Path, *, entries: int) -> Path:
    """Write one Compose file with many services, and its lockfile."""
    folder.mkdir()
    names = [f"registry.example/acme/app{number}:v1" for number in range(entries)]
    services = (f"  s{n}:\n    image: {name}\n" for n, name in enumerate(names))
    (folder / "compose.yaml").write_text("services:\n" + "".join(services))
    return locked(folder, names)


def of_other_files(folder: Path, *, files: int) -> Path:
    """Write a git repository of *files* files, of which a twentieth is YAML.

    None of them names an image.
    """
    for number in range(files):
        part = folder / f"packages/part{number // 100}/src"
        part.mkdir(parents=True, exist_ok=True)
        ending = OTHERS[number % 10] if number % 20 else "yaml"
        (part / f"file{number}.{ending}").write_text("key: value\n" * 50)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    return folder


def pod(name: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        f"  containers:\n  - name: web\n    image: {name}\n"
    )


def locked(folder: Path, names: Iterable[str]) -> Path:
    """Write the lockfile of the project in *folder*, whose images are *names*."""
    entries = "".join(
        f'\n[[image]]\nreference = "{name}"\ndigest = "{DIGEST}"\n'
        'media-type = "application/vnd.oci.image.index.v1+json"\nplatforms = [\n'
        f'    {{ name = "linux/amd64", digest = "{DIGEST}" }},\n'
        f'    {{ name = "linux/arm64/v8", digest = "{DIGEST}" }},\n]\n'
        for name in sorted(names)
    )
    (folder / "images.lock").write_text(
        'version = 1\nplatforms = ["linux/amd64", "linux/arm64/v8"]\n' + entries
    )
    return folder
