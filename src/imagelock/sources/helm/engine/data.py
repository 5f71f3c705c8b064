"""The values of a chart as values of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.helm.engine.values import Number, Table, Value, Written, written
from imagelock.sources.shared.go_numbers import boolean, rendered_number
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping

    from imagelock.model.source_text import Text
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.yaml_json.tree import Node


def value_of(
    node: Node | None, text: Text, budget: WorkBudget, texts: AnyMapping[Scalar, str]
) -> Value:
    """Return *node*, which is in *text*, as Helm reads it (YAML 1.1).

    *texts* are other values for some scalars.

    Raises:
        TooMuchError: its aliases mean too much.
    """
    if isinstance(node, Scalar):
        return _scalar(node, text, texts)
    if isinstance(node, Sequence):
        budget.charge(len(node.items))
        return [value_of(item, text, budget, texts) for item in node.items]
    if isinstance(node, Mapping):
        budget.charge(len(node.items))
        items = (
            (key, value_of(item, text, budget, texts))
            for key, item in node.items.items()
        )
        return Table(items)
    return None


def _scalar(node: Scalar, text: Text, texts: AnyMapping[Scalar, str]) -> Value:
    origins = frozenset({node})
    if node in texts:
        return written(texts[node], origins)
    if node.null:
        return None
    is_quoted = text.value[max(node.start - 1, 0) : node.start] in {'"', "'"}
    if not is_quoted and not node.block:
        if (value := boolean(text, node)) is not None:
            return value
        if (number := rendered_number(text, node)) is not None:
            is_whole = not {".", "e", "E"} & set(node.value) or "x" in node.value
            return Number(float(number), number, origins, is_whole)
    return written(node.value, origins)


def merged(values: Value, defaults: Value) -> Value:
    """Return *values* completed by *defaults*, as Helm does for a chart.

    A key that is null in *values* is not there (`CoalesceTables`).
    """
    if not isinstance(values, Table) or not isinstance(defaults, Table):
        return values
    result = Table(defaults.items())
    for key, value in values.items():
        if value is None and key in defaults:
            del result[key]
        elif key in defaults and isinstance(value, Table):
            default = defaults[key]
            result[key] = merged(value, default) if default is not None else value
        else:
            result[key] = value
    return result


def plain_text(value: Value) -> str | None:
    """Return *value*, if it is a text that is known."""
    return value.text if isinstance(value, Written) and value.is_known else None
