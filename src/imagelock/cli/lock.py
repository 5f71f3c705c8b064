"""`imagelock lock`: its options."""

from __future__ import annotations

import typer

from imagelock.cli.format_names import TEXT, is_from_environment
from imagelock.cli.options import (
    AcceptSigner,
    All,
    AnswersFiles,
    Check,
    DryRun,
    Environment,
    FormatOfChanges,
    MaxAge,
    Paths,
    Reports,
    Signatures,
    Timeout,
)
from imagelock.cli.run_lock import run_lock
from imagelock.commands.signer_options import SignerOptions
from imagelock.registry import DEFAULT_TIMEOUT


def lock_command(
    context: typer.Context,
    paths: Paths = None,
    *,
    check: Check = False,
    dry_run: DryRun = False,
    all_projects: All = False,
    signatures: Signatures = False,
    accept_signer: AcceptSigner = None,
    output: FormatOfChanges = TEXT,
    report: Reports = None,
    environment: Environment = False,
    timeout: Timeout = DEFAULT_TIMEOUT,
    answers: AnswersFiles = None,
    max_age: MaxAge = None,
) -> None:
    """Lock new references and drop unused entries, keeping all other digests.

    With `--offline`, no registry is asked, and new references are errors.

    Exit codes: 0 done, 1 a file must be fixed, or `--check` found a change,
    2 usage, configuration or an unusable lockfile, 3 a registry did not answer.
    """
    code = run_lock(
        context.obj,
        paths or (),
        check=check,
        dry_run=dry_run,
        all_projects=all_projects,
        signers=SignerOptions(everything=signatures, accepted=accept_signer or ()),
        output=output,
        output_from_environment=is_from_environment(context),
        report=report or (),
        environment=environment,
        timeout=timeout,
        answers=answers or (),
        max_age=max_age,
    )
    raise typer.Exit(code)
