"""Write the reference pages that come from the code; `--check` only compares them.

Exits with 1 if `--check` finds a page that is not what the code says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from pydantic import BaseModel

from imagelock.cli import help_pages
from imagelock.cli.app import application
from imagelock.cli.command_help import ALL_COMMANDS, GROUPS, SUBCOMMANDS
from imagelock.cli.help_pages import command_of, paragraphs, usage
from imagelock.config import (
    match_schema,
    policy_schema,
    registry_schema,
    scan_schema,
    schema_tables,
    signature_schema,
    update_schema,
)
from imagelock.config import schema as config_schema
from imagelock.export import EXPORTS
from imagelock.model.finding import Rule
from imagelock.report.identity import page_url
from imagelock.report.rules import rules_page
from imagelock.sources import SOURCES
from imagelock.version import __version__
from pictures import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
BEGIN = "<!-- What follows is made by `make docs` from the sources: do not edit. -->\n"
END = "<!-- What is made from the sources ends here. -->\n"
NOTICE = "<!-- Made by `make docs` from the code: do not edit. -->\n"


def pages() -> dict[str, str]:
    """Return the text of every generated page by its name."""
    return {
        "commands.md": "".join(commands()),
        "configuration.md": "".join(configuration()),
        "exports.md": "".join(exports()),
        "rules.md": rules_page().replace("# Rules\n", f"# Rules\n\n{NOTICE}", 1),
        "imagelock.1": "".join(manual()),
        "rules-table.md": "".join(rules()),
        "sources.md": sources(),
        "imagelock.toml.schema.json": dumped(config_schema.json_schema()),
    }


def workflows() -> dict[Path, str]:
    """Return the workflows that `init` writes, where they can be read and copied."""
    sources = (ROOT / "src" / "imagelock" / "commands" / "workflows").glob("*.yml")
    return {
        ROOT / "integrations" / "/".join(path.name.split("-")): path.read_text("utf-8")
        for path in sources
    }


def commands() -> Iterator[str]:
    """Yield the page about commands and their options."""
    root: Any = typer.main.get_command(application())
    yield f"# Commands\n\n{NOTICE}\n"
    yield "Global options may be given before or after the command.\n\n"
    yield "## Global options\n\n"
    yield from options(root)
    for name, about in sorted(ALL_COMMANDS.items()):
        command = command_of(root, name)
        yield f"## `imagelock {name}`\n\n"
        yield f"```text\n{usage(name, command)}\n```\n\n"
        yield f"{joined(command.help)}\n\n"
        yield from options(command)
        width = max(map(len, about.examples))
        lines = (f"imagelock {k:{width}}  # {v}\n" for k, v in about.examples.items())
        yield f"```shell\n{''.join(lines)}```\n\n"


def options(command: Any) -> Iterator[str]:
    """Yield the table of the options and arguments of *command*."""
    if rows := [row(option) for option in help_pages.options(command)]:
        yield "| option | variable | meaning |\n|---|---|---|\n"
        yield from rows
        yield "\n"


def row(option: help_pages.Option) -> str:
    """Return the line of one option or argument."""
    names = ", ".join(f"`{name}`" for name in option.names)
    if option.is_argument:
        names = f"`{option.value.removesuffix('...')}`"
    choices = ", ".join(f"`{c}`" for c in option.choices)
    values = f" One of {choices}." if choices else ""
    variable = f"`{option.variable}`" if option.variable else ""
    return f"| {names} | {variable} | {option.text}{values} |\n"


def joined(text: str) -> str:
    """Return *text* with each paragraph on one line."""
    return "\n\n".join(paragraphs(text))


def manual() -> Iterator[str]:
    """Yield the manual page, in the language of `man`."""
    root: Any = typer.main.get_command(application())
    yield '.\\" Made by `make docs` from the code: do not edit.\n'
    yield f'.TH IMAGELOCK 1 "" "imagelock {__version__}"\n'
    yield f".SH NAME\nimagelock \\- {roff(paragraphs(root.help)[0].rstrip('.'))}\n"
    yield ".SH SYNOPSIS\n.B imagelock\n[OPTIONS] COMMAND [ARGS]...\n"
    yield ".SH DESCRIPTION\n" + "\n.PP\n".join(map(roff, paragraphs(root.help))) + "\n"
    yield ".SH OPTIONS\nThey may be given before or after the command.\n"
    yield from terms(help_pages.options(root))
    for title, names in GROUPS.items():
        yield f".SH {title.upper()}\n"
        for name in names:
            yield from manual_of(name, root)
            for each in SUBCOMMANDS.get(name, ()):
                yield from manual_of(f"{name} {each}", root)
    yield f".SH SEE ALSO\n{roff(page_url('README'))}\n"


def manual_of(name: str, root: Any) -> Iterator[str]:
    """Yield the part of the manual page about the command *name* of *root*."""
    command = command_of(root, name)
    yield f".SS {roff(usage(name, command))}\n"
    yield "\n.PP\n".join(map(roff, paragraphs(command.help))) + "\n"
    yield from terms(help_pages.options(command))
    for line, meaning in ALL_COMMANDS[name].examples.items():
        yield f".PP\n{roff(meaning)}:\n.PP\n.RS\n.nf\nimagelock {roff(line)}\n.fi\n.RE\n"


def terms(parameters: list[help_pages.Option]) -> Iterator[str]:
    """Yield the options as terms of a manual page."""
    for each in parameters:
        yield f".TP\n.B {roff(each.left.strip())}\n{roff(each.right)}\n"


def roff(text: str) -> str:
    """Return *text* as the language of `man` has it: hyphens, backslashes, dots."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def configuration() -> Iterator[str]:
    """Yield the page about settings."""
    yield f"# Configuration\n\n{NOTICE}\n"
    yield (
        "Settings are in `imagelock.toml`, or in `pyproject.toml` below"
        " `[tool.imagelock]`. All keys are optional, and an unknown key is an error."
        " [`imagelock.toml.schema.json`](imagelock.toml.schema.json) is the"
        " JSON Schema of the file.\n\n"
    )
    yield "| key | default | meaning |\n|---|---|---|\n"
    yield from keys(config_schema.ConfigDocument)
    yield from table(
        '`[registries."HOST"]`',
        "`HOST` is the registry as references name it, `docker.io` for Docker Hub.",
        registry_schema.RegistryConfig,
    )
    yield from table(
        "`[sources.NAME]`",
        "`NAME` is one of the [formats](sources.md), `shell` for"
        " [commands](../guides/own-places.md#commands-sourcesshell), which are not read"
        " without it, or a source of another package"
        " that is [installed](../development/plugins.md).",
        schema_tables.SourceConfig,
    )
    yield from table(
        "`[[match]]`",
        "A place that only you know, see [Custom locations](../guides/own-places.md)."
        " It has either a `key`, a `path`, a `pattern` or a `preset`.",
        match_schema.MatchConfig,
    )
    yield from table(
        '`[images."PATTERN"]`',
        "`PATTERN` is a reference in any spelling, and without a tag it means all"
        " tags of the repository; or it has `*`, `?` or `[`. See"
        " [Ignoring images](../guides/ignoring.md).",
        schema_tables.ImageConfig,
    )
    yield from table(
        "`[plugins]`",
        "Names of entry points of installed packages, see"
        " [Plug-ins](../development/plugins.md). No other plug-in is loaded.",
        schema_tables.PluginsConfig,
    )
    yield from table(
        "`[policy]`",
        "Which images may be used, see [Policies](../guides/policies.md).",
        policy_schema.PolicyConfig,
    )
    yield from table(
        "`[[policy.deny]]`",
        "An image that must not be used.",
        policy_schema.DenialConfig,
    )
    yield from table(
        "`[[policy.accept]]`",
        "Findings that are accepted.",
        policy_schema.AcceptanceConfig,
    )
    yield from table(
        "`[[policy.signer]]`",
        "Who must have signed which images, see [Signatures](../guides/signatures.md)."
        " Where several match an image, any of them will do.",
        signature_schema.SignerConfig,
    )
    yield from table(
        "`[signatures]`",
        "Whose signatures are verified and recorded, see"
        " [Signatures](../guides/signatures.md).",
        signature_schema.SignaturesConfig,
    )
    yield from table(
        "`[scan]`",
        "How images are scanned, and which vulnerabilities count, see"
        " [Scanning](../guides/scanning.md).",
        scan_schema.ScanConfig,
    )
    yield from table(
        "`[[scan.accept]]`",
        "Vulnerabilities that are accepted.",
        scan_schema.AcceptedVulnerabilityConfig,
    )
    yield from table(
        "`[update]`",
        "What the update workflows of [GitHub](../guides/github.md#several-pull-requests),"
        " [GitLab](../guides/gitlab.md) and [Gitea](../guides/gitea.md) open.",
        update_schema.UpdateConfig,
    )
    yield from table(
        "`[[update.group]]`",
        "Images that get a request of their own, and `imagelock update --group NAME`.",
        update_schema.UpdateGroupConfig,
    )
    yield from table(
        "`[workspace]`",
        "Projects that belong together, see [Monorepos](../guides/monorepo.md).",
        schema_tables.WorkspaceConfig,
    )


