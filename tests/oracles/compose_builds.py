"""Random builds of Compose projects, and the Dockerfiles that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracles.compose_values import ValueGenerator

if TYPE_CHECKING:
    from random import Random

    Content = dict[str, Any]


class BuildGenerator(ValueGenerator):
    """Makes builds; `built` are the names of images that the project builds."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.built: list[str] = []
        self.dockerfiles: list[tuple[str, str]] = []

    def build(self, folder: str) -> Any:  # noqa: ANN401 - any YAML
        """Return a `build`, and write its Dockerfile, or use one that is there."""
        context, name = self.dockerfile(folder)
        if name == "Dockerfile" and self.chance(0.3):
            return context
        build: Content = {"context": context}
        if name != "Dockerfile":
            build["dockerfile"] = name
        if self.chance(0.1):
            build.pop("dockerfile", None)
            build["dockerfile_inline"] = self.instructions().replace("$", "$$")
        if self.chance(0.4):
            args = {"BASE": self.base(), "TAG": self.tag(), "OTHER": "noise:5"}
            build["args"] = (
                args if self.chance(0.5) else [f"{k}={args[k]}" for k in args]
            )
        if self.chance(0.35):
            build["additional_contexts"] = self.contexts(f"{folder}{context}/{name}")
        if self.chance(0.1):
            build["target"] = "first"
        return build

    def contexts(self, dockerfile: str) -> Any:  # noqa: ANN401 - any YAML
        """Return named contexts, of which some replace an image of the Dockerfile."""
        text = self.files[dockerfile.replace("/./", "/").removeprefix("./")]
        names = [w for w in text.split() if ":" in w and not w.startswith(("$", "-"))]
        name = self.random.choice(["tools", *names])
        if "@" in name or "=" in name or "$" in name:
            name = "tools"
        value = self.random.choice(
            (f"docker-image://{self.image()}", f"docker-image://{self.image()}", "./x")
        )
        return self.random.choice(({name: value}, [f"{name}={value}"]))

    def base(self) -> str:
        """Return an image, or the name of one that the project builds."""
        if self.built and self.chance(0.3):
            return self.random.choice(self.built)
        return self.text()

    def dockerfile(self, folder: str) -> tuple[str, str]:
        """Return the context and the name of a Dockerfile, mostly of a new one."""
        mine = [d for d in self.dockerfiles if d[0] == folder]
        if mine and self.chance(0.2):
            _, path = self.random.choice(mine)
        else:
            name = self.random.choice(
                ("Dockerfile", "Dockerfile", "prod.Dockerfile", "b")
            )
            path = f"{self.unique('app')}/{name}"
            self.dockerfiles.append((folder, path))
            self.files[f"{folder}{path}"] = self.instructions()
        context, _, name = path.rpartition("/")
        return self.random.choice((context, f"./{context}")), name

    def instructions(self) -> str:
        """Return a Dockerfile of one or two stages."""
        image = self.image()
        if self.built and self.chance(0.3):
            image = self.random.choice(self.built)
        lines = self.random.choice(
            (
                [f"FROM {image} AS first"],
                [f"ARG BASE={image}", "FROM ${BASE} AS first"],
                ["ARG TAG=1", f"FROM {self.name()}:${{TAG}} AS first"],
            )
        )
        if self.chance(0.3):
            lines.append(
                f"COPY --from={self.random.choice(('tools', self.image()))} / /"
            )
        if self.chance(0.3):
            lines += [f"FROM {self.image()}", "COPY --from=first / /"]
        return "\n".join([*lines, ""])
