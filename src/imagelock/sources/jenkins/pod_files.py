"""Pods in files of the project that a pipeline names.

    yamlFile 'ci/pod.yaml'                  from the root of the repository
    libraryResource('pods/go.yaml')         in `resources` of the library

https://www.jenkins.io/doc/book/pipeline/syntax/ (kubernetes)
https://www.jenkins.io/doc/book/pipeline/shared-libraries/
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_yaml
from imagelock.sources.kubernetes import kubernetes
from imagelock.sources.kubernetes.text_manifests import CONTAINERS, pod_images
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import CodeGroup, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.jenkins.variables import VariablesSetOnce
    from imagelock.syntax.code_tokens import CodeToken

_FILE: Final = "yamlFile"
_RESOURCE: Final = "libraryResource"

_MOST: Final = 100
"""Files of a pipeline."""


def images_of_files(
    path: PurePosixPath,
    program: Iterable[CodeGroup],
    variables: VariablesSetOnce,
    context: Context,
) -> Iterator[Found]:
    """Yield the images of pods in files that *program*, at *path*, names.

    Those that the source of Kubernetes reads, too, are left to it.
    """
    found = dict.fromkeys(_named(path, program, variables))
    for candidate in list(found)[:_MOST]:
        text = context.read(candidate) if is_yaml(candidate) else None
        if text is None or not CONTAINERS.search(text.value):
            continue
        if not kubernetes.matches(candidate, text.value):
            yield from pod_images(
                SourceFile(path=candidate, text=text, format="jenkins")
            )


def _named(
    path: PurePosixPath, program: Iterable[CodeGroup], variables: VariablesSetOnce
) -> Iterator[PurePosixPath]:
    """Yield the files that are named, whether they are there or not."""
    for group in program:
        for at, item in enumerate(group.items):
            if item.is_text or item.text not in {_FILE, _RESOURCE}:
                continue
            token = _text(group.item(at + 1), variables)
            name = token.text.strip() if token else ""
            if not name or "$" in name or "\\" in name or name.startswith("/"):
                continue
            folders = (
                [PurePosixPath()]
                if item.text == _FILE
                else [folder / "resources" for folder in path.parents]
            )
            for folder in folders:
                file = posixpath.normpath(str(folder / name))
                if not file.startswith(".."):
                    yield PurePosixPath(file)


def _text(value: CodeToken | None, variables: VariablesSetOnce) -> CodeToken | None:
    """Return the text that *value*, behind the name of a step, is."""
    if isinstance(value, CodeGroup):
        value = value.item(0) if len(value.items) == 1 else None
    if value is None or value.is_text:
        return value
    return variables.named([value]) if is_word(value) else None
