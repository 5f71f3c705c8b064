"""Random Compose projects: files that lie over, include and extend each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.oracles.compose_builds import BuildGenerator
from tests.oracles.compose_values import MERGE, Tagged

if TYPE_CHECKING:
    from random import Random

    Content = dict[str, Any]

NAMES: Final = ("compose.yaml", "compose.yaml", "compose.yml", "docker-compose.yml")
NOISE: Final[dict[str, Any]] = {
    "environment": {"IMAGE": "noise:1"},
    "labels": ["image=noise:2"],
    "command": ["run", "noise:3"],
    "ports": ["80:80"],
    "restart": "always",
    "x-image": "noise:4",
}


class Project:
    """The files of a project, of which `main` can also be used alone, with `-f`.

    `main` is the first of files that lie over each other. `extended` are files with
    services that others extend.
    """

    def __init__(self, files: dict[str, str], main: str) -> None:
        self.files, self.main = files, main
        self.extended = frozenset(path for path in files if "common" in path)


def generate(random: Random) -> Project:
    return ProjectGenerator(random).project()


class ProjectGenerator(BuildGenerator):
    """Writes the files of a project in the current folder and in others."""

    def project(self) -> Project:
        main = self.random.choice(NAMES)
        shape = self.random.choice(
            ("single", "over", "over", "list", "include", "only")
        )
        content: Content = {}
        if shape == "list":
            main = "base.yaml"
        if shape in {"include", "only"}:
            count = self.random.randint(1, 2)
            content["include"] = [self.included() for _ in range(count)]
        if shape != "only":
            content |= self.content("")
        if shape == "over":
            suffix = main.rpartition(".")[2]
            name = f"{main.removesuffix(f'.{suffix}')}.override.{suffix}"
            self.write(name, self.over(content, ""))
        if shape == "list":
            self.write("more.yaml", self.over(content, ""))
            self.files[".env"] = (
                f"COMPOSE_FILE=base.yaml:more.yaml\n{self.files.get('.env', '')}"
            )
        self.write(main, content)
        return Project(self.files, main)

    def included(self) -> Any:  # noqa: ANN401 - any YAML
        """Write a project to include, and return the entry."""
        folder = self.unique("part")
        name = self.random.choice(
            ("compose.yaml", "services.yaml", "docker-compose.yml")
        )
        self.write(f"{folder}/{name}", self.content(f"{folder}/"))
        path = f"{folder}/{name}"
        match self.random.randrange(4):
            case 0:
                return {"path": path}
            case 1:
                self.files[f"{folder}/own.env"] = self.files.pop(f"{folder}/.env", "")
                return {"path": path, "env_file": f"{folder}/own.env"}
            case 2:
                self.write(f"{folder}/more.yaml", self.content(f"{folder}/"))
                return {"path": [path, f"{folder}/more.yaml"]}
            case _:
                return path

    # Services

    def content(self, folder: str) -> Content:
        services: Content = {}
        content: Content = {}
        if self.chance(0.2):
            content["x-base"] = {"image": self.text(folder), "restart": "always"}
        for _ in range(self.random.randint(1, 4)):
            name = self.unique("service")
            services[name] = self.service(folder, services)
            if "x-base" in content and self.chance(0.5):
                services[name] = {MERGE: content["x-base"], **services[name]}
                if self.chance(0.5):
                    services[name].pop("image", None)
        content["services"] = services
        return content

    def service(self, folder: str, others: Content) -> Content:
        kind = self.random.random()
        service: Content
        if kind < 0.15:
            service = {"extends": self.extended(folder, others)}
            if self.chance(0.4):
                service["image"] = self.text(folder)
        elif kind < 0.3:
            service = {"build": self.build(folder)}
        elif kind < 0.4:
            service = {"build": self.build(folder)}
            service["image"] = self.name() + self.random.choice(("", ":dev"))
            self.built.append(service["image"])
        elif self.built and self.chance(0.2):
            service = {"image": self.random.choice(self.built)}
        else:
            service = {"image": self.text(folder)}
        self.add_more(service, folder)
        return service

    def add_more(self, service: Content, folder: str) -> None:
        for key in self.random.sample(list(NOISE), self.random.randint(0, 2)):
            service[key] = NOISE[key]
        if self.chance(0.15):
            service["profiles"] = ["debug"]
        if self.chance(0.1):
            volume = {"type": "image", "source": self.text(folder), "target": "/data"}
            service["volumes"] = [volume]
        if self.chance(0.1):
            self.files[f"{folder}service.env"] = "TAG=noise\n"
            service["env_file"] = "service.env"

    def extended(self, folder: str, others: Content) -> Any:  # noqa: ANN401
        """Return what a service extends: another one here, or one of another file."""
        if others and self.chance(0.5):
            return self.random.choice(
                (next(iter(others)), {"service": next(iter(others))})
            )
        name = f"{self.unique('common')}.yaml"
        base = {"image": self.text(folder)}
        self.add_more(base, folder)
        services: Content = {"base": base}
        if self.chance(0.3):
            services["inner"] = {"extends": "base", "restart": "always"}
        self.write(f"{folder}{name}", {"services": services})
        return {"file": name, "service": list(services)[-1]}

    def over(self, content: Content, folder: str) -> Content:
        """Return a file over *content*: changes of its services, and further ones."""
        services: Content = {}
        for name, old in content["services"].items():
            if self.chance(0.6):
                services[name] = self.changed(old, folder, list(content["services"]))
        if not services or self.chance(0.3):
            services[self.unique("service")] = self.service(folder, {})
        return {"services": services}

    def changed(self, old: Content, folder: str, names: list[str]) -> object:
        """Return what another file has for a service that is *old*."""
        changes = (
            lambda: {"image": self.text(folder)},
            lambda: {"image": self.text(folder)},
            lambda: {"build": self.build(folder)},
            lambda: {"image": Tagged("!reset"), "build": self.build(folder)},
            lambda: {"build": Tagged("!reset"), "image": self.text(folder)},
            lambda: {"build": None, "environment": {"A": "1"}},
            lambda: Tagged("!override", {"image": self.text(folder)}),
            lambda: {"environment": {"A": "1"}, "profiles": ["debug"]},
            lambda: Tagged("!reset"),
        )
        is_removable = len(names) > 1 and "extends" not in old
        return self.random.choice(changes if is_removable else changes[:-1])()
