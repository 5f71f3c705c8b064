"""Images in files that Jenkins itself writes: `config.xml` of a server, and of jobs.

https://github.com/jenkinsci/kubernetes-plugin#readme
https://github.com/jenkinsci/docker-plugin#readme
"""

from __future__ import annotations

import html
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.jenkins import jenkins
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify, is_template
from imagelock.sources.shared.embedded import EmbeddedText, find_inside
from imagelock.sources.shared.jenkins_clouds import LOCAL, NEVER_PULLS, images_of_pod
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.xml_tree import XmlElement, XmlProblemError, parse_xml
from imagelock.syntax.yaml_json.offset_map import OffsetMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`config.xml`, also as `NAME-config.xml`, and XML with `jenkins` in its"
    " name, with classes of Jenkins that start agents or run pipelines",
    read="`image` of containers in templates of Kubernetes, the pods in their `yaml`;"
    " `image` of templates of Docker; the image that a build runs in (Docker Custom Build"
    " Environment); pipelines in `script`, like a `Jenkinsfile`",
    not_read="clouds of virtual machines; commands of builds; pipelines of a repository",
    pinned="behind the tag",
    notes="`${NAME}` is known to Jenkins alone (`variable`). An image of the strategy"
    " `PULL_NEVER` is not pulled, and not locked (`local`).",
)
_FORMAT: Final = "jenkins-config"
_VERSION: Final = re.compile(r"""\A(<\?xml\s+version=["'])1\.1""")
"""Jenkins writes XML 1.1, which differs only in control characters."""

_CONTAINER: Final = "kubernetes.ContainerTemplate"
_POD: Final = "kubernetes.PodTemplate"
_DOCKER: Final = "docker.DockerTemplate"
_BASE: Final = "dockerTemplateBase"
_ENVIRONMENT: Final = "DockerBuildWrapper"
_SELECTOR: Final = "selector"
_PIPELINE: Final = "CpsFlowDefinition"
_CLASSES: Final = (_CONTAINER, _POD, _DOCKER, _BASE, _ENVIRONMENT, _PIPELINE)
_YAMLS: Final = (("yaml",), ("yamls", "string"))
_MARKS: Final = ("<![CDATA[", "]]>")
_CHARACTER: Final = re.compile(r"&#?\w++;|\r\n|<!\[CDATA\[|\]\]>|.", re.DOTALL)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the classes of Jenkins that start agents or run pipelines."""
    del path
    return any(each in text for each in _CLASSES)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of agents and builds, in the order of the text."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    try:
        root = parse_xml(_VERSION.sub(r"\g<1>1.0", text.value))
    except XmlProblemError as error:
        yield _broken(file, error)
        return
    top = XmlElement("", children=[root])
    waiting = [top]
    while waiting:
        element = waiting.pop()
        yield from _images(file, element, context)
        waiting += reversed(element.children)


def _images(file: SourceFile, element: XmlElement, context: Context) -> Iterator[Found]:
    """Yield the images that *element* itself names."""
    name, parent = element.name, element.parent
    if (
        name.endswith((_CONTAINER, _POD, _DOCKER))
        or name == _BASE
        or (name == _SELECTOR and parent and parent.name.endswith(_ENVIRONMENT))
    ):
        template = parent if name == _BASE else element
        strategy = template.child("pullStrategy") if template else None
        is_local = strategy is not None and strategy.text.strip() == NEVER_PULLS
        for image in element.each("image"):
            if image.text.strip():
                yield _image(file, image, is_local=is_local)
    if name.endswith(_POD):
        for path in _YAMLS:
            for pod in element.each(*path):
                yield from _embedded(file, pod, partial(images_of_pod, file))
    elif name == "script" and parent and parent.name == "definition":
        yield from _embedded(file, element, partial(_pipeline, file, context))


def _pipeline(file: SourceFile, context: Context, text: Text) -> Iterator[Found]:
    """Yield the images of the pipeline *text*, without those of files that it names."""
    for finding in jenkins.find(file.path, text, context):
        if finding.place.path == file.path:
            yield finding


def _image(file: SourceFile, element: XmlElement, *, is_local: bool) -> Found:
    use = element.parent.name.rpartition(".")[2] if element.parent else ""
    place = file.trimmed_place((element.start, element.end), f"{use}.image")
    quote = quoted(place.text)
    if is_local:
        reason, why = LOCAL
        return Skipped(place=place, reason=reason, detail=f"{quote}: {why}")
    if "$" in place.text:
        detail = f"{quote}: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return classify(element.text, place)


def _embedded(
    file: SourceFile, element: XmlElement, find: Callable[[Text], Iterable[Found]]
) -> Iterator[Found]:
    """Yield the findings of *find* in the text of *element*."""
    if not element.text.strip():
        return
    inner = _text(file, element)
    if inner is None:
        place = file.trimmed_place((element.start, element.end), element.name)
        detail = "a text inside the text, which cannot be followed to its place"
        yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)
        return
    yield from find_inside(inner, element.name, _FORMAT, find)


def _text(file: SourceFile, element: XmlElement) -> EmbeddedText | None:
    """Return the text of *element*, if its characters can be traced to *file*."""
    source = file.text.value
    pieces = [
        (_decoded(each[0]), *each.span())
        for each in _CHARACTER.finditer(source, element.start, element.end)
    ]
    # A mark of a section has no characters, and is no part of the text.
    pieces = [piece for piece in pieces if piece[0]]
    if "".join(text for text, _, _ in pieces) != element.text:
        return None
    starts, ends = [start for _, start, _ in pieces], [end for _, _, end in pieces]
    spelling = OffsetMap(starts, ends, element.start, element.end)
    return EmbeddedText(element.text, outer=file.text, spelling=spelling)


def _decoded(piece: str) -> str:
    """Return the character that *piece* of the file stands for; none for a mark."""
    if piece in _MARKS:
        return ""
    if piece in {"\r", "\r\n"}:
        return "\n"
    return html.unescape(piece) if len(piece) > 1 else piece


def _broken(file: SourceFile, error: XmlProblemError) -> Found:
    place = file.trimmed_place((error.offset, len(file.text.value)), "file")
    reason = Reason.TEMPLATE if is_template(file.text.value) else Reason.UNPARSEABLE
    return Skipped(place=place, reason=reason, detail=str(error))
