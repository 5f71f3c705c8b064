"""Scripts in the pipelines of CI systems.

https://docs.gitlab.com/ci/yaml/ (`script`, `before_script`, `after_script`, `variables`)
https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps-script
https://circleci.com/docs/configuration-reference/#run
https://docs.drone.io/pipeline/docker/syntax/steps/
https://woodpecker-ci.org/docs/usage/workflow-syntax#commands
https://buildkite.com/docs/pipelines/configure/step-types/command-step
https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.sources.shell.kind import Kind


def _lists(*places: str) -> tuple[str, ...]:
    """Return *places* of a script, or of a list of them: aliases make deeper lists."""
    return tuple(
        f"{place}{depth}" for place in places for depth in ("", "[]", "[][]", "[][][]")
    )


_GITLAB_SCRIPTS: Final = (
    *("before_script", "after_script"),
    *(
        "*.script",
        "*.before_script",
        "*.after_script",
        "*.hooks.pre_get_sources_script",
    ),
)
_GITLAB_PART: Final = Kind(
    values=_lists(*_GITLAB_SCRIPTS), at_root=True, shares_shell=True
)
"""A file that others include: they may give its variables other values."""

_GITLAB: Final = _GITLAB_PART._replace(
    variables_at=(
        "variables.*",
        "*.variables.*",
        "*.rules[].variables.*",
        "*.parallel.matrix[].*",
    ),
    exports=True,
    # A job may get variables of one that it extends.
    unknown_with="include:",
)
_AZURE: Final = Kind(
    # Steps may be below conditions; those of PowerShell are not those of a shell.
    values=("**[].script", "**[].bash"),
    at_root=True,
    folder_key="workingDirectory",
)
_CIRCLE: Final = Kind(
    values=("**.steps[].run", "**.steps[].run.command"),
    variable=re.compile(r"<<[ \t]*+(?P<name>\w++\.[\w.-]++)[ \t]*+>>"),
    # Jobs and steps have folders of their own, which parameters may name.
    is_inside=True,
)
_COMMANDS: Final = Kind(values=_lists("**.commands"), at_root=True, shares_shell=True)
_BUILDKITE: Final = Kind(
    values=_lists("**.command", "**.commands"), at_root=True, shares_shell=True
)
_BITBUCKET: Final = Kind(
    values=_lists("**.script", "**.after-script"), at_root=True, shares_shell=True
)

PIPELINES: Final = (
    (r"\.gitlab-ci\.ya?ml", _GITLAB),
    (r"(?:[^/]+[._-])?gitlab-ci(?:[._-][^/]+)?\.ya?ml", _GITLAB_PART),
    (r"\.gitlab(?:-ci|/ci)/.+\.ya?ml", _GITLAB_PART),
    (r"\.?azure[-_]?pipelines?(?:[^/]*|/.+)\.ya?ml", _AZURE),
    (r"\.(?:azure-?devops|vsts|ado)/.+\.ya?ml", _AZURE),
    (r"\.circleci/.+\.ya?ml", _CIRCLE),
    (r"[^/]*\.drone\.ya?ml", _COMMANDS),
    (r"\.(?:woodpecker|crow)(?:/.+)?\.ya?ml", _COMMANDS),
    (r"\.buildkite/.+\.(?:ya?ml|json)", _BUILDKITE),
    (r"buildkite[^/]*\.(?:ya?ml|json)", _BUILDKITE),
    (r"bitbucket-pipelines\.ya?ml", _BITBUCKET),
)
"""By the path in lower case, or what is behind any folder of it."""
