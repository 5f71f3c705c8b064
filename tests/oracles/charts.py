"""Random charts of Helm, with files of values that lie over those of the chart.

An image of a chart has a form (`chart_forms.py`): a text or a mapping in the values, and
an expression that puts it together, in a template or in a helper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.oracles.chart_forms import COMMON, FORMS, Form
from tests.oracles.chart_values import ValueGenerator, dump
from tests.oracles.choices import HOSTS
from tests.oracles.written import base_name

if TYPE_CHECKING:
    from random import Random

    from tests.oracles.chart_values import Values
    from tests.oracles.written import Owner

    Path = tuple[str, ...]

VERSIONS: Final = (
    "1.2.3",
    '"1.2.3"',
    "v1.2.3",
    '"2.0"',
    "2.10",
    "0.9.0-rc1",
    "1.2.3+b",
)
OVERLAYS: Final = ("values-prod.yaml", "ci/test-values.yaml", "values.dev.yaml")
CHART: Final = "apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: {}\n"
POD: Final = """\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
spec:
  containers:
    - name: main
      image: {image}
"""


@dataclass
class Chart:
    """The files of a chart, the files of values that lie over its own, and switches.

    `switches` are values that render what is off by default. `owners` are the locations
    of images in the values, by the last parts of their names.
    """

    files: dict[str, str] = field(default_factory=dict)
    overlays: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)
    owners: dict[str, Owner] = field(default_factory=dict)


def generate(random: Random) -> Chart:
    return ChartGenerator(random).chart()


class ChartGenerator(ValueGenerator):
    """Writes a chart; `parts` are its images: their forms, and where the values are."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.result = Chart()
        self.helpers: list[str] = []
        self.parts: list[tuple[Path, Form]] = []

    def chart(self) -> Chart:
        self.write("Chart.yaml", CHART.format(self.random.choice(VERSIONS)))
        if self.chance(0.4):
            registry = self.random.choice(("", *HOSTS))
            self.values["global"]["imageRegistry"] = registry
        if self.chance(0.5):
            self.part("main", ())
        for _ in range(self.random.randint(1, 3)):
            name = self.unique("part").replace("-", "")
            self.part(name, self.random.choice(((name,), (name,), ("parts", name))))
        self.write("values.yaml", dump(self.values))
        for name in self.random.sample(OVERLAYS, self.random.randint(0, 2)):
            self.overlay(name)
        if self.helpers:
            self.write("templates/_helpers.tpl", "\n".join(self.helpers))
        return self.result

    def write(self, name: str, text: str) -> None:
        self.result.files[name] = text

    # Templates

    def part(self, name: str, path: Path) -> None:
        """Write a template with an image, whose values are at *path*."""
        form = self.random.choices(FORMS, [form.weight for form in FORMS])[0]
        owner = self.at(self.values, path)
        if form.keys:
            self.fill(form, owner)
            self.own(path, owner)
            self.parts.append((path, form))
        owner_path = ".".join(("", "Values", *path))
        expression = form.expression.replace("LITERAL", self.image())
        if path and form.keys and self.chance(0.15):
            expression = within(expression)
            scope = f"{{{{- with {owner_path} }}}}"
        else:
            expression = self.placed(name, expression, owner_path)
            scope = ""
        text = POD.format(name=name, image=expression)
        if scope:
            text = f"{scope}\n{text}{{{{- end }}}}\n"
        # Of parts that are off, a registry of all images in an overlay is not seen.
        if "imageRegistry" not in self.values["global"] and self.chance(0.2):
            owner["enabled"] = False
            text = f"{{{{- if {owner_path}.enabled }}}}\n{text}{{{{- end }}}}\n"
            self.result.switches.append(".".join((*path, "enabled=true")))
        self.write(f"templates/{name}.yaml", text)

    def own(self, path: Path, owner: Values) -> None:
        """Record that the image in *owner* is below *path*."""
        image = owner.get("image", "")
        if isinstance(image, dict):
            image = image.get("repository") or image.get("name") or ""
        if image:
            location = f"{'.'.join(path) or 'image'}."
            self.result.owners[base_name(image)] = "helm-values", location

    def at(self, values: Values, path: Path) -> Values:
        """Return the mapping at *path* in *values*, which is made if it is not there."""
        for key in path:
            values = values.setdefault(key, {})
        return values

    def placed(self, name: str, expression: str, owner: str) -> str:
        """Return *expression* for the image of *owner*, perhaps by a helper."""
        if "common.image" in expression and COMMON not in self.helpers:
            self.helpers.append(COMMON)
        result = expression.replace("IMAGE", f"{owner}.image").replace("OWNER", owner)
        if owner not in result or result.startswith('"') or not self.chance(0.3):
            return result
        helper, context = f"shop.{name}.image", "."
        needs_all = "common" in result or any(
            w in expression for w in ("OWNER", " .", "tpl")
        )
        if "IMAGE." in expression and not needs_all and self.chance(0.5):
            result, context = expression.replace("IMAGE.", "."), f"{owner}.image"
        lines = (f'{{{{- define "{helper}" -}}}}', result, "{{- end -}}", "")
        self.helpers.append("\n".join(lines))
        return f'{{{{ include "{helper}" {context} }}}}'

    # Files of values over those of the chart

    def overlay(self, name: str) -> None:
        """Write a file of values that changes some keys of some images."""
        values: Values = {}
        self.may_be_empty = False
        for path, form in self.parts:
            if self.chance(0.5):
                count = self.random.randint(1, len(form.keys))
                keys = sorted(self.random.sample(form.keys, count))
                self.fill(form, self.at(values, path), keys)
                self.own(path, self.at(values, path))
        if "imageRegistry" in self.values["global"] and self.chance(0.3):
            values["global"] = {"imageRegistry": self.random.choice(HOSTS)}
        if values:
            self.write(name, dump(values))
            self.result.overlays.append(name)


def within(expression: str) -> str:
    """Return *expression* for a block in which the owner of the image is the context."""
    for old, new in (
        (".Values.", "$.Values."),
        (".Chart", "$.Chart"),
        ("tpl IMAGE .", "tpl IMAGE $"),
        ("IMAGE", ".image"),
        ("OWNER.", "."),
    ):
        expression = expression.replace(old, new)
    return expression
