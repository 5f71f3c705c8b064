"""Other programs that resolve tags to digests, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from measure import Command
from projects import of_dockerfiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

AT_ONCE: Final = 16
"""Processes of the programs that resolve one image each."""
VERSIONS: Final = {
    "crane": ("crane", "version"),
    "regctl": ("regctl", "version", "--format", "{{.VCSTag}}"),
    "pindock": ("pindock", "--version"),
    "container-source-policy": ("container-source-policy", "version"),
}


def installed() -> dict[str, str]:
    """Return the programs on `PATH`, and what each says that its version is."""
    return {
        name: subprocess.run(command, check=False, capture_output=True, text=True)
        .stdout.strip()
        .removeprefix(f"{name} ")
        for name, command in VERSIONS.items()
        if shutil.which(name)
    }


def resolving(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, Command]]:
    """Yield each installed program with the command that resolves *names*.

    Each starts as imagelock does: nothing is known of any image.
    """
    found = installed()
    host = names[0].partition("/")[0]
    (folder / "names").write_text("".join(f"{name}\n" for name in names))
    each = f"xargs -a names -n 1 -P {AT_ONCE}"
    if "crane" in found:
        line = f"{each} crane digest --insecure"
        yield f"crane x {AT_ONCE}", Command(("sh", "-c", line), folder)
    if "regctl" in found:
        line = f"{each} regctl --host reg={host},tls=disabled image digest"
        yield f"regctl x {AT_ONCE}", Command(("sh", "-c", line), folder)
    if "container-source-policy" in found:
        files = of_dockerfiles(folder / "policies", names)
        (files / "insecure.conf").write_text(
            f'[[registry]]\nlocation = "{host}"\ninsecure = true\n'
        )
        line = "CONTAINERS_REGISTRIES_CONF=insecure.conf container-source-policy pin"
        line += " --stdout *.Dockerfile"
        yield "container-source-policy", Command(("sh", "-c", line), files)
    if "pindock" in found:
        plain = of_dockerfiles(folder / "plain", names)
        pinned = folder / "pinned"

        def restore() -> None:
            shutil.rmtree(pinned, ignore_errors=True)
            shutil.copytree(plain, pinned)

        yield "pindock", Command(("pindock", "run"), pinned, before=restore)
