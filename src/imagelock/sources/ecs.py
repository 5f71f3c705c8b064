"""Images in task definitions of Amazon ECS, and in CloudFormation templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.protocol import About
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    scalar_at,
    select,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="JSON and YAML with `containerDefinitions`, CloudFormation templates"
    " with a resource that runs an image, and `Dockerrun.aws.json`",
    read="`containerDefinitions[].image`, `ContainerDefinitions[].Image`; the images of"
    " `AWS::Batch::JobDefinition`, `AWS::Lambda::Function`,"
    " `AWS::Serverless::Function`, and `AWS::AppRunner::Service`",
    not_read="machine images and those that AWS CodeBuild keeps",
    pinned="behind the tag",
    notes="What a function puts together (`!Sub` with `${…}`, `!Ref`, `Fn::Join`) is"
    " not known, and is skipped (`expression`).",
)
_DEFINING: Final = re.compile(
    r"""\b[cC]ontainerDefinitions["']?\s*+:|\bAWSEBDockerrunVersion\b"""
    r"""|\bAWS::(?:Batch|Lambda|Serverless|AppRunner)::"""
)
_CLOUD_FORMATION: Final = ".template"
"""A suffix that only CloudFormation has."""

_LISTS: Final = {
    "containerDefinitions": "[].image",
    "ContainerDefinitions": "[].Image",
}
_RESOURCES: Final = {
    "AWS::AppRunner::Service": (
        "Properties.SourceConfiguration.ImageRepository.ImageIdentifier"
    ),
    "AWS::Batch::JobDefinition": "Properties.ContainerProperties.Image",
    "AWS::Lambda::Function": "Properties.Code.ImageUri",
    "AWS::Serverless::Function": "Properties.ImageUri",
}
_TAG: Final = re.compile(r"!(?P<name>[A-Za-z0-9:]+)[ \t\r\n]+[\"']?\Z")
_LONGEST_TAG: Final = 60
_SUBSTITUTE: Final = frozenset({"Sub", "Fn::Sub"})


def matches(path: PurePosixPath, text: str) -> bool:
    """Match lists of containers, and resources that run an image.

    Kubernetes has objects for both, and a file can have others beside them.
    """
    if not _DEFINING.search(text):
        return False
    is_template = path.suffix.lower() == _CLOUD_FORMATION
    return is_template or not kubernetes.matches(path, text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each container and each resource, by the text's order."""
    del context
    file = SourceFile(path=path, text=text, format="ecs")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        images = {id(at.node): at for at in _images(document)}
        for at in sorted(images.values(), key=lambda at: at.node.start):
            if finding := _image(file, at):
                yield finding


def _images(document: Node) -> Iterator[NodeRef]:
    if scalar_at(document, "AWSEBDockerrunVersion"):
        yield from select(NodeRef(document), "Image.Name", VisitLimit())
    visits = VisitLimit()
    for at in below(NodeRef(document), VisitLimit()):
        if pattern := _resource(at.node):
            yield from select(at, pattern, visits)
        for key, pattern in _LISTS.items():
            yield from select(at, f"{key}{pattern}", visits)


def _resource(node: Node) -> str | None:
    kind = scalar_at(node, "Type")
    return _RESOURCES.get(kind.value) if kind else None


def _image(file: SourceFile, at: NodeRef) -> Found | None:
    node, function = at.node, _function(file.text.value, at.node)
    if isinstance(node, Mapping):
        name, node = next(iter(node.items.items()), ("", node))
        function = name if name == "Ref" or name.startswith("Fn::") else function
    argument = replace(at, node=node)
    is_text = isinstance(node, Scalar)
    if is_text and (not function or (function in _SUBSTITUTE and _is_plain(node))):
        return file.scalar(argument)
    line = file.place(argument).text.partition("\n")[0]
    detail = f"`{line}`: a function puts it together when the template is used"
    return file.skip(argument, Reason.EXPRESSION, detail)


def _is_plain(node: Node) -> bool:
    return isinstance(node, Scalar) and "${" not in node.value


def _function(source: str, node: Node) -> str:
    """Return the tag before *node*, such as `Sub` for `!Sub`."""
    before = source[max(0, node.start - _LONGEST_TAG) : node.start]
    match = _TAG.search(before)
    return match["name"] if match else ""
