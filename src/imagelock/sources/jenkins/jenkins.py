"""Images in pipelines of Jenkins: agents, `docker.image`, and pods.

https://www.jenkins.io/doc/book/pipeline/docker/
https://plugins.jenkins.io/kubernetes/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_program
from imagelock.sources.jenkins.image_steps import COMPUTED, image_steps
from imagelock.sources.jenkins.variables import VariablesSetOnce
from imagelock.sources.kubernetes.text_manifests import manifest_images
from imagelock.sources.protocol import About
from imagelock.sources.shared.build_commands import known_names
from imagelock.sources.shared.built_names import built_as, built_by_pipeline
from imagelock.sources.shared.plain_variables import plain_variables
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import groups
from imagelock.syntax.code_tokens import GROOVY, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.build_commands import BuiltName
    from imagelock.syntax.code_groups import CodeGroup
    from imagelock.syntax.code_tokens import CodeToken

ABOUT: Final = About(
    recognised="`Jenkinsfile`, with a prefix or suffix (`release.jenkinsfile`); `.groovy`"
    " with a pipeline, a pod or its template, or a step of Docker",
    read="`agent { docker … }`, `docker.image(…)`, `withDockerContainer`, `dockerNode`,"
    " `withEphemeralContainer`, `containerTemplate`, also of an object in libraries"
    " (`script.docker.image(…)`), `new ContainerTemplate(…)`, texts in three quotes that"
    " are the YAML of a pod, and pods in files of `yamlFile` and `libraryResource`",
    not_read="what `docker.build` builds, and `docker.image(…).push()`, which pushes what"
    " was built; commands in `sh`, which are those of a shell; libraries",
    pinned="behind the tag, where a variable is set to it, too",
    notes="The registry of `registryUrl` or `docker.withRegistry` is put before the name,"
    " as Jenkins does. The pipeline is not run. A variable counts if the file sets it"
    " once, to a text: `def image = '…'`, or in `environment`. Any other variable, one"
    " that may be a parameter, and the result of a function are skipped (`expression`).",
)
_FORMAT: Final = "jenkins"
_NAME: Final = re.compile(r"(?:.*[._-])?jenkinsfile(?:[._-].*)?", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"\.(?:adoc|bak|html?|jpe?g|json|mdx?|png|py|rst|sh|svg|txt|xml|ya?ml)",
    re.IGNORECASE,
)
"""Files about pipelines, by their last suffix."""

_PIPELINE: Final = re.compile(
    r"\bpipeline\s*+\{|\bnode\s*+[({]|\b(?:pod|container)Template\b|\bdocker\.image\s*+\("
    r"|\bwithDockerContainer\b|\bdockerNode\b|\bwithEphemeralContainer\b"
    r"|\bnew[ \t]++(?:[\w.]++\.)?ContainerTemplate[ \t]*+\("
    r"|^[ \t-]*+(?:initC|c)ontainers[ \t]*+:[ \t\r]*$",
    re.MULTILINE,
)
_BUILD: Final = "docker.build"
_POD_FILES: Final = ("yamlFile", "libraryResource")
_ESCAPED: Final = re.compile(r"\\")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the name, and other programs in Groovy by what they call."""
    is_groovy = path.suffix.lower() == ".groovy"
    if _NAME.fullmatch(path.name):
        is_other = _OTHER.fullmatch(path.suffix) or (not is_groovy and is_program(path))
        return not is_other
    return is_groovy and _PIPELINE.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of agents, steps and pods, in the order of the text."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    program = groups(code_tokens(text.value, GROOVY))
    variables = VariablesSetOnce.of(program, text.value)
    steps = (step.finding(file, variables) for step in image_steps(program, text.value))
    found: list[Found] = [each for each in steps if each is not None]
    found += manifest_images(file, program, _computed)
    yield from sorted(found, key=lambda finding: finding.place.span.start)
    if any(name in text.value for name in _POD_FILES):
        from imagelock.sources.jenkins.pod_files import images_of_files

        yield from images_of_files(path, program, variables, context)


def _computed(token: CodeToken) -> re.Pattern[str]:
    return COMPUTED if token.quote == '"""' else _ESCAPED


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images that the pipeline builds: `docker.build`, and commands."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    yield from built_by_pipeline(file)
    if _BUILD in text.value:
        program = groups(code_tokens(text.value, GROOVY))
        yield from built_as(file, _built(program, text.value), [path])


def _built(program: list[CodeGroup], source: str) -> Iterator[BuiltName]:
    variables = plain_variables(source)
    for group in program:
        first = group.item(0)
        if first is not None and first.is_text and group.name == _BUILD:
            extent = (first.start, first.end)
            yield from known_names(first.text, extent, variables)
