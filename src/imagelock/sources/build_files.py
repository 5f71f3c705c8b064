"""Files that only build images: Makefiles, scripts, and files of build tools.

They name no image that is pulled, so that no source reads them. But a name that they
build, and that nobody can publish, is not pulled anywhere in the project.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources import RUNNING_BUILDS, TEST_FOLDERS
from imagelock.sources.shared.build_commands import (
    BuiltName,
    built_by_commands,
    known_names,
)
from imagelock.sources.shared.built_names import built_as
from imagelock.sources.shared.plain_variables import plain_variables
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.relations import BuiltImage

_FORMAT: Final = "build"
_COMMANDS: Final = re.compile(
    r"(?:.*\.)?(?:gnu)?makefile(?:\..*)?|\.?justfile|rakefile"
    r"|.*\.(?:mk|mak|just|sh|bash|zsh|fish|ps1|bat|cmd|py|rb|[cm]?[jt]s"
    r"|md|rst|adoc|yaml|yml|tf|tofu|tftpl)"
    r"|(?:package|composer|deno|devcontainer)\.json"
    # Scripts without an extension, such as `bin/build`.
    r"|(?!dockerfile|containerfile|licen[cs]e|notice|copying|authors|codeowners)[^.]+"
)
"""The names of files with commands, in lower case."""

_QUOTED: Final = "[\"'](?P<names>[^\"'\\s]++)[\"']"
_BAZEL: Final = r"build(?:\.bazel)?"
_DECLARATIONS: Final = {
    # Jib and Spring Boot, in Gradle and in Maven; Fabric8's plugin of Maven.
    r".*\.gradle(?:\.kts)?": r"(?:\bto\s*+\{[^}]*?\bimage|\bto\.image|\bimageName)"
    rf"(?:\s*+=|\.set\()\s*+{_QUOTED}",
    # An image of the latter that is only run is not built.
    r"(?:.*\.)?pom\.xml": r"(?:<to>\s*+<image>|<configuration>\s*+<image>\s*+<name>"
    r"|<image>(?=(?:(?!</?image>)[\s\S]){0,2000}?<build\b)"
    r"\s*+(?:<alias>[^<]*+</alias>\s*+)?<name>)\s*+(?P<names>[^<\s]++)",
    # https://goreleaser.com/customization/docker/
    r"\.?goreleaser.*\.ya?ml": r"^[ \t-]*+(?:image_templates|images|repositories):"
    r"(?P<names>[^\n]*+\n(?:[ \t]*+-[ \t][^\n]*+\n?)*+)",
    # kbld: https://carvel.dev/kbld/docs/latest/config/
    r".*\.ya?ml": r"- image: ++(?P<names>\S++)\r?\n[ \t]++path:",
    # The output of a BuildConfig of OpenShift, an image in the cluster's own registry.
    r".*\.(?:yaml|yml)": r"\bto:\s++(?:kind: ++ImageStreamTag\s++name: ++"
    r"|name: ++(?=\S++\s++kind: ++ImageStreamTag))[\"']?(?P<names>[^\"'\s]++)",
    # Bazel (rules_oci), and Nix (dockerTools).
    _BAZEL: r"\brepo_tags\s*+=\s*+(?P<names>\[[^\]]*+\])",
    r".*\.nix": rf"\b(?:build|buildLayered|streamLayered)Image\s*+\{{[^}}]*?\bname\s*+=\s*+{_QUOTED}",
}
"""By the names of files, in lower case, where they have what they build."""

_CONTEXTS: Final = {
    # The example of rules_oci for Dockerfiles, `context.sources("NAME", …)`.
    _BAZEL: rf"\bcontext\.\w++\(\s*+(?:replace\s*+=\s*+)?{_QUOTED}",
}
"""By the names of files, in lower case, where they have the contexts of builds."""

_NAME: Final = re.compile(r"[\w./:@$\{-](?:\{\{[^}\n]*+\}\}|[^\s\"',\[\]])*+")
_PUSH: Final = re.compile(r"\bpush\b", re.IGNORECASE)
_IS_TAG: Final = re.compile(r"(?:-t|--tag)[\s\"',=\\-]*+\Z")
_LONGEST_TAG: Final = 80
_PARENT: Final = re.compile(r"<parent>.*?</parent>", re.DOTALL)
_ARTIFACT: Final = re.compile(r"<artifactId>\s*+(?P<id>[^<\s]++)")
_BUILD_TOOLS: Final = tuple(
    (re.compile(name), re.compile(pattern, re.MULTILINE), patterns is _CONTEXTS)
    for patterns in (_DECLARATIONS, _CONTEXTS)
    for name, pattern in patterns.items()
)
_FILES: Final = re.compile("|".join((_COMMANDS.pattern, *_DECLARATIONS)))


def may_build(path: PurePosixPath) -> bool:
    """Return whether the file at *path* may say what the project builds."""
    return _FILES.fullmatch(path.name.lower()) is not None


def built_images(path: PurePosixPath, text: Text) -> Iterator[BuiltImage]:
    """Yield the images that the file builds.

    Names that somebody can publish mean them only where a build runs (`RUNNING_BUILDS`):
    what a script builds, it also runs, and what a module builds, others build on. What
    a test builds and does not push, the files around it mean, too.
    """
    file = SourceFile(path=path, text=text, format=_FORMAT)
    names = chain(built_by_commands(text.value), _declared(path, text.value))
    folder = next(test_folders(path), None)
    if folder is not None and _PUSH.search(text.value):
        folder = None
    for image in built_as(file, names, ()):
        if image.files is None:
            yield image
        else:
            is_tag = folder and _is_tag(text.value, image.place.span.start)
            below = folder if is_tag else None
            yield replace(image, files=None, formats=RUNNING_BUILDS, below=below)


def test_folders(path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the folders around the file at *path* that have only tests in them."""
    for folder in path.parents:
        if not TEST_FOLDERS.isdisjoint(folder.parts):
            yield folder


def _is_tag(text: str, start: int) -> bool:
    """Return whether the name at *start* is the value of `--tag`."""
    return _IS_TAG.search(text, max(0, start - _LONGEST_TAG), start) is not None


def _declared(path: PurePosixPath, text: str) -> Iterator[BuiltName]:
    """Yield the names in a file of a build tool."""
    for name, declaration, is_context in _BUILD_TOOLS:
        if not name.fullmatch(path.name.lower()):
            continue
        variables = {**plain_variables(text), **_of_maven(text)}
        for found in declaration.finditer(text):
            for item in _NAME.finditer(text, *found.span("names")):
                extent = item.span()
                yield from known_names(
                    item[0], extent, variables, is_context=is_context
                )


def _of_maven(text: str) -> dict[str, tuple[str, ...]]:
    """Return what a project of Maven calls itself."""
    artifact = (
        _ARTIFACT.search(_PARENT.sub("", text)) if "<artifactId>" in text else None
    )
    return {"project.artifactId": (artifact["id"],)} if artifact else {}
