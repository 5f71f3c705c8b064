"""Images in GitLab pipelines: `image` and `services` of files, defaults and jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.gitlab_ci.images import PipelineImages
from imagelock.sources.gitlab_ci.pipeline import Pipeline
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_by_pipeline
from imagelock.sources.shared.located_values import collapse_aliases
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation

ABOUT: Final = About(
    recognised="`.gitlab-ci.yml` and names that end so, YAML in `.gitlab/ci` and"
    " `.gitlab-ci`, other YAML in `.gitlab` with jobs, files that `include` names with"
    " `local`, and `.gitlab/duo/agent-config.yml`",
    read="`image` and `services`, as text or with `name`: of the file, of `default`, and"
    " of jobs, hidden ones (`.name`) included",
    not_read="scripts, inputs; files of other projects, templates,"
    " components and patterns in `include`",
    pinned="behind the tag, where it is written: `extends`, `!reference` and aliases"
    " only use it",
    notes="A job's variables are those of the job, of what it extends, and of the file."
    " `[variables]` in the configuration wins over all of these. What GitLab sets by"
    " itself (`$CI_REGISTRY_IMAGE`) is not known (`variable`), nor is what a shell makes"
    " of `${NAME:-default}`, which GitLab does not replace, and `$[[ inputs.name ]]` is an"
    " `expression`. A variable of a matrix is a `variable`; where it is a whole"
    " image, the values in the matrix are images, too. Where it is a part of a name, there"
    " is an image for each job, if all values are plainly listed; these are locked, and not"
    " pinned."
    "\n\n"
    "What stands behind `${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/` is an image of"
    " Docker Hub, for that is what GitLab's proxy passes on.",
)
_FOLDER: Final = ".gitlab"
_PIPELINES: Final = ("ci/", "duo/agent-config.")
_JOB: Final = re.compile(
    r"^[ \t]++(?:extends|script|stage|trigger)[ \t]*+:", re.MULTILINE
)
_UNRESOLVABLE: Final = (
    (
        re.compile(r"\$\[\["),
        Reason.EXPRESSION,
        "an input, which only GitLab can resolve",
    ),
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name, and in `.gitlab`, where other files are, by what jobs have."""
    if _FOLDER not in path.parts[:-1]:
        return True
    below = "/".join(path.parts[path.parts.index(_FOLDER) + 1 :])
    return below.startswith(_PIPELINES) or _JOB.search(text) is not None


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images that scripts of the file build."""
    del context
    yield from built_by_pipeline(SourceFile(path=path, text=text, format="gitlab-ci"))


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the file at *path*, and of the files that it includes."""
    pipeline = Pipeline.open(path, text, context)
    for file in pipeline.files:
        for document in file.broken:
            yield from file.source.broken(document)
    # The image of a job may be written in the file that it extends.
    values = PipelineImages(pipeline, context).by_file()
    for file in pipeline.files:
        source = file.source
        yield from collapse_aliases(source, values[source.path], _UNRESOLVABLE)
