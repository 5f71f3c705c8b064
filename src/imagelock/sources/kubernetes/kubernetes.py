"""Images in Kubernetes manifests, YAML or JSON.

Documents are recognised by `apiVersion` and `kind`. Lists of containers are read
at any depth, which covers all workloads and most custom resources; `kinds` lists
other places. In kinds that are not known, a key `image` counts if its value has a
`/` or `:`, parses, and is neither a picture nor a disk.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.kubernetes.applied_manifests import applied_manifests
from imagelock.sources.kubernetes.broken_object import broken_object, may_have_object
from imagelock.sources.kubernetes.candidates import UNRESOLVABLE
from imagelock.sources.kubernetes.changed_images import unless_changed
from imagelock.sources.kubernetes.kinds import Role
from imagelock.sources.kubernetes.manifest_images import manifest_image
from imagelock.sources.kubernetes.names import name_in
from imagelock.sources.kubernetes.slots import with_slots
from imagelock.sources.kubernetes.walk import is_object, walk
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import (
    classify,
    is_never_pulled,
    unless_never_pulled,
)
from imagelock.sources.shared.definitions import documents_without_definitions
from imagelock.sources.shared.guess import as_guess
from imagelock.sources.shared.image_likeness import DISK_OR_PICTURE
from imagelock.sources.shared.kustomize_images import SCAFFOLD, scaffold_detail
from imagelock.sources.shared.merge_uses import MOST_USES, uses_of, with_uses
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile
from imagelock.syntax.yaml_json.documents import Broken
from imagelock.syntax.yaml_json.paths import NodeRef, dotted
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.kubernetes.candidates import Candidate
    from imagelock.sources.relations import ManifestImage

ABOUT: Final = About(
    recognised="YAML, JSON and `Kptfile` with `apiVersion` and `kind`",
    read="`containers`, `initContainers` and `ephemeralContainers` at any depth, image"
    " volumes, `List`, several documents, and the images of custom resources that are"
    " known by their kind; the values of charts in `HelmRelease` (Flux, Crossplane's"
    " `Release`), `Application` (Argo CD), `HelmChart` and `HelmChartConfig` (k3s); charts"
    " from `oci://` that these, `HelmChart` (Flux), `ClusterProfile` (Sveltos),"
    " `HelmChartProxy` (Cluster API), `ServiceTemplate` (k0rdent), `Application` (KubeVela)"
    " and k0s install, at their version; `images` of"
    " Flux' `Kustomization` and `postRenderers`, `kustomize.images` of `Application`,"
    " and patches beside them; functions in `pipeline` of a `Kptfile` and in the"
    " annotation `config.kubernetes.io/function`; manifests in `resource.manifest` of"
    " Argo Workflows, in a `Bundle` of Rancher Fleet, in `resourcesTemplate` of Flux'"
    " `ResourceSet`, in `object-templates-raw` of a `ConfigurationPolicy` of Open"
    " Cluster Management, and in `files` of the control planes of Cluster API; images that"
    " a `MutatingAdmissionPolicy` puts into objects; clouds and"
    " `config.xml` of Jenkins in the data of a `ConfigMap`",
    not_read="`CustomResourceDefinition`, `status`, other annotations, other data of a"
    " `ConfigMap` or `Secret`, policies; what tests assert (`*-assert.yaml`)",
    pinned="behind the tag; in `sha` of Prometheus and `ref.digest` of Flux; in the"
    " values of charts as in their files; not for charts",
    notes="With `imagePullPolicy: Never`, an image is not pulled, and not locked (`local`);"
    " where kustomizations use the manifest, the policy that they build counts."
    " A document that does not parse is reported, and the others are read. In a kind"
    " that is not known, `image` is an image with a tag, and without one in a container:"
    " beside `imagePullPolicy`, or beside `name` and a list such as `command` or `env`."
    " Parts of one below a key that ends with `image` or `Image` (`image: {repository: …,"
    " tag: …}`), the name of one beside its path and `version` (`repository`, `image`),"
    " and a reference at a key such as `proxyImage`, are a `guess`. An image of a `Plan`"
    " (Rancher) without a tag has the version of the plan. With `tagSelection` beside it,"
    " as in"
    " packages of Carvel, an image is a range of versions (`pattern`). The"
    " `HelmRepository` of a `HelmRelease` is looked up in its file, beside it, in files"
    " that are named like it, and in folders and files for sources or repositories."
    "\n\n"
    "Files are values where `valueFiles`, `valuesFiles` or `valuesFrom` has them. What"
    " Flux and Argo CD change in a folder of the project (`spec.path` with a"
    " `GitRepository`, `source.path`) counts as an overlay of that folder: names that all"
    " builds of it replace are not locked. Without a kustomization, Flux takes all"
    " manifests below it. The root never counts, as another repository may be meant.",
)
_ASSERTION: Final = re.compile(r"(?:^|[-_.])assert\.(?:yaml|yml)$")
_INJECTED: Final = "auto"
"""The image of a gateway (istio.io, "Installing Gateways")."""

_NOT_PULLED: Final = {
    Role.OUTPUT: (Reason.BUILD_OUTPUT, "a build gives this name to its result"),
    Role.PATTERN: (Reason.PATTERN, "a policy compares references with it"),
}


def matches(path: PurePosixPath, text: str) -> bool:
    """Match text in which both `apiVersion` and `kind` are keys somewhere.

    What tests of KUTTL and Chainsaw assert is compared with a cluster, not applied.
    """
    if _ASSERTION.search(path.name.lower()):
        return False
    return may_have_object(text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of each object, except those that a kustomization changes."""
    if context.changed == ():
        file = SourceFile(path=path, text=text, format="kubernetes")
        for document in documents_without_definitions(text):
            match document:
                case Broken():
                    yield from broken_object(file, document)
                case Mapping() if is_object(document):
                    yield from images(file, NodeRef(document), context)
        return
    for finding, images_there in manifest_images(path, text, context):
        yield unless_changed(finding, images_there, context)


