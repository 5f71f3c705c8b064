"""Images in `pom.xml`: what plugins of Maven build on, and what they run.

https://github.com/GoogleContainerTools/jib/tree/master/jib-maven-plugin
https://docs.spring.io/spring-boot/maven-plugin/build-image.html
https://dmp.fabric8.io/#image-configuration
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.maven.properties import Expanded, Properties
from imagelock.sources.protocol import About
from imagelock.sources.shared.base_addresses import REGISTRY, unless_pulled
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.xml_tree import XmlElement, XmlProblemError, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`pom.xml`, also as `*.pom.xml`, with the settings of a plugin that"
    " builds images",
    read="`from.image` of Jib; `builder`, `runImage` and `buildpack` (with `docker://`)"
    " of Spring Boot; `build.from`, and `name` of images without `build`, of"
    " docker-maven-plugin (fabric8) and JKube; `baseImage` of docker-maven-plugin"
    " (Spotify); the properties `jib.from.image`, `spring-boot.build-image.builder` and"
    " `spring-boot.build-image.runImage`",
    not_read="what a plugin builds (`build-output`); base images with `docker://` and"
    " `tar://`, which are on the machine; images that follow from the version of a"
    " plugin; other plugins",
    pinned="behind the tag",
    notes="`${…}` has the value that `[variables]` of the configuration, `properties` of"
    " the project or those of its parents in the repository give it. A property that a"
    " profile sets to another value, and what Maven knows alone, is a `variable`."
    " `pullRegistry` or `registry` of the plugin is put before names without a registry,"
    " as docker-maven-plugin does.",
)
_FORMAT: Final = "maven"
_PLUGIN: Final = re.compile(
    r">\s*+(?:jib|spring-boot|docker|kubernetes|openshift|fabric8)-maven-plugin\s*+<"
    r"|<(?:jib\.from\.image|spring-boot\.build-image\.(?:builder|runImage))>"
)
_BUILT: Final = "built"
_BUILDPACK: Final = "docker://"
_PLACES: Final = {
    "jib-maven-plugin": {"from.image": REGISTRY, "to.image": _BUILT},
    "spring-boot-maven-plugin": {
        "image.name": _BUILT,
        "image.tags.tag": _BUILT,
        "image.builder": "",
        "image.runImage": "",
        "image.buildpacks.buildpack": _BUILDPACK,
    },
    "docker-maven-plugin": {"baseImage": "", "imageName": _BUILT},
}
"""For each plugin, the paths to images in its configuration.

The value is what may be before the name of an image, or must be for a buildpack.
"""

_PROPERTIES: Final = {
    "jib.from.image": REGISTRY,
    "spring-boot.build-image.builder": "",
    "spring-boot.build-image.runImage": "",
}
_DOCKER: Final = frozenset(
    f"{name}-maven-plugin" for name in ("docker", "kubernetes", "openshift", "fabric8")
)
"""Plugins with a list `images`."""

_PLACEHOLDER: Final = re.compile(r"%[a-zA-Z]")
"""`%a`, which docker-maven-plugin replaces by the name of the project."""

_REGISTRIES: Final = ("pullRegistry", "registry")
_IN_PROJECT: Final = (("properties",), ("profiles", "profile", "properties"))
_IN_PLUGIN: Final = (("configuration",), ("executions", "execution", "configuration"))


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a project with one of the plugins; the catalog has the words for images."""
    del path
    return _PLUGIN.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each setting, in the order of the text."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    try:
        root = parse_xml(text.value)
    except XmlProblemError as error:
        place = file.trimmed_place((error.offset, len(text.value)), "project")
        detail = str(error)
        yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)
        return
    properties = Properties(context)
    properties.add_project(path, text, root)
    for setting in sorted(_settings(root), key=lambda each: each.element.start):
        if finding := setting.finding(file, properties):
            yield finding


@dataclass(frozen=True, slots=True)
class _Setting:
    """An `element` that names an image, and the path to it for people.

    `kind` is a value of `_PLACES`. `registry` is before a name without one.
    """

    element: XmlElement
    use: str
    kind: str = ""
    registry: XmlElement | None = None

    def finding(self, file: SourceFile, properties: Properties) -> Found | None:
        """Return the image, or why it is not known; nothing if there is none."""
        written = self.element.text.strip()
        is_address = self.kind == _BUILDPACK and not written.startswith(_BUILDPACK)
        if not written or is_address:
            return None
        place = file.trimmed_place((self.element.start, self.element.end), self.use)
        if self.kind == _BUILT:
            detail = f"{quoted(place.text)}: the plugin builds it"
            return Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail)
        if written != place.text or _PLACEHOLDER.search(written):
            detail = f"{quoted(place.text)} is put together when Maven runs"
            return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
        expanded = properties.expand(written)
        registry = properties.expand(self.registry.text if self.registry else "")
        if expanded is None or registry is None:
            detail = f"{quoted(written)}: {Reason.VARIABLE.sentence}"
            return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
        return self._known(file, place, expanded, registry.value)

    def _known(
        self, file: SourceFile, place: Place, expanded: Expanded, registry: str
    ) -> Found | None:
        """Return the image, whose name is *expanded*, or why nobody pulls it."""
        if not expanded.value:
            return None
        if self.kind == REGISTRY and (skipped := unless_pulled(expanded.value, place)):
            return skipped
        if self.kind and place.text.startswith(self.kind):
            end = self.element.start + len(self.element.text.rstrip())
            start = end - len(place.text) + len(self.kind)
            place = file.place_of(start, end, self.use)
        name = expanded.value.removeprefix(self.kind)
        if registry and not _has_registry(name):
            name = f"{registry}/{name}"
        found = classify(name, place, expanded.names)
        if isinstance(found, Skipped):
            return found
        return found.with_assignments(expanded.assignments)


def _settings(root: XmlElement) -> Iterator[_Setting]:
    """Yield what names an image in the project *root*."""
    for properties in (each for place in _IN_PROJECT for each in root.each(*place)):
        for name, kind in _PROPERTIES.items():
            for element in properties.each(name):
                yield _Setting(element, name, kind)
    for plugin in root.named("plugin"):
        artifact = plugin.child("artifactId")
        name = artifact.text.strip() if artifact else ""
        for place in _IN_PLUGIN:
            for configuration in plugin.each(*place):
                yield from _of_plugin(name, configuration)


def _of_plugin(name: str, configuration: XmlElement) -> Iterator[_Setting]:
    for place, kind in _PLACES.get(name, {}).items():
        for element in configuration.each(*place.split(".")):
            yield _Setting(element, f"{name}.{place}", kind)
    if name not in _DOCKER:
        return
    registries = map(configuration.child, _REGISTRIES)
    registry = next((each for each in registries if each is not None), None)
    for places in (("images", "image"), ("imagesMap", "*")):
        for image in configuration.each(*places):
            use = f"{name}.images.image"
            is_built = image.child("build") is not None
            for element in image.each("build", "from"):
                yield _Setting(element, f"{use}.build.from", "", registry)
            for element in image.each("name"):
                kind = _BUILT if is_built else ""
                yield _Setting(element, f"{use}.name", kind, registry)


def _has_registry(name: str) -> bool:
    """Return whether docker-maven-plugin takes the first part of *name* for a registry.

    Its `ImageName` does so if that has a dot or a colon; unlike Docker, `localhost`
    is none.
    """
    first, slash, _ = name.partition("/")
    return bool(slash) and ("." in first or ":" in first)
