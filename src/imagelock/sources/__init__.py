"""The formats that name images: which files each reads, and in which order."""

from __future__ import annotations

from functools import partial

from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.sources.catalog import CatalogEntry, table

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEFORE: Final = "{,*.,*_,*-}"
"""Nothing before a word in a name, or anything and a delimiter."""

_AFTER: Final = "{,.*,_*,-*}"
_YAML: Final = ("*.{yaml,yml}",)
_UNITS: Final = "{container,image,volume,build,artifact,kube,pod}"

# Tables by the module that has them.
_path_table: Final = partial(table, module="path_tables")
_pipeline: Final = partial(table, module="pipeline_tables")
_deployment: Final = partial(table, module="deployment_tables")
_platform: Final = partial(table, module="platform_tables")
_toml_table: Final = partial(table, module="toml_tables")

SOURCES: Final[Mapping[str, CatalogEntry]] = {
    entry.name: entry
    for entry in (
        CatalogEntry(
            "dockerfile", ("*{docker,container}file*",), module="dockerfile.dockerfile"
        ),
        CatalogEntry(
            "devcontainer", ("{,.}devcontainer.json", "test/*/scenarios.json")
        ),
        CatalogEntry(
            "quadlet",
            (f"*.{_UNITS}", f"{{,*.}}{_UNITS}.d/*.conf"),
            keywords=("[",),
            module="podman.quadlet",
        ),
        CatalogEntry(
            "image-list", ("*images*.txt", "*image{,-,_}list*.txt"), keywords=("/",)
        ),
        CatalogEntry(
            "github-actions",
            (".{github,gitea,forgejo}/workflows/*.{yaml,yml}", "action.{yaml,yml}"),
            is_relating=True,
        ),
        CatalogEntry(
            "gitlab-ci",
            (
                f"{_BEFORE}gitlab-ci{_AFTER}.{{yaml,yml}}",
                ".gitlab-ci/**/*.{yaml,yml}",
                ".gitlab/**/*.{yaml,yml}",
            ),
            module="gitlab_ci.gitlab_ci",
            is_relating=True,
        ),
        _path_table("circleci", (".circleci/**/*.{yaml,yml}",)),
        _path_table("bitbucket", ("bitbucket-pipelines.{yaml,yml}",)),
        _path_table("drone", ("*.drone.{yaml,yml}",)),
        _path_table(
            "woodpecker", (".woodpecker.{yaml,yml}", ".woodpecker/**/*.{yaml,yml}")
        ),
        _pipeline("crow", (".crow.{yaml,yml}", ".crow/**/*.{yaml,yml}"), ("image",)),
        _pipeline("vela", (".vela.{yaml,yml}", ".vela/**/*.{yaml,yml}"), ("image",)),
        _pipeline("batect", ("batect{,-bundle}.{yaml,yml}",), ("containers",)),
        CatalogEntry(
            "buildkite",
            ("*.{yaml,yml,json}",),
            # A pipeline can be a list of steps.
            keywords=("steps", "plugins", "- label:"),
            module="buildkite.buildkite",
            is_relating=True,
            objects=False,
        ),
        CatalogEntry(
            "cloud-build",
            (
                "*{cloudbuild,cloud-build,cloud_build,gcb}*.{yaml,yml,json}",
                "{cloudbuild,cloud-build,cloud_build,gcb}/**/*.{yaml,yml,json}",
                ".{cloudbuild,cloud-build,gcb}/**/*.{yaml,yml,json}",
            ),
            keywords=("steps",),
            module="cloud_build",
            is_relating=True,
        ),
        _pipeline("semaphore", (".semaphore/**/*.{yaml,yml}",), ("agent",)),
        _pipeline(
            "codefresh",
            ("*codefresh*.{yaml,yml}", ".codefresh/**/*.{yaml,yml}"),
            ("image",),
        ),
        _pipeline(
            "harness", (".{harness,gitness}/**/*.{yaml,yml}",), ("image", "container")
        ),
        _pipeline(
            "screwdriver",
            ("screwdriver.{yaml,yml}", "sd-template.{yaml,yml}"),
            ("image",),
        ),
        CatalogEntry(
            "teamcity",
            (".teamcity.{yaml,yml}", ".teamcity/**/*.{yaml,yml,kts,kt,xml}"),
            keywords=("docker-image", "dockerImage", "plugin.docker.imageId"),
        ),
        _deployment(
            "kamal",
            ("config/deploy.{yaml,yml}", "config/deploy.*.{yaml,yml}"),
            ("image", "pack"),
        ),
        _deployment("werf", ("werf.{yaml,yml}",)),
        _deployment("garden", ("garden.{yaml,yml}", "*.garden.{yaml,yml}"), ("image",)),
        _deployment(
            "home-assistant",
            ("{config,build}.{yaml,yml,json}",),
            ("slug", "build_from"),
        ),
        _platform(
            "serverless",
            ("serverless.{yaml,yml}", "serverless.*.{yaml,yml}"),
            ("image",),
        ),
        _platform("copilot", ("copilot/*/manifest.{yaml,yml}",), ("image",)),
        _platform("render", ("render.{yaml,yml}",), ("image",)),
        _platform(
            "azure-containers",
            ("*.{yaml,yml,json}",),
            (*("Microsoft.", "nvironmentId", "linuxFxVersion"),),
        ),
        CatalogEntry(
            "nixos", ("*.nix",), keywords=("oci-containers", "podman", "pullImage")
        ),
        CatalogEntry("bicep", ("*.bicep",), keywords=("image", "FxVersion")),
        CatalogEntry(
            "jsonnet",
            ("*.{jsonnet,libsonnet}",),
            keywords=("mage", "container.new"),
            module="config_languages:JSONNET_FILES",
        ),
        CatalogEntry(
            "kcl",
            ("*.k",),
            keywords=("mage",),
            module="config_languages:KCL_FILES",
        ),
        _platform("caprover", ("*captain-definition*",), ("imageName",)),
        CatalogEntry(
            "digitalocean",
            ("*.{yaml,yml,json}",),
            keywords=("registry_type",),
            objects=False,
        ),
        CatalogEntry(
            "pulumi",
            ("pulumi*.{yaml,yml}", "main.{yaml,yml}"),
            keywords=("resources",),
        ),
        _platform("devspace", ("devspace.{yaml,yml}", "devspace.*.{yaml,yml}")),
        _platform("okteto", ("okteto{,-*}.{yaml,yml}",)),
        _platform("ddev", (".ddev/config*.{yaml,yml}",), ("webimage",)),
        _platform("lando", (".lando.{yaml,yml}", ".lando.*.{yaml,yml}"), ("image",)),
        _deployment("dapr", ("*dapr*.{yaml,yml}",), ("containerImage",)),
        table("zarf", _YAML, ("ZarfPackageConfig",), module="zarf"),
        _toml_table(
            "gitlab-runner",
            ("config.toml", "config.*.toml", "*.config.toml", "*runner*.toml"),
            ("runners",),
        ),
        _toml_table(
            "fly", ("fly.toml", "fly.*.toml"), ("image", "builder", "buildpacks")
        ),
        _toml_table(
            "buildpacks",
            ("{project,builder,package}.toml",),
            ("builder", "image", "docker:"),
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
            keywords=("image", "docker", "yamlFile", "libraryResource"),
            module="jenkins.jenkins",
            is_relating=True,
        ),
        CatalogEntry(
            "maven",
            ("{,*.}pom.xml",),
            keywords=("<image", "<baseImage", "jib.from.image", ".build-image."),
            module="maven.maven",
        ),
        CatalogEntry(
            "gradle",
            ("*.gradle{,.kts}",),
            keywords=("image", "builder", "Image"),
            module="gradle.gradle",
        ),
        CatalogEntry(
            "jenkins-casc",
            _YAML,
            keywords=("clouds",),
            module="jenkins.casc",
            objects=False,
        ),
        CatalogEntry(
            "jenkins-config",
            ("{,*-,*_,*.}config.xml", "*jenkins*.xml"),
            keywords=("Template", "DockerBuildWrapper", "CpsFlowDefinition"),
            module="jenkins.config_xml",
        ),
        CatalogEntry("act", ("{,.}actrc",), keywords=("-P", "--platform")),
        CatalogEntry("testcontainers", ("{,.}testcontainers.properties",)),
        CatalogEntry(
            "quarkus",
            ("application{,-*}.{properties,yaml,yml}",),
            keywords=("image-name", "base-jvm-image", "base-native-image"),
            objects=False,
        ),
        CatalogEntry("earthfile", ("{,*.}earthfile{,.*}", "*.earth"), is_relating=True),
        CatalogEntry("tilt", ("{,*.}tiltfile{,.*}",), is_relating=True),
        CatalogEntry("vagrant", ("*Vagrantfile*",), keywords=("docker",)),
        CatalogEntry("cirrus", (".cirrus.{yaml,yml}",)),
        _path_table("gitpod", (".gitpod.{yaml,yml}",)),
        _path_table(
            "molecule", ("molecule.{yaml,yml}", "molecule/*.{yaml,yml}"), ("platforms",)
        ),
        CatalogEntry(
            "pre-commit",
            (".pre-commit-{config,hooks}.{yaml,yml}",),
            keywords=("entry",),
        ),
        CatalogEntry(
            "azure-pipelines", _YAML, keywords=("container", "vmImage"), objects=False
        ),
        CatalogEntry(
            "concourse",
            _YAML,
            keywords=("image_resource", "registry-image", "docker-image"),
            objects=False,
        ),
        _pipeline(
            "prow",
            _YAML,
            ("presubmits", "postsubmits", "periodics", "plank"),
            objects=False,
        ),
        _pipeline("kestra", _YAML, ("io.kestra.",), objects=False),
        _deployment(
            "pterodactyl",
            ("*.{json,yaml,yml}",),
            ("PTDL_v", "PLCN_v"),
            objects=False,
        ),
        _deployment("score", _YAML, ("score.dev/",)),
        _deployment("backstage", _YAML, ("imageName", "dockerImage")),
        _path_table("ko", (".ko.{yaml,yml}",)),
        CatalogEntry("helm-chart", ("{Chart,requirements}.yaml",), module="helm.chart"),
        CatalogEntry("timoni", ("*.cue",), keywords=("instances",)),
        CatalogEntry(
            "helmfile",
            ("*.{yaml,yml}{,.gotmpl}",),
            keywords=("releases", "templates"),
            module="helm.helmfile",
            is_relating=True,
            objects=False,
        ),
        CatalogEntry(
            "helmsman",
            ("*.{yaml,yml,toml}",),
            keywords=("helmRepos", "HelmRepos", "namespaces"),
            module="helm.helmsman",
            is_relating=True,
            objects=False,
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
            (
                "values*.{yaml,yml}",
                "*{.,_,-}values.{yaml,yml}",
                "{helm,values}{-,_}{overrides,values}/**/*.{yaml,yml}",
            ),
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
            keywords=("image", "Image", "helm_release", "DOCKER|"),
            module="terraform.terraform",
            is_relating=True,
        ),
        CatalogEntry(
            "compose",
            (*_YAML, "*compose*.json"),
            keywords=("services", "image", "include", "build", "extends"),
            module="compose.compose",
            is_relating=True,
            objects=False,
        ),
        CatalogEntry(
            "ansible",
            _YAML,
            keywords=("docker_", "podman_", "k8s", "chart_ref"),
            module="ansible.ansible",
            is_relating=True,
            objects=False,
        ),
        _platform("talos", _YAML, ("machine:", "cluster:")),
        CatalogEntry("skaffold", _YAML, keywords=("skaffold/",), is_relating=True),
        CatalogEntry(
            "ecs",
            ("*.{yaml,yml,json,template}",),
            keywords=(
                *("ontainerDefinitions", "AWS::", "AWSEBDockerrunVersion"),
                '"image"',
            ),
            objects=False,
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
            keywords=("apiVersion", "apiversion: scorecard."),
            module="gitops.gitops",
            is_relating=True,
        ),
    )
}
"""Every source by the name of its format; the first that matches reads a file."""

SHELL: Final = "shell"
"""The name of the source of commands, which reads files besides their own source."""

RUNNING_BUILDS: Final = frozenset({SHELL, "gradle", "maven"})
"""The sources of files that run builds, in which a name that is built means the result."""

TEST_FOLDERS: Final = frozenset(
    {"test", "tests", "testing", "testdata", "e2e", "integration", "integration-tests"}
)
"""Folders with tests, which run what they build and seldom publish it."""
