"""Images in settings of TeamCity: Kotlin, XML and YAML below `.teamcity`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_yaml
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.pipeline_tables import TEAMCITY
from imagelock.sources.shared.code_image import image_of_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_tokens import KOTLIN, XML, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.code_tokens import CodeToken

ABOUT: Final = replace(
    TEAMCITY.ABOUT,
    recognised="`.teamcity.yml` and `.teamcity.yaml`; YAML, `.kts`, `.kt` and `.xml`"
    " below `.teamcity`",
    read="`docker-image` of steps in YAML; `dockerImage` in Kotlin; the parameter"
    " `plugin.docker.imageId` in Kotlin and XML",
)
_PARAMETER: Final = "plugin.docker.imageId"
_COMPUTED: Final = re.compile(r"\$|&")
"""A template of Kotlin, or an entity of XML."""

_BUILD_PARAMETER: Final = re.compile(r"%[\w.]+%")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match settings that name the image of a step."""
    if is_yaml(path):
        return TEAMCITY.matches(path, text)
    return "dockerImage" in text or _PARAMETER in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each step, in the order of the text."""
    if is_yaml(path):
        yield from TEAMCITY.find(path, text, context)
        return
    file = SourceFile(path=path, text=text, format="teamcity")
    is_xml = path.suffix.lower() == ".xml"
    tokens = list(code_tokens(text.value, XML if is_xml else KOTLIN))
    for at in range(len(tokens) - 2):
        image = _in_xml(tokens, at) if is_xml else _in_kotlin(tokens, at)
        if image is None:
            continue
        finding = image_of_text(file, image, "dockerImage", _COMPUTED)
        if finding is not None:
            yield _unless_parameter(finding)


def _in_kotlin(tokens: list[CodeToken], at: int) -> CodeToken | None:
    """Return the text of `dockerImage = "…"` or `param("plugin.docker.imageId", "…")`."""
    token, mark, value = tokens[at : at + 3]
    is_setting = not token.is_text and token.text == "dockerImage" and mark.text == "="
    is_parameter = token.is_text and token.text == _PARAMETER and mark.text == ","
    return value if (is_setting or is_parameter) and value.is_text else None


def _in_xml(tokens: list[CodeToken], at: int) -> CodeToken | None:
    """Return the text of `name="plugin.docker.imageId" value="…"`."""
    token, key, equals = tokens[at : at + 3]
    if not token.is_text or (token.text, key.text, equals.text) != (
        *(_PARAMETER, "value", "="),
    ):
        return None
    value = tokens[at + 3] if at + 3 < len(tokens) else None
    return value if value is not None and value.is_text else None


def _unless_parameter(finding: Found) -> Found:
    """Return *finding*, or that a parameter of the build decides it."""
    text = finding.place.text
    if not _BUILD_PARAMETER.search(text):
        return finding
    detail = f"`{text}`: a parameter decides it when it runs"
    return Skipped(place=finding.place, reason=Reason.PARAMETER, detail=detail)
