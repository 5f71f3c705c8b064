"""What `fleet collect` costs for many repositories, and each question to its database."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING, Final

from measure import Figures, imagelock, measured
from projects import PLATFORMS

from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, Image, PlatformManifest
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES: Final = 30
SHARED: Final = 18
"""Entries of a lockfile that are among the images of a pool: 60 %."""
POOL: Final = 200
CHANGED: Final = 0.01
"""The part of the repositories that changes between two collections."""
MEGA: Final = 1_000_000


def collecting(folder: Path, runs: int, *, counts: tuple[int, ...]) -> None:
    """Print what collecting and asking costs with each number of repositories."""
    print(f"## Fleets: {ENTRIES} entries a repository, 60 % of them shared\n")
    print("| repositories | | CPU s | wall s | peak MB |\n|---|---|---|---|---|")
    for count in counts:
        top = folder / f"fleet{count}"
        empty = _empty_repository(folder / f"empty{count}")
        for number in range(count):
            shutil.copytree(empty, top / f"team{number % 50}/app{number}/.git")
            _commit(top, number, lockfile(number, edition=0))
        for name, figures in _figures(folder, top, count, runs).items():
            print(f"| {count:,} | {name} | {figures} |", flush=True)
        size = (folder / f"{count}.sqlite").stat().st_size / MEGA
        print(f"| {count:,} | size of the database: {size:.1f} MB | | | |", flush=True)
        shutil.rmtree(top)


def _figures(folder: Path, top: Path, count: int, runs: int) -> dict[str, Figures]:
    database = folder / f"{count}.sqlite"
    collect = imagelock(folder, "fleet", "collect", str(top), "-o", str(database))
    figures = {"collect, first": measured(collect)}
    for number in range(0, count, round(1 / CHANGED)):
        _commit(top, number, lockfile(number, edition=1))
    figures["collect again, 1 % changed"] = measured(collect)
    figures["collect again, nothing changed"] = measured(collect)
    child = str(image("docker.io/shared/image0:1", edition=0).platforms[1].digest)
    questions = {
        "`where` a digest of a platform, in all repositories": ("where", child),
        "`where` a tag": ("where", "docker.io/team3/app3-20:1"),
        "`where` a pattern": ("where", "docker.io/team3/*"),
        "`split`": ("split",),
        "`stats`": ("stats",),
    }
    for name, arguments in questions.items():
        command = imagelock(folder, "fleet", *arguments, "--database", str(database))
        times = sorted((measured(command) for _ in range(runs)), key=lambda f: f.wall)
        figures[name] = times[len(times) // 2]
    return figures


def lockfile(number: int, *, edition: int) -> str:
    """Return the lockfile of repository *number*; another *edition* moves an image."""
    chosen = random.Random(number).sample(range(POOL), SHARED - 1)  # noqa: S311
    names = [f"docker.io/shared/image{each}:1" for each in (0, *chosen)]
    own = range(SHARED, ENTRIES)
    names += [f"docker.io/team{number}/app{number}-{each}:1" for each in own]
    images = [
        image(name, edition=edition if n == 1 else 0) for n, name in enumerate(names)
    ]
    return write(Lockfile(PLATFORMS, {each.reference: each for each in images}))


def image(name: str, *, edition: int) -> Image:
    """Return the image *name* with an index, and what publishers state about it."""
    return Image(
        reference=Reference.parse(name),
        digest=Digest.of(f"{name} {edition}".encode()),
        media_type=OCI_INDEX,
        release=f"1.0.{edition}",
        source="https://git.example/acme/image",
        revision=hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
        platforms=tuple(
            PlatformManifest(each, Digest.of(f"{name} {edition} {each}".encode()))
            for each in PLATFORMS
        ),
    )


def _empty_repository(folder: Path) -> Path:
    command = ("git", "init", "--quiet", "--template=", "--initial-branch=main")
    subprocess.run([*command, str(folder)], check=True)
    return folder / ".git"


def _commit(top: Path, number: int, text: str) -> None:
    """Commit *text* as the lockfile of a repository, without a process of git."""
    git_dir = top / f"team{number % 50}/app{number}/.git"
    blob = _store(git_dir, "blob", text.encode())
    tree = _store(git_dir, "tree", b"100644 images.lock\0" + bytes.fromhex(blob))
    author = "a <a@example.com> 0 +0000"
    body = f"tree {tree}\nauthor {author}\ncommitter {author}\n\nLock images\n"
    commit = _store(git_dir, "commit", body.encode())
    reference = git_dir / "refs/heads/main"
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(f"{commit}\n")


def _store(git_dir: Path, kind: str, data: bytes) -> str:
    """Write a loose object (gitformat-loose(5)), and return its id."""
    content = f"{kind} {len(data)}\0".encode() + data
    name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    path = git_dir / "objects" / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zlib.compress(content, 1))
    return name