def table(title: str, words: str, model: Any) -> Iterator[str]:
    """Yield the section about one table of settings."""
    yield f"\n## {title}\n\n{words}\n\n| key | default | meaning |\n|---|---|---|\n"
    yield from keys(model)


def sources() -> str:
    """Return the page about sources: it is its own template around one part."""
    page = written(REFERENCE / "sources.md") or ""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    return f"{head}{begin}{''.join(map(source, SOURCES))}\n{end}{tail}"


def source(name: str) -> str:
    """Return the section about the source *name*, from what it says of itself."""
    about = SOURCES[name].source.ABOUT
    rows = {
        "recognised": about.recognised,
        "read": about.read,
        "not read": about.not_read,
        "pinned": about.pinned,
    }
    lines = "".join(f"| {key} | {cell(text)} |\n" for key, text in rows.items())
    notes = f"\n{joined(about.notes)}\n" if about.notes else ""
    return f"\n## `{name}`\n\n| | |\n|---|---|\n{lines}{notes}"


def cell(text: str) -> str:
    """Return *text* so that it does not end the cell of a table."""
    return text.replace("|", "\\|")


def keys(model: Any) -> Iterator[str]:
    """Yield the line of each key of *model*."""
    for name, field in model.model_fields.items():
        value = None
        if not field.is_required():
            value = field.get_default(call_default_factory=True)
        default = "{}" if isinstance(value, BaseModel) else json.dumps(value)
        shown = "" if default == "null" else f"`{default}`"
        yield f"| `{field.alias or name}` | {shown} | {field.description} |\n"


