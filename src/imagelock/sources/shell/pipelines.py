"""Scripts in the pipelines of CI systems.

https://docs.gitlab.com/ci/yaml/ (`script`, `before_script`, `after_script`, `variables`)
https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps-script
https://circleci.com/docs/configuration-reference/#run
https://docs.drone.io/pipeline/docker/syntax/steps/
https://woodpecker-ci.org/docs/usage/workflow-syntax#commands
https://buildkite.com/docs/pipelines/configure/step-types/command-step
https://support.atlassian.com/bitbucket-cloud/docs/step-options/
https://docs.travis-ci.com/user/job-lifecycle
https://docs.semaphore.io/reference/pipeline-yaml
https://codefresh.io/docs/docs/pipelines/steps/freestyle/
https://developer.harness.io/docs/continuous-integration/use-ci/run-step-settings/
https://docs.screwdriver.cd/user-guide/configuration/jobconfig
https://www.jetbrains.com/help/teamcity/pipelines/create-edit-yaml.html
https://cirrus-ci.org/guide/writing-tasks/#script-instruction
https://go-vela.github.io/docs/reference/yaml/steps/
https://www.gitpod.io/docs/classic/user/references/gitpod-yml
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
_TRAVIS_PHASES: Final = (
    *("before_install", "install", "before_script", "script", "before_cache"),
    *("after_success", "after_failure", "before_deploy", "after_deploy"),
    *("after_script", "deploy.script", "deploy[].script"),
)
_TRAVIS: Final = Kind(
    values=_lists(
        *_TRAVIS_PHASES,
        *(
            f"{jobs}.include[].{p}"
            for jobs in ("jobs", "matrix")
            for p in _TRAVIS_PHASES
        ),
    ),
    at_root=True,
    shares_shell=True,
)
# Steps of these run in folders that they may choose, mostly in containers.
_CODEFRESH: Final = Kind(values=_lists("**.commands"), is_inside=True)
_HARNESS: Final = Kind(
    values=(
        *("**.spec.command", "**.steps[].spec.run", "**.steps[].run"),
        *("**.steps[].run.script", "**.steps[].spec.script"),
    ),
    is_inside=True,
)
_SCREWDRIVER: Final = Kind(
    values=("**.steps[]", "**.steps[].*", "**.steps[].*.command"), is_inside=True
)
_TEAMCITY: Final = Kind(values=("**.steps[].script-content",), is_inside=True)
_CIRRUS: Final = Kind(values=("**",), key="script", is_inside=True)
_GITPOD: Final = Kind(
    values=tuple(f"tasks[].{key}" for key in ("before", "init", "prebuild", "command")),
    at_root=True,
    shares_shell=True,
)

PIPELINES: Final = (
    (r"\.gitlab-ci\.ya?ml", _GITLAB),
    (r"(?:[^/]+[._-])?gitlab-ci(?:[._-][^/]+)?\.ya?ml", _GITLAB_PART),
    (r"\.gitlab(?:-ci|/ci)/.+\.ya?ml", _GITLAB_PART),
    (r"\.?azure[-_]?pipelines?(?:[^/]*|/.+)\.ya?ml", _AZURE),
    (r"\.(?:azure-?devops|vsts|ado)/.+\.ya?ml", _AZURE),
    (r"\.circleci/.+\.ya?ml", _CIRCLE),
    (r"[^/]*\.drone\.ya?ml", _COMMANDS),
    (r"\.(?:woodpecker|crow|vela)(?:/.+)?\.ya?ml", _COMMANDS),
    (r"\.semaphore/.+\.ya?ml", _COMMANDS),
    (r"\.buildkite/.+\.(?:ya?ml|json)", _BUILDKITE),
    (r"buildkite[^/]*\.(?:ya?ml|json)", _BUILDKITE),
    (r"bitbucket-pipelines\.ya?ml", _BITBUCKET),
    (r"\.travis\.ya?ml", _TRAVIS),
    (r"(?:[^/]*codefresh[^/]*|\.codefresh/.+)\.ya?ml", _CODEFRESH),
    (r"\.(?:harness|gitness)/.+\.ya?ml", _HARNESS),
    (r"(?:screwdriver|sd-template)\.ya?ml", _SCREWDRIVER),
    (r"\.teamcity(?:/.+)?\.ya?ml", _TEAMCITY),
    (r"\.cirrus\.ya?ml", _CIRRUS),
    (r"\.gitpod\.ya?ml", _GITPOD),
)
"""By the path in lower case, or what is behind any folder of it."""
