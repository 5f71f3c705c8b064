"""Options that the commands about a fleet share."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imagelock.cli.format_names import JSON, TEXT, is_from_environment
from imagelock.errors import RegistryError
from imagelock.fleet.shard import Shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from typer.models import OptionInfo

    from imagelock.cli.session import Session

CSV: Final = "csv"
TABLE_FORMATS: Final = (TEXT, JSON, CSV)


def checked_format(context: typer.Context, value: str, names: Sequence[str]) -> str:
    """Return *value*, one of *names*; text if only the environment names another."""
    if value in names:
        return value
    if is_from_environment(context):
        return TEXT
    quoted = ", ".join(map(repr, names))
    raise typer.BadParameter(f"{value!r} is not one of {quoted}.")


def format_option(names: Sequence[str]) -> OptionInfo:
    """Return the option `--format` with the formats *names*."""
    option: OptionInfo = typer.Option(
        "--format",
        metavar=f"FORMAT[{'|'.join(names)}]",
        autocompletion=lambda: list(names),
        callback=lambda context, value: checked_format(context, value, names),
        envvar="IMAGELOCK_FORMAT",
        help="The output format.",
    )
    return option


def shard_option(things: str, keys: str) -> OptionInfo:
    """Return the option `--shard`, which divides *things* by a hash of their *keys*."""
    option: OptionInfo = typer.Option(
        "--shard",
        metavar="INDEX/COUNT",
        show_default=False,
        help=f"Only the {things} of this part, by a hash of their {keys}: `1/4`.",
    )
    return option


def shard_of(text: str | None) -> Shard | None:
    """Return the shard that the option names."""
    if text is None:
        return None
    try:
        return Shard.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--shard") from None


def exit_code(
    session: Session, unreadable: int, *, is_found: bool, check: bool = False
) -> int:
    """Return the exit code of an answer, and note what the answer may lack.

    *is_found* is whether there is something that `--check` is about.
    """
    if unreadable:
        many = "repositories or lockfiles"
        what = "repository or lockfile" if unreadable == 1 else many
        session.notice(
            f"note: {unreadable} {what} of the database could not be read, and may be"
            " missing here\n"
        )
    if check and is_found:
        return 1
    return RegistryError.exit_code if unreadable else 0


@contextmanager
def workers(scheduler: str | None, jobs: int) -> Iterator[tuple[Executor | None, int]]:
    """Yield the executor of the cluster at *scheduler*, and how many tasks run at a time.

    Without a scheduler, there is none, and it is *jobs*.
    """
    if scheduler is None:
        yield None, jobs
        return
    from imagelock.fleet.tasks.cluster import open_cluster

    with open_cluster(scheduler) as cluster:
        yield cluster.executor, max(jobs, cluster.threads)


def database_output(help_text: str) -> OptionInfo:
    """Return the option `--output` of a command that writes a database."""
    option: OptionInfo = typer.Option("-o", "--output", metavar="FILE", help=help_text)
    return option


DatabaseOption = Annotated[
    Path,
    typer.Option(
        "-d",
        "--database",
        metavar="FILE",
        help="The database that `fleet collect` wrote.",
    ),
]
Images = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="IMAGE",
        show_default=False,
        help="Images to ask about, by name or pattern; all by default.",
    ),
]
TableFormat = Annotated[str, format_option(TABLE_FORMATS)]
ShardOption = Annotated[str | None, shard_option("repositories", "names")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        show_default=False,
        help="Work on the workers of this Dask scheduler: `tcp://HOST:PORT` or"
        " `tls://HOST:PORT`.",
    ),
]
