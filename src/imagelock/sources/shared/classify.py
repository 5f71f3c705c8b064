"""Decide what a piece of text is, by the rules that all formats share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.reference import Reference
from imagelock.sources.shared.placeholders import is_placeholder
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place
    from imagelock.syntax.yaml_json.tree import Mapping, Node

PULL_POLICIES: Final = ("imagePullPolicy", "pullPolicy")
"""Keys that say when an image is pulled."""

NEVER: Final = "Never"
"""The policy for an image that is on the node already."""
NEVER_PULLED: Final = (
    Reason.LOCAL,
    f"with the pull policy `{NEVER}`, it is on the node already",
)
"""The reason and the sentence for an image with that policy."""


BUILT_BY_KO: Final = "`ko` builds it"

_KO: Final = "ko://"
"""Stands before an import path of Go, wherever ko replaces it by what it builds."""

_OF_KO: Final = "ko loads what it builds by this name, and nothing is pulled"
_LOCAL: Final = {
    "ko.local": _OF_KO,
    "kind.local": _OF_KO,
    "localhost": "Podman and Buildah name so what is built on the machine",
}
"""What stands in place of a registry in names of images that are not pulled.

A registry on the machine has a port, for the usual ones are those of websites.
"""

_IMAGE_ID: Final = re.compile(r"(?:sha256:)?[a-f0-9]{64}")
_TEMPLATE: Final = re.compile(r"\{\{|\}\}|\{[%#]|%\{|<%|\[\[|<<|\(\(|\(@|#\{|^#@")
_STUMP: Final = re.compile(r"^$|^[:/@]|[:/@]$|/[:/@]|:@")
"""What variables without a value leave of a name."""
_PATTERN: Final = re.compile(r"\*|\?")


def classify(value: str, place: Place, variables: tuple[str, ...] = ()) -> Found:
    """Return *value* as an occurrence of a reference, or skipped with the reason.

    *value* is what the text at *place* means once quotes, escapes and variables
    are resolved; *variables* are the names of those that decided it, whose values may
    be secret: messages have the text at *place* then.
    """
    value = value.strip(" \t\r\n")
    shown = place.text if variables else value
    if _IMAGE_ID.fullmatch(value):
        return Skipped(
            place=place,
            reason=Reason.IMAGE_ID,
            detail=f"`{shown}` is the ID of a local image, which no registry knows",
        )
    if value.startswith(_KO):
        detail = f"`{shown}`: {BUILT_BY_KO}"
        return Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail)
    if (reason := _no_reference(value)) is not None:
        detail = f"`{shown}`: {reason.sentence}"
        return Skipped(place=place, reason=reason, detail=detail)
    try:
        reference = Reference.parse(value)
    except InvalidReferenceError as error:
        detail, hint = str(error), error.hint
        if variables:
            names = ", ".join(variables)
            detail = f"`{shown}` is not an image reference"
            hint = f"look at the value of {names}"
        return Skipped(place=place, reason=Reason.INVALID, detail=detail, hint=hint)
    if why := _LOCAL.get(reference.registry):
        return Skipped(place=place, reason=Reason.LOCAL, detail=f"`{shown}`: {why}")
    name = value.partition("@")[0]
    return Occurrence(
        place=place,
        reference=reference,
        variables=variables,
        tag_is_implied=reference.tag is not None
        and not name.endswith(f":{reference.tag}"),
    )


def unless_unset(finding: Skipped, value: str) -> Skipped:
    """Return *finding*, which is no error if a variable has no value.

    *value* is a name with variables whose values are defaults: an empty one stands for
    what somebody gives elsewhere.
    """
    is_stump = _STUMP.search(value.strip()) is not None
    if finding.reason is not Reason.INVALID or not is_stump:
        return finding
    detail = f"`{finding.place.text}`: a variable in it has no value"
    return replace(finding, reason=Reason.VARIABLE_UNSET, detail=detail)


def is_template(value: str) -> bool:
    """Return whether *value* has something that a language of templates replaces."""
    return _TEMPLATE.search(value) is not None


def _no_reference(value: str) -> Reason | None:
    """Return why *value* is no reference, but stands for one or several."""
    if is_template(value):
        return Reason.TEMPLATE
    if is_placeholder(value):
        return Reason.PLACEHOLDER
    return Reason.PATTERN if _PATTERN.search(value) else None


def has_pull_policy(parent: Mapping) -> bool:
    """Return whether the mapping *parent* says when an image is pulled."""
    return any(key in parent.items for key in PULL_POLICIES)


def is_never_pulled(parent: Node | None) -> bool:
    """Return whether a policy in the mapping *parent*, beside an image, is `Never`."""
    return any(text_at(parent, key) == NEVER for key in PULL_POLICIES)


def unless_never_pulled(finding: Found, *, is_never_pulled: bool) -> Found:
    """Return *finding*, as skipped if its policy is `Never`.

    Kubernetes then only runs what somebody has loaded onto the node
    (kubernetes.io/docs/concepts/containers/images/#image-pull-policy).
    """
    is_image = isinstance(finding, Occurrence) or finding.guess is not None
    if not is_image or not is_never_pulled:
        return finding
    reason, sentence = NEVER_PULLED
    detail = f"`{finding.place.text}`: {sentence}"
    return Skipped(place=finding.place, reason=reason, detail=detail)
