"""Images in Terraform and OpenTofu, by the kind of the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence
from imagelock.sources.protocol import About
from imagelock.sources.shared.hcl_file import HclFile, parse
from imagelock.sources.terraform.resources import data_rule, resource_rule
from imagelock.sources.terraform.scope import scope_of
from imagelock.sources.terraform.walk import Walk
from imagelock.syntax.hcl.tree import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Object

ABOUT: Final = About(
    recognised="`*.tf`, `*.tofu`, `*.tf.json`, `*.tofu.json`",
    read="`docker_image`, `docker_container`, `docker_service` and the data source"
    " `docker_registry_image`; containers of `kubernetes_*`, `google_cloud_run_*`,"
    " `azurerm_container_app`, `azurerm_container_app_job` and"
    " `azurerm_container_group`; `aws_ecs_task_definition` and"
    " `aws_batch_job_definition`, with `jsonencode` or JSON in a heredoc;"
    " `aws_lambda_function`, `aws_apprunner_service`",
    not_read="every other resource, such as virtual machines; modules; the values of"
    " `helm_release`; what `docker_image` builds",
    pinned="behind the tag",
    notes="`var.x` and `local.x` have the values that `[variables]` of the"
    " configuration, `terraform.tfvars` or plain defaults give them: in the same"
    " file, or in `variables.tf`, `locals.tf` and `main.tf` beside it. Nothing is"
    " computed: functions, conditions and values of other resources are skipped"
    " (`expression`).",
)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the resources and data sources that have some."""
    root, problems = parse(path, text.value)
    scope = scope_of(path, root, text, context)
    file = HclFile(path=path, text=text, format="terraform", scope=scope)
    yield from (file.problem(problem) for problem in problems)
    yield from _once(_resources(file, root))


def _resources(file: HclFile, root: Object) -> Iterator[Found]:
    walk = Walk(file)
    for kind, rule_of in (("resource", resource_rule), ("data", data_rule)):
        for body, labels in blocks(root, kind, 2):
            rule = rule_of(labels.partition(".")[0])
            if rule is not None:
                use = labels if kind == "resource" else f"data.{labels}"
                yield from walk.resource(body, rule, use)


def _once(found: Iterable[Found]) -> Iterator[Found]:
    """Yield each place once: two resources can use one local value."""
    seen: set[tuple[int, int, str]] = set()
    for one in found:
        span = one.place.span
        what = str(one.reference) if isinstance(one, Occurrence) else one.reason.slug
        if (key := (span.start, span.end, what)) not in seen:
            seen.add(key)
            yield one
