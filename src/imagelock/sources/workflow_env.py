"""Values of `${{ env.NAME }}` in workflows, as far as the file itself says them.

GitHub knows `env` in inputs of steps, and Gitea and Forgejo everywhere.
https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
https://docs.gitea.com/usage/actions/comparison#context-availability
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import Occurrence, VariableAssignment
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain_numbers import go_text
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    select,
    steps_to,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.shared.source_file import SourceFile

_NAME: Final = re.compile(r"\$\{\{\s*+env\.(?P<name>[A-Za-z_][\w-]*+)\s*+\}\}")
_OPEN: Final = "${{"
_CHANGES: Final = re.compile(r"GITHUB_ENV|FORGEJO_ENV|GITEA_ENV|::set-env")
"""How a command sets variables for the later steps of its job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowEnv:
    """The variables at a place of `file`: mappings `env`, of which the first wins."""

    file: SourceFile
    levels: tuple[NodeRef, ...]

    def image(self, text: str, place: Place) -> Found | None:
        """Return the image that *text* at *place* is, if its variables are all plain.

        An image that is a variable as a whole has the place of its value.
        """
        names = dict.fromkeys(match["name"] for match in _NAME.finditer(text))
        values = {name: at for name in names if (at := self._value(name))}
        if not names or len(values) < len(names):
            return None
        if match := _NAME.fullmatch(text):
            return self.file.scalar(values[match["name"]])
        image = _NAME.sub(lambda match: _text(values[match["name"]]), text)
        if _OPEN in image:
            return None
        finding = classify(image, place, tuple(names))
        if isinstance(finding, Occurrence):
            assignments = (self._assignment(name, at) for name, at in values.items())
            return finding.with_assignments(tuple(assignments))
        return finding

    def whole(self, text: str) -> tuple[str, Place] | None:
        """Return the value of the variable that *text* is, and its place."""
        match = _NAME.fullmatch(text)
        at = self._value(match["name"]) if match else None
        return (_text(at), self.file.place(at)) if at else None

    def _value(self, name: str) -> NodeRef | None:
        """Return the value of the variable *name*, if it is plain."""
        for level in self.levels:
            if not isinstance(level.node, Mapping):
                return None
            node = level.node.get(name)
            if node is None:
                continue
            is_plain = (
                isinstance(node, Scalar)
                and bool(node.value.strip())
                and _OPEN not in node.value
                and name not in level.node.duplicate_keys
                and go_text(self.file.text, node) == node.value
            )
            return NodeRef(node, (level.path, name), level.node) if is_plain else None
        return None

    def _assignment(self, name: str, at: NodeRef) -> VariableAssignment:
        place = self.file.place(at)
        return VariableAssignment(f"env.{name}", place.path, place.span, place.text)


@dataclass(slots=True)
class WorkflowEnvs:
    """The variables at the steps and jobs of the document `top` of `file`."""

    file: SourceFile
    top: NodeRef
    _of_steps: dict[str | int, tuple[NodeRef, ...]] = field(default_factory=dict)
    """Those of the job and the workflow, by the name of the job."""

    def of_job(self, job: NodeRef) -> WorkflowEnv:
        """Return the variables before the first step of *job*."""
        return WorkflowEnv(file=self.file, levels=(*_levels(job), *_levels(self.top)))

    def of_step(self, step: NodeRef) -> WorkflowEnv:
        """Return the variables at *step*.

        Those of the job and of the workflow are not known if a command of the job can
        change them. A composite action gets its variables from whoever uses it.
        """
        _, _, name, kind = (*steps_to(step.path, 4), "", "")[:4]
        if kind != "jobs":
            return WorkflowEnv(file=self.file, levels=_levels(step))
        if name not in self._of_steps:
            job = _below(self.top, "jobs", name)
            around = () if _is_changing(job) else self.of_job(job).levels
            self._of_steps[name] = around
        levels = (*_levels(step), *self._of_steps[name])
        return WorkflowEnv(file=self.file, levels=levels)


def _levels(at: NodeRef) -> tuple[NodeRef, ...]:
    """Return `env` of *at*, if it has one."""
    node = at.node.get("env") if isinstance(at.node, Mapping) else None
    return (NodeRef(node, (at.path, "env"), at.node),) if node else ()


def _below(at: NodeRef, *steps: str | int) -> NodeRef:
    for step in steps:
        node = at.node.get(str(step)) if isinstance(at.node, Mapping) else None
        if node is None:
            return at
        at = NodeRef(node, (at.path, step), at.node)
    return at


def _is_changing(job: NodeRef) -> bool:
    runs = select(job, "steps[].run", VisitLimit())
    return any(_CHANGES.search(_text(run)) for run in runs)


def _text(at: NodeRef) -> str:
    return at.node.value if isinstance(at.node, Scalar) else ""
