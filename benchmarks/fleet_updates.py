"""What updating a fleet costs: each repository alone, or registries asked once for all.

Every lockfile is compared with what it has to be, and those of the repositories that
were updated alone with those that were updated by answers: to the byte.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from fleets import ENTRIES, POOL, SHARED
from measure import Command, Figures, forget, imagelock, measured
from network import ROUND_TRIP, simulated
from projects import PLATFORMS, committed, of_services
from simulated_registry import PLATFORMS as SERVED
from simulated_registry import index, manifest, sha256

from imagelock.lockfile.model import Lockfile
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, Image, PlatformManifest
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from network import Simulation

MOVED: Final = 50
"""Of so many tags, a single one has moved since it was locked: 2 %."""
UPDATE: Final = ("update", "--details", "none", "--quiet")


def updating(folder: Path, *, count: int, sample: int) -> None:
    """Print what updating *count* repositories costs; alone, only *sample* of them."""
    with simulated(ROUND_TRIP) as simulation:
        top = folder / "fleet"
        for number in range(count):
            _repository(top / f"app{number}", simulation.host, number)
        every = max(1, count // sample)
        names = [f"app{number}" for number in range(0, count, every)]
        for name in names:
            shutil.copytree(top / name, folder / "alone" / name)
        print(
            f"## {count:,} repositories with {ENTRIES} entries each, 60 % of them shared,"
            f" 1 tag in {MOVED} has moved, {ROUND_TRIP * 1000:.0f} ms round trip\n"
        )
        print("| | requests | CPU s | wall s | peak MB |\n|---|---|---|---|---|")
        forget()
        simulation.counts()
        alone = _sum(
            measured(imagelock(folder / "alone" / name, *UPDATE)) for name in names
        )
        title = f"`update` in each of {len(names):,} repositories"
        _row(title, simulation, alone)
        forget()
        behind = _together(folder, top, simulation)
    _compare(folder, top, count, names, simulation.host)
    print(f"\n{behind:,} are behind. All {count:,} lockfiles are as they have to be.\n")


def _together(folder: Path, top: Path, simulation: Simulation) -> int:
    """Print what asking once costs, and updating what is behind; return how many are."""
    database, answers = str(folder / "fleet.sqlite"), str(folder / "answers.json")
    collect = imagelock(folder, "fleet", "collect", str(top), "-o", database)
    _row("`fleet collect`", simulation, measured(collect))
    resolve = imagelock(folder, "fleet", "resolve", "-d", database, "-o", answers)
    _row("`fleet resolve`", simulation, measured(resolve))
    asked = ("fleet", "behind", "-d", database, "--answers", answers)
    behind = imagelock(folder, "--offline", *asked, "--format", "json")
    names = [each["repository"] for each in _printed(behind)["repositories"]]
    update = (*UPDATE, "--offline", "--answers", answers)
    workers = _sum(measured(imagelock(top / name, *update)) for name in names)
    title = f"`update --offline --answers` in the {len(names):,} that are behind"
    _row(title, simulation, workers)
    return len(names)


def _compare(
    folder: Path, top: Path, count: int, sample: Sequence[str], host: str
) -> None:
    """Compare all lockfiles.

    Raises:
        SystemExit: one of them differs.
    """
    for number in range(count):
        expected = _lockfile(host, number, is_current=True).encode()
        if (top / f"app{number}/images.lock").read_bytes() != expected:
            raise SystemExit(f"the lockfile of app{number} is not what it has to be")
    for name in sample:
        alone = (folder / "alone" / name / "images.lock").read_bytes()
        if (top / name / "images.lock").read_bytes() != alone:
            raise SystemExit(f"the lockfile of {name} is another one if it is alone")


def _repository(folder: Path, host: str, number: int) -> None:
    """Make a repository that is locked to what its tags were some time ago."""
    folder.parent.mkdir(exist_ok=True)
    of_services(folder, _names(host, number))
    (folder / "images.lock").write_text(_lockfile(host, number, is_current=False))
    committed(folder)


def _names(host: str, number: int) -> list[str]:
    """Return the tags of repository *number*: shared ones, and its own."""
    chosen = random.Random(number).sample(range(POOL), SHARED)  # noqa: S311
    shared = [f"{host}/shared/image{each}:v1" for each in chosen]
    own = range(ENTRIES - SHARED)
    return shared + [f"{host}/team{number}/app{each}:v1" for each in own]


def _lockfile(host: str, number: int, *, is_current: bool) -> str:
    images = [
        _image(Reference.parse(name), is_current=is_current)
        for name in _names(host, number)
    ]
    return write(Lockfile(PLATFORMS, {each.reference: each for each in images}))


def _image(reference: Reference, *, is_current: bool) -> Image:
    """Return what the simulated registry serves, or if it has moved, served before."""
    seed = f"{reference.repository}:{reference.tag}"
    has_moved = Digest.of(seed.encode()).encoded < f"{256 // MOVED:02x}"
    if has_moved and not is_current:
        seed += " before"
    children = tuple(manifest(f"{seed} {platform}") for platform in SERVED)
    return Image(
        reference=reference,
        digest=Digest.parse(sha256(index(children))),
        media_type=OCI_INDEX,
        platforms=tuple(
            PlatformManifest(platform, Digest.parse(sha256(child)))
            for platform, child in zip(PLATFORMS, children, strict=True)
        ),
    )


def _printed(command: Command) -> dict[str, list[dict[str, str]]]:
    run = subprocess.run(command.arguments, check=True, stdout=subprocess.PIPE)
    document: dict[str, list[dict[str, str]]] = json.loads(run.stdout)
    return document


def _sum(runs: Iterable[Figures]) -> Figures:
    """Return the figures of processes that ran in series."""
    every = list(runs)
    return Figures(
        sum(run.cpu for run in every),
        sum(run.wall for run in every),
        max((run.peak for run in every), default=0),
    )


def _row(name: str, simulation: Simulation, figures: Figures) -> None:
    requests = simulation.counts().get("requests", 0)
    print(f"| {name} | {requests:,} | {figures} |", flush=True)
