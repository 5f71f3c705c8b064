"""Random Dockerfiles: arguments with operators, stages, mounts, heredocs, directives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.oracles.choices import Choices

if TYPE_CHECKING:
    from random import Random

NOISE: Final = (
    "RUN apt-get update",
    "# FROM comment:1",
    'LABEL from="FROM label:1"',
    "ENV BASE=env:1",
    "RUN echo \\\n  FROM continued:1",
    "RUN <<EOF\nFROM heredoc:1\nCOPY --from=heredoc:2 / /\nEOF",
    "COPY <<-'ONE' <<TWO /etc/\n\tFROM heredoc:3\n\tONE\nFROM heredoc:4\nTWO",
    'CMD ["sh", "-c", "FROM json:1"]',
    "WORKDIR /from",
    "",
    "# escape=`",
)
PLATFORMS: Final = ("$BUILDPLATFORM", "linux/amd64", "${TARGETPLATFORM}")
COPIES: Final = ("COPY --from={} /a /b", "COPY --chown=1:1 --from={} --link a b /")
MOUNTS: Final = (
    "RUN --mount=type=bind,from={},target=/x make",
    "RUN --mount=type=cache,target=/c --mount=from={},source=/a,target=/b \\\n  make",
)
CUTS: Final = ("%-*", "%%-*", "#v", "##*-", "/-/_", "//./-")
USES: Final = (
    "${NAME}",
    "${NAME}",
    "$NAME",
    "${NAME:-DEFAULT}",
    "${NAME-DEFAULT}",
    "${NAME:+DEFAULT}",
    "${MISSING:-DEFAULT}",
    "${NAME:-${MISSING:-DEFAULT}}",
)


def generate(random: Random) -> str:
    return DockerfileGenerator(random).dockerfile()


class DockerfileGenerator(Choices):
    """Writes a Dockerfile.

    `values` are the names of arguments, by what their values are. The operators that
    cut a value are for tags alone: a name without its last part is not unique.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.stages: list[str] = []
        self.values: dict[str, list[str]] = {"tag": [], "name": [], "image": []}
        self.escape = "\\"

    def dockerfile(self) -> str:
        head = self.directives()
        lines = [*self.arguments()]
        for _ in range(self.random.randint(1, 4)):
            lines += self.stage()
        text = "\n".join([*head, *lines, ""]).replace("\\\n", f"{self.escape}\n")
        if self.chance(0.1):
            text = text.replace("\n", "\r\n")
        return f"\ufeff{text}" if self.chance(0.05) else text

    def directives(self) -> list[str]:
        lines = []
        if self.chance(0.2):
            lines.append(
                f"# syntax=docker/dockerfile:{self.random.choice(('1', '1.7'))}"
            )
        if self.chance(0.15):
            self.escape = "`"
            lines.append("# escape=`")
        if self.chance(0.2):
            lines.append("# check=skip=all")
        return lines

    # Arguments

    def arguments(self) -> list[str]:
        """Return the `ARG`s before the first stage, which may use each other."""
        lines = []
        for _ in range(self.random.choice((0, 1, 2, 3, 4))):
            kind = self.random.choice(list(self.values))
            name = self.unique("ARG").replace("-", "_")
            quote = self.random.choice(("", "", '"', "'"))
            if kind == "tag" and self.chance(0.1):
                lines.append(f"ARG {name}")
            elif kind == "tag":
                lines.append(f"ARG {name}={quote}{self.tag()}{quote}")
            elif kind == "name":
                lines.append(f"ARG {name}={quote}{self.name()}{quote}")
            else:
                quote = quote.replace("'", '"')
                lines.append(f"ARG {name}={quote}{self.literal_or_built()}{quote}")
            self.values[kind].append(name)
        return lines

    def use(self, kind: str, default: str) -> str:
        """Return a use of an argument of *kind*, with an operator at times."""
        if not self.values[kind]:
            return default
        name = self.random.choice(self.values[kind])
        if kind == "tag" and self.chance(0.3):
            return f"${{{name}{self.random.choice(CUTS)}}}"
        form = self.random.choice(USES)
        return form.replace("NAME", name).replace("DEFAULT", default)

    def literal_or_built(self) -> str:
        """Return an image in which arguments may decide the name or the tag."""
        match self.random.randrange(4):
            case 0:
                return f"{self.name()}:{self.use('tag', self.tag())}"
            case 1 if self.values["name"]:
                return f"{self.use('name', self.name())}:{self.tag()}"
            case 2:
                return f"{self.name()}:{self.tag()}-${{TARGETARCH}}"
            case _:
                return self.image()

    def base(self) -> str:
        if self.values["image"] and self.chance(0.4):
            return self.use("image", self.image())
        return self.literal_or_built()

    # Stages

    def stage(self) -> list[str]:
        keyword = self.random.choice(("FROM", "FROM", "FROM", "from"))
        platform = ""
        if self.chance(0.2):
            platform = f"--platform={self.random.choice(PLATFORMS)} "
        base = self.base()
        if self.stages and self.chance(0.25):
            base = self.random.choice(self.stages)
        elif self.chance(0.1):
            base = "scratch"
        name = self.random.choice((self.unique("stage"), self.unique("Build"), "nginx"))
        named = f" AS {name}" if self.chance(0.6) else ""
        lines = [f"{keyword} {platform}{base}{named}"]
        lines += [self.instruction() for _ in range(self.random.randint(0, 4))]
        if named:
            self.stages.append(name)
        return lines

    def instruction(self) -> str:
        kind = self.random.random()
        if kind < 0.3:
            source = self.image()
            if self.stages and self.chance(0.5):
                source = self.random.choice((*self.stages, "0"))
            return self.random.choice((*COPIES, *MOUNTS)).format(source)
        if kind < 0.4:
            return f"ARG {self.random.choice(('BASE', 'ARG_1'))}=late:1"
        if kind < 0.45:
            return f"ONBUILD COPY --from={self.image()} / /"
        return self.random.choice(NOISE)
