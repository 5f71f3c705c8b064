"""What registries answered when `verify` last asked for locked images, in the cache.

They are in the cache of the user. Editors show them with their age, as they open no
connection themselves.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from imagelock.blake2 import blake2b
from imagelock.cache_storage import CacheFile, UnusableCacheError, is_in_checkout
from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError
from imagelock.model.digest import Digest
from imagelock.model.finding import Rule
from imagelock.model.utc_text import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.project.project_files import ProjectFiles

_FORM: Final = "1"
"""Changes with the form of the file."""
_FOLDER: Final = "registry-states"
_RULES: Final = {rule.slug: rule for rule in Rule}
_UNUSABLE: Final = (
    *(ImagelockError, LookupError, RecursionError, TypeError, ValueError),
    *(AttributeError, UnusableCacheError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryState:
    """What a registry answered at a *time* about an image that was locked to `digest`.

    `rules` are those that it broke, none if nothing had changed. `moved_to` is what the
    tag stood for if that was something else.
    """

    digest: Digest
    time: datetime
    rules: tuple[Rule, ...] = ()
    moved_to: Digest | None = None


def registry_states(project: ProjectFiles) -> dict[str, RegistryState]:
    """Return what is known by the names of references; nothing if it cannot be read."""
    file = _file(project)
    if file is None:
        return {}
    try:
        # The lines count if no error follows them.
        lines = [json.loads(line) for line in file.lines()]
        return {name: _parsed(entry) for name, entry in lines}
    except _UNUSABLE:
        return {}


def save_registry_states(
    project: ProjectFiles, states: Mapping[str, RegistryState]
) -> None:
    """Replace what is known by *states*, if there is a place for it."""
    file = _file(project)
    if file is None:
        return
    lines = (f"{json.dumps([name, _plain(states[name])])}\n" for name in sorted(states))
    try:
        file.save(lines)
    except UnusableCacheError as error:
        if project.cache:
            project.cache.trace(f"the answers of registries are not kept: {error}")


def _file(project: ProjectFiles) -> CacheFile | None:
    if project.cache is None:
        return None
    folder = project.cache.folder.parent / _FOLDER
    if is_in_checkout(folder, project.root):
        return None
    key = repr((os.path.realpath(project.root), _FORM)).encode("utf-8", "replace")
    return CacheFile(folder, blake2b(key, digest_size=20).hexdigest())


def _plain(state: RegistryState) -> dict[str, Any]:
    return {
        "digest": str(state.digest),
        "time": utc_text(state.time),
        "rules": [rule.slug for rule in state.rules],
        "moved-to": str(state.moved_to) if state.moved_to else None,
    }


def _parsed(entry: dict[str, Any]) -> RegistryState:
    moved_to = entry["moved-to"]
    return RegistryState(
        digest=Digest.parse(entry["digest"]),
        time=datetime.fromisoformat(entry["time"]),
        rules=tuple(_RULES[slug] for slug in entry["rules"]),
        moved_to=Digest.parse(moved_to) if moved_to else None,
    )
