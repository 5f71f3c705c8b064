"""Images that are never pulled, as the pull policy beside them says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from imagelock.syntax.yaml_json.tree import Node

_KEYS: Final = ("imagePullPolicy", "pullPolicy")
_NEVER: Final = "Never"


def unless_never_pulled(finding: Found, parent: Node | None) -> Found:
    """Return *finding*, as skipped if a policy in the mapping *parent* is `Never`.

    Kubernetes then only runs what somebody has loaded onto the node
    (kubernetes.io/docs/concepts/containers/images/#image-pull-policy).
    """
    if not isinstance(finding, Occurrence):
        return finding
    key = next((key for key in _KEYS if text_at(parent, key) == _NEVER), None)
    if key is None:
        return finding
    name = finding.place.text
    detail = f"`{name}`: with `{key}: {_NEVER}`, it must be on the node already"
    return Skipped(place=finding.place, reason=Reason.LOCAL, detail=detail)
