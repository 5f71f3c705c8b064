"""Images in build scripts of Gradle: what plugins build on.

https://github.com/GoogleContainerTools/jib/tree/master/jib-gradle-plugin
https://docs.spring.io/spring-boot/gradle-plugin/packaging-oci-image.html
https://micronaut-projects.github.io/micronaut-gradle-plugin/latest/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.gradle.settings import SettingPlace, settings
from imagelock.sources.jenkins.variables import VariablesSetOnce
from imagelock.sources.protocol import About
from imagelock.sources.shared.base_addresses import REGISTRY, unless_pulled
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.code_image import computed_image, image_of_text
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.code_groups import Argument, CodeGroup, groups, texts_among
from imagelock.syntax.code_tokens import GROOVY, KOTLIN, CodeToken, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.gradle` and `*.gradle.kts` with the settings of a plugin that builds"
    " images",
    read="`jib.from.image`; `builder`, `runImage` and `buildpacks` (with `docker://`) of"
    " `bootBuildImage`; `baseImage` of Micronaut's tasks `dockerfile` and"
    " `dockerfileNative`, and of `springBootApplication` and `javaApplication` in"
    " `docker`",
    not_read="what a plugin builds (`build-output`); base images with `docker://` and"
    " `tar://`, which are on the machine; images that follow from the version of a"
    " plugin; other plugins, and plug-ins of one's own",
    pinned="behind the tag, where a variable is set to it, too",
    notes="The script is not run. A variable counts if the script sets it once, to a"
    " text. Any other variable, a property, and what is computed is an `expression`.",
)
_FORMAT: Final = "gradle"
_BUILT: Final = "built"
_BUILDPACK: Final = "docker://"
_JIB: Final = frozenset({"jib", "JibExtension"})
_FROM: Final = SettingPlace(frozenset({"from"}), _JIB)
_TO: Final = SettingPlace(frozenset({"to"}), _JIB)
_SPRING: Final = SettingPlace(frozenset({"bootBuildImage", "BootBuildImage"}))
_DOCKERFILE: Final = SettingPlace(
    frozenset(
        {
            *("dockerfile", "optimizedDockerfile", "dockerfileNative"),
            *("optimizedDockerfileNative", "springBootApplication", "javaApplication"),
        }
    )
)
_PLACES: Final = {
    "image": (_FROM, _TO),
    "imageName": (_SPRING,),
    "builder": (_SPRING,),
    "runImage": (_SPRING,),
    "buildpacks": (_SPRING,),
    "baseImage": (_DOCKERFILE,),
}
_USES: Final = {
    _FROM: "jib.from",
    _TO: "jib.to",
    _SPRING: "bootBuildImage",
    _DOCKERFILE: "dockerfile",
}
_KINDS: Final = {
    "jib.from.image": REGISTRY,
    "jib.to.image": _BUILT,
    "bootBuildImage.imageName": _BUILT,
    "bootBuildImage.buildpacks": _BUILDPACK,
}
"""What may be before the name of an image, or must be for a buildpack."""

_WORDS: Final = re.compile(r"\bjib\b|JibExtension|ootBuildImage|\bbaseImage\b")
_COMPUTED: Final = re.compile(r"[$\\]")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a script that configures one of the plugins."""
    del path
    return _WORDS.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each setting, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    language = KOTLIN if path.name.lower().endswith(".kts") else GROOVY
    program = groups(code_tokens(text.value, language))
    variables = VariablesSetOnce.of(program, text.value)
    found = (
        each.finding(file, variables)
        for group in program
        for each in _images(group, text.value)
    )
    known = [each for each in found if each is not None]
    yield from sorted(known, key=lambda each: each.place.span.start)


@dataclass(frozen=True, slots=True)
class _Image:
    """A `value` that names an image, by the path `use` and the `kind` of its setting."""

    value: Argument
    use: str
    kind: str

    def finding(self, file: SourceFile, variables: VariablesSetOnce) -> Found | None:
        """Return the image, or why it is not known; nothing for an empty text.

        That of a variable is where the variable is set.
        """
        token = self.value.text
        if self.kind == _BUILT:
            extent = (token.start, token.end) if token else self.value.extent
            place = file.trimmed_place(extent, self.use)
            detail = f"{quoted(place.text)}: the plugin builds it"
            return Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail)
        named = variables.named_in(token) if token else None
        token = named or token or variables.named(self.value.items)
        if token is None:
            return computed_image(file, self.value, self.use)
        place = file.trimmed_place((token.start, token.end), self.use)
        if self.kind == REGISTRY and (skipped := unless_pulled(place.text, place)):
            return skipped
        if expanded := variables.expanded(token):
            image, names = expanded
            found = classify(image.strip().removeprefix(self.kind), place, names)
            if isinstance(found, Skipped):
                return found
            return found.with_assignments(variables.assignments(file, names))
        if self.kind and token.text.startswith(self.kind):
            token = _without(token, self.kind)
        return image_of_text(file, token, self.use, _COMPUTED)


def _images(group: CodeGroup, source: str) -> Iterator[_Image]:
    """Yield what names an image in the settings directly in *group*."""
    for name, place, value in settings(group, source, _PLACES):
        use = f"{_USES[place]}.{name}"
        kind = _KINDS.get(use, "")
        if kind != _BUILDPACK:
            yield _Image(value, use, kind)
            continue
        for token in texts_among(value.items):
            if token.text.startswith(_BUILDPACK):
                yield _Image(Argument("", [token]), use, kind)


def _without(token: CodeToken, prefix: str) -> CodeToken:
    start = token.start + len(prefix)
    return CodeToken(
        token.text[len(prefix) :], start, token.end, is_text=True, quote=token.quote
    )
