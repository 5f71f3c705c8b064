"""The repositories of a fleet that are to be updated, for the matrix of a workflow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from imagelock.errors import UsageError

if TYPE_CHECKING:
    from imagelock.fleet.behind import BehindResult

_MOST_JOBS: Final = 256
"""Jobs of a matrix (docs.github.com, "Usage limits" of GitHub Actions)."""


def github_matrix(result: BehindResult) -> str:
    """Return a line of JSON for `strategy.matrix`: a job for each repository.

    A job has the `repository` and its `images`, the arguments of `imagelock update`.

    Raises:
        UsageError: there are more repositories than a matrix can have.
    """
    repositories = result.repositories()
    if len(repositories) > _MOST_JOBS:
        raise UsageError(
            f"{len(repositories)} repositories are behind, and a matrix of GitHub has"
            f" at most {_MOST_JOBS} jobs",
            hint="name some IMAGEs, or collect each `--shard` into a database of its own",
        )
    include = [
        {"repository": name, "images": " ".join(images)}
        for name, images in repositories.items()
    ]
    return json.dumps({"include": include}) + "\n"
