"""Follow the steps of a build back to the image on which the result is built.

BuildKit records them with `mode=max` (`buildConfig.llbDefinition`, solver/pb/ops.proto):
each step has inputs, of which one is the file system that it changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCRATCH: Final = ""
"""The base of an image that is built on nothing."""

_IMAGE: Final = "docker-image://"
_SCRATCH_INPUT: Final = -1
_INPUT: Final = re.compile(r"(?P<step>[^:]+)(?::[0-9]+)?")
_INTEGER: Final = re.compile(r"-?[0-9]{1,9}")


class UnknownBaseError(Exception):
    """The steps do not say what the image is built on."""


def base_of_steps(steps: object) -> str:
    """Return the name of the base image with its digest, or `SCRATCH`.

    *steps* is the list of steps, as it was parsed; the last is the result.

    Raises:
        UnknownBaseError: it has another form, or ends in something other than an image.
    """
    by_id = dict(_by_id(steps))
    if not by_id:
        raise UnknownBaseError
    step = list(by_id.values())[-1]
    for _ in by_id:
        operation = _operation(step)
        if "source" in operation:
            return _image(operation["source"])
        changed = _changed_input(operation, step)
        if changed is None:
            return SCRATCH
        step = _step(by_id, changed)
    raise UnknownBaseError


def _by_id(steps: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and isinstance(step.get("id"), str):
            yield step["id"], step


def _operation(step: dict[str, Any]) -> dict[str, Any]:
    """Return the operation of *step*; it is empty for the result of the build."""
    outer = step.get("op")
    operation = outer.get("Op") if isinstance(outer, dict) else None
    return operation if isinstance(operation, dict) else {}


def _image(source: object) -> str:
    identifier = source.get("identifier") if isinstance(source, dict) else None
    if isinstance(identifier, str) and identifier.startswith(_IMAGE):
        return identifier.removeprefix(_IMAGE)
    raise UnknownBaseError


def _changed_input(operation: dict[str, Any], step: dict[str, Any]) -> str | None:
    """Return the input that *step* changes; `None` if it begins with nothing."""
    inputs = step.get("inputs") or []
    if not isinstance(inputs, list):
        raise UnknownBaseError
    number = _number_of_changed_input(operation, len(inputs))
    if number == _SCRATCH_INPUT:
        return None
    if not 0 <= number < len(inputs) or not isinstance(inputs[number], str):
        raise UnknownBaseError
    return str(inputs[number])


def _number_of_changed_input(operation: dict[str, Any], inputs: int) -> int:
    if not operation:
        return 0
    if "exec" in operation:
        return _root_mount(operation["exec"])
    if "file" in operation:
        return _changed_by_actions(operation["file"], inputs)
    if "merge" in operation:
        return _number(_first(operation["merge"], "inputs"), "input")
    raise UnknownBaseError


def _root_mount(operation: object) -> int:
    mounts = operation.get("mounts") if isinstance(operation, dict) else None
    for mount in mounts if isinstance(mounts, list) else []:
        if isinstance(mount, dict) and mount.get("dest") == "/":
            return _number(mount, "input")
    raise UnknownBaseError


def _changed_by_actions(operation: object, inputs: int) -> int:
    """Return the input that the first of the actions for the result changes.

    An action can change the result of an earlier one: these follow the inputs.
    """
    actions = operation.get("actions") if isinstance(operation, dict) else None
    if not isinstance(actions, list):
        raise UnknownBaseError
    results = [
        action
        for action in actions
        if isinstance(action, dict) and _number(action, "output") == 0
    ]
    if not results:
        raise UnknownBaseError
    number = _number(results[-1], "input")
    for _ in actions:
        if number < inputs:
            return number
        if number - inputs >= len(actions):
            break
        number = _number(actions[number - inputs], "input")
    raise UnknownBaseError


def _first(operation: object, key: str) -> object:
    items = operation.get(key) if isinstance(operation, dict) else None
    return items[0] if isinstance(items, list) and items else None


def _number(fields: object, key: str) -> int:
    """Return the integer *key*, which JSON may have as text, or lacks for 0."""
    if not isinstance(fields, dict):
        raise UnknownBaseError
    value = fields.get(key, 0)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if type(value) is not int:
        raise UnknownBaseError
    return value


def _step(by_id: Mapping[str, dict[str, Any]], text: str) -> dict[str, Any]:
    match = _INPUT.fullmatch(text)
    step = by_id.get(match["step"]) if match else None
    if step is None:
        raise UnknownBaseError
    return step