def exports() -> Iterator[str]:
    """Yield the page about the targets of `export`."""
    yield f"# Export targets\n\n{NOTICE}\n"
    yield "The targets of `imagelock export TARGET`. The\n[deployment guide](../guides/deploy.md)"
    yield " explains when to use which.\n\n| target | output |\n|---|---|\n"
    for name, target in EXPORTS.items():
        yield f"| `{name}` | {target.SUMMARY} |\n"


def rules() -> Iterator[str]:
    """Yield the table of rules."""
    yield f"{NOTICE}\n| rule | default | when |\n|---|---|---|\n"
    for rule in Rule:
        link = f"[`{rule.slug}`](rules.md#{rule.slug})"
        yield f"| {link} | {rule.severity.word} | {rule.summary} |\n"


def dumped(data: object) -> str:
    """Return *data* as JSON that people can read."""
    return json.dumps(data, indent=2) + "\n"


def main() -> int:
    """Write the files, or compare them; return the exit code."""
    files = {REFERENCE / name: text for name, text in pages().items()}
    files |= pictures() | workflows()
    stale = {path: text for path, text in files.items() if written(path) != text}
    if "--check" not in sys.argv:
        for path, text in stale.items():
            path.write_text(text, encoding="utf-8")
        return 0
    for path in stale:
        sys.stderr.write(f"{path.relative_to(ROOT)} is not what the code says\n")
    if stale:
        sys.stderr.write("hint: run `make docs`\n")
    return 1 if stale else 0


def written(path: Path) -> str | None:
    """Return the text of the file at *path* as it is, if there is one."""
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    raise SystemExit(main())
