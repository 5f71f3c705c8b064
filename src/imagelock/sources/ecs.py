"""Images in task definitions of Amazon ECS, and in CloudFormation templates.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_json
from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.protocol import About
from imagelock.sources.shared.hcl_lines import images_in_lines
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
    recognised="JSON and YAML with `containerDefinitions`, JSON that is a list of"
    " container definitions or a single one, CloudFormation templates with a resource"
    " that runs an image, and `Dockerrun.aws.json`",
    read="`containerDefinitions[].image`, `ContainerDefinitions[].Image`, `image` of"
    " container definitions; the images of `AWS::AppRunner::Service`,"
    " `AWS::Batch::JobDefinition`, `AWS::BedrockAgentCore::Runtime`,"
    " `AWS::CodeBuild::Project`, `AWS::Lambda::Function`, `AWS::Lightsail::Container`,"
    " `AWS::SageMaker::Model` and `AWS::Serverless::Function`",
    not_read="machine images; those that AWS CodeBuild keeps (`aws/codebuild/…`) and"
    " those that were uploaded to Lightsail (`:service.label.1`), which are `local`",
    pinned="behind the tag",
    notes="What a function puts together (`!Sub` with `${…}`, `!Ref`, `Fn::Join`) and"
    " what Terraform fills in (`${…}`) is not known, and is skipped (`expression`). Of"
    " container definitions that are no JSON before Terraform fills them in"
    ' (`"cpu": ${cpu}`), each line with an `image` is read.',
)
_DEFINING: Final = re.compile(
    r"""\b[cC]ontainerDefinitions["']?\s*+:|\bAWSEBDockerrunVersion\b"""
    r"""|\bAWS::(?:AppRunner|Batch|BedrockAgentCore|CodeBuild|Lambda|Lightsail"""
    r"""|SageMaker|Serverless)::"""
)
_CONTAINER: Final = re.compile(
    r"""["](?:essential|portMappings|mountPoints|logConfiguration)["]\s*+:"""
)
_LIST_OR_OBJECT: Final = re.compile(r"\s*+(?:\[\s*+)?\{")
_CLOUD_FORMATION: Final = ".template"
"""A suffix that only CloudFormation has."""

_LISTS: Final = {
    "containerDefinitions": "[].image",
    "ContainerDefinitions": "[].Image",
}
_RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    "AWS::AppRunner::Service": (
        "Properties.SourceConfiguration.ImageRepository.ImageIdentifier",
    ),
    "AWS::Batch::JobDefinition": (
        "Properties.ContainerProperties.Image",
        "Properties.EcsProperties.TaskProperties[].Containers[].Image",
        "Properties.EksProperties.PodProperties.Containers[].Image",
        "Properties.EksProperties.PodProperties.InitContainers[].Image",
        "Properties.NodeProperties.NodeRangeProperties[].Container.Image",
    ),
    "AWS::BedrockAgentCore::Runtime": (
        "Properties.AgentRuntimeArtifact.ContainerConfiguration.ContainerUri",
    ),
    "AWS::CodeBuild::Project": ("Properties.Environment.Image",),
    "AWS::Lambda::Function": ("Properties.Code.ImageUri",),
    "AWS::Lightsail::Container": (
        "Properties.ContainerServiceDeployment.Containers[].Image",
    ),
    "AWS::SageMaker::Model": (
        "Properties.PrimaryContainer.Image",
        "Properties.Containers[].Image",
    ),
    "AWS::Serverless::Function": ("Properties.ImageUri",),
}
_KEPT: Final = re.compile(r"aws/codebuild/|:")
"""How a name begins that means an image of the service itself."""

_TAG: Final = re.compile(r"!(?P<name>[A-Za-z0-9:]+)[ \t\r\n]+[\"']?\Z")
_LONGEST_TAG: Final = 60
_FILLED_IN: Final = "${"
_SUBSTITUTE: Final = frozenset({"Sub", "Fn::Sub"})


def matches(path: PurePosixPath, text: str) -> bool:
    """Match lists of containers, and resources that run an image.

    Kubernetes has objects for both, and a file can have others beside them.
    """
    if not _DEFINING.search(text):
        return _is_bare(path, text)
    is_template = path.suffix.lower() == _CLOUD_FORMATION
    return is_template or not kubernetes.matches(path, text)


def _is_bare(path: PurePosixPath, text: str) -> bool:
    """Return whether a file has container definitions, and nothing around them."""
    is_mapping = is_json(path) and _LIST_OR_OBJECT.match(text) is not None
    return is_mapping and '"image"' in text and _CONTAINER.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each container and each resource, by the text's order."""
    del context
    file = SourceFile(path=path, text=text, format="ecs")
    is_bare = not _DEFINING.search(text.value)
    for document in documents(text):
        if isinstance(document, Broken):
            is_filled_in = is_json(path) and _FILLED_IN in text.value
            yield from images_in_lines(file) if is_filled_in else file.broken(document)
            continue
        found = _containers(document) if is_bare else _images(document)
        images = {id(at.node): at for at in found}
        for at in sorted(images.values(), key=lambda at: at.node.start):
            if finding := _image(file, at):
                yield finding


def _containers(document: Node) -> Iterator[NodeRef]:
    """Yield the images of container definitions: a list of them, or a single one."""
    for path in ("image", "[].image"):
        for at in select(NodeRef(document), path, VisitLimit()):
            if scalar_at(at.parent, "name") is not None:
                yield at


def _images(document: Node) -> Iterator[NodeRef]:
    if scalar_at(document, "AWSEBDockerrunVersion"):
        yield from select(NodeRef(document), "Image.Name", VisitLimit())
    visits = VisitLimit()
    for at in below(NodeRef(document), VisitLimit()):
        for pattern in _resource(at.node):
            yield from select(at, pattern, visits)
        for key, pattern in _LISTS.items():
            yield from select(at, f"{key}{pattern}", visits)


def _resource(node: Node) -> tuple[str, ...]:
    kind = scalar_at(node, "Type")
    return _RESOURCES.get(kind.value, ()) if kind else ()


def _image(file: SourceFile, at: NodeRef) -> Found | None:
    node, function = at.node, _function(file.text.value, at.node)
    if isinstance(node, Mapping):
        name, node = next(iter(node.items.items()), ("", node))
        function = name if name == "Ref" or name.startswith("Fn::") else function
    argument = replace(at, node=node)
    if _is_plain(node) and (not function or function in _SUBSTITUTE):
        if isinstance(node, Scalar) and _KEPT.match(node.value):
            detail = f"`{node.value}`: an image of the service itself"
            return file.skip(argument, Reason.LOCAL, detail)
        return file.scalar(argument)
    line = file.place(argument).text.partition("\n")[0]
    detail = f"`{line}`: a function puts it together when the template is used"
    return file.skip(argument, Reason.EXPRESSION, detail)


def _is_plain(node: Node) -> bool:
    return isinstance(node, Scalar) and _FILLED_IN not in node.value


def _function(source: str, node: Node) -> str:
    """Return the tag before *node*, such as `Sub` for `!Sub`."""
    before = source[max(0, node.start - _LONGEST_TAG) : node.start]
    match = _TAG.search(before)
    return match["name"] if match else ""
