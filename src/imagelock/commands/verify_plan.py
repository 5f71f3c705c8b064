"""What `verify` compares: the files of a project, its lock, its policy, registries."""

from __future__ import annotations

from imagelock.commands.nothing_found import rules_off
from imagelock.commands.selection import places_by_key
from imagelock.config.policy import Policy
from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import Lockfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.finding import Rule
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.policies.check import PolicyCheck
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan
    from imagelock.registry.answers.given import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What the lock is compared with.

    `timeout` is in seconds, for all registries; `None` opens no connection, and the lock
    is only compared with `answers`, if there are any. With `deep`, registries are asked
    for the manifests of the platforms as well, and with `signatures` for who signed the
    images.
    """

    timeout: float | None
    deep: bool = False
    signatures: bool = False
    answers: Answers | None = None

    @property
    def online(self) -> bool:
        """Whether the lock is compared with registries, as they are or were."""
        return self.timeout is not None or self.answers is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPlan:
    """What is compared in *project*, and how.

    `on_disk` is the lockfile, if there is one, and `places` are those of each reference
    in the files. `rules_off` are the rules that the settings turn off.
    """

    project: ProjectFiles
    options: VerifyOptions
    scan: Scan
    on_disk: Lockfile | None
    places: Mapping[Reference, Sequence[Place]]
    rules_off: frozenset[Rule]
    policy: PolicyCheck | None

    @property
    def found(self) -> Sequence[Found]:
        """Everything that the files name."""
        return self.scan.found

    @property
    def lockfile(self) -> Lockfile:
        """The lockfile, empty if there is none."""
        return self.on_disk or Lockfile()

    @property
    def content_policy(self) -> PolicyCheck | None:
        """The policy, if it has rules about content and there is a connection."""
        is_checked = self.policy and self.policy.needs_content
        return self.policy if is_checked and self.options.timeout is not None else None

    @property
    def only_online(self) -> tuple[str, ...]:
        """The policies that are not checked, since they need a connection."""
        if self.policy is None or self.options.timeout is not None:
            return ()
        return self.policy.only_online(self.places)


def plan_verify(
    project: ProjectFiles, options: VerifyOptions, scan: Scan
) -> VerifyPlan:
    """Return what to compare in *project*, whose files are read in *scan*.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    return VerifyPlan(
        project=project,
        options=options,
        scan=scan,
        on_disk=project.lockfile(),
        places=places_by_key(scan.found),
        rules_off=rules_off(project),
        policy=_policy_check(project.config.policy),
    )


def _policy_check(policy: Policy) -> PolicyCheck | None:
    """Return the check of *policy*, if there is anything in it."""
    if policy == Policy():
        return None
    from datetime import UTC, datetime  # most projects have none

    from imagelock.policies.check import PolicyCheck

    return PolicyCheck(policy, datetime.now(UTC))
