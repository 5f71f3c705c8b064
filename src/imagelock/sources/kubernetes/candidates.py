"""Nodes of a Kubernetes object that may name an image: by kind, or by shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.kubernetes.kinds import (
    ANY,
    RULES,
    SPLIT,
    KindRule,
    Role,
)
from imagelock.sources.kubernetes.siblings import (
    NAMED,
    beside,
    is_container,
    registry_beside,
    repository_beside,
)
from imagelock.sources.shared.classify import BUILT_BY_KO
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    is_written_twice,
    select,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.syntax.yaml_json.paths import Path, VisitLimit
    from imagelock.syntax.yaml_json.tree import Node

UNRESOLVABLE: Final = (
    (
        # An import path of Go: before `ko://`, ko took it alone. It is no registry.
        re.compile(r"\Agithub\.com/[^:@]++\Z"),
        Reason.BUILD_OUTPUT,
        BUILT_BY_KO,
    ),
    (
        # https://jenkins-x.io/v3/develop/pipelines/reference/
        re.compile(r"\Auses:"),
        Reason.TARGET_REFERENCE,
        "Jenkins X takes the steps of another pipeline, with their images",
    ),
    (
        re.compile(r"\$\(|\{\{(?:=| *(?:inputs|item|steps|tasks|workflow)\b)"),
        Reason.PARAMETER,
        "a parameter decides it when it runs",
    ),
    (
        re.compile(r"(?s)\A(?!.*\{\{).*\$\{?[A-Za-z_]"),
        Reason.VARIABLE,
        Reason.VARIABLE.sentence,
    ),
)
"""Values that are no reference before another tool has run.

What such a value looks like, why it is not locked, and the sentence for people.
"""

_OUTPUTS: Final = frozenset({"output", "outputs"})
_REFERRERS: Final = frozenset({"taskRef", "pipelineRef"})
_UNCERTAIN: Final = ("image", "Image")
_NAMES: Final = ("repository", "repo", "name")
_HOST: Final = re.compile(r"[^/\s$]*[.:$][^/\s]*/|localhost/")
"""The registry of a name, or a variable that may have one."""

_WHOLE: Final = "{digest}"
_DIGEST: Final = re.compile(r"(?:sha256:)?([a-f0-9]{64})")
_RULES_OF: Final = {
    rule.kind: tuple(other for other in RULES if other.kind == rule.kind)
    for rule in RULES
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that may name an image.

    `suffix` completes its value with those of other keys: `:tag`, `@digest`, and so
    does `prefix`: `registry/`.
    `is_range` is true if these keys ask for a range of versions. `rule` names them.
    With `is_part`, none says the version, which the operator then decides.
    """

    at: NodeRef
    role: Role
    suffix: str = ""
    is_range: bool = False
    rule: KindRule | None = None
    prefix: str = ""
    is_part: bool = False

    def needs_registry(self, value: str) -> bool:
        """Return whether an operator completes *value*, as it names no registry."""
        is_completed = self.rule is not None and self.rule.needs_registry
        return is_completed and _HOST.match(value) is None


@dataclass(frozen=True, slots=True)
class KeyValue:
    """The value of a key of the mapping `at.parent`.

    `role` is that of a key `image` at this place.
    """

    at: NodeRef
    role: Role
    visits: VisitLimit

    @property
    def parent_key(self) -> str | int:
        """The key, or the index, of the mapping itself."""
        return _last_step(self.at.path[0] if self.at.path else None)

    def candidates(
        self, pattern: str = "", role: Role = Role.IMAGE
    ) -> Iterator[Candidate]:
        """Yield the nodes at *pattern* below, with *role* unless a policy has them."""
        role = Role.PATTERN if self.role is Role.PATTERN else role
        for at in select(self.at, pattern, self.visits):
            yield Candidate(at, role)


def by_rule(kind: str, at: NodeRef, visits: VisitLimit) -> Iterator[Candidate]:
    """Yield the candidates of the rules for *kind* in the object *at*."""
    for rule in _RULES_OF.get(kind, ()):
        for name in select(at, rule.path, visits):
            yield _completed(name, rule, at.node)


def by_shape(entry: KeyValue) -> Iterator[Candidate]:
    """Yield the candidates in *entry* by its key, in any kind of object."""
    step = _last_step(entry.at.path)
    if shape := _SHAPES.get(step):
        yield from shape(entry)
    if isinstance(step, str) and step.endswith(_UNCERTAIN):
        yield from _uncertain(entry, step)


def _last_step(path: Path) -> str | int:
    return path[1] if path else ""


def _completed(at: NodeRef, rule: KindRule, top: Node | None = None) -> Candidate:
    """Return the node *at* of the object *top* with its tag and its digest."""
    if is_written_twice(at.parent, *rule.tags, rule.digest):
        at = replace(at, is_duplicate_key=True)
    value = at.node.value.strip() if isinstance(at.node, Scalar) else ""
    if "@" in value:
        return Candidate(at, rule.role)
    written = beside(at.parent, rule.digest)
    digest = _DIGEST.fullmatch(written)
    is_whole = rule.kind != "" and rule.template == _WHOLE
    if written and (digest is None or (is_whole and ":" not in written)):
        # A variable, or a mistake: the tag does not count then. Flux refuses the hex
        # digits alone, such as the hash of a chart's archive.
        return Candidate(at, rule.role, f"@{written}", rule=rule)
    is_range = digest is None and beside(at.parent, rule.range) != ""
    tags = (beside(at.parent, key) for key in rule.tags)
    tag = next((tag for tag in tags if tag), "") or _version(top, rule)
    has_tag = ":" in value.rpartition("/")[2]
    suffix = f":{tag}" if tag and not has_tag else ""
    if digest:
        suffix = f"{suffix}@sha256:{digest[1]}"
    # Flux completes an address without a version by `latest`, and no operator does so.
    has_version = rule.tags != () or rule.version != ""
    is_versioned = rule.kind != "" and has_version and rule.role is Role.IMAGE
    is_part = is_versioned and not (suffix or has_tag)
    return Candidate(at, rule.role, suffix, is_range, rule, is_part=is_part)


