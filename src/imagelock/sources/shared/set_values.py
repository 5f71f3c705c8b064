"""Images in single values of a chart, each with the dotted path of the value.

`set` of helmfile and of Terraform's `helm_release`, `setValues` of Skaffold,
`parameters` of Argo CD.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from imagelock.model.occurrence import Found

APART: Final = "it is set apart from the other parts of the image"

_WHOLE: Final = re.compile(r"(?:.*\.)?(?:image|\w*Image)")
_PART: Final = re.compile(
    rf"(?P<image>{_WHOLE.pattern})\.(?P<part>repository|tag|digest|sha)"
)


def image_at(name: str, texts: Mapping[str, str]) -> str | None:
    """Return the image that the value with the path *name* decides.

    *texts* are all values that are set, by their paths: a tag is combined with the
    `repository` and the `registry` beside it. Empty if only a part of the image is
    known; `None` if the value is no part of an image, or another value decides it.
    """
    text = texts[name]
    if part := _PART.fullmatch(name):
        image = part["image"]
        if part["part"] == "repository" and f"{image}.tag" in texts:
            return None
        repository = texts.get(f"{image}.repository", "")
        if not repository or part["part"] != "tag":
            return ""
        registry = texts.get(f"{image}.registry", "")
        return f"{registry}/{repository}:{text}".removeprefix("/")
    is_whole = _WHOLE.fullmatch(name) and ("/" in text or ":" in text)
    return text if is_whole else None


_STEP: Final = re.compile(r"[.\[]")
_SINGLE: Final = "a single value sets"
_PARTS: Final = ("registry", "repository", "name", "image", "tag", "digest", "sha")


def unless_set(
    found: Iterable[Found], names: Container[str], root: str, setter: str = _SINGLE
) -> Iterator[Found]:
    """Yield *found*, images in values at the path *root*, unless a part of them is set.

    *names* are the paths of values that beat these, such as single ones: what the other
    parts make with them is not what the values say. *setter* says which values set them.
    """
    for finding in found:
        name = _set_part(finding.place.location, names, root)
        if name is None or not isinstance(finding, Occurrence):
            yield finding
            continue
        detail = f"`{finding.place.text}`: {setter} `{name}`, which beats it"
        place = finding.place
        yield Skipped(place=place, reason=Reason.SET_VALUE, detail=detail)


def _set_part(location: str, names: Container[str], root: str) -> str | None:
    """Return which of *names* is the value at *location*, above it, or a part beside it."""
    path = location.removeprefix(root).removeprefix(".")
    mapping, dot, _ = path.rpartition(".")
    beside = (f"{mapping}{dot}{part}" for part in _PARTS)
    above = (path[: step.start()] for step in _STEP.finditer(path))
    return next((name for name in (path, *beside, *above) if name in names), None)