def manifest_images(
    path: PurePosixPath, text: Text, context: Context
) -> list[tuple[Found, tuple[ManifestImage, ...]]]:
    """Return what the manifest at *path* names, and which images of its objects that is.

    It is read once, for itself and for the kustomizations that use it.
    """
    key = manifest_images, path, text
    file = SourceFile(path=path, text=text, format="kubernetes")
    return context.memory.remember(key, lambda: list(_manifest_images(file, context)))


def _manifest_images(
    file: SourceFile, context: Context
) -> Iterator[tuple[Found, tuple[ManifestImage, ...]]]:
    for document in documents_without_definitions(file.text):
        match document:
            case Broken():
                yield from ((each, ()) for each in broken_object(file, document))
            case Mapping() if is_object(document):
                top = NodeRef(document)
                for finding, nodes in located_images(file, top, context):
                    yield finding, tuple(manifest_image(top, at) for at in nodes)


def images(
    file: SourceFile, document: NodeRef, context: Context | None = None
) -> Iterator[Found]:
    """Yield the images of *document*, an object or a part of one."""
    for finding, nodes in located_images(file, document, context):
        never = bool(nodes) and all(is_never_pulled(at.parent) for at in nodes)
        yield unless_never_pulled(finding, is_never_pulled=never)


def located_images(
    file: SourceFile, document: NodeRef, context: Context | None = None
) -> Iterator[tuple[Found, tuple[NodeRef, ...]]]:
    """Yield each image of *document*, and the nodes that name it.

    Whether it is pulled is not asked. Aliases of one node are several uses of it. The
    values of a chart have no node: they are not the object's own. A chart in the
    project decides them, which is found with *context*.
    """
    by_node: dict[tuple[int, str], list[Candidate]] = {}
    result = walk(document)
    for candidate in result.candidates:
        key = id(candidate.at.node), candidate.suffix
        by_node.setdefault(key, []).append(candidate)
    for aliases in sorted(by_node.values(), key=lambda group: group[0].at.node.start):
        if finding := _finding(file, aliases):
            uses = uses_of(candidate.at for candidate in aliases)
            # Those that are pulled come first, as there can be more than are looked at.
            nodes = [alias.at for alias in aliases]
            nodes.sort(key=lambda at: is_never_pulled(at.parent))
            yield with_uses(finding, uses), tuple(nodes[:MOST_USES])
    others = applied_manifests(file, document, images)
    for finding in chain(_in_expressions(file, document), others):
        yield finding, ()
    if result.charts:
        # Most files have none, and Helm's part is not small.
        from imagelock.sources.kubernetes.chart_values import chart_images

        for finding in chart_images(file, result.charts, context):
            yield finding, ()


