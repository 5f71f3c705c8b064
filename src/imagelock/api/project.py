"""A project, and what asks registries or writes files of it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.api.project_view import PathLike, ProjectView
from imagelock.registry import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.bases import OutdatedBases
    from imagelock.commands.editing.apply_edits import Rewrite
    from imagelock.commands.history.report import ProjectReport
    from imagelock.commands.import_digests import ImportResult
    from imagelock.commands.lock_run import LockRun
    from imagelock.commands.outdated import OutdatedResult
    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.model.registry_status import Diagnosis
    from imagelock.model.tag_version import Level
    from imagelock.registry.answers.given import Answers

_DETAIL_REQUESTS: Final = 2
"""Requests that the details of a changed image may cost, as on the command line."""


class Project(ProjectView):
    """A project: its files, its settings and its lockfile.

    Use `Project.open`. Relative paths are those from the root of the project. Methods
    read the files as they are at the time of the call. They raise `ImagelockError`
    where the command would end with exit code 2; what it reports with exit codes 1 and
    3 is in the result. Progress, notices and warnings go to `console`, by default to
    the logger `imagelock`.
    """

    __slots__ = ()

    def lock(
        self,
        *paths: PathLike,
        write: bool = True,
        offline: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
        signatures: bool = False,
        accept_signers: Sequence[str] = (),
        answers: Answers | None = None,
    ) -> LockRun:
        """Lock new references, drop unused entries, and keep every other digest.

        *paths* restrict it to files and folders. Without *write* nothing is written.
        *timeout* is in seconds, for all requests together. With *signatures*, those of
        images that are locked already are looked for, too; for *accept_signers*,
        patterns of images, whoever signed them is recorded. What *answers* have is not
        asked for.
        """
        from imagelock.commands.lock import lock
        from imagelock.commands.signer_options import SignerOptions

        seconds = None if offline else timeout
        signers = SignerOptions(everything=signatures, accepted=accept_signers)
        return lock(
            self._at(paths),
            self.console,
            write=write,
            timeout=seconds,
            signers=signers,
            answers=answers,
        )

    def verify(
        self,
        *paths: PathLike,
        offline: bool = False,
        deep: bool = False,
        signatures: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
        answers: Answers | None = None,
    ) -> Verdict:
        """Compare files, lockfile and registries; with *offline* no registries.

        What *answers* have is not asked for, and compared with the lockfile offline, too.

        With *deep*, registries are asked for the manifest of each platform, too, and
        with *signatures* for who signed the images.

        `Verdict.exit_code()` is the exit code of the command.
        """
        from imagelock.commands.verify import verify
        from imagelock.commands.verify_plan import VerifyOptions

        options = VerifyOptions(
            timeout=None if offline else timeout,
            deep=deep,
            signatures=signatures,
            answers=answers,
        )
        return verify(self._at(paths), self.console, options)

    def verify_running(
        self, text: str, *, offline: bool = False, timeout: float = DEFAULT_TIMEOUT
    ) -> Verdict:
        """Compare running containers with the lock, as `verify --running` does.

        *text* is the JSON of `kubectl get pods`, `docker inspect`, `docker compose ps`.
        """
        from imagelock.commands.verify_running import verify_running

        seconds = None if offline else timeout
        path = PurePosixPath("stdin")
        return verify_running(self._files, text, path, self.console, timeout=seconds)

    def update(  # noqa: PLR0913 - as many as the command has options
        self,
        *images: str,
        tags: Mapping[str, str] | None = None,
        level: Level | None = None,
        group: str | None = None,
        accept_index_changes: bool = False,
        accept_signers: Sequence[str] = (),
        write: bool = True,
        offline: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
        answers: Answers | None = None,
    ) -> LockRun:
        """Resolve the tags of *images* again, all by default, and lock the digests.

        *images* are patterns. *tags* gives images other tags, and *level* moves them
        to newer ones; both edit the files. In place of *images* and *tags*, *group* is
        the name of an `[[update.group]]`, or `others`. With *accept_index_changes*, images move
        even if only their index changed; for *accept_signers*, patterns of images,
        whoever signed them is recorded. Without *write* nothing is written. What *answers*
        have is not asked for; with *offline*, nothing else is known.
        """
        from imagelock.commands.lock_run import LockOptions
        from imagelock.commands.signer_options import SignerOptions
        from imagelock.commands.update import update
        from imagelock.commands.update_tags import UpdateTargets

        targets = UpdateTargets(images=images, tags=tags or {}, level=level)
        if group is not None:
            targets = targets.in_group(group, self._files.config.update)
        options = LockOptions(
            write=write,
            accept_index_changes=accept_index_changes,
            detail_requests=_DETAIL_REQUESTS,
            signers=SignerOptions(accepted=accept_signers),
            answers=answers,
        )
        seconds = None if offline else timeout
        return update(self._files, targets, self.console, options, seconds)

    def scan(
        self,
        *images: str,
        reports: Sequence[str] = (),
        severity: str | None = None,
        offline: bool = False,
    ) -> ScanVerdict:
        """Look for vulnerabilities in *images*, all locked ones by default.

        *reports* are of the form `TOOL:FILE`; with them, no scanner is run. *severity*
        is the lowest that counts, such as `high`. `ScanVerdict.exit_code` is the exit
        code of the command.
        """
        from imagelock.commands.scanning.scan import scan
        from imagelock.commands.scanning.scan_reports import parse_report_option
        from imagelock.commands.scanning.scan_request import ScanRequest

        request = ScanRequest(
            images=images,
            reports=[parse_report_option(option) for option in reports],
            severity=severity,
            offline=offline,
        )
        return scan(self._files, request, self.console)

    def outdated(
        self, *images: str, timeout: float = DEFAULT_TIMEOUT
    ) -> OutdatedResult:
        """Return newer tags, and digests that moved, of *images*, all by default."""
        from imagelock.commands.outdated import outdated

        return outdated(self._files, images, self.console, timeout)

    def outdated_bases(
        self, *images: str, timeout: float = DEFAULT_TIMEOUT
    ) -> OutdatedBases:
        """Return the bases of *images*, all by default, and whether they have moved."""
        from imagelock.commands.bases import outdated_bases

        return outdated_bases(self._files, images, self.console, timeout)

    def pin(
        self,
        *paths: PathLike,
        images: Sequence[str] = (),
        variables: bool = False,
        write: bool = True,
    ) -> Rewrite:
        """Write the locked digests into the files, and record them in the lock.

        With *variables*, references built from variables are pinned, too.
        """
        from imagelock.commands.editing.pin import pin

        return pin(
            self._at(paths), self.console, images, variables=variables, write=write
        )

    def unpin(
        self,
        *paths: PathLike,
        images: Sequence[str] = (),
        everything: bool = False,
        write: bool = True,
    ) -> Rewrite:
        """Remove the digests that `pin` wrote, to the byte.

        With *everything*, digests that imagelock did not write are removed, too.
        """
        from imagelock.commands.editing.pin import unpin

        return unpin(
            self._at(paths), self.console, images, everything=everything, write=write
        )

    def import_digests(
        self, *files: PathLike, overwrite: bool = False, write: bool = True
    ) -> ImportResult:
        """Import digests from lockfiles of other tools, or from pinned files."""
        from imagelock.commands.import_digests import import_files

        paths = [self.root / file for file in files]
        return import_files(
            self._files, paths, self.console, overwrite=overwrite, write=write
        )

    def report(
        self,
        *,
        timeout: float | None = None,
        signatures: bool = False,
        newer_tags: bool = False,
    ) -> ProjectReport:
        """Return the state of the project; with *timeout*, registries are asked.

        Then *signatures* are verified and *newer_tags* looked for, too.
        """
        from imagelock.commands.history.report import ReportOptions, report

        options = ReportOptions(
            timeout=timeout, signatures=signatures, newer_tags=newer_tags
        )
        return report(self._files, self.console, options)

    def doctor(self, *, timeout: float = DEFAULT_TIMEOUT) -> list[Diagnosis]:
        """Return the state of every registry that the files name, sorted."""
        from imagelock.commands.doctor import doctor

        return doctor(self._files, self.console, timeout)
