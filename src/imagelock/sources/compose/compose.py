"""Images in Compose files, as Compose reads them but without its validation."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_json, is_yaml, rendered
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.compose.build import build_images
from imagelock.sources.compose.extensions import unused_images
from imagelock.sources.compose.file import FORMAT, has_services, value_of
from imagelock.sources.compose.includes import add_includes
from imagelock.sources.compose.merged_build import own_build
from imagelock.sources.compose.project import ComposeProject
from imagelock.sources.compose.project_relations import project_relations
from imagelock.sources.compose.services import build_outputs, service_images
from imagelock.sources.compose.values import image_at
from imagelock.sources.protocol import About
from imagelock.sources.shared.merge_uses import merge_uses
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.shared.work_budget import TooMuchError
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.sources.context import Context
    from imagelock.sources.relations import Relation

_MODEL: Final = "Docker Model Runner keeps models by their tags"

ABOUT: Final = About(
    recognised="`compose*.yaml`, `docker-compose*.yaml`, `*.compose.yaml`,"
    " `*stack*.yaml` (and `.yml`, `.json`), and any other YAML file with `services`"
    " whose children have `image`, `build`, `extends` or `provider`",
    read="`services.*.image`, volumes of `type: image`, images of hooks,"
    " `build.dockerfile_inline`, `build.additional_contexts` with `docker-image://`,"
    " `build.args` that decide a `FROM` or are `BUILDKIT_SYNTAX`; files that `include`"
    " and `extends` name; `include: oci://…` and `models.*.model`",
    not_read="`image` beside `build` (it names the output) or `pull_policy: never`,"
    " `cache_from`, labels, environment, commands",
    pinned="behind the tag, or in the innermost default if that counts:"
    " `redis:${T:-7@sha256:…}`; not in `models`",
    notes="Variables get their values from `[variables]` in the configuration, then"
    " from `.env` beside the file (or the `env_file` of an `include`), then from"
    " their defaults. The caller's environment does not count, unless"
    " `--environment` is given: a lock must not depend on a machine."
    " `environment` and `env_file` of a service do not count, as in Compose."
    "\n\n"
    "The files of a `COMPOSE_FILE` in `.env` are one project: the `.env` that lists"
    " them counts for all, and an image that one of them builds is not locked in the others."
    " `compose.override.yaml` is read with the file beside it. A Dockerfile that a"
    " build names is read under any file name."
    "\n\n"
    "A file that `include` or `extends` names is read as a part of the project that"
    " names it, with the variables of that project. What it says when it is read alone"
    " counts only for services that no project uses. Several files in the `path` of one"
    " `include` are merged: an image that a later one replaces is skipped (`overridden`)."
    "\n\n"
    "An anchor is reported once, where it is written; merge keys, profiles,"
    " several documents, `!reset` and `!override` are understood.",
)
_RELATING: Final = ("build", "extends", "include")
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
_SERVICE_KEY: Final = re.compile(
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
    # Most other YAML files have no such word, and the patterns are slower.
    return "services" in text and bool(
        _SERVICES.search(text) and _SERVICE_KEY.search(text)
    )


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the Compose file at *path*, in the order of its text.

    Those in files that it includes, and of services that it extends in other files,
    follow with the paths of those files.
    """
    project = ComposeProject(context)
    findings: list[Found] = []
    try:
        file = project.add(path, text)
        if not _is_compose(path, file):
            return
        add_includes(project, file)
        findings.extend(_all_findings(project))
    except TooMuchError:
        findings.append(_too_much(path, text))
    yield from _in_order(path, findings)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield the files of the project, the Dockerfiles of its builds, and their names.

    A FROM of a name that a build replaces is not an image (`additional_contexts`).
    """
    if not any(word in text.value for word in _RELATING):
        return
    project = ComposeProject(context)
    try:
        file = project.add(path, text, with_override=True)
        if _is_compose(path, file):
            add_includes(project, file)
            yield from project_relations(project, file)
    except TooMuchError:
        # `find` reports it.
        return


def _is_named(path: PurePosixPath) -> bool:
    return _NAMED.fullmatch(rendered(path).stem) is not None


def _is_other(path: PurePosixPath) -> bool:
    """Return whether a file is hidden, as those of CI are, or has values of Helm."""
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or _VALUES.fullmatch(rendered(path).stem) is not None


def _is_compose(path: PurePosixPath, file: ComposeFile) -> bool:
    """Return whether *file* is from Compose, or may be where it cannot be parsed."""
    is_unknown = bool(file.broken)
    return _is_named(path) or is_unknown or any(map(has_services, file.documents))


def _all_findings(project: ComposeProject) -> Iterator[Found]:
    built = build_outputs(project)
    spans: dict[PurePosixPath, set[Span]] = defaultdict(set)
    for file, service in project.services():
        for finding in service_images(project, file, service, built):
            spans[finding.place.path].add(finding.place.span)
            yield finding
        build = own_build(project, file, service)
        if build is not None:
            yield from build_images(build, project.context)
    for file in project.files:
        yield from unused_images(file, frozenset(spans[file.path]))
        yield from _models(file)
        for document in file.broken:
            yield from file.source.broken(document)
    yield from project.missing


def _models(file: ComposeFile) -> Iterator[Found]:
    """Yield the models of `models`, which Docker Model Runner pulls."""
    for document in file.documents:
        models = value_of(document, "models")
        for name, model in models.items.items() if isinstance(models, Mapping) else ():
            node = model.get("model") if isinstance(model, Mapping) else None
            finding = image_at(file, node, f"models.{name}.model")
            if isinstance(finding, Occurrence):
                yield replace(finding, unpinnable_reason=_MODEL)
            elif finding is not None:
                yield finding


def _too_much(path: PurePosixPath, text: Text) -> Skipped:
    file = SourceFile(path=path, text=text, format=FORMAT)
    detail = "its aliases and includes mean more than can be read"
    place = file.place_of(0, 0, "")
    return Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)


def _in_order(path: PurePosixPath, findings: Iterable[Found]) -> list[Found]:
    """Return *findings* by place, those of the file at *path* first."""
    merged = merge_uses(findings, most=sys.maxsize)
    return sorted(
        merged,
        key=lambda finding: (
            finding.place.path != path,
            finding.place.path,
            finding.place.span,
        ),
    )
