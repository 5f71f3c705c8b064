"""The commands by what they are for, with examples and a page of the documentation."""

from __future__ import annotations

from typing import Final, NamedTuple


class CommandHelp(NamedTuple):
    """What the help of a command shows besides its options.

    `page` is below `docs/`, without `.md`. The examples are command lines without
    `imagelock`, each with what it does.
    """

    page: str
    examples: dict[str, str]


GROUPS: Final = {
    "Lock": {
        "lock": CommandHelp(
            "guides/quick-start",
            {
                "lock": "Lock every image that is not locked yet",
                "lock --check": "Fail in CI if `images.lock` is not up to date",
            },
        ),
        "verify": CommandHelp(
            "guides/ci",
            {
                "verify": "Check files, lockfile and registries",
                "verify --offline": "Check the files before every commit",
                "verify --report sarif=out.sarif": "Also write a file for code scanning",
            },
        ),
        "update": CommandHelp(
            "guides/newer-tags",
            {
                "update": "Lock what all tags point to now",
                "update nginx --dry-run": "Show what would change for an image",
                "update --bump minor": "Also write newer tags into the files",
                "update --group acme": "Only update the images of a group",
            },
        ),
        "scan": CommandHelp(
            "guides/scanning",
            {
                "scan": "Look for vulnerabilities in what is locked",
                "scan --report trivy:report.json": "Read a report made elsewhere",
                "scan --changed-since main": "Only what a branch changed",
            },
        ),
        "outdated": CommandHelp(
            "guides/newer-tags",
            {
                "outdated": "Show what `update` would change, and newer tags",
                "outdated 'ghcr.io/acme/*'": "Only for some images",
                "outdated --bases": "Show images to build again",
            },
        ),
    },
    "Use the lock": {
        "pin": CommandHelp(
            "guides/pin",
            {
                "pin": "Write the locked digests into all files",
                "pin --diff k8s/": "Show what would change in a folder",
            },
        ),
        "unpin": CommandHelp(
            "guides/pin",
            {"unpin": "Remove the digests again", "unpin --diff": "Show the changes"},
        ),
        "render": CommandHelp(
            "guides/render",
            {"render < manifests.yaml | kubectl apply -f -": "Deploy what is locked"},
        ),
        "export": CommandHelp(
            "reference/exports",
            {
                "export compose -o compose.lock.yaml": "Write a Compose override",
                "export kustomize": "Print a Kustomize component",
            },
        ),
    },
    "Look": {
        "list": CommandHelp(
            "reference/sources",
            {
                "list": "Show every image reference of the project",
                "list --summary": "Show each image once, in a table",
                "list --by format": "Count the references of each format",
                "list nginx": "Show where an image is used, and what holds it back",
                "list --bases nginx": "Also show on what it is built",
            },
        ),
        "diff": CommandHelp(
            "reference/lockfile",
            {
                "diff": "Show the changes since the last commit",
                "diff v1.0 v1.1": "Compare the lockfiles of two revisions",
            },
        ),
        "history": CommandHelp(
            "guides/history",
            {
                "history nginx": "Show how the digest of an image moved",
                "history --since 90d --first-parent": "Show what reached this branch",
            },
        ),
        "report": CommandHelp(
            "guides/report",
            {
                "report": "Write `report.html`, a page about all images",
                "report --offline -o images.html": "The same, without asking registries",
                "report --badge drift.svg": "Also write a badge, for a README",
            },
        ),
        "rule": CommandHelp(
            "reference/rules",
            {"rule": "List all rules", "rule drift": "Explain a rule, with examples"},
        ),
        "config": CommandHelp(
            "reference/configuration", {"config": "Show every setting, and its file"}
        ),
        "doctor": CommandHelp(
            "guides/registries", {"doctor": "Check access to every registry"}
        ),
    },
    "Many repositories": {
        "fleet": CommandHelp(
            "guides/fleet",
            {
                "fleet collect ~/src": "Read the lockfile of every repository below it",
                "fleet where nginx:1.27": "Show which repositories lock an image",
            },
        ),
    },
    "Set up": {
        "init": CommandHelp(
            "guides/quick-start",
            {
                "init": "Create `imagelock.toml`",
                "init --platform linux/arm64": "The same, for a single platform",
            },
        ),
        "import": CommandHelp(
            "guides/import",
            {"import docker-lock.json": "Take the digests of another lockfile"},
        ),
        "merge-driver": CommandHelp(
            "guides/merge-conflicts",
            {"merge-driver --install": "Let Git merge `images.lock` entry by entry"},
        ),
        "lsp": CommandHelp(
            "guides/editors", {"lsp": "What an editor runs, on stdin and stdout"}
        ),
        "demo": CommandHelp(
            "guides/demo",
            {
                "demo": "See a tag move, and what imagelock does about it",
                "demo --web": "Play with it in a browser",
                "demo --serve": "Keep the registry, to try commands",
            },
        ),
    },
}
"""Every command, in the order of the help."""

