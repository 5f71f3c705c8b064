"""The steps and agents of a pipeline that run in an image."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.jenkins.registries import NamePrefix, registry_around
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.code_image import computed_image, image_of_text
from imagelock.sources.shared.source_file import quoted
from imagelock.syntax.code_groups import (
    Argument,
    CodeGroup,
    arguments,
    is_mark,
    is_word,
    line_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.jenkins.variables import VariablesSetOnce
    from imagelock.sources.shared.source_file import SourceFile

COMPUTED: Final = re.compile(r"[$\\]")
_IMAGE: Final = "image"
_DOCKER_IMAGE: Final = "docker.image"
_NAMED: Final = frozenset(
    {"containerTemplate", "withDockerContainer", "dockerNode", "withEphemeralContainer"}
)
"""Steps with an argument `image`; without names, it is that of some (`_POSITIONAL`)."""

_POSITIONAL: Final = frozenset({_DOCKER_IMAGE, "withDockerContainer", "dockerNode"})
_TEMPLATE: Final = "ContainerTemplate"
"""The class, whose constructor gets the name of the container and the image."""

_OF_BUILT: Final = frozenset({"push", "tag"})
"""Methods of an image that must be on the machine already."""


@dataclass(frozen=True, slots=True)
class ImageStep:
    """A step that has an image: its `value`, the `use`, and the registry of its name.

    With `is_pushed`, it is one that the pipeline built before.
    """

    value: Argument
    use: str
    registry: NamePrefix = NamePrefix()
    is_pushed: bool = False

    def finding(self, file: SourceFile, variables: VariablesSetOnce) -> Found | None:
        """Return the image, or why it is not known; nothing for an empty text.

        That of a variable is where the variable is set.
        """
        token = self.value.text
        if not self.is_pushed:
            named = variables.named_in(token) if token else None
            token = named or token or variables.named(self.value.items)
        if token is None:
            return computed_image(file, self.value, self.use)
        if self.is_pushed:
            place = file.trimmed_place((token.start, token.end), self.use)
            detail = f"{quoted(place.text)} is pushed, so that it is built before"
            return Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail)
        if expanded := variables.expanded(token):
            image, names = expanded
            place = file.trimmed_place((token.start, token.end), self.use)
            found = self._qualified(classify(image, place, names), image, names)
            if isinstance(found, Skipped):
                return found
            return found.with_assignments(variables.assignments(file, names))
        finding = image_of_text(file, token, self.use, COMPUTED)
        return finding and self._qualified(finding, finding.place.text)

    def _qualified(
        self, finding: Found, image: str, names: tuple[str, ...] = ()
    ) -> Found:
        prefix = self.registry.prefix
        if isinstance(finding, Skipped) or not prefix or image.startswith(prefix):
            return finding
        if not self.registry.is_known:
            return _behind_unknown(finding.place)
        return classify(f"{prefix}{image}", finding.place, names)


def _behind_unknown(place: Place) -> Skipped:
    detail = f"{quoted(place.text)}: its registry is known when the pipeline runs"
    return Skipped(place=place, reason=Reason.NEEDS_BASE, detail=detail)


def image_steps(program: list[CodeGroup], source: str) -> Iterator[ImageStep]:
    """Yield the steps in *program*, which is all of *source*."""
    pushed = frozenset(_pushed(program))
    for group in program:
        name = group.name
        if group.text == "(" and group.parent and not group.is_definition:
            yield from _call(group, group.parent, name, pushed)
        elif group.text == "{" and (name in _NAMED or _is_agent(group, name)):
            for value in _settings(group, _IMAGE, source):
                use = (
                    f"agent.docker.{_IMAGE}" if name == "docker" else f"{name}.{_IMAGE}"
                )
                yield ImageStep(value, use, registry_around(group))
        yield from _commands(group, source)


def _call(
    group: CodeGroup, parent: CodeGroup, name: str, pushed: frozenset[str]
) -> Iterator[ImageStep]:
    """Yield the image of a call with brackets."""
    length = len(name.split("."))
    if name.rpartition(".")[2] == _TEMPLATE:
        if is_mark(parent.item(group.index - 2 * length), "new"):
            value = next(islice(arguments(group.items), 1, None), None)
            yield from [ImageStep(value, f"{_TEMPLATE}.{_IMAGE}")] if value else []
        return
    name = _step(name)
    value = _image_among(arguments(group.items), name) if name else None
    if value is None:
        return
    registry = NamePrefix() if name == "containerTemplate" else registry_around(group)
    method = parent.item(group.index + 2)
    is_pushed = name == _DOCKER_IMAGE and (
        (method is not None and method.text in _OF_BUILT)
        if is_mark(parent.item(group.index + 1), ".")
        else _assigned(parent, group.index - length * 2 + 1) in pushed
    )
    use = name if name == _DOCKER_IMAGE else f"{name}.{_IMAGE}"
    yield ImageStep(value, use, registry, is_pushed=is_pushed)


def _step(name: str) -> str:
    """Return which step a call of *name* is: `docker.image` of `script.docker.image`."""
    words = name.split(".")
    for step in (".".join(words[-2:]), words[-1]):
        if step in _POSITIONAL or step in _NAMED:
            return step
    return ""


def _commands(group: CodeGroup, source: str) -> Iterator[ImageStep]:
    """Yield the images of steps without brackets: `withDockerContainer image: '…'`."""
    for at, item in enumerate(group.items):
        behind = group.item(at + 1)
        if item.is_text or behind is None or behind.text in {"(", "{", ".", "="}:
            continue
        if item.text == "docker" and behind.is_text and group.name == "agent":
            yield ImageStep(Argument("", [behind]), "agent.docker")
        elif item.text in _NAMED:
            found = arguments(line_arguments(group.items, at + 1, source))
            if value := _image_among(found, item.text):
                yield ImageStep(value, f"{item.text}.{_IMAGE}", registry_around(group))


def _image_among(found: Iterable[Argument], name: str) -> Argument | None:
    """Return the image among the arguments of the step *name*."""
    listed = list(found)
    named = next((each for each in listed if each.name == _IMAGE), None)
    is_first = name in _POSITIONAL and bool(listed) and not listed[0].name
    return named or (listed[0] if is_first else None)


def _settings(group: CodeGroup, name: str, source: str) -> Iterator[Argument]:
    """Yield the value of each setting *name* in a block: `image '…'`, `image('…')`."""
    for at, item in enumerate(group.items):
        behind = group.item(at + 1)
        if (
            not is_mark(item, name)
            or behind is None
            or is_mark(group.item(at - 1), ".")
        ):
            continue
        if is_mark(behind, "("):
            yield from arguments(behind.items if isinstance(behind, CodeGroup) else [])
        elif not is_mark(behind, "="):
            items = line_arguments(group.items, at + 1, source)
            yield Argument("", items)


def _is_agent(group: CodeGroup, name: str) -> bool:
    """Return whether the block is `docker` in `agent`."""
    return (
        name == "docker" and group.parent is not None and group.parent.name == "agent"
    )


def _assigned(group: CodeGroup, at: int) -> str:
    """Return the variable that gets the value beginning at the item *at*."""
    name = group.item(at - 2)
    is_name = name is not None and is_word(name) and is_mark(group.item(at - 1), "=")
    return name.text if name is not None and is_name else ""


def _pushed(program: list[CodeGroup]) -> Iterator[str]:
    """Yield the variables whose image is pushed: `name.push()`."""
    for group in program:
        owner, dot, method = group.name.rpartition(".")
        if dot and method in _OF_BUILT:
            yield owner