def _version(top: Node | None, rule: KindRule) -> str:
    """Return the version that the object *top* has for *rule*, as a tag."""
    return beside(top, rule.version).replace("+", "-")


def _image(entry: KeyValue) -> Iterator[Candidate]:
    """`image: name`, or `image: {reference: name}` of volumes and extensions.

    With `tagSelection` beside it, Carvel's tools choose among the tags: `image: name`
    of `imgpkgBundle`, and `image: {url: name}`.
    """
    for candidate in _images(entry):
        parent = candidate.at.parent
        is_range = isinstance(parent, Mapping) and parent.get("tagSelection")
        yield replace(candidate, is_range=True) if is_range else candidate


def _images(entry: KeyValue) -> Iterator[Candidate]:
    node = entry.at.node
    if isinstance(node, Mapping) and node.get("reference"):
        yield from entry.candidates("reference")
    elif isinstance(node, Mapping) and NAMED.fullmatch(beside(node, "url")):
        yield from entry.candidates("url", Role.GUESS)
    elif entry.parent_key in _OUTPUTS:
        yield from entry.candidates(role=Role.OUTPUT)
    elif entry.role is not Role.GUESS:
        yield from entry.candidates()
    elif repository := repository_beside(entry.at):
        yield _below_repository(entry.at, repository)
    elif is_container(entry.at.parent):
        yield from entry.candidates()
    else:
        yield replace(_completed(entry.at, ANY), prefix=registry_beside(entry.at))


def _below_repository(at: NodeRef, repository: str) -> Candidate:
    """Return the image *at* of NVIDIA's operators: `repository/image:version`."""
    parts = _completed(at, SPLIT)
    digest = parts.suffix.removeprefix(":")
    if digest.startswith("sha256:"):
        parts = replace(parts, suffix=f"@{digest}")
    return replace(parts, prefix=f"{repository}/", is_part=parts.suffix == "")


def _uncertain(entry: KeyValue, key: str) -> Iterator[Candidate]:
    """`anyImage: name`, and `image: {registry: r, repository: name, tag: t}`."""
    node = entry.at.node
    if entry.role is Role.PATTERN or entry.parent_key in _OUTPUTS:
        return
    if isinstance(node, Mapping):
        name = next((k for k in _NAMES if beside(node, k)), None)
        if name is not None and _is_split(node, name):
            yield from _parts(entry, node, name)
    elif key != "image":
        yield Candidate(entry.at, Role.UNCERTAIN)


def _is_split(node: Mapping, name: str) -> bool:
    """Return whether *node* has a version beside its *name*, or the whole in there.

    A name without a path beside a `version` is also that of a machine image.
    """
    value = beside(node, name)
    if "/" not in value and not beside(node, "registry"):
        return bool(beside(node, "tag"))
    parts = (*SPLIT.tags, SPLIT.digest)
    return ":" in value or any(beside(node, part) for part in parts)


def _parts(entry: KeyValue, node: Mapping, name: str) -> Iterator[Candidate]:
    registry = beside(node, "registry").rstrip("/")
    for at in select(entry.at, name, entry.visits):
        is_in = beside(node, name).startswith(f"{registry}/")
        prefix = f"{registry}/" if registry and not is_in else ""
        yield replace(_completed(at, SPLIT), prefix=prefix)


def _registry(entry: KeyValue) -> Iterator[Candidate]:
    """`registry: {url: docker://name}`, the source of a KubeVirt disk."""
    return entry.candidates("url", Role.ADDRESS)


def _docker_image(entry: KeyValue) -> Iterator[Candidate]:
    """`from: {kind: DockerImage, name: name}` of OpenShift, and `to`, an output."""
    if beside(entry.at.node, "kind") == "DockerImage":
        is_output = _last_step(entry.at.path) == "to"
        yield from entry.candidates("name", Role.OUTPUT if is_output else Role.IMAGE)


def _bundle(entry: KeyValue) -> Iterator[Candidate]:
    """`taskRef: {bundle: name}` of Tekton."""
    if entry.parent_key in _REFERRERS:
        yield from entry.candidates()


def _parameter(entry: KeyValue) -> Iterator[Candidate]:
    """`params: [{name: bundle, value: name}]` beside `resolver: bundles` of Tekton."""
    if beside(entry.at.parent, "resolver") == "bundles":
        for candidate in entry.candidates("[].value"):
            if beside(candidate.at.parent, "name") == "bundle":
                yield candidate


def _patterns(entry: KeyValue) -> Iterator[Candidate]:
    """`imageReferences: [pattern]` of Kyverno."""
    if entry.role is Role.PATTERN:
        yield from entry.candidates("[]")


_SHAPES: Final[dict[str | int, Callable[[KeyValue], Iterator[Candidate]]]] = {
    "bundle": _bundle,
    "from": _docker_image,
    "image": _image,
    "imageReferences": _patterns,
    "params": _parameter,
    "registry": _registry,
    "to": _docker_image,
}
"""The keys that may hold an image in any object."""