SUBCOMMANDS: Final = {
    "fleet": {
        "collect": CommandHelp(
            "guides/fleet",
            {
                "fleet collect ~/src": "Read the lockfile of every repository below it",
                "fleet collect urls.txt": "Let Git fetch the lockfiles of remote ones",
                "fleet collect - < list": "The same, from lines `NAME<TAB>PATH`",
            },
        ),
        "merge": CommandHelp(
            "guides/fleet",
            {
                "fleet merge part-*.sqlite": "Put the databases of jobs into a single one"
            },
        ),
        "where": CommandHelp(
            "guides/fleet",
            {
                "fleet where nginx:1.27": "Show which repositories lock an image",
                "fleet where sha256:286f8cd6bd72": "The same for the start of a digest",
                "fleet where @digests.txt": "The same for each line of a file",
                "fleet where CVE-2024-3094": "Show who ships what `fleet scan` found",
            },
        ),
        "split": CommandHelp(
            "guides/fleet",
            {"fleet split": "Show tags that are locked to several digests"},
        ),
        "resolve": CommandHelp(
            "guides/fleet",
            {
                "fleet resolve -o answers.json": "Ask for each locked tag once",
                "fleet resolve --max-age 1h": "Only for those not asked for an hour",
            },
        ),
        "behind": CommandHelp(
            "guides/fleet",
            {
                "fleet behind": "Ask for each locked tag once, and show what has moved",
                "fleet behind --format github-matrix": "A job for each repository",
                "fleet behind --format gitlab --limit 50": "The same as a pipeline",
            },
        ),
        "scan": CommandHelp(
            "guides/fleet",
            {
                "fleet scan": "Scan each locked manifest once, and show who locks it",
                "fleet scan --new --fail-on critical": "Only those not scanned before",
                "fleet scan --report trivy:reports/": "Read reports made elsewhere",
            },
        ),
        "report": CommandHelp(
            "guides/fleet",
            {
                "fleet report": "Write `fleet.html`, a page about all repositories",
                "fleet report --behind": "Also ask which tags have moved",
            },
        ),
        "export": CommandHelp(
            "guides/fleet",
            {
                "fleet export --parquet out/": "Write a Parquet file for each view",
                "fleet export --csv out/": "Write CSV files",
            },
        ),
        "stats": CommandHelp(
            "guides/fleet", {"fleet stats": "Count repositories, images and registries"}
        ),
    },
}
"""The commands of each command that has some."""

COMMANDS: Final = {
    name: each for group in GROUPS.values() for name, each in group.items()
}
"""Every command of the program, in the order of the help."""

ALL_COMMANDS: Final = COMMANDS | {
    f"{name} {each}": about
    for name, commands in SUBCOMMANDS.items()
    for each, about in commands.items()
}
"""Those, and the commands of commands by their whole names: `fleet collect`."""
