"""What a Tiltfile builds, and images in its texts.

https://docs.tilt.dev/api.html
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_program
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.scan import stages
from imagelock.sources.kubernetes.text_manifests import manifest_images
from imagelock.sources.protocol import About
from imagelock.sources.shared.build_commands import known_names
from imagelock.sources.shared.built_names import built_as
from imagelock.sources.shared.code_image import find_in_text
from imagelock.sources.shared.plain_variables import plain_variables
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.sources.tilt_deployed import deployed_files
from imagelock.syntax.code_groups import Argument, arguments, groups
from imagelock.syntax.code_tokens import STARLARK, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.build_commands import BuiltName
    from imagelock.sources.shared.plain_variables import Variables
    from imagelock.syntax.code_groups import CodeGroup
    from imagelock.syntax.code_tokens import CodeToken

ABOUT: Final = About(
    recognised="`Tiltfile`, with a prefix or suffix (`dev.Tiltfile`)",
    read="texts in three quotes that are a Dockerfile (`dockerfile_contents`) or"
    " manifests (`k8s_yaml(blob(…))`)",
    not_read="what `docker_build`, `custom_build` and their like build; commands and"
    " charts; other files, which are read by themselves",
    pinned="behind the tag",
    notes="An image that Tilt builds is not locked in what Tilt deploys, whatever its tag"
    " is there: the files, kustomizations and charts that `k8s_yaml` and"
    " `docker_compose` get. Where the Tiltfile computes these, they are all manifests,"
    " kustomizations and charts (and Compose files) below its folder. In others, only"
    " the same name without a tag, or with that of the Tiltfile, means what is built.",
)
_FORMAT: Final = "tilt"
_BUILDS: Final = frozenset(
    {"docker_build", "docker_build_with_restart", "docker_build_sub", "custom_build"}
    | {"custom_build_with_restart", "podman_build", "nerdctl_build", "ko_build", "pack"}
)
_DEPLOYED: Final = frozenset(
    {"helm-template", "helm-values", "kubernetes", "kustomize", _FORMAT}
)
"""Formats of what Tilt deploys, in which it replaces names."""

_OUTSIDE: Final = ".."
_CONTENTS: Final = "dockerfile_contents"
_COMPOSE: Final = "docker_compose"
_NAMES: Final = frozenset({"", "ref", "name"})
_COMPUTED: Final = re.compile(r"[\\{}%]")
_DOCKERFILE: Final = re.compile(
    r"\s*+(?:#[^\n]*+\s++)*+(?:ARG|FROM)[ \t]", re.IGNORECASE
)
_OTHER: Final = re.compile(r"\.(?:md|rst|adoc|html?|txt|json|ya?ml)", re.IGNORECASE)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name alone, but no files about Tiltfiles."""
    del text
    return _OTHER.fullmatch(path.suffix) is None and not is_program(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the names of what Tilt builds, and the images in texts."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    program = groups(code_tokens(text.value, STARLARK))
    found: list[Found] = []
    for name in filter(None, (value.text for value in _builds(program))):
        place = file.place_of(name.start, name.end, "docker_build")
        detail = f"{quoted(place.text)} is the name of what Tilt builds"
        found.append(Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail))
    found += manifest_images(file, program, lambda _: _COMPUTED)
    found += _in_dockerfiles(file, program, context)
    yield from sorted(found, key=lambda finding: finding.place.span.start)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield what Tilt builds."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    program = groups(code_tokens(text.value, STARLARK))
    variables = plain_variables(text.value)
    built = [
        image
        for value in _builds(program)
        for image in built_as(file, _names(value, variables), ())
    ]
    published = [image for image in built if image.files is not None]
    yield from (image for image in built if image.files is None)
    if not published:
        return
    is_compose = any(group.name == _COMPOSE for group in program)
    formats = _DEPLOYED | ({"compose"} if is_compose else set())
    files = _deployed(file, program, context)
    for image in published:
        if files is None:
            yield replace(image, has_any_tag=True, formats=formats)
        else:
            yield replace(image, has_any_tag=True, files=files)
            yield replace(image, formats=formats)


def _deployed(
    file: SourceFile, program: list[CodeGroup], context: Context
) -> frozenset[PurePosixPath] | None:
    """Return the files that Tilt may deploy; `None` if that can be any of the project.

    Those below the folder of the Tiltfile, if it does not say which.
    """
    folder = file.path.parent
    files = deployed_files(file, program, context)
    if files is not None or not folder.parts or _OUTSIDE in file.text.value:
        return files
    return frozenset(context.files_below(folder))


def _in_dockerfiles(
    file: SourceFile, program: list[CodeGroup], context: Context
) -> Iterator[Found]:
    """Yield the images in texts that are Dockerfiles, or parts of one."""
    items = (item for group in program for item in group.items)
    texts = [each for each in items if each.is_long and _DOCKERFILE.match(each.text)]
    # A program puts texts together, so that a stage may be in another one.
    names = frozenset(name for token in texts for name in stages(token.text))
    read = partial(dockerfile.find, file.path, context=context)
    for token in texts:
        for finding in find_in_text(file, token, _CONTENTS, read, _COMPUTED):
            place = finding.place
            if isinstance(finding, Occurrence) and place.text.lower() in names:
                detail = f"`{place.text}` is a build stage of another text"
                yield Skipped(place=place, reason=Reason.STAGE, detail=detail)
            else:
                yield finding


def _builds(program: list[CodeGroup]) -> Iterator[Argument]:
    """Yield what names the image in each call that builds one."""
    for group in program:
        if group.text != "(" or group.name not in _BUILDS or group.is_definition:
            continue
        value = next(
            (each for each in arguments(group.items) if each.name in _NAMES), None
        )
        if value is not None:
            yield value


def _names(value: Argument, variables: Variables) -> Iterator[BuiltName]:
    """Yield what *value* can be: a text, or a variable that has one somewhere."""
    token: CodeToken = value.items[0]
    if len(value.items) > 1:
        return
    word = token.text if token.is_text else f"${{{token.text}}}"
    yield from known_names(word, (token.start, token.end), variables)
