"""Check that files, lockfile and registries agree: `verify`."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.commands.nothing_found import compared, is_whole, nothing_found
from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.commands.verify_files import compare_files, compare_platforms
from imagelock.commands.verify_plan import plan_verify
from imagelock.config import FILE_NAME, own_file
from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, RegistryError
from imagelock.light_typing import TYPE_CHECKING
from imagelock.model.finding import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.console import Console
    from imagelock.commands.verify_plan import VerifyOptions, VerifyPlan
    from imagelock.commands.verify_registries import RegistryFindings
    from imagelock.model.finding import Finding
    from imagelock.model.registry_status import MirrorUse
    from imagelock.project.project_files import ProjectFiles
    from imagelock.project.scan import Scan
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
    plan = plan_verify(project, options, scan or project.read())
    checked = compared(project, plan.places, plan.lockfile, online=options.online)
    findings = [*_file_findings(plan), *_policy_findings(plan)]
    if not checked and is_whole(project, plan.found):
        findings.append(nothing_found(project, plan.found, plan.on_disk))
    answered = _ask_registries(plan, console)
    findings += answered.findings if answered else ()
    # Of a part of the files, it is not known what a policy is for.
    if plan.policy and not project.paths:
        findings += plan.policy.of_settings(plan.found, settings_path(project))
    could_not_check = len(answered.unchecked) if answered else 0
    return Verdict(
        findings=_without_repetitions(
            apply_rule_settings(project, findings, plan.found)
        ),
        checked=max(len(checked) - could_not_check, 0),
        could_not_check=could_not_check,
        online=options.online,
        rules_off=plan.rules_off,
        mirrors=answered.mirrors if answered else (),
        answers=answered.answers if answered else None,
        only_online=plan.only_online,
    )


def _file_findings(plan: VerifyPlan) -> Iterator[Finding]:
    """Yield what the files say of themselves, and where the lockfile does not agree."""
    project, places = plan.project, plan.places
    # Without any reference, that is the finding, and not each entry.
    names_all = not project.paths and (
        bool(places) or Rule.NOTHING_FOUND in plan.rules_off
    )
    yield from plan.scan.file_findings
    yield from compare_files(plan.found, plan.lockfile, places if names_all else None)
    yield from compare_platforms(
        places,
        plan.lockfile,
        project.platforms,
        declared=project.config.platforms_are_declared,
        own=project.image_rules.platforms(places),
    )


def _policy_findings(plan: VerifyPlan) -> Iterator[Finding]:
    """Yield what the policy, if there is one, has against the files."""
    if (check := plan.policy) is None:
        return
    sightings = plan.project.sightings() if check.policy.max_lag is not None else {}
    yield from check.of_files(plan.found, plan.lockfile, sightings)


def _ask_registries(plan: VerifyPlan, console: Console) -> RegistryFindings | None:
    """Return where registries do not agree with the lock, if they are to be asked."""
    if not plan.options.online:
        return None
    from imagelock.commands.verify_online import compare_online  # loads a client

    return compare_online(plan, console)


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


def settings_path(project: ProjectFiles) -> PurePosixPath:
    """Return the file of *project* that has its settings, or would have them."""
    settings = None if project.config_is_given else own_file(project.root)
    return PurePosixPath(settings.name if settings else FILE_NAME)
