"""Check that files, lockfile and registries agree: `verify`."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.commands.nothing_found import (
    compared,
    is_whole,
    nothing_found,
    rules_off,
)
from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.commands.selection import places_by_key
from imagelock.commands.verify_files import compare_files, compare_platforms
from imagelock.config import FILE_NAME, own_file
from imagelock.config.policy import Policy
from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, RegistryError
from imagelock.light_typing import TYPE_CHECKING
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_registries import RegistryFindings
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Place
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import MirrorUse
    from imagelock.policies.check import PolicyCheck
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan
    from imagelock.registry.answers.given import Answers
    from imagelock.registry.answers.model import AnswersUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of `verify`, and how many images it compared.

    `could_not_check` counts the images that no registry answered for; `online` is
    whether registries were asked. `running` is whether running containers were
    compared with the lock, instead of files. `rules_off` are the rules that the
    settings turn off; `mirrors` are those that answered for a registry. `only_online`
    are the policies that were not checked, since they need a registry. `answers` are
    those in files that were used in place of registries, if there are such files.
    `is_broken` is whether a project could not be checked at all.
    """

    findings: Sequence[Finding]
    checked: int
    could_not_check: int
    online: bool
    running: bool = False
    rules_off: frozenset[Rule] = frozenset()
    mirrors: Sequence[MirrorUse] = ()
    only_online: tuple[str, ...] = ()
    answers: AnswersUse | None = None
    is_broken: bool = False

    def exit_code(self, fail_on: Severity = Severity.ERROR) -> int:
        """Return 1 for a finding from *fail_on* on, 3 if a check failed, else 0.

        It is 2 if a project could not be checked at all.
        """
        if self.is_broken:
            return ImagelockError.exit_code
        failed = any(
            finding.severity >= fail_on and finding.rule is not Rule.COULD_NOT_CHECK
            for finding in self.findings
        )
        if failed:
            return 1
        return RegistryError.exit_code if self.could_not_check else 0


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


def verify(
    project: ProjectFiles,
    console: Console,
    options: VerifyOptions,
    scan: Scan | None = None,
) -> Verdict:
    """Compare the files of *project* with its lock, and the lock with registries.

    *options* say whether and how registries are asked. *scan* is what the files say, if
    they were read already.

    Raises:
        ImagelockError: the settings or the lockfile cannot be used.
    """
    scan = scan or project.read()
    on_disk = project.lockfile()
    lockfile = on_disk or Lockfile()
    places = places_by_key(scan.found)
    checked = compared(project, places, lockfile, online=options.online)
    off = rules_off(project)
    findings = _offline_findings(project, scan, places, lockfile, off)
    policy = _policy_check(project)
    if policy:
        sightings = project.sightings() if policy.policy.max_lag is not None else {}
        findings += policy.of_files(scan.found, lockfile, sightings)
    if not checked and is_whole(project, scan.found):
        findings.append(nothing_found(project, scan.found, on_disk))
    result: RegistryFindings | None = None
    if options.online:
        from imagelock.commands.verify_online import OnlineChecks, compare_online

        checks = OnlineChecks(
            timeout=options.timeout,
            answers=options.answers,
            deep=options.deep,
            signatures=options.signatures,
            policy=None if options.timeout is None else policy,
        )
        result = compare_online(project, scan.found, lockfile, console, checks)
        findings += result.findings
    could_not_check = len(result.unchecked) if result else 0
    # Of a part of the files, it is not known what a policy is for.
    if policy and not project.paths:
        findings += policy.of_settings(scan.found, settings_path(project))
    return Verdict(
        findings=_without_repetitions(
            apply_rule_settings(project, findings, scan.found)
        ),
        checked=max(len(checked) - could_not_check, 0),
        could_not_check=could_not_check,
        online=options.online,
        rules_off=off,
        mirrors=result.mirrors if result else (),
        answers=result.answers if result else None,
        only_online=(
            policy.only_online(places) if policy and options.timeout is None else ()
        ),
    )


def _offline_findings(
    project: ProjectFiles,
    scan: Scan,
    places: Mapping[Reference, Sequence[Place]],
    lockfile: Lockfile,
    off: Collection[Rule],
) -> list[Finding]:
    """Return what the files say of themselves, and where *lockfile* does not agree.

    *places* are those of the references that *scan* has found.
    """
    # Without any reference, that is the finding, and not each entry.
    names_all = not project.paths and (bool(places) or Rule.NOTHING_FOUND in off)
    return [
        *scan.file_findings,
        *compare_files(scan.found, lockfile, places if names_all else None),
        *compare_platforms(
            places,
            lockfile,
            project.platforms,
            declared=project.config.platforms_are_declared,
            own=project.image_rules.platforms(places),
        ),
    ]


def _without_repetitions(findings: Sequence[Finding]) -> list[Finding]:
    """Return *findings* without `not-locked` for what is reported as `not-found`.

    No lock could have it: both would be about one mistake.
    """
    missing = {
        finding.reference.key: finding.severity
        for finding in findings
        if finding.rule is Rule.NOT_FOUND and finding.reference
    }
    return [
        finding
        for finding in findings
        if finding.rule is not Rule.NOT_LOCKED
        or finding.reference is None
        or finding.severity > missing.get(finding.reference.key, Severity.NOTE)
    ]


def _policy_check(project: ProjectFiles) -> PolicyCheck | None:
    """Return the check of the policy of *project*, if it has one."""
    policy = project.config.policy
    if policy == Policy():
        return None
    from datetime import UTC, datetime  # most projects have none

    from imagelock.policies.check import PolicyCheck

    return PolicyCheck(policy, datetime.now(UTC))


def settings_path(project: ProjectFiles) -> PurePosixPath:
    """Return the file of *project* that has its settings, or would have them."""
    settings = None if project.config_is_given else own_file(project.root)
    return PurePosixPath(settings.name if settings else FILE_NAME)
