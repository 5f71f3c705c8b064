"""Give every source files that nobody would write, and see that it survives.

    .venv/bin/python benchmarks/fuzz.py SECONDS [SOURCE ...] [--seed N]
    .venv/bin/python benchmarks/fuzz.py 1 compose --only 7:1234

Takes the inputs of the golden cases (`tests/examples`), cuts them
into tokens, and deletes, doubles, repeats, swaps, inserts and splices ranges of
these. Each result goes to every source (or to those that are named) and to what
reads comments and a project's own places. It fails if one raises, takes longer
than a second and what is in proportion to the size, needs more memory than the
bound, or tells a span that is not what is written there.

What fails is printed with its seed and number, by which `--only` repeats it and
prints the input. Ends with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol

from imagelock.model.platform import Platform
from imagelock.model.source_text import Text
from imagelock.project.hidden_characters import find_hidden_characters
from imagelock.project.suppressions import suppression_comments
from imagelock.sources import SOURCES, embedded_manifests, guesses, match_rules
from imagelock.sources.context import Context
from imagelock.sources.shell import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from imagelock.model.occurrence import Found


EXAMPLE_FOLDERS: Final = Path(__file__).parent.parent / "tests" / "examples"
LARGEST: Final = 64 * 1024
"""Characters of an input: enough for what is quadratic to show."""
MEMORY: Final = 1024 * 1024 * 1024
"""Bytes of address space, for the interpreter and everything."""
SECONDS: Final = 1.0
PER_CHARACTER: Final = 60e-6
"""Seconds: ten times what the slowest source needs for ordinary text."""
TOKEN: Final = re.compile(r"\w+|[ \t]+|\r?\n|.", re.DOTALL)
NASTY: Final = (
    "{{", "}}", "${", "$((", "<<: *a", "&a ", "*a", "!reset ", "|-\n", ">\n  ", "---\n",
    "\u2028", "\x85", "\r", "\ufeff", "\udcff", "\0", "\t", "'", '"', "\\", "\\u0000",
    "${A:-${B:-", "EOF", "<<EOF\n", "<<-'EOF'\n", "/*", "*/", "//", "#", ";", "[[", "]]",
    "@sha256:" + "a" * 64, "a" * 300, "[" * 50, "{" * 50, "- " * 50, "é", "\U0001d4b3",
    "# imagelock: ignore[drift]\n", "docker://", "%{ if }", "? ", ": ", ", ", "\n  ",
)  # fmt: skip
PLATFORMS: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
MATCHES: Final = (
    match_rules.MatchRule(where="*"),
    match_rules.MatchRule(where="*", value="yaml", inside="*"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The files of one golden case, by their paths."""

    files: dict[PurePosixPath, str]


class Reader(Protocol):
    """Something that reads a file."""

    def __call__(
        self, path: PurePosixPath, text: Text, context: Context, /
    ) -> Iterable[object]:
        """Return what it finds, things with a place among them."""
        ...


class TooSlowError(Exception):
    """The time for one call is up."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("sources", nargs="*", metavar="SOURCE")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", metavar="SEED:NUMBER")
    arguments = parser.parse_args()
    bound()
    targets = readers(arguments.sources)
    samples = load()
    if arguments.only:
        seed, _, number = arguments.only.partition(":")
        return report(int(seed), int(number), samples, targets, show=True)
    failed, number = 0, 0
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        failed += report(arguments.seed, number, samples, targets, show=False)
        number += 1
    print(f"seed {arguments.seed}: {number} inputs, {failed} with failures")
    return 1 if failed else 0


def readers(names: list[str]) -> dict[str, Reader]:
    """Return what reads a file, by its name."""
    every: dict[str, Reader] = {
        **{name: find_with(name) for name in SOURCES},
        "match": own_places,
        "shell": shell.find,
        "embedded": lambda path, text, _: embedded_manifests.find(path, text),
        "guess": find_guesses,
        "hidden": lambda path, text, _: find_hidden_characters(path, text),
        "comments": lambda path, text, _: suppression_comments(path, text).problems,
    }
    if unknown := set(names) - set(every):
        raise SystemExit(f"no such reader: {', '.join(sorted(unknown))}")
    return {
        name: reader for name, reader in every.items() if not names or name in names
    }


def find_with(name: str) -> Reader:
    def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
        SOURCES[name].source.matches(path, text.value)
        return SOURCES[name].find(path, text, context)

    return find


def own_places(path: PurePosixPath, text: Text, _: Context) -> Iterator[Found]:
    for match in MATCHES:
        yield from match_rules.find(path, text, match)


def find_guesses(path: PurePosixPath, text: Text, _: Context) -> Iterator[Found]:
    yield from guesses.of_tree(path, text)
    yield from guesses.of_assignments(path, text)


def load() -> list[Sample]:
    """Return the golden cases, in the order of their folders."""
    expectations = sorted(EXAMPLE_FOLDERS.glob("*/*/expected.toml"))
    return [sample(path.parent) for path in expectations]


def sample(folder: Path) -> Sample:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return Sample(
        {
            PurePosixPath(name): Text.decode(path.read_bytes()).value
            for path in paths
            if (name := path.relative_to(folder).as_posix()) != "expected.toml"
        }
    )


def report(
    seed: int,
    number: int,
    samples: list[Sample],
    targets: dict[str, Reader],
    *,
    show: bool,
) -> int:
    """Try one input; print what failed, and return 1 if anything did."""
    path, text, context = made(seed, number, samples)
    if show:
        print(f"----- {path}\n{text.value!r}")
    failures = [
        (name, failure)
        for name, reader in targets.items()
        if (failure := attempt(reader, path, text, context, show=show))
    ]
    for name, failure in failures:
        print(f"FAILED {name} --only {seed}:{number} ({path}): {failure}", flush=True)
    return 1 if failures else 0


def made(
    seed: int, number: int, samples: list[Sample]
) -> tuple[PurePosixPath, Text, Context]:
    """Return the input that *seed* and *number* stand for."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - repeatable, no secret
    chosen = chance.choice(samples)
    path = chance.choice(list(chosen.files))
    other = chance.choice(list(chance.choice(samples).files.values()))
    text = mutated(chosen.files[path], other, chance)
    texts = {name: Text(written) for name, written in chosen.files.items()}
    texts[path] = Text(text)
    context = Context(
        read=texts.get, platforms=PLATFORMS, variables={"TAG": "1", "A": "${A}"}
    )
    return path, texts[path], context


