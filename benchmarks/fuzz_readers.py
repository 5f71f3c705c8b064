"""Give everything else that reads what strangers write the same treatment.

    .venv/bin/python benchmarks/fuzz_readers.py SECONDS [READER ...] [--seed N]
    .venv/bin/python benchmarks/fuzz_readers.py 1 lockfile --only 7:1234

References, tags, patterns, lockfiles, settings, lockfiles of other tools, the
answers of registries, mirrors, credentials: each has some examples, which are
damaged as `fuzz.py` damages files. It fails as that does; the errors that a
reader announces are no failure.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from fuzz import bound, mutated, watched
from fuzz_examples import EXAMPLES, HEX, LOCK, TAGS

from imagelock import config
from imagelock.commands.render import render
from imagelock.commands.running_containers import running_containers as running
from imagelock.config.duration import duration
from imagelock.errors import ImagelockError
from imagelock.importers import IMPORTERS
from imagelock.lockfile import (
    conflict,
    reader,
    sightings,
    tables,
    three_way_merge,
    writer,
)
from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.model.digest import Digest
from imagelock.model.image import INDEX_TYPES
from imagelock.model.image_pattern import matches_image
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.model.tag_pattern import TagPattern
from imagelock.model.tag_version import Version
from imagelock.project.gitignore import compile_patterns, compile_valid_patterns
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.source_selection import SourceSelection
from imagelock.project.suppressions import PathIgnores
from imagelock.registry import image_config, manifest, tags
from imagelock.registry.auth import challenge
from imagelock.registry.auth.credentials import file as credentials
from imagelock.registry.endpoints.mirrors import containerd, containers
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.headers import (
    quota_of,
    retry_after,
    retry_after_clause,
    warnings_of,
)
from imagelock.report import compare_links
from imagelock.syntax import dotenv, interpolation, toml

if TYPE_CHECKING:
    from collections.abc import Callable

EXPECTED: Final = (ImagelockError, Failure, httpx.InvalidURL)
"""What readers announce; where it is `ValueError`, they are wrapped below."""
SCHEMA_FILE: Final = (
    Path(__file__).parents[1] / "docs/reference/images.lock.schema.json"
)
# By name, because the package has no types.
SCHEMA: Final[Any] = importlib.import_module("jsonschema").Draft202012Validator(
    json.loads(SCHEMA_FILE.read_bytes())
)
NGINX: Final = Reference.parse(f"nginx:1.27@sha256:{HEX}")


class WrongError(Exception):
    """What was read is not what was written."""


def reference(text: str) -> None:
    found = Reference.parse(text)
    if {found, Reference.parse(found.familiar)} != {Reference.parse(str(found))}:
        raise WrongError(found)
    matches_image(text, NGINX.key)


def version(text: str) -> None:
    found = [v for one in (text, *TAGS) if (v := Version.parse(one)) is not None]
    for one in found:
        if one.fits(found[0]):
            _ = one.order > found[0].order
            one.level_of(found[0])


def pattern(text: str) -> None:
    found = TagPattern.parse(text)
    for tag in TAGS:
        found.version(tag)


def lockfile(text: str) -> None:
    # A file is read as UTF-8, which has no lone surrogates.
    found = conflict.heal(text.encode("utf-8", "replace").decode("utf-8"))
    written = writer.write(found)
    if writer.write(reader.read(written)) != written:
        raise WrongError(written)
    known = reader.read(LOCK)
    for sides in ((known, found, known), (found, known, known), (known, found, found)):
        writer.write(three_way_merge.merge(*sides).lockfile)


def schema(text: str) -> None:
    """Check that the JSON Schema accepts every lockfile that the reader accepts."""
    try:
        data = toml.loads(text.encode("utf-8", "replace").decode("utf-8"))
        tables.read_tables(data)
    except (ValueError, InvalidTableError):
        return
    if not SCHEMA.is_valid(data):
        raise WrongError(data)


def settings(folder: Path) -> None:
    """Read the settings of *folder*, and what they say of files."""
    found = config.load(folder)
    SourceSelection.of(found.sources)
    OptionalSources.of(found.match, embedded=found.embedded, guesses=found.guesses)
    PathIgnores.of(found.ignore_paths)


def imported(text: str) -> None:
    for origin in IMPORTERS.values():
        origin.matches(text)
        try:
            list(origin.read(Text(text)))
        except ImagelockError:
            continue


def rendered(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    locked = reader.read(LOCK)
    new = render(data, locked, allow_unlocked=True).data
    if render(new, locked, allow_unlocked=True).data != new:
        raise WrongError(new)


def response(name: str, value: str, content: bytes = b"") -> httpx.Response:
    request = httpx.Request("GET", "https://registry.example/v2/a/tags/list")
    headers = [(name.encode(), value.encode("utf-8", "replace"))]
    return httpx.Response(200, headers=headers, content=content, request=request)


def pages(text: str) -> None:
    answers = iter([response("Link", text, b'{"tags": ["a"]}')])
    last = response("X", "", b'{"tags": []}')
    url = httpx.URL("https://registry.example/v2/a/tags/list")
    tags.collect_tags(url, lambda _: next(answers, last))


def headers(text: str) -> None:
    retry_after(response("Retry-After", text), 1_700_000_000)
    retry_after_clause(response("Retry-After", text), "wait")
    warnings_of(response("Warning", text))
    quota_of(response("RateLimit-Limit", text))


def manifests(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    for kind in (*INDEX_TYPES, text[:40]):
        try:
            manifest.parse_manifest(kind, data)
        except Failure:
            continue
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest.parse_manifest(kind, data)


def configurations(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    image_config.parse_image_config(data)
    manifest.platform_of(data)


def in_a_file(name: str, read: Callable[[Path], object]) -> Callable[[str], object]:
    """Return what writes a text to the file *name* in a folder, and reads that."""
    folder = Path(tempfile.mkdtemp())

    def write_and_read(text: str) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        read(folder)

    return write_and_read


def mirrors_of_containers(folder: Path) -> None:
    found = containers.read_registries_conf(folder / "registries.conf", [])
    found.hosts()
    for registry in ("docker.io", "quay.io", "a.example:5000"):
        found.all_servers(registry)
        found.servers(registry, "library/nginx")


def mirrors_of_containerd(folder: Path) -> None:
    found = containerd.read_hosts_folders(folder)
    found.hosts()
    found.servers("docker.io", "library/nginx")


def docker_credentials(text: str) -> None:
    try:
        found = credentials.parse_docker_config(text)
        found.helper("docker.io", "library/nginx")
        found.secret("docker.io", "library/nginx")
    except ValueError as error:
        if HEX in str(error):
            raise WrongError(error) from error


def announcing(read: Callable[[str], object]) -> Callable[[str], object]:
    """Return *read*, where `ValueError` is what it announces."""

    def reading(text: str) -> None:
        try:
            read(text)
        except ValueError as error:
            raise Failure(str(error)) from error

    return reading


def gitignore(text: str) -> None:
    compile_valid_patterns(text.splitlines()).match_file("a/b/c.yaml")
    compile_patterns([text]).match_file("a/b/c.yaml")


READERS: Final[dict[str, Callable[[str], object]]] = {
    "reference": reference,
    "digest": Digest.parse,
    "platform": Platform.parse,
    "duration": announcing(duration),
    "tag": version,
    "tag-pattern": pattern,
    "lockfile": lockfile,
    "schema": schema,
    "seen": lambda text: sightings.read_sightings(
        text.encode("utf-8", "surrogateescape")
    ),
    "settings": in_a_file("imagelock.toml", settings),
    "import": imported,
    "render": rendered,
    "running": running,
    "challenge": lambda text: challenge.parse_challenges([text]),
    "link": pages,
    "header": headers,
    "manifest": manifests,
    "configuration": configurations,
    "registries.conf": in_a_file("registries.conf", mirrors_of_containers),
    "hosts.toml": in_a_file("docker.io/hosts.toml", mirrors_of_containerd),
    "credentials": docker_credentials,
    "dotenv": lambda text: dotenv.parse(text, {"A": "1"}),
    "interpolation": lambda text: interpolation.interpolate(text, {"A": "1"}),
    "source-link": lambda text: compare_links.compare_link(
        text, "a" * 40, text, "b" * 40
    ),
    "patterns": gitignore,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("readers", nargs="*", metavar="READER")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", metavar="SEED:NUMBER")
    arguments = parser.parse_args()
    if unknown := set(arguments.readers) - set(READERS):
        raise SystemExit(f"no such reader: {', '.join(sorted(unknown))}")
    bound()
    names = arguments.readers or list(READERS)
    if arguments.only:
        seed, _, number = arguments.only.partition(":")
        return report(int(seed), int(number), names, show=True)
    failed, number = 0, 0
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        failed += report(arguments.seed, number, names, show=False)
        number += 1
    print(f"seed {arguments.seed}: {number} inputs a reader, {failed} failures")
    return 1 if failed else 0


def report(seed: int, number: int, names: list[str], *, show: bool) -> int:
    """Try one input of each reader; print what failed, and return how many did."""
    failed = 0
    for name in names:
        chance = random.Random(f"{seed}:{number}:{name}")  # noqa: S311 - repeatable
        other = chance.choice(EXAMPLES[chance.choice(list(EXAMPLES))])
        text = mutated(chance.choice(EXAMPLES[name]), other, chance)
        if show:
            print(f"----- {name}\n{text!r}")
        read = functools.partial(survive, READERS[name], text)
        if failure := watched(read, len(text), show=show):
            failed += 1
            print(f"FAILED {name} --only {seed}:{number}: {failure}", flush=True)
    return failed


def survive(read: Callable[[str], object], text: str) -> None:
    """Let *read* read *text*, and announce what it likes."""
    with contextlib.suppress(*EXPECTED):
        read(text)


if __name__ == "__main__":
    sys.exit(main())
