"""Images in pipelines of GitLab: `image` and `services`, wherever they may stand."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.gitlab_ci.images import PipelineHits
from imagelock.sources.gitlab_ci.project import Project
from imagelock.sources.protocol import About
from imagelock.sources.shared.located_values import Dialect, gathered
from imagelock.sources.shared.plain import broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`.gitlab-ci.yml` and names that end so, YAML in `.gitlab/ci` and"
    " `.gitlab-ci`, and files that `include` names with `local`",
    read="`image` and `services`, as text or with `name`: of the file, of `default`, and"
    " of jobs, hidden ones (`.name`) included",
    not_read="scripts, inputs, values of a matrix; files of other projects, templates,"
    " components and patterns in `include`",
    pinned="behind the tag, where it is written: `extends`, `!reference` and aliases"
    " only use it",
    notes="A job's variables are those of the job, of what it extends, and of the file."
    " `[variables]` in the configuration wins over all of these. What GitLab sets by"
    " itself (`$CI_REGISTRY_IMAGE`) is not known (`variable`), and `$[[ inputs.name ]]`"
    " is an `expression`."
    "\n\n"
    "What stands behind `${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/` is an image of"
    " Docker Hub, for that is what GitLab's proxy passes on.",
)
_NAMED: Final = re.compile(r"(?:.*[._-])?gitlab-ci(?:[._-].*)?", re.IGNORECASE)
_ENDINGS: Final = frozenset({".yaml", ".yml"})
_DIALECT: Final = Dialect(
    "gitlab-ci",
    (
        (
            re.compile(r"\$\[\["),
            Reason.EXPRESSION,
            "an input, which only GitLab can resolve",
        ),
    ),
)


def may_match(path: PurePosixPath) -> bool:
    """Match names with `gitlab-ci`, and the folders that people give to includes."""
    if path.suffix.lower() not in _ENDINGS:
        return False
    folders = path.parts[:-1]
    is_inside = ".gitlab-ci" in folders or (".gitlab", "ci") in pairwise(folders)
    return is_inside or _NAMED.fullmatch(path.stem) is not None


def matches(path: PurePosixPath, text: str) -> bool:
    """Match whatever is in it."""
    del text
    return may_match(path)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the file at *path*, and of the files that it includes."""
    project = Project.open(path, text, context)
    hits = PipelineHits(project, context)
    for file in project.files:
        yield from (broken(file.path, file.text, b, _DIALECT.name) for b in file.broken)
    # The hits of a job may lie in the file that it extends.
    found_in = hits.by_file()
    for file in project.files:
        yield from gathered(file.path, file.text, found_in[file.path], _DIALECT)
