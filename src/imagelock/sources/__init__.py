"""The formats that name images: which files each reads, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.catalog import CatalogEntry, table

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
        table("circleci", (".circleci/**/*.{yaml,yml}",), module="path_tables"),
        table("bitbucket", ("bitbucket-pipelines.{yaml,yml}",), module="path_tables"),
        table("drone", ("*.drone.{yaml,yml}",), module="path_tables"),
        table(
            "woodpecker",
            (".woodpecker.{yaml,yml}", ".woodpecker/**/*.{yaml,yml}"),
            module="path_tables",
        ),
        CatalogEntry(
            "buildkite",
            (
                f"{_BEFORE}buildkite.{{yaml,yml,json}}",
                ".buildkite/**/*.{yaml,yml,json}",
            ),
            keywords=("steps",),
        ),
        table(
            "cloud-build",
            (
                "*{cloudbuild,cloud-build,cloud_build,gcb}*.{yaml,yml,json}",
                "{cloudbuild,cloud-build,cloud_build,gcb}/**/*.{yaml,yml,json}",
                ".{cloudbuild,cloud-build,gcb}/**/*.{yaml,yml,json}",
            ),
            ("steps",),
            module="path_tables",
        ),
        table(
            "semaphore",
            (".semaphore/**/*.{yaml,yml}",),
            ("agent",),
            module="pipeline_tables",
        ),
        table(
            "codefresh",
            ("*codefresh*.{yaml,yml}", ".codefresh/**/*.{yaml,yml}"),
            ("image",),
            module="pipeline_tables",
        ),
        table(
            "harness",
            (".{harness,gitness}/**/*.{yaml,yml}",),
            ("image", "container"),
            module="pipeline_tables",
        ),
        table(
            "screwdriver",
            ("screwdriver.{yaml,yml}", "sd-template.{yaml,yml}"),
            ("image",),
            module="pipeline_tables",
        ),
        CatalogEntry(
            "teamcity",
            (".teamcity.{yaml,yml}", ".teamcity/**/*.{yaml,yml,kts,kt,xml}"),
            keywords=("docker-image", "dockerImage", "plugin.docker.imageId"),
        ),
        table(
            "kamal",
            ("config/deploy.{yaml,yml}", "config/deploy.*.{yaml,yml}"),
            ("image", "pack"),
            module="deployment_tables",
        ),
        table("werf", ("werf.{yaml,yml}",), module="deployment_tables"),
        table(
            "garden",
            ("garden.{yaml,yml}", "*.garden.{yaml,yml}"),
            ("image",),
            module="deployment_tables",
        ),
        table(
            "home-assistant",
            ("{config,build}.{yaml,yml,json}",),
            ("slug", "build_from"),
            module="deployment_tables",
        ),
        table(
            "dapr",
            ("*dapr*.{yaml,yml}",),
            ("containerImage",),
            module="deployment_tables",
        ),
        table("zarf", _YAML, ("ZarfPackageConfig",), module="deployment_tables"),
        table(
            "gitlab-runner",
            ("config.toml", "config.*.toml", "*.config.toml", "*runner*.toml"),
            ("runners",),
            module="toml_tables",
        ),
        table(
            "fly",
            ("fly.toml", "fly.*.toml"),
            ("image", "builder", "buildpacks"),
            module="toml_tables",
        ),
        table(
            "buildpacks",
            ("{project,builder,package}.toml",),
            ("builder", "image", "docker:"),
            module="toml_tables",
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
        CatalogEntry(
            "jenkins",
            ("*jenkinsfile*", "*.groovy"),
            keywords=("image", "docker"),
            module="jenkins.jenkins",
            is_relating=True,
        ),
        CatalogEntry("earthfile", ("{,*.}earthfile{,.*}",), is_relating=True),
        CatalogEntry("tilt", ("{,*.}tiltfile{,.*}",), is_relating=True),
        CatalogEntry("vagrant", ("*Vagrantfile*",), keywords=("docker",)),
        CatalogEntry("cirrus", (".cirrus.{yaml,yml}",)),
        table("gitpod", (".gitpod.{yaml,yml}",), module="path_tables"),
        table(
            "molecule",
            ("molecule.{yaml,yml}", "molecule/*.{yaml,yml}"),
            ("platforms",),
            module="path_tables",
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
        table(
            "prow",
            _YAML,
            ("presubmits", "postsubmits", "periodics", "plank"),
            module="pipeline_tables",
        ),
        table("score", _YAML, ("score.dev/",), module="deployment_tables"),
        table(
            "backstage", _YAML, ("imageName", "dockerImage"), module="deployment_tables"
        ),
        table("ko", (".ko.{yaml,yml}",), module="path_tables"),
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
        table("talos", _YAML, ("machine:", "cluster:"), module="path_tables"),
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
