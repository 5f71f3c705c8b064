"""The repositories of a fleet that are to be updated, as jobs of a CI system.

Names of repositories come from elsewhere: they are values of JSON, and never a part of
the name of a key, an expression, a command or a variable that is expanded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from imagelock.fleet.update_jobs import in_jobs

if TYPE_CHECKING:
    from imagelock.fleet.behind import BehindResult

_MATRIX: Final = 256
"""Jobs of a matrix of GitHub (docs.github.com, "Usage limits")."""
_PIPELINE: Final = 200
"""Jobs of a child pipeline: as many as `parallel` may have (docs.gitlab.com)."""
TEMPLATE: Final = ".imagelock-fleet-update"
"""The hidden job of GitLab that the jobs of the child pipeline extend."""
REPOSITORIES: Final = "IMAGELOCK_REPOSITORIES"


def github_matrix(result: BehindResult) -> str:
    """Return a line of JSON for `strategy.matrix`.

    Each job has a `name`, and `repositories`: a list, with more than a single name only
    if there are more than 256.
    """
    include = [
        {"name": job.title, "repositories": [*job.repositories]}
        for job in in_jobs(result.repositories_to_update(), _MATRIX)
    ]
    return json.dumps({"include": include}) + "\n"


def gitlab_pipeline(result: BehindResult) -> str:
    """Return a child pipeline in JSON, which is YAML as well.

    Each job extends `.imagelock-fleet-update`, and has the names of its repositories as
    a list of JSON in `IMAGELOCK_REPOSITORIES`. A pipeline must have a job.
    """
    jobs = {
        f"update {job.number}": {
            "extends": TEMPLATE,
            "variables": {
                REPOSITORIES: {"value": json.dumps(job.repositories), "expand": False}
            },
        }
        for job in in_jobs(result.repositories_to_update(), _PIPELINE)
    }
    nothing = {"nothing to update": {"script": ["true"]}}
    return json.dumps(jobs or nothing, indent=2) + "\n"
