"""What `init` sets up beside the settings: the hook, workflows, the merge driver."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.commands.merge_driver import install
from imagelock.errors import ConfigurationError, UsageError, convert_write_errors
from imagelock.project.boundary import check_named, read_inside, write_inside
from imagelock.version import __version__
from imagelock.work_tree import work_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Extra(StrEnum):
    """What can be set up, by its name on the command line."""

    PRE_COMMIT = "pre-commit"
    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    MERGE_DRIVER = "merge-driver"


_HOOKS: Final = PurePosixPath(".pre-commit-config.yaml")
_STANZA: Final = f"""\
  - repo: https://github.com/imagelock/imagelock
    rev: v{__version__}
    hooks:
      - id: imagelock-verify   # offline, on every commit
"""
_WORKFLOWS: Final = ("verify", "drift", "update")
_FORGES: Final = {
    Extra.GITHUB: "github",
    Extra.GITEA: "gitea",
    Extra.FORGEJO: "gitea",
}
"""Whose workflows a forge runs: Forgejo runs those of Gitea."""
_PIPELINE: Final = PurePosixPath(".gitlab-ci.yml")
_JOBS: Final = PurePosixPath(".gitlab/imagelock.yml")
_INCLUDE: Final = f"  - local: {_JOBS}\n"


def suggested(folder: Path) -> Iterator[Extra]:
    """Yield what fits the repository of *folder*, and is not there yet."""
    top = work_tree(folder)
    if top is None or not top.samefile(folder):
        return
    if "imagelock" not in (_read(folder, _HOOKS) or ""):
        yield Extra.PRE_COMMIT
    for forge in _FORGES:
        if (folder / f".{forge}").is_dir() and any(_missing(folder, forge)):
            yield forge
    if (folder / _PIPELINE).exists() and not (folder / _JOBS).exists():
        yield Extra.GITLAB
    yield Extra.MERGE_DRIVER


def check_top(folder: Path) -> None:
    """Raise `UsageError` unless *folder* is the top of a git repository."""
    top = work_tree(folder)
    if top is None or not top.samefile(folder):
        raise UsageError(
            "hooks, workflows and the merge driver belong to the top of a repository",
            hint=f"run it in `{top}`" if top else "run `git init` first",
        )


def set_up(folder: Path, extra: Extra) -> Iterator[str]:
    """Set *extra* up in *folder*, as `check_top` accepts it; yield what was done.

    Files that are there already are never changed.

    Raises:
        ConfigurationError: a file cannot be written.
        UnreadableFileError: a file is a link out of *folder*.
    """
    if extra is Extra.MERGE_DRIVER:
        yield from install(folder)
    elif extra is Extra.PRE_COMMIT:
        yield _add_hook(folder)
    elif extra is Extra.GITLAB:
        yield from _add_jobs(folder)
    else:
        for path, text in _missing(folder, extra):
            yield _write(folder, path, text)


def _add_hook(folder: Path) -> str:
    hooks = _read(folder, _HOOKS)
    if hooks is None:
        return _write(folder, _HOOKS, f"repos:\n{_STANZA}")
    if "imagelock" in hooks:
        return f"`{_HOOKS}` has the hook already"
    return f"add this to `{_HOOKS}`, below `repos:`\n\n{_STANZA}"


def _add_jobs(folder: Path) -> Iterator[str]:
    if not (folder / _JOBS).exists():
        yield _write(folder, _JOBS, _workflow("gitlab-imagelock"))
    pipeline = _read(folder, _PIPELINE)
    if pipeline is None:
        yield _write(folder, _PIPELINE, f"include:\n{_INCLUDE}")
    elif str(_JOBS) in pipeline:
        yield f"`{_PIPELINE}` includes the jobs already"
    else:
        yield f"add this to `{_PIPELINE}`, below `include:`\n\n{_INCLUDE}"


def _missing(folder: Path, forge: Extra) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the path and the text of each workflow that is not there."""
    for name in _WORKFLOWS:
        path = PurePosixPath(f".{forge}/workflows/imagelock-{name}.yml")
        if not (folder / path).exists():
            yield path, _workflow(f"{_FORGES[forge]}-{name}")


def _workflow(name: str) -> str:
    source = files("imagelock.commands.workflows") / f"{name}.yml"
    return source.read_text(encoding="utf-8")


def _read(folder: Path, path: PurePosixPath) -> str | None:
    if not (folder / path).exists():
        return None
    return read_inside(folder, path).decode("utf-8", "replace")


def _write(folder: Path, path: PurePosixPath, text: str) -> str:
    check_named(folder, path)
    with convert_write_errors(path, ConfigurationError):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_inside(folder, path, text.encode())
    return f"wrote {path}"
