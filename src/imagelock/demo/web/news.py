"""What happened, in a sentence or two, and why it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.demo.web.builds import BuildKind

if TYPE_CHECKING:
    from imagelock.demo.web.builds import ShopBuild

STARTED: Final = (
    "Monday. Both fleets run what was built last, and `imagelock lock` has recorded its"
    " digest. Now push another build to the same tag."
)
_QUIET: Final = "No file has changed, and nothing restarts."
_PUSHED: Final = {
    BuildKind.RELEASE: "{name} was released, to the same tag.",
    BuildKind.EXPERIMENT: "Somebody tries something, and pushes {name} to `v1`.",
    BuildKind.REBUILD: "{version} was built again. Only `linux/arm64` is different.",
    BuildKind.MALICIOUS: "Somebody with a stolen password pushes to `v1`, and calls it"
    " {version}, too.",
}
_RAN: Final = {
    "lock": "What is locked stays as it is: `lock` only adds what is new, and"
    " `update` moves it.",
    "verify": "Every tag still stands for what is locked.",
    "update": "Every tag stands for what is locked already.",
    "pin": "The files have these digests already.",
    "unpin": "The files have no digests that `pin` wrote.",
}
_MOVED: Final = {
    "lock": "The digests are recorded, and the fleet by lock runs them.",
    "update": "You have seen the difference, and the lockfile has the new digest. That is"
    " a change to deploy: the fleet by lock is replaced as a whole.",
    "pin": "The digest is in the files now, and the tag decides nothing any more: the"
    " fleet by tag is replaced by what is locked.",
    "unpin": "The files name the tag alone again, and the fleet by tag is replaced by"
    " what `v1` stands for now.",
}


def pushed(build: ShopBuild, *, is_back: bool) -> str:
    """Describe a push of *build*, or of the first one once more."""
    if is_back:
        return f"`v1` stands for {build.name} again. {_QUIET}"
    text = _PUSHED[build.kind].format(name=build.name, version=build.version)
    return f"{text} {_QUIET}"


def ran(name: str, exit_code: int, *, is_moved: bool) -> str:
    """Describe a run of a command; *is_moved* says whether a fleet was replaced."""
    if name == "verify" and exit_code == 1:
        return (
            "`verify` exits with 1: `v1` no longer stands for what is locked. In CI this"
            " job fails, and somebody looks. The fleet by lock runs on as before."
        )
    if exit_code:
        return f"`{name}` exits with {exit_code}."
    return (_MOVED if is_moved else _RAN)[name]


def scaled(step: int, by_tag: str, by_lock: str) -> str:
    """Describe that each fleet has *step* containers more."""
    if step == 0:
        return "The fleets stay as large as they are."
    verb = "started" if step > 0 else "stopped"
    return f"{abs(step)} containers {verb} in each fleet. {_fleets(by_tag, by_lock)}"


def replaced(by_tag: str, by_lock: str) -> str:
    """Describe that a container of each fleet was replaced."""
    return f"A machine fails, and its containers start elsewhere. {_fleets(by_tag, by_lock)}"


def _fleets(by_tag: str, by_lock: str) -> str:
    return f"By tag: {by_tag}. By lock: {by_lock}."
