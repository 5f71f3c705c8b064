"""The findings about who signed an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.signatures.trust import TrustOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.commands.signing.signers import SignerCheck
    from imagelock.model.occurrence import Place
    from imagelock.signatures.signature import InvalidSignatureError, NoVerifierError


def signer_findings(
    check: SignerCheck, places: Sequence[Place], accept: str
) -> Iterator[Finding]:
    """Yield what is wrong with the signatures of the image in *check*, at *places*.

    *accept* is the command that accepts another signer, for the hint.
    """
    name = check.image.reference.familiar
    accept = f"if that is right, run `{accept} {name}`"
    match check.outcome:
        case TrustOutcome.CHANGED:
            message = f"`{name}` is signed by {check.signer}, not by {_before(check)}"
            yield _finding(check, places, Rule.SIGNER_CHANGED, message, accept)
        case TrustOutcome.MISSING:
            yield _missing(check, places, accept)
        case TrustOutcome.RENAMED:
            message = (
                f"`{name}` is now signed by {check.signer}, from the same source as"
                f" {_before(check)}"
            )
            yield _finding(check, places, Rule.SIGNER_RENAMED, message, None)
        case TrustOutcome.UNVERIFIED:
            yield _unverified(check, places)
        case _:
            return


def _missing(check: SignerCheck, places: Sequence[Place], accept: str) -> Finding:
    name = check.image.reference.familiar
    refusals = check.found.refusals
    hint = next((each.hint for each in refusals if each.hint), None)
    if check.trust.requirements and check.signer:
        message = (
            f"`{name}` is signed by {check.signer}: `[[policy.signer]]` does not allow"
            " that"
        )
    elif check.found.unsigned:
        names = ", ".join(map(str, check.found.unsigned))
        message = f"`{name}` has no signature for {names}"
    elif refusals:
        message = f"`{name}` has no signature that counts: {_reasons(refusals)}"
    else:
        message = f"`{name}` is not signed"
    if check.trust.requirements:
        hint = hint or "see `[[policy.signer]]` in the settings"
    else:
        message = f"{message}, and was signed by {_before(check)}"
        hint = hint or accept
    return _finding(check, places, Rule.SIGNATURE_MISSING, message, hint)


def _unverified(check: SignerCheck, places: Sequence[Place]) -> Finding:
    name = check.image.reference.familiar
    found = check.found
    errors: list[NoVerifierError | InvalidSignatureError] = [
        *found.not_verified,
        *found.refusals,
    ]
    if errors:
        message = f"no signature of `{name}` was verified: {_reasons(errors)}"
    else:
        names = ", ".join(map(str, found.unsigned))
        message = f"`{name}` is signed for some platforms, but not for {names}"
    hint = next((each.hint for each in errors if each.hint), None)
    severity = Severity.ERROR if found.not_verified else None
    return _finding(check, places, Rule.SIGNATURE_UNVERIFIED, message, hint, severity)


def _reasons(errors: Iterable[Exception]) -> str:
    return "; ".join(dict.fromkeys(map(str, errors)))


def _before(check: SignerCheck) -> str:
    return " or ".join(map(str, check.trust.before))


def _finding(
    check: SignerCheck,
    places: Sequence[Place],
    rule: Rule,
    message: str,
    hint: str | None,
    severity: Severity | None = None,
) -> Finding:
    finding = Finding.of_image(check.image.reference, places, rule, message, hint)
    return replace(finding, severity=severity) if severity else finding
