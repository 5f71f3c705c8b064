"""The formats that name images: which files each reads, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.catalog import CatalogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEFORE: Final = "{,*.,*_,*-}"
"""Nothing before a word in a name, or anything and a delimiter."""

_AFTER: Final = "{,.*,_*,-*}"
_YAML: Final = ("*.{yaml,yml}",)
_UNITS: Final = "{container,image,volume,build,artifact,kube,pod}"

SOURCES: Final[Mapping[str, CatalogEntry]] = {
    entry.name: entry
    for entry in (
        CatalogEntry(
            "dockerfile",
            ("*{docker,container}file*",),
            module="dockerfile.dockerfile",
        ),
        CatalogEntry("devcontainer", ("{,.}devcontainer.json",)),
        CatalogEntry(
            "quadlet",
            (f"*.{_UNITS}", f"{{,*.}}{_UNITS}.d/*.conf"),
            keywords=("[",),
            module="podman.quadlet",
        ),
        CatalogEntry(
            "image-list",
            ("*images*.txt", "*image{,-,_}list*.txt"),
            keywords=("/",),
        ),
        CatalogEntry(
            "github-actions",
            (
                ".{github,gitea,forgejo}/workflows/*.{yaml,yml}",
                "action.{yaml,yml}",
            ),
            is_relating=True,
        ),
        CatalogEntry(
            "gitlab-ci",
            (
                f"{_BEFORE}gitlab-ci{_AFTER}.{{yaml,yml}}",
                ".gitlab-ci/**/*.{yaml,yml}",
                ".gitlab/ci/**/*.{yaml,yml}",
            ),
            module="gitlab_ci.gitlab_ci",
            is_relating=True,
        ),
        CatalogEntry(
            "circleci",
            (".circleci/**/*.{yaml,yml}",),
            module="path_tables:CIRCLECI",
            is_relating=True,
        ),
        CatalogEntry(
            "bitbucket",
            ("bitbucket-pipelines.{yaml,yml}",),
            module="path_tables:BITBUCKET",
            is_relating=True,
        ),
        CatalogEntry(
            "drone",
            ("*.drone.{yaml,yml}",),
            module="path_tables:DRONE",
            is_relating=True,
        ),
        CatalogEntry(
            "woodpecker",
            (".woodpecker.{yaml,yml}", ".woodpecker/**/*.{yaml,yml}"),
            module="path_tables:WOODPECKER",
            is_relating=True,
        ),
        CatalogEntry(
            "buildkite",
            (
                f"{_BEFORE}buildkite.{{yaml,yml,json}}",
                ".buildkite/**/*.{yaml,yml,json}",
            ),
            keywords=("steps",),
        ),
        CatalogEntry(
            "cloud-build",
            ("*cloudbuild*.{yaml,yml,json}",),
            keywords=("steps",),
            module="path_tables:CLOUD_BUILD",
            is_relating=True,
        ),
        CatalogEntry(
            "semaphore",
            (".semaphore/**/*.{yaml,yml}",),
            keywords=("agent",),
            module="pipeline_tables:SEMAPHORE",
            is_relating=True,
        ),
        CatalogEntry(
            "codefresh",
            ("*codefresh*.{yaml,yml}", ".codefresh/**/*.{yaml,yml}"),
            keywords=("image",),
            module="pipeline_tables:CODEFRESH",
            is_relating=True,
        ),
        CatalogEntry(
            "harness",
            (".{harness,gitness}/**/*.{yaml,yml}",),
            keywords=("image", "container"),
            module="pipeline_tables:HARNESS",
            is_relating=True,
        ),
        CatalogEntry(
            "screwdriver",
            ("screwdriver.{yaml,yml}", "sd-template.{yaml,yml}"),
            keywords=("image",),
            module="pipeline_tables:SCREWDRIVER",
            is_relating=True,
        ),
        CatalogEntry(
            "teamcity",
            (".teamcity.{yaml,yml}", ".teamcity/**/*.{yaml,yml,kts,kt,xml}"),
            keywords=("docker-image", "dockerImage", "plugin.docker.imageId"),
        ),
        CatalogEntry(
            "kamal",
            ("config/deploy.{yaml,yml}", "config/deploy.*.{yaml,yml}"),
            keywords=("image", "pack"),
            module="deployment_tables:KAMAL",
            is_relating=True,
        ),
        CatalogEntry(
            "werf",
            ("werf.{yaml,yml}",),
            module="deployment_tables:WERF",
            is_relating=True,
        ),
        CatalogEntry(
            "garden",
            ("garden.{yaml,yml}", "*.garden.{yaml,yml}"),
            keywords=("image",),
            module="deployment_tables:GARDEN",
            is_relating=True,
        ),
        CatalogEntry(
            "home-assistant",
            ("{config,build}.{yaml,yml,json}",),
            keywords=("slug", "build_from"),
            module="deployment_tables:HOME_ASSISTANT",
            is_relating=True,
        ),
        CatalogEntry(
            "dapr",
            ("*dapr*.{yaml,yml}",),
            keywords=("containerImage",),
            module="deployment_tables:DAPR",
            is_relating=True,
        ),
        CatalogEntry(
            "fly",
            ("fly.toml", "fly.*.toml"),
            keywords=("image", "builder", "buildpacks"),
            module="toml_tables:FLY",
            is_relating=True,
        ),
        CatalogEntry(
            "buildpacks",
            ("{project,builder,package}.toml",),
            keywords=("builder", "image", "docker:"),
            module="toml_tables:BUILDPACKS",
            is_relating=True,
        ),
        CatalogEntry(
            "bazel",
            ("{,*.}MODULE.bazel", "WORKSPACE{,.bazel}", "*.bzl"),
            keywords=("pull",),
        ),
        CatalogEntry(
            "mcp",
            (
                "*mcp*.json",
                "{claude_desktop_config,opencode,server}.json{,c}",
                ".{vscode,gemini,qwen,zed,amazonq}/settings.json",
                ".codex/config.toml",
            ),
            keywords=("docker", "podman", "nerdctl", "finch", "oci"),
        ),
        CatalogEntry("vagrant", ("*Vagrantfile*",), keywords=("docker",)),
        CatalogEntry("cirrus", (".cirrus.{yaml,yml}",)),
        CatalogEntry(
            "gitpod",
            (".gitpod.{yaml,yml}",),
            module="path_tables:GITPOD",
            is_relating=True,
        ),
        CatalogEntry(
            "molecule",
            ("molecule.{yaml,yml}", "molecule/*.{yaml,yml}"),
            keywords=("platforms",),
            module="path_tables:MOLECULE",
            is_relating=True,
        ),
        CatalogEntry(
            "pre-commit",
            (".pre-commit-{config,hooks}.{yaml,yml}",),
            keywords=("entry",),
        ),
        CatalogEntry("azure-pipelines", _YAML, keywords=("container", "vmImage")),
        CatalogEntry(
            "concourse",
            _YAML,
            keywords=("image_resource", "registry-image", "docker-image"),
        ),
        CatalogEntry(
            "prow",
            _YAML,
            keywords=("presubmits", "postsubmits", "periodics", "plank"),
            module="pipeline_tables:PROW",
            is_relating=True,
        ),
        CatalogEntry(
            "score",
            _YAML,
            keywords=("score.dev/",),
            module="deployment_tables:SCORE",
            is_relating=True,
        ),
        CatalogEntry(
            "backstage",
            _YAML,
            keywords=("imageName", "dockerImage"),
            module="deployment_tables:BACKSTAGE",
            is_relating=True,
        ),
        CatalogEntry(
            "ko", (".ko.{yaml,yml}",), module="path_tables:KO", is_relating=True
        ),
        CatalogEntry("helm-chart", ("Chart.yaml",), module="helm.chart"),
        CatalogEntry(
            "helmfile",
            (
                "helmfile*.{yaml,yml}{,.gotmpl}",
                "helmfile.d/*.{yaml,yml}{,.gotmpl}",
            ),
            module="helm.helmfile",
        ),
        CatalogEntry(
            "fleet",
            ("fleet.yaml",),
            keywords=("helm", "kustomize"),
            module="gitops.fleet",
            is_relating=True,
        ),
        CatalogEntry(
            "packer",
            ("*.pkr.{hcl,json}", "*.json"),
            keywords=('"docker', '"source.docker'),
        ),
        CatalogEntry(
            "nomad",
            ("*.nomad{,.*}", "*.{hcl,job,json,tpl}"),
            keywords=("driver", "Driver", "config"),
        ),
        CatalogEntry(
            "helm-template",
            ("templates/**/*.{yaml,yml,tpl}",),
            keywords=("{{",),
            module="helm.template",
            templates=False,
        ),
        CatalogEntry(
            "helm-values",
            ("values*.{yaml,yml}", "*{.,_,-}values.{yaml,yml}"),
            # Values over those of a chart may have only a part of an image.
            keywords=(
                *("image", "Image", "repository", "registry", "hub"),
                *("tag", "Tag", "version", "digest", "sha"),
            ),
            module="helm.values",
        ),
        CatalogEntry(
            "bake",
            ("docker-bake*.{hcl,json}", f"{_BEFORE}bake{_AFTER}.{{hcl,json}}"),
            keywords=("target",),
            module="bake.bake",
            is_relating=True,
        ),
        CatalogEntry(
            "terraform",
            ("*.{tf,tofu}{,.json}",),
            keywords=("image", "Image"),
            module="terraform.terraform",
            is_relating=True,
        ),
        CatalogEntry(
            "compose",
            (*_YAML, "*compose*.json"),
            keywords=("services", "image", "include", "build", "extends"),
            module="compose.compose",
            is_relating=True,
        ),
        CatalogEntry(
            "ansible",
            _YAML,
            keywords=("docker_", "podman_", "k8s"),
            module="ansible.ansible",
            is_relating=True,
        ),
        CatalogEntry(
            "talos",
            _YAML,
            keywords=("machine:", "cluster:"),
            module="path_tables:TALOS",
            is_relating=True,
        ),
        CatalogEntry("skaffold", _YAML, keywords=("skaffold/",), is_relating=True),
        CatalogEntry(
            "ecs",
            ("*.{yaml,yml,json,template}",),
            keywords=("ontainerDefinitions", "AWS::", "AWSEBDockerrunVersion"),
        ),
        CatalogEntry(
            "kustomize",
            (*_YAML, "Kustomization"),
            keywords=(
                "kustomiz",
                "resources",
                "bases",
                "components",
                "images",
                "patch",
                "helmCharts",
                "generators",
                "transformers",
                "replacements",
            ),
            module="kustomize.kustomize",
            is_relating=True,
        ),
        CatalogEntry(
            "kubernetes",
            ("*.{yaml,yml,json}", "Kptfile"),
            keywords=("apiVersion",),
            module="gitops.gitops",
            is_relating=True,
        ),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""

SHELL: Final = "shell"
"""The name of the source of commands, which reads files besides their own source."""
