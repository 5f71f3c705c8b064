"""Random values of a chart, and how they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.oracles.choices import HOSTS, Choices

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from tests.oracles.chart_forms import Form

    Values = dict[str, Any]

NUMBERS: Final = (
    "1.20",
    "1.10",
    "16",
    "1.27",
    "20240101",
    "7",
    "3.0",
    "0362525",
    "1e3",
)


class Number(str):
    """A tag that is written without quotes, which YAML may take for a number."""

    __slots__ = ()


class ValueGenerator(Choices):
    """Makes the values of images; `values` are those of the chart.

    `may_be_empty` is whether a tag or digest may be an empty text. In an overlay, where
    it takes away what the chart has, imagelock does not see which image is meant.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.may_be_empty = True
        self.values: Values = {"global": {}}

    def fill(
        self, form: Form, owner: Values, keys: Iterable[str] | None = None
    ) -> None:
        """Set the *keys* of *form*, or all, in *owner*, the mapping around an image."""
        image: Values = {}
        for key in form.keys if keys is None else keys:
            if key == "":
                owner["image"] = self.text(form)
            elif key.startswith("OWNER."):
                owner[key.removeprefix("OWNER.")] = self.tag_for(form)
            else:
                image[key.partition(" ")[0]] = self.value(key, form)
        if image:
            owner["image"] = image

    def text(self, form: Form) -> str:
        """Return an image that is a text, or the part of it that *form* leaves to it."""
        if "hub" in form.expression:
            self.values.setdefault("hub", f"{self.random.choice(HOSTS)}/acme")
            return self.unique("web")
        if len(form.keys) > 1:
            return self.name()
        return self.image()

    def value(self, key: str, form: Form) -> str:
        """Return a value for *key*."""
        if key == "registry":
            return self.random.choice(HOSTS)
        if key in {"repository", "name"}:
            has_registry = "registry" in form.keys
            return f"acme/{self.unique('web')}" if has_registry else self.name()
        if key in {"digest", "digest hex", "sha"}:
            is_empty = self.may_be_empty and self.chance(0.5)
            digest = "" if is_empty else self.digest()
            return digest if key == "digest" else digest.removeprefix("sha256:")
        return self.tag_for(form)

    def tag_for(self, form: Form) -> str:
        if self.may_be_empty and "default" in form.expression and self.chance(0.6):
            return ""
        if form.takes_numbers and self.chance(0.3):
            return Number(self.random.choice(NUMBERS))
        return self.tag()


def dump(values: Values, indent: str = "") -> str:
    """Return *values* as YAML, in which some texts and each `Number` have no quotes."""
    lines = []
    for key, value in values.items():
        if isinstance(value, dict) and value:
            lines.append(f"{indent}{key}:\n{dump(value, indent + '  ')}")
        elif isinstance(value, Number) or is_plain(value):
            lines.append(f"{indent}{key}: {value}\n")
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}\n")
    return "".join(lines)


def is_plain(value: object) -> bool:
    """Return whether *value* is written without quotes, which it does not need."""
    return isinstance(value, str) and value[:1].isalpha() and len(value) % 2 == 1