def _in_expressions(file: SourceFile, document: NodeRef) -> Iterator[Found]:
    """Yield the images of functions and mutations, which few files have."""
    # Only in the object: a file can have thousands.
    extent = document.node.start, document.node.end
    if file.text.value.find("/function", *extent) >= 0:
        from imagelock.sources.kubernetes.functions import function_images

        yield from function_images(file, document)
    if file.text.value.find("mutations", *extent) >= 0:
        from imagelock.sources.kubernetes.mutations import mutation_images

        yield from mutation_images(file, document)
    if "clouds" in file.text.value:
        from imagelock.sources.kubernetes.jenkins_configs import images_of_data

        yield from images_of_data(file, document)


def _finding(file: SourceFile, aliases: list[Candidate]) -> Found | None:
    """Return the image that *aliases*, candidates at one node, name."""
    candidate = min(aliases, key=lambda alias: alias.role.value)
    if (name := name_in(file.text.value, candidate)) is None:
        return None
    value, start, end = name
    place = file.place_of(start, end, dotted(candidate.at.path))
    finding = with_slots(_classify(value, candidate, place), file.text, candidate)
    is_guess = candidate.role is Role.UNCERTAIN
    if candidate.role is Role.GUESS and not _is_likely(value, finding):
        return None
    result = _guess(finding, candidate) if is_guess else finding
    if result and any(alias.at.is_duplicate_key for alias in aliases):
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=DUPLICATE_KEY)
    return result


def _classify(value: str, candidate: Candidate, place: Place) -> Found:
    if candidate.role in _NOT_PULLED:
        reason, detail = _NOT_PULLED[candidate.role]
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    if candidate.is_range:
        detail = f"`{value}`: it stands for a range of versions, not one"
        return Skipped(place=place, reason=Reason.PATTERN, detail=detail)
    if candidate.role is Role.FUNCTION and "/" not in value:
        detail = f"`{value}`: kpt decides from which registry it is pulled"
        return Skipped(place=place, reason=Reason.NEEDS_BASE, detail=detail)
    if detail := _placeholder(value):
        return Skipped(place=place, reason=Reason.PLACEHOLDER, detail=detail)
    value = f"{candidate.prefix}{value}{candidate.suffix}"
    if unknown := _unknown(value, candidate):
        reason, detail = unknown
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    return classify(value, place)


def _unknown(value: str, candidate: Candidate) -> tuple[Reason, str] | None:
    """Return why *value* is no reference yet, and the sentence for that."""
    for pattern, reason, detail in UNRESOLVABLE:
        if pattern.search(value):
            return reason, detail
    if candidate.needs_registry(value):
        return Reason.SHORT_NAME, "each installation decides which registry is asked"
    if candidate.is_part:
        return Reason.NEEDS_BASE, "the operator decides its version"
    return None


def _placeholder(value: str) -> str:
    """Return what replaces *value*, if that is always the case."""
    if value == _INJECTED:
        return f"`{value}`: Istio puts its own image here when the pod is created"
    return scaffold_detail(value) if value in SCAFFOLD else ""


def _guess(finding: Found, candidate: Candidate) -> Found | None:
    """Return *finding* as a guess, or as a part if only the operator knows the rest."""
    text = f"{candidate.prefix}{finding.place.text}"
    is_name = isinstance(finding, Occurrence) and "/" not in text
    if is_name and candidate.suffix:
        detail = f"`{text}`: the operator decides from which registry it is pulled"
        return Skipped(place=finding.place, reason=Reason.NEEDS_BASE, detail=detail)
    return as_guess(finding)


def _is_likely(value: str, finding: Found) -> bool:
    """Return whether *value*, in a kind that is not known, looks like an image."""
    if isinstance(finding, Skipped):
        return finding.reason is not Reason.INVALID
    return ("/" in value or ":" in value) and not DISK_OR_PICTURE.search(value)
