"""Objects of Kubernetes as YAML that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def dumped(objects: Sequence[Mapping[str, Any]]) -> str:
    """Return *objects* of Kubernetes in YAML, a document each.

    Not every program expands a list of them (`kind: List`): `gator` passes over what is
    in it. It stands for no objects.
    """
    documents = objects or [{"apiVersion": "v1", "kind": "List", "items": []}]
    text = yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=1000)
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines, such as keys, as they are, and no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _as_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _as_text)
