"""Keep what registries answered about locked images, for editors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.project.registry_states import (
    RegistryState,
    registry_states,
    save_registry_states,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.commands.verify_registries import LockedImage, RegistryFindings
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.finding import Finding
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles

_STATES: Final = frozenset(
    {Rule.DRIFT, Rule.INDEX_DRIFT, Rule.KIND_CHANGED, Rule.TAG_GONE, Rule.DIGEST_GONE}
)


def remember_states(
    project: ProjectFiles,
    lockfile: Lockfile,
    images: Sequence[LockedImage],
    result: RegistryFindings,
) -> None:
    """Keep what *result* has of *images*, beside what is known of others in the lock.

    Of an image that could not be checked, what was known before stays, with its time.
    """
    if project.cache is None:
        return
    findings: dict[Reference, list[Finding]] = {}
    for finding in result.findings:
        if finding.reference and finding.rule in _STATES:
            findings.setdefault(finding.reference, []).append(finding)
    now = datetime.now(UTC)
    locked = {str(key) for key in lockfile.images}
    known = registry_states(project)
    states = {name: state for name, state in known.items() if name in locked}
    for each in images:
        key = each.image.reference
        if key in result.unchecked:
            continue
        own = findings.get(key, ())
        states[str(key)] = RegistryState(
            digest=each.image.digest,
            time=now,
            rules=tuple(dict.fromkeys(finding.rule for finding in own)),
            moved_to=next((f.moved_to for f in own if f.moved_to), None),
        )
    save_registry_states(project, states)
