"""Properties of a project of Maven, and of its parents.

https://maven.apache.org/pom.html#properties
https://maven.apache.org/pom.html#inheritance
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import VariableAssignment
from imagelock.sources.context import path_below
from imagelock.syntax.xml_tree import XmlElement, XmlProblemError, parse_xml

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

_REFERENCE: Final = re.compile(r"\$\{(?P<name>[^{}$]+)\}")
_MOST_PARENTS: Final = 10
_DEEPEST: Final = 10
_LONGEST: Final = 1000
"""Characters of a value: no reference is longer."""

_DEFAULT_PARENT: Final = "../pom.xml"


@dataclass(frozen=True, slots=True)
class _Property:
    """Where a property is set, and to what."""

    path: PurePosixPath
    text: Text
    element: XmlElement


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with the values of its properties, their names, and where they are set."""

    value: str
    names: tuple[str, ...] = ()
    assignments: tuple[VariableAssignment, ...] = ()


@dataclass(slots=True)
class Properties:
    """The properties that count in a project.

    The configuration of imagelock overrides what the project sets, which overrides its
    parent. A property that a profile sets to something else has no known value.
    """

    context: Context
    _set: dict[str, _Property | None] = field(default_factory=dict)

    def add_project(self, path: PurePosixPath, text: Text, root: XmlElement) -> None:
        """Add the properties of the project at *path*, and those of its parents."""
        seen = {path}
        project: tuple[PurePosixPath, Text, XmlElement] | None = path, text, root
        while project is not None and len(seen) <= _MOST_PARENTS:
            own = _own_properties(*project)
            self._set = {**own, **self._set}
            project = _parent(*project, self.context)
            if project is not None and project[0] in seen:
                return
            seen.add(project[0] if project else path)

    def expand(self, text: str) -> Expanded | None:
        """Return *text* with its properties replaced; nothing if one is not known."""
        names: dict[str, None] = {}
        for _ in range(_DEEPEST):
            if "${" not in text:
                found = filter(None, map(self._assignment, names))
                return Expanded(text.strip(), tuple(names), tuple(found))
            references = list(_REFERENCE.finditer(text))
            values = [self._value(each["name"]) for each in references]
            if not values or None in values:
                return None
            names |= dict.fromkeys(each["name"] for each in references)
            for name, value in zip(references, values, strict=True):
                text = text.replace(name[0], value or "")
            if len(text) > _LONGEST:
                return None
        return None

    def _value(self, name: str) -> str | None:
        if (value := self.context.variables.get(name)) is not None:
            return value
        found = self._set.get(name)
        value = found.element.text.strip() if found else ""
        return value if found and len(value) <= _LONGEST else None

    def _assignment(self, name: str) -> VariableAssignment | None:
        found = self._set.get(name)
        if name in self.context.variables or found is None:
            return None
        element = found.element
        written = found.text.value[element.start : element.end]
        if not written or written != element.text or written != written.strip():
            return None
        span = found.text.span(element.start, element.end)
        return VariableAssignment(name, found.path, span, written)


def _own_properties(
    path: PurePosixPath, text: Text, root: XmlElement
) -> dict[str, _Property | None]:
    """Return what a project sets, with nothing for what its profiles do not agree on."""
    found: dict[str, _Property | None] = {}
    for places in (("properties", "*"), ("profiles", "profile", "properties", "*")):
        for element in root.each(*places):
            earlier = found.get(element.name)
            if element.name not in found:
                found[element.name] = _Property(path, text, element)
            elif earlier and earlier.element.text.strip() != element.text.strip():
                found[element.name] = None
    return found


def _parent(
    path: PurePosixPath, text: Text, root: XmlElement, context: Context
) -> tuple[PurePosixPath, Text, XmlElement] | None:
    """Return the file of the parent of a project, if it is in this repository."""
    del text
    parent = root.child("parent")
    if parent is None:
        return None
    relative = parent.child("relativePath")
    written = _DEFAULT_PARENT if relative is None else relative.text.strip()
    found = path_below(path.parent, written)
    if found is not None and found.suffix != ".xml":
        found /= "pom.xml"
    parent_text = context.read(found) if found else None
    if found is None or parent_text is None:
        return None
    try:
        parent_root = parse_xml(parent_text.value)
    except XmlProblemError:
        return None
    is_meant = _text(parent, "artifactId") == _text(parent_root, "artifactId")
    return (found, parent_text, parent_root) if is_meant else None


def _text(element: XmlElement, name: str) -> str:
    child = element.child(name)
    return child.text.strip() if child else ""
