"""Decide what a piece of text is, by the rules that all formats share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place

_IMAGE_ID: Final = re.compile(r"(?:sha256:)?[a-f0-9]{64}")
_NO_REFERENCES: Final = (
    (re.compile(r"\{\{|\}\}|\{[%#]|<%|\[\[|<<|\(\(|\(@|^#[@{]"), Reason.TEMPLATE),
    (re.compile(r"^<.*>$|<[A-Za-z_]"), Reason.PLACEHOLDER),
    (re.compile(r"@[A-Za-z_]+@"), Reason.PLACEHOLDER),
    # Upper case with `_`, which neither a registry nor a repository can be.
    (re.compile(r"^_*[A-Z][A-Z0-9]*_[A-Z0-9_]*(?=[/:]|$)"), Reason.PLACEHOLDER),
    (re.compile(r"\*|\?"), Reason.PATTERN),
)


def classify(value: str, place: Place, variables: tuple[str, ...] = ()) -> Found:
    """Return *value* as an occurrence of a reference, or skipped with the reason.

    *value* is what the text at *place* means once quotes, escapes and variables
    are resolved; *variables* are the names of those that decided it.
    """
    value = value.strip(" \t\r\n")
    if _IMAGE_ID.fullmatch(value):
        return Skipped(
            place=place,
            reason=Reason.IMAGE_ID,
            detail=f"`{value}` is the ID of a local image, which no registry knows",
        )
    for pattern, reason in _NO_REFERENCES:
        if pattern.search(value):
            detail = f"`{value}`: {reason.sentence}"
            return Skipped(place=place, reason=reason, detail=detail)
    try:
        reference = Reference.parse(value)
    except InvalidReferenceError as error:
        return Skipped(
            place=place, reason=Reason.INVALID, detail=str(error), hint=error.hint
        )
    name = value.partition("@")[0]
    return Occurrence(
        place=place,
        reference=reference,
        variables=variables,
        tag_is_implied=reference.tag is not None
        and not name.endswith(f":{reference.tag}"),
    )
