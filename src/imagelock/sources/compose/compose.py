"""Images in Compose files, as Compose reads them but without its validation."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_json, is_yaml
from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.compose.build import build_images, build_of
from imagelock.sources.compose.extensions import unused
from imagelock.sources.compose.file import TooMuchError, has_services
from imagelock.sources.compose.includes import include
from imagelock.sources.compose.project import Project
from imagelock.sources.compose.services import images, outputs
from imagelock.sources.compose.value import FORMAT, place
from imagelock.sources.protocol import About

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`compose*.yaml`, `docker-compose*.yaml`, `*.compose.yaml`,"
    " `*stack*.yaml` (and `.yml`, `.json`), and any other YAML file with `services`"
    " whose children have `image`, `build`, `extends` or `provider`",
    read="`services.*.image`, volumes of `type: image`, images of hooks,"
    " `build.dockerfile_inline`, `build.additional_contexts` with `docker-image://`,"
    " `build.args` that decide a `FROM`; files that `include` and `extends` name",
    not_read="`image` beside `build` (it names the output), `cache_from`, labels,"
    " environment, commands",
    pinned="behind the tag, and in the innermost default if that is what counts:"
    " `redis:${T:-7@sha256:…}`",
    notes="Variables get their values from `[variables]` in the configuration, then"
    " from `.env` beside the file (or the `env_file` of an `include`), then from"
    " their defaults. The shell of whoever runs imagelock decides nothing, unless"
    " `--environment` is given: a lock must not depend on a machine."
    " `environment` and `env_file` of a service do not count, as in Compose."
    "\n\n"
    "The files of a `COMPOSE_FILE` in `.env` are one project: the `.env` that lists"
    " them counts for all, and what one of them builds is no image in the others."
    " `compose.override.yaml` is read with the file beside it. A Dockerfile that a"
    " build names is read whatever its own name is."
    "\n\n"
    "Anchors are found once, where they are written; merge keys, profiles,"
    " several documents and `!reset` are understood.",
)
_NAMED: Final = re.compile(
    r"(?:docker-?)?compose(?!r).*|.*[._-](?:docker-?)?compose(?:[._-].*)?",
    re.IGNORECASE,
)
_VALUES: Final = re.compile(r"values.*|.*[._-]values", re.IGNORECASE)
_LINE_END: Final = r"[ \t]*+(?:#[^\n]*+)?+\r?+(?:\n|\Z)"
_SERVICES: Final = re.compile(
    # A mapping follows: in GitLab's and other files it is a list.
    r"""^["']?services["']?[ \t]*+:[ \t]*+"""
    rf"(?:\{{|[&!*]|(?:{_LINE_END})++[ \t]++(?!-[ \t\n]))",
    re.MULTILINE,
)
_DEFINING: Final = re.compile(
    r"""(?:^[ \t]++|[{,][ \t]*+)["']?(?:image|build|extends|provider)["']?[ \t]*+:""",
    re.MULTILINE,
)
_API_VERSION: Final = re.compile(r"""^["']?apiVersion["']?[ \t]*+:""", re.MULTILINE)
_JSON_SERVICES: Final = re.compile(r'"services"[ \t\r\n]*+:')


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what bears Compose's name, and what looks like Compose inside.

    A manifest of Kubernetes is none of these, whatever its name.
    """
    is_named = _is_named(path)
    if is_json(path):
        return is_named and (not text or bool(_JSON_SERVICES.search(text)))
    if not is_yaml(path) or _API_VERSION.search(text):
        return False
    if is_named or _is_other(path):
        return is_named
    return bool(_SERVICES.search(text) and _DEFINING.search(text))


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield what the Compose file at *path* names, in the order of its text.

    What it includes, and what its services extend in other files, follows with
    the paths of those files.
    """
    project = Project(context)
    found: list[Found] = []
    try:
        file = project.add(path, text)
        if not _counts(path, file):
            return
        include(project, file)
        found.extend(_everything(project))
    except TooMuchError:
        found.append(_too_much(path, text))
    yield from _in_order(path, found)


def replacements(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield each Dockerfile that a build uses with a name that the build replaces.

    A FROM of that name is no image (`additional_contexts`).
    """
    if "additional_contexts" not in text.value:
        return
    try:
        file = Project(context).add(path, text)
        for service in file.services:
            build = build_of(file, service)
            if build is not None and build.dockerfile and build.inline is None:
                for entry in build.contexts:
                    yield build.dockerfile, entry.name
    except TooMuchError:
        # `find` reports it.
        return


def _is_named(path: PurePosixPath) -> bool:
    return _NAMED.fullmatch(path.stem) is not None


def _is_other(path: PurePosixPath) -> bool:
    """Tell whether a file is hidden, as those of CI are, or holds Helm's values."""
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or _VALUES.fullmatch(path.stem) is not None


def _counts(path: PurePosixPath, file: ComposeFile) -> bool:
    """Tell whether *file* is Compose's, as far as it can be read."""
    is_unknown = bool(file.broken)
    return _is_named(path) or is_unknown or any(map(has_services, file.documents))


def _everything(project: Project) -> Iterator[Found]:
    built = outputs(project)
    spans: dict[PurePosixPath, set[Span]] = defaultdict(set)
    for file, service in project.services():
        for one in images(project, file, service, built):
            spans[one.place.path].add(one.place.span)
            yield one
        build = build_of(file, service)
        if build is not None:
            yield from build_images(build, project.context)
    for file in project.files:
        yield from unused(file, frozenset(spans[file.path]))
        yield from _broken(file)
    yield from project.missing


def _broken(file: ComposeFile) -> Iterator[Skipped]:
    for one in file.broken:
        reason = Reason.TEMPLATE if one.template else Reason.UNPARSEABLE
        where = place(file, (one.start, one.end), "")
        yield Skipped(place=where, reason=reason, detail=one.detail)


def _too_much(path: PurePosixPath, text: Text) -> Skipped:
    where = Place(path=path, span=text.span(0, 0), text="", format=FORMAT, uses=("",))
    detail = "its aliases and includes mean more than can be read"
    return Skipped(place=where, reason=Reason.UNPARSEABLE, detail=detail)


def _in_order(path: PurePosixPath, found: Iterable[Found]) -> list[Found]:
    """Return what was *found* by place, each thing once with all of its uses."""
    uses: dict[tuple[PurePosixPath, Span, Reference | Reason], list[str]] = {}
    first: dict[tuple[PurePosixPath, Span, Reference | Reason], Found] = {}
    for one in found:
        meaning = one.reference if isinstance(one, Occurrence) else one.reason
        key = one.place.path, one.place.span, meaning
        first.setdefault(key, one)
        uses.setdefault(key, []).extend(one.place.uses)
    merged: list[Found] = []
    for key, one in first.items():
        all_uses = tuple(dict.fromkeys(uses[key]))
        merged.append(replace(one, place=replace(one.place, uses=all_uses)))
    return sorted(
        merged, key=lambda one: (one.place.path != path, one.place.path, one.place.span)
    )
