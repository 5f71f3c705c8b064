"""Images in programs of Pulumi in YAML.

https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/
https://www.pulumi.com/registry/packages/docker/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import LocatedValue, find_values
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.located_values import Unresolvable, Why
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`Pulumi*.yaml` and `Main.yaml` with `resources` that have a `type` of"
    " Pulumi (`docker:RemoteImage`)",
    read="`name` of `docker:RemoteImage` without `build`; `image` of `docker:Container`;"
    " `image` of `containers`, `initContainers` and `containerSpec` of any resource;"
    " `name` of `docker:getRegistryImage` and `docker:getRemoteImage`",
    not_read="what `docker:Image`, `docker:RegistryImage`, `docker-build:Image` and"
    " `docker:RemoteImage` with `build` build (`build-output`); programs in other languages",
    pinned="behind the tag",
    notes="`${…}` is known to Pulumi alone (`expression`).",
)
_TYPE: Final = re.compile(
    r"""^[ \t]++["']?type["']?[ \t]*+:[ \t]*+["']?[\w-]+:[\w./-]+(?::\w+)?["']?[ \t]*+\r?$""",
    re.MULTILINE,
)
_RESOURCES: Final = re.compile(r"^resources[ \t]*+:", re.MULTILINE)
_EXPRESSION: Final[Unresolvable] = (
    re.compile(r"\$\{"),
    Reason.EXPRESSION,
    "an expression, which only Pulumi can resolve",
)
_BUILT: Final[Why] = Reason.BUILD_OUTPUT, "Pulumi builds it"
_REMOTE: Final = frozenset(
    {"docker:RemoteImage", "docker:index/remoteImage:RemoteImage"}
)
_CONTAINER: Final = frozenset({"docker:Container", "docker:index/container:Container"})
_BUILDS: Final = {
    "docker:Image": "properties.imageName",
    "docker:index/image:Image": "properties.imageName",
    "docker:RegistryImage": "properties.name",
    "docker:index/registryImage:RegistryImage": "properties.name",
    "docker-build:Image": "properties.tags[]",
    "docker-build:index:Image": "properties.tags[]",
}
_ANYWHERE: Final = tuple(
    f"properties.**.{place}"
    for place in ("containers[].image", "initContainers[].image", "containerSpec.image")
)
_INVOKE: Final = re.compile(r"docker:(?:index/)?get(?:Registry|Remote)Image\b")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a program: resources, each with a type of a provider."""
    del path
    return _RESOURCES.search(text) is not None and _TYPE.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of all resources, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="pulumi")
    yield from find_values(file, _values, (_EXPRESSION,))


def _values(document: Node) -> Iterator[LocatedValue]:
    limit = VisitLimit()
    for resource in select(NodeRef(document), "resources.*", limit):
        yield from _of_docker(resource, limit)
    for pattern in _ANYWHERE:
        for at in select(NodeRef(document), f"resources.*.{pattern}", VisitLimit()):
            yield LocatedValue(at)
    for call in select(NodeRef(document), "variables.*.fn::invoke", limit):
        for function, arguments in (
            ("function", "arguments"),
            ("Function", "Arguments"),
        ):
            if _INVOKE.match(text_at(call.node, function)):
                for at in select(call, f"{arguments}.name", limit):
                    yield LocatedValue(at)


def _of_docker(resource: NodeRef, limit: VisitLimit) -> Iterator[LocatedValue]:
    """Yield the images of a resource of Pulumi's packages for Docker."""
    kind = text_at(resource.node, "type")
    if kind in _REMOTE:
        properties = next(select(resource, "properties", limit), None)
        is_built = properties is not None and _has(properties.node, "build")
        for at in select(resource, "properties.name", limit):
            yield LocatedValue(at, _BUILT if is_built else None)
    elif kind in _CONTAINER:
        for at in select(resource, "properties.image", limit):
            yield LocatedValue(at)
    elif kind in _BUILDS:
        for at in select(resource, _BUILDS[kind], limit):
            yield LocatedValue(at, _BUILT)


def _has(node: Node, key: str) -> bool:
    return isinstance(node, Mapping) and key in node.items
