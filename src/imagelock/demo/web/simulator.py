"""The simulator: a tag, two fleets, a project, and what can be done to them."""

from __future__ import annotations

import json
from collections import Counter, deque
from functools import partial
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from imagelock.demo.deployed import image_in_file, image_in_lock, pull
from imagelock.demo.shop import write_files
from imagelock.demo.web import news
from imagelock.demo.web.builds import MAX_BUILDS, BuildKind, Builds, ShopBuild
from imagelock.demo.web.fleet import DemoFleet, FleetContainer
from imagelock.demo.web.guide import Guide
from imagelock.demo.web.terminal import COMMANDS, CommandRun, run_command
from imagelock.errors import ImagelockError
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.digest import Digest
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.reference import Reference

STEP: Final = 3
"""By how many containers a fleet grows, and the least that it has."""
MAX_SIZE: Final = 12
_RUNS_SHOWN: Final = 20
_PUSHES_SHOWN: Final = 6


class Simulator:
    """What the page shows and does; thread-safe.

    The fleets follow the files of the project, whoever changes them.
    """

    def __init__(self, registry: MemoryRegistry, address: str, folder: Path) -> None:
        self._address = address
        self.folder = folder
        self._lock = Lock()
        self._builds = Builds(registry)
        self._by_tag, self._by_lock = DemoFleet(self._pull), DemoFleet(self._pull)
        self._numbers = count(1)
        self._runs: deque[tuple[int, CommandRun]] = deque(maxlen=_RUNS_SHOWN)
        self._pushes: deque[tuple[int, ShopBuild]] = deque(maxlen=_PUSHES_SHOWN)
        self._actions: dict[str, Callable[[], str]] = {
            "start-over": self._start_over,
            "push-first": self._push_first,
            "scale-up": partial(self._scale, STEP),
            "scale-down": partial(self._scale, -STEP),
            "replace": self._replace,
            **{f"push-{kind.value}": partial(self._push, kind) for kind in BuildKind},
            **{name: partial(self._run, name) for name in COMMANDS},
        }
        self._news = self._start_over()

    @property
    def actions(self) -> frozenset[str]:
        """The names of what can be done."""
        return frozenset(self._actions)

    def act(self, action: str) -> None:
        """Do *action*, one of `actions`; what prevents it is in the news."""
        with self._lock:
            try:
                self._news = self._actions[action]()
            except (OSError, ImagelockError) as error:
                self._news = f"That did not work: {error}"

    def state(self) -> dict[str, Any]:
        """Return what the page shows, as a JSON document."""
        with self._lock:
            try:
                self._deploy()
                trouble = ""
            except (OSError, ImagelockError) as error:
                trouble = f"The fleets go on as they are: {error}"
            return {
                "news": trouble or self._news,
                "done": self._guide.done,
                "pushes": [
                    {
                        "number": number,
                        "digest": build.digest.abbreviated,
                        **_build(build),
                    }
                    for number, build in reversed(self._pushes)
                ],
                "fleets": {
                    "tag": self._fleet(self._by_tag),
                    "lock": self._fleet(self._by_lock),
                },
                "runs": [
                    {
                        "number": number,
                        "command": run.command,
                        "output": run.output,
                        "exit_code": run.exit_code,
                    }
                    for number, run in self._runs
                ],
            }

    def close(self) -> None:
        """Wait for the end of what is going on; nothing begins after it."""
        self._lock.acquire()

    def _start_over(self) -> str:
        self._guide = Guide()
        self._size = STEP
        self._pushes.clear()
        self._runs.clear()
        self._note(self._builds.push_first())
        write_files(self.folder)
        (self.folder / LOCKFILE).unlink(missing_ok=True)
        exit_code = self._command("lock")
        for fleet in (self._by_tag, self._by_lock):
            fleet.deploy(None, 0)
        self._deploy()
        return news.ran("lock", exit_code, is_moved=True) if exit_code else news.STARTED

    def _push(self, kind: BuildKind) -> str:
        if self._builds.is_full:
            return f"There are {MAX_BUILDS} builds, and there is no room for more."
        build = self._builds.push(kind)
        self._note(build)
        self._guide.note("push")
        return news.pushed(build, is_back=False)

    def _push_first(self) -> str:
        build = self._builds.push_first()
        self._note(build)
        return news.pushed(build, is_back=True)

    def _note(self, build: ShopBuild) -> None:
        self._pushes.append((next(self._numbers), build))

    def _scale(self, step: int) -> str:
        before = self._size
        self._size = max(STEP, min(before + step, MAX_SIZE))
        self._deploy()
        if self._size > before:
            self._guide.note("scale-up")
        return news.scaled(self._size - before, *self._summaries())

    def _replace(self) -> str:
        for fleet in (self._by_tag, self._by_lock):
            fleet.replace_oldest()
        return news.replaced(*self._summaries())

    def _run(self, name: str) -> str:
        before = self._by_tag.target, self._by_lock.target
        exit_code = self._command(name)
        self._guide.note(f"{name} {exit_code}")
        self._deploy()
        is_moved = (self._by_tag.target, self._by_lock.target) != before
        return news.ran(name, exit_code, is_moved=is_moved)

    def _command(self, name: str) -> int:
        run = run_command(name, self.folder)
        self._runs.append((next(self._numbers), run))
        return run.exit_code

    def _deploy(self) -> None:
        """Let the fleets run what the files and the lockfile say."""
        self._by_tag.deploy(_item(image_in_file(self.folder)), self._size)
        self._by_lock.deploy(_item(image_in_lock(self.folder)), self._size)

    def _pull(self, item: str, platform: Platform) -> Digest:
        try:
            manifests = json.loads(pull(self._address, item))["manifests"]
            for manifest in manifests:
                fields = manifest["platform"]
                found = Platform.normalised(fields["os"], fields["architecture"])
                if found == platform:
                    return Digest.parse(manifest["digest"])
        except (LookupError, TypeError, ValueError):
            pass  # somebody has pushed something else
        raise ImagelockError(f"`{item}` has no image for `{platform}`")

    def _summaries(self) -> tuple[str, str]:
        return self._summary(self._by_tag), self._summary(self._by_lock)

    def _summary(self, fleet: DemoFleet) -> str:
        """Return how many containers of *fleet* run which build."""
        if not fleet.containers:
            return "nothing runs"
        names = Counter(self._built(each)["name"] for each in fleet.containers)
        if len(names) == 1:
            return f"all {len(fleet.containers)} run {next(iter(names))}"
        return ", ".join(f"{number} run {name}" for name, number in names.items())

    def _fleet(self, fleet: DemoFleet) -> dict[str, Any]:
        return {
            "target": fleet.target,
            "summary": self._summary(fleet),
            "split": fleet.is_split,
            "containers": [
                {
                    "number": each.number,
                    "platform": str(each.platform),
                    "digest": each.manifest.short,
                    **self._built(each),
                }
                for each in fleet.containers
            ],
        }

    def _built(self, container: FleetContainer) -> dict[str, str]:
        build = self._builds.find(container.manifest)
        # The registry takes pushes of everybody on this machine.
        return _build(build) if build else {"name": "an unknown build", "kind": ""}


def _build(build: ShopBuild) -> dict[str, str]:
    return {"name": build.name, "kind": build.kind.value}


def _item(reference: Reference | None) -> str | None:
    """Return what is pulled for *reference*: its digest, or else its tag."""
    if reference is None:
        return None
    return str(reference.digest or reference.tag)
