"""Images in Terraform and OpenTofu, by the type of the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_image
from imagelock.sources.shared.hcl_file import HclFile, parse
from imagelock.sources.terraform.documents import documents_in
from imagelock.sources.terraform.likely_images import likely_images
from imagelock.sources.terraform.releases import (
    charts,
    repository_charts,
    single_values,
)
from imagelock.sources.terraform.resources import (
    data_rule,
    has_other_images,
    resource_rule,
)
from imagelock.sources.terraform.scope import scope_of
from imagelock.sources.terraform.walk import ResourceWalk
from imagelock.sources.terraform.web_apps import is_web_app, web_app_images
from imagelock.syntax.hcl.tree import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation
    from imagelock.syntax.hcl.tree import Object

ABOUT: Final = About(
    recognised="`*.tf`, `*.tofu`, `*.tf.json`, `*.tofu.json`",
    read="`docker_image`, `docker_container`, `docker_service`,"
    " `docker_buildx_builder` and the data source"
    " `docker_registry_image`; containers of `kubernetes_*`, `google_cloud_run_*`,"
    " `azurerm_container_app`, `azurerm_container_app_job` and"
    " `azurerm_container_group`; `docker_image_name` and `docker` of web and function"
    " apps of Azure (`azurerm_linux_web_app`), in their registry, and `linux_fx_version`"
    " with `DOCKER|` of older ones; `aws_ecs_task_definition` and"
    " `aws_batch_job_definition`, with `jsonencode` or JSON in a heredoc;"
    " `aws_lambda_function`, `aws_apprunner_service`, `aws_sagemaker_model`; steps of"
    " `google_cloudbuild_trigger`; `google_workstations_workstation_config`,"
    " `google_app_engine_flexible_app_version`; manifests in"
    " `kubernetes_manifest`, `kubectl_manifest`, `k8s_manifest` and"
    " `kustomization_resource`, values of charts in `helm_release` and jobs in"
    " `nomad_job`, as strings and heredocs; files of values in `file` and"
    " `templatefile` of a `helm_release`; its `chart` from `oci://`"
    " at its `version`",
    not_read="images of virtual machines; what `docker_image` builds",
    pinned="behind the tag",
    notes="`var.x` and `local.x` have the values that `[variables]` of the"
    " configuration, `*.auto.tfvars`, `terraform.tfvars` or plain defaults give them, in"
    " any file of the folder. Other `*.tfvars` count for a variable without default,"
    " where they do not disagree. Nothing is computed: functions, conditions and values of other resources are skipped"
    " (`expression`). An argument of a module, or of any other resource, that looks"
    " like an image (`image`, `container_image`, at any depth) is a `guess`. `set` of"
    " `helm_release` is an image where it has a repository and a tag.",
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of resources and data sources.

    Two resources can use one local value, whose images are repeated then.
    """
    root, problems = parse(path, text.value)
    scope = scope_of(path, root, text, context)
    file = HclFile(path=path, text=text, format="terraform", scope=scope)
    yield from (file.problem(problem) for problem in problems)
    yield from _resources(file, root, context)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the images that resources of the file build, and its files with values."""
    if "helm_release" in text.value and "file(" in text.value:
        yield from _values_files(path, text, context)
    if "build" not in text.value or "docker_image" not in text.value:
        return
    for found in find(path, text, context):
        if isinstance(found, Skipped) and found.reason is Reason.BUILD_OUTPUT:
            built = built_image(found.place.text, found.place, [path])
            yield from filter(None, [built])


def _values_files(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[Relation]:
    # Few modules install charts, and Helm's part is not small.
    from imagelock.sources.terraform.values_files import values_relations

    root, _ = parse(path, text.value)
    scope = scope_of(path, root, text, context)
    file = HclFile(path=path, text=text, format="terraform", scope=scope)
    for body, labels in blocks(root, "resource", 2):
        rule = resource_rule(labels.partition(".")[0])
        if rule and rule.is_release:
            yield from values_relations(file, body, context)


def _resources(file: HclFile, root: Object, context: Context) -> Iterator[Found]:
    walk = ResourceWalk(file)
    for body, labels in blocks(root, "resource", 2):
        kind = labels.partition(".")[0]
        if rule := resource_rule(kind):
            yield from walk.images(body, rule, labels)
            yield from documents_in(file, body, rule, labels, context)
            if rule.is_release:
                yield from _release(file, body, labels, context)
        elif is_web_app(kind):
            yield from web_app_images(file, body, labels)
        else:
            yield from _guesses(file, body, labels)
    for body, labels in blocks(root, "data", 2):
        rule = data_rule(labels.partition(".")[0])
        if rule is not None:
            yield from walk.images(body, rule, f"data.{labels}")
    for body, name in blocks(root, "module", 1):
        yield from likely_images(file, body, f"module.{name}")


def _release(
    file: HclFile, body: Object, labels: str, context: Context
) -> Iterator[Found]:
    """Yield the chart of a release, and the images in single values of it."""
    yield from charts(file, body, labels)
    yield from single_values(file, body, labels)
    if "file(" in file.text.value:
        # Few modules install charts, and Helm's part is not small.
        from imagelock.sources.terraform.values_files import values_images

        yield from values_images(file, body, context)
    if context.charts:
        yield from repository_charts(file, body, labels, context)


def _guesses(file: HclFile, body: Object, labels: str) -> Iterator[Found]:
    """Yield the likely images of a resource that no rule describes.

    Many have images of machines: a value that is not known here is none.
    """
    if not has_other_images(labels.partition(".")[0]):
        yield from (found for found in likely_images(file, body, labels) if found.guess)
