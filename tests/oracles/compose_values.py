"""Random values of a Compose project: images, with variables and files for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.oracles.choices import HOSTS, Choices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

MERGE: Final = "MERGE-KEY"
"""The key `<<`, which would be written in quotes."""
USES: Final = (
    "${NAME}",
    "$NAME",
    "${NAME:-DEFAULT}",
    "${NAME:-DEFAULT}",
    "${NAME:-DEFAULT}",
    "${NAME-DEFAULT}",
    "${NAME:+DEFAULT}",
    "${NOT_SET:-${NAME:-DEFAULT}}",
    "${NAME:?it has to be set}",
)
WHOLE: Final = (
    "${NAME:-DEFAULT}",
    "${NAME-DEFAULT}",
    "${NOT_SET:-${NAME:-DEFAULT}}",
    "${NAME:?it has to be set}",
)


class Tagged:
    """A value with a tag of Compose: `!reset` or `!override`."""

    def __init__(self, tag: str, value: object = None) -> None:
        self.tag, self.value = tag, value


class Dumper(yaml.SafeDumper):
    """Writes tags, and an anchor where an object is used twice."""

    def tagged(self, data: Tagged) -> yaml.Node:
        node = self.represent_data(data.value)
        node.tag = data.tag
        return node


Dumper.add_representer(Tagged, Dumper.tagged)


class ValueGenerator(Choices):
    """Makes values; `files` are those of the project."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.files: dict[str, str] = {}

    def write(self, name: str, content: dict[str, Any]) -> None:
        text = yaml.dump(
            content, Dumper=Dumper, sort_keys=False, width=200, allow_unicode=True
        )
        text = text.replace("!reset 'null'", "!reset null")
        self.files[name] = text.replace(f"{MERGE}:", "<<:")

    def variable(self, folder: str, value: str, *, always: bool) -> str:
        """Return the name of a new variable, which has *value* at times or *always*.

        It is set in the `.env` of *folder* or of the project.
        """
        name = self.unique("VAR").replace("-", "_")
        if always or self.chance(0.6):
            file = ".env" if always else self.random.choice((".env", f"{folder}.env"))
            quote = self.random.choice(("", "", "", '"', "'"))
            line = f"{name}={quote}{value}{quote}\n"
            self.files[file] = self.files.get(file, "") + line
        return name

    def use(
        self, folder: str, value: str, default: str, forms: Sequence[str] = USES
    ) -> str:
        """Return a use of a variable."""
        form = self.random.choice(forms)
        name = self.variable(folder, value, always="?" in form)
        return form.replace("NAME", name).replace("DEFAULT", default)

    def image_variable(self, folder: str) -> str:
        """Return a variable that is a whole image, and never empty."""
        return self.use(folder, self.image(), self.image(), WHOLE)

    def text(self, folder: str = "") -> str:
        """Return a new image, in which variables may decide a part."""
        match self.random.randrange(8):
            case 0:
                return f"{self.name()}:{self.use(folder, self.tag(), self.tag())}"
            case 1:
                tag = self.use(folder, self.tag(), self.tag())
                return f"{self.name()}:{tag}-alpine"
            case 2:
                hosts = self.random.choices(HOSTS, k=2)
                name = f"acme/{self.unique('web')}"
                return f"{self.use(folder, *hosts)}/{name}:{self.tag()}"
            case 3:
                return self.image_variable(folder)
            case _:
                return self.image()