def mutated(text: str, other: str, chance: random.Random) -> str:
    """Return *text* after some changes, with tokens of *other* in it."""
    tokens, others = TOKEN.findall(text), TOKEN.findall(other)
    for _ in range(chance.randint(1, 8)):
        change = chance.choice(("delete", "repeat", "insert", "splice", "move"))
        tokens = changed(change, tokens, others, chance)[:LARGEST]
    # The reader of files refuses NUL before a source sees it.
    return "".join(tokens).replace("\0", "")[:LARGEST]


def changed(
    change: str, tokens: list[str], others: list[str], chance: random.Random
) -> list[str]:
    """Return *tokens* after one *change* somewhere."""
    start = chance.randint(0, len(tokens))
    end = min(len(tokens), start + int(chance.expovariate(1 / 6)))
    before, piece, behind = tokens[:start], tokens[start:end], tokens[end:]
    match change:
        case "delete":
            return [*before, *behind]
        case "repeat":
            times = chance.choice((2, 2, 2, 3, 10, 100, 3000))
            return [*before, *(piece * times)[:LARGEST], *behind]
        case "insert":
            return [*before, chance.choice((*NASTY, *others)), *piece, *behind]
        case "splice":
            first = chance.randint(0, len(others))
            last = first + int(chance.expovariate(1 / 20))
            return [*before, *others[first:last], *behind]
        case _:
            rest = [*before, *behind]
            at = chance.randint(0, len(rest))
            return [*rest[:at], *piece, *rest[at:]]


def bound() -> None:
    """Limit the memory of this process, and prepare to stop slow readers; POSIX only."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.signal(signal.SIGALRM, alarm)


def alarm(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def set_timer(seconds: float) -> None:
    """Raise `TooSlowError` in *seconds*; 0 stops the timer. POSIX only."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def attempt(
    reader: Reader, path: PurePosixPath, text: Text, context: Context, *, show: bool
) -> str | None:
    """Return what went wrong while *reader* read *text*, if anything did."""
    # A text indexes its lines once, which is not to the account of the first.
    text = Text(text.value)
    data = text.value.encode("utf-8", "surrogateescape")
    found: list[object] = []
    failure = watched(
        lambda: found.extend(reader(path, text, context)), len(text.value), show=show
    )
    return failure or next(
        (wrong for one in found if (wrong := misplaced(one, path, data))), None
    )


def watched(read: Callable[[], object], size: int, *, show: bool) -> str | None:
    """Return what went wrong while *read* read *size* characters, if anything did."""
    limit = SECONDS + PER_CHARACTER * size
    set_timer(limit)
    try:
        read()
    except TooSlowError:
        return f"takes longer than {limit:.1f} s for {size} characters"
    except MemoryError:
        return f"needs more than {MEMORY} bytes"
    except Exception as error:  # noqa: BLE001 - any is what is looked for
        if show:
            traceback.print_exc()
        return f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        set_timer(0)
    return None


def misplaced(found: object, path: PurePosixPath, data: bytes) -> str | None:
    place = getattr(found, "place", None)
    if place is None or place.path != path:
        return None
    written = data[place.span.start : place.span.end].decode("utf-8", "surrogateescape")
    return None if written == place.text else f"{written!r} is told as {place.text!r}"


if __name__ == "__main__":
    sys.exit(main())
