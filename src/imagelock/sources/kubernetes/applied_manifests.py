"""Manifests in the texts of objects whose controllers apply them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_yaml_or_json
from imagelock.sources.kubernetes.walk import is_object
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.source_file import SourceFile

    Reader = Callable[[SourceFile, NodeRef], Iterator[Found]]

_TEMPLATES: Final = "spec.templates[].resource.manifest"
_FILES: Final = "files[].content"
_TEXTS: Final = {
    "Bundle": "spec.resources[].content",
    "ConfigurationPolicy": "spec.object-templates-raw",
    "KubeadmConfig": f"spec.{_FILES}",
    "KubeadmConfigTemplate": f"spec.template.spec.{_FILES}",
    "KubeadmControlPlane": f"spec.kubeadmConfigSpec.{_FILES}",
    "KubeadmControlPlaneTemplate": f"spec.template.spec.kubeadmConfigSpec.{_FILES}",
    "ResourceSet": "spec.resourcesTemplate",
    "ClusterWorkflowTemplate": _TEMPLATES,
    "CronWorkflow": "spec.workflowSpec.templates[].resource.manifest",
    "Workflow": _TEMPLATES,
    "WorkflowTemplate": _TEMPLATES,
}
"""Rancher Fleet (`Bundle`), Argo Workflows, Open Cluster Management
(`ConfigurationPolicy`), static pods of Cluster API, and Flux Operator (`ResourceSet`).
"""

_FLOW: Final = re.compile(
    r"^[ \t]*+(?:\{\{|<<)-?[ \t]*+(?:(?:range|if|else|end|with|define|block)\b|\$|/\*)"
    r"[^\r\n]*?(?:\}\}|>>)[ \t]*+$",
    re.MULTILINE,
)
"""A line of a template that writes nothing; `<< … >>` are actions of Flux Operator."""


def applied_manifests(
    file: SourceFile, top: NodeRef, images: Reader
) -> Iterator[Found]:
    """Yield what *images* finds in each object in the texts of *top*."""
    pattern = _TEXTS.get(text_at(top.node, "kind"))

    def find(text: Text) -> Iterator[Found]:
        is_manifest = "apiVersion" in text.value and "kind" in text.value
        inner = replace(file, text=without_flow(text))
        for document in documents(inner.text) if is_manifest else ():
            if isinstance(document, Broken):
                yield from inner.broken(document)
                continue
            top = NodeRef(document)
            for at in (top, *select(top, "[].objectDefinition", VisitLimit())):
                if is_object(at.node):
                    yield from images(inner, at)

    for at in distinct(select(top, pattern, VisitLimit()) if pattern else ()):
        # A bundle has all files of a folder, such as a README with a manifest in it.
        name = text_at(at.parent, "name")
        if not name or is_yaml_or_json(PurePosixPath(name)):
            yield from embedded(file, at, find)


def without_flow(text: Text) -> Text:
    """Return *text* with comments in place of the lines of a template that write nothing."""
    return replace(text, value=_FLOW.sub(_as_comment, text.value))


def _as_comment(match: re.Match[str]) -> str:
    """Return a line of a template as a comment of YAML of the same length."""
    return "#" + " " * (len(match[0]) - 1)
