"""Rules of `[[match]]` by name: patterns for what many projects have.

cdk              containers of CDKs: https://cdk8s.io, https://docs.aws.amazon.com/cdk
dagger           base images in pipelines: https://docs.dagger.io
testcontainers   images in tests: https://java.testcontainers.org, and other languages
github-env       variables of workflows that are named like an image
renovate         comments for Renovate: https://docs.renovatebot.com/modules/manager/regex
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources import pattern_rules
from imagelock.sources.pattern_rules import PatternRule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text

RENOVATE: Final = "renovate"

_NAME: Final = r"[a-z0-9][\w.-]*(?::\d+/[\w.-]+)?(?:/[\w.-]+)*"
_TAGGED: Final = rf"(?P<image>{_NAME}(?::[\w.-]+)?(?:@sha256:[a-f0-9]+)?)"
_LIKELY: Final = (
    rf"(?P<image>{_NAME}(?::[\w.-]+(?:@sha256:[a-f0-9]+)?|@sha256:[a-f0-9]+)"
    rf"|[a-z0-9][\w.-]*\.[\w.-]+(?:/[\w.-]+)+)"
)
_IS: Final = "[\"']?(?:=|:[ \\t]+)[\"']?"
_CALL: Final = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_END: Final = r"\s*[,)}]"
"""What is behind a text that is all of an argument."""

_JVM: Final = (".java", ".kt", ".kts", ".groovy", ".scala")
_NO_DIGEST: Final = "Testcontainers for Java accepts either a tag or a digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Patterns for files with *paths*, in all of which `pattern_rules.find` looks.

    `unpinnable` are endings of files, and why no digest can be written in those.
    """

    paths: tuple[str, ...]
    patterns: tuple[str, ...]
    unpinnable: tuple[tuple[str, ...], str] = ((), "")


_GO_TEXT: Final = r"(?:jsii\.String\(\s*)?"

PRESETS: Final = {
    "cdk": Preset(
        paths=("*.ts", "*.tsx", "*.js", "*.mjs", "*.py", "*.go", "*.java", "*.cs"),
        patterns=(
            # cdk8s: `{ image: 'a:1' }`, `Container(image="a:1")`, `.image("a:1")`
            rf"\b[iI]mage[\"']?\s*[:=(]\s*{_GO_TEXT}[\"'`]{_LIKELY}[\"'`]{_END}",
            # AWS CDK: `ContainerImage.fromRegistry("a:1")`
            (
                rf"(?:\b|_)(?:[fF]romRegistry|from_registry)\(\s*{_GO_TEXT}"
                rf"[\"'`]{_TAGGED}[\"'`]{_END}"
            ),
        ),
    ),
    "dagger": Preset(
        paths=("*.go", "*.py", "*.ts", "*.tsx", "*.js", "*.mjs", "*.java", "*.php"),
        patterns=(
            # `dag.Container().From("alpine:3")`, and options of the container.
            (
                rf"\b[Cc]ontainer{_CALL}\s*(?:\.|->)\s*(?:[Ff]rom|from_)\(\s*"
                rf"(?:address\s*=\s*)?[\"'`]{_TAGGED}[\"'`]{_END}"
            ),
        ),
    ),
    "github-env": Preset(
        paths=(".github/workflows/*.yml", ".github/workflows/*.yaml"),
        patterns=(
            rf"(?:^|[\s\"'{{])[A-Za-z_]*(?:IMAGE|IMG|image){_IS}{_LIKELY}(?:[\s\"',}}]|$)",
        ),
    ),
    "renovate": Preset(
        paths=(
            *("*[Dd]ockerfile*", "*[Cc]ontainerfile*", "*.env", ".env.*", "*.sh"),
            *("*[Mm]akefile*", "*.mk", "*.yaml", "*.yml", "*.tf", "*.hcl", "*.toml"),
        ),
        patterns=(),
    ),
    "testcontainers": Preset(
        paths=(
            *("*.java", "*.kt", "*.kts", "*.groovy", "*.scala", "*.go", "*.py"),
            *("*.ts", "*.tsx", "*.js", "*.mjs", "*.cs", "*.rs"),
        ),
        patterns=(
            # Java, Kotlin, Python, TypeScript: `new PostgreSQLContainer<>("postgres:16")`
            rf"\b[A-Z]\w*Container(?:<[^>\n]*>)?\(\s*(?:image\s*=\s*)?[\"']{_TAGGED}[\"']{_END}",
            rf"\bDockerImageName\.parse\(\s*\"{_TAGGED}\"{_END}",
            # Go: `ContainerRequest{Image: "redis:7"}`, `postgres.Run(ctx, "postgres:16")`
            rf"\bImage:\s*[\"`]{_TAGGED}[\"`]{_END}",
            rf"\.Run(?:Container)?\(\s*\w+(?:\.\w+\(\))?,\s*[\"`]{_TAGGED}[\"`]{_END}",
            # .NET: `new ContainerBuilder().WithImage("redis:7")`
            rf"\.[Ww]ithImage\(\s*[\"']{_TAGGED}[\"']{_END}",
            # Rust: `GenericImage::new("redis", "7.2.4")`
            r"\bGenericImage::new\(\s*\"(?P<repository>[\w./:-]+)\",\s*\"(?P<tag>[\w.-]+)\"",
        ),
        unpinnable=(_JVM, _NO_DIGEST),
    ),
}
"""By their names in the settings."""


def find(path: PurePosixPath, text: Text, name: str) -> Iterator[Found]:
    """Yield the images in a file by the preset *name*."""
    if name == RENOVATE:
        from imagelock.sources import renovate_annotations

        yield from renovate_annotations.find(path, text)
        return
    preset = PRESETS[name]
    suffixes, reason = preset.unpinnable
    unpinnable = reason if path.suffix.lower() in suffixes else None
    for pattern in preset.patterns:
        rule = PatternRule(pattern=pattern, use=name, unpinnable=unpinnable)
        yield from pattern_rules.find(path, text, rule)
