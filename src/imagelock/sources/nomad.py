"""Images in Nomad jobs: `config.image` of tasks with a driver for containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_json
from imagelock.sources.protocol import About
from imagelock.sources.shared.hcl_file import HclFile, parse, scope_of
from imagelock.sources.shared.hcl_lines import images_in_lines
from imagelock.syntax.hcl.strings import is_empty, literal
from imagelock.syntax.hcl.tree import Object, below, dotted, each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Expression, HclPair

ABOUT: Final = About(
    recognised="`*.nomad`, `*.nomad.hcl`, `*.nomad.json` and templates of them"
    " (`*.nomad.tpl`, `*.nomad.j2`) with a job or a task of Docker or Podman, and"
    " other `*.hcl`, `*.job`, `*.json` and `*.tpl` with both",
    read="`config.image` of tasks with the driver `docker`, `podman` or"
    " `containerd-driver`",
    not_read="tasks of other drivers, archives (`docker-archive:`)",
    pinned="behind the tag",
    notes="`${var.x}` and `${local.x}` have the values that `[variables]` of the"
    " configuration or the file itself gives them, without computing anything."
    " In a template that is not HCL before it is rendered (`[[ … ]]` of Nomad Pack,"
    " `{{ … }}`), each `image` with a literal value is read, line by line, and any"
    " other is skipped (`template`).",
)
_DRIVERS: Final = frozenset({"docker", "podman", "containerd-driver"})
_NAMED: Final = re.compile(r"(?i)[^/]*\.nomad(?:\.\w+)*")
_HCL_JOB: Final = re.compile(
    r'^[ \t]*+(?:(?:\[\[|\{[{%]).*[\]}])?[ \t]*+job[ \t]++(?:"|[\w-]|\[\[|\{\{)',
    re.MULTILINE,
)
_HCL_DRIVER: Final = re.compile(r'\bdriver"?[ \t]*=[ \t]*"(?:docker|podman|containerd)')
_JSON_DRIVER: Final = re.compile(r'"[Dd]river"\s*:\s*"(?:docker|podman|containerd)')
_JSON_TASKS: Final = re.compile(r'"(?:TaskGroups|task)"\s*:')
_JSON_JOB: Final = re.compile(r'"(?:[Jj]ob|TaskGroups)"\s*:')
_PACK: Final = re.compile(r"\[\[")
_TEMPLATE: Final = re.compile(r"\[\[|\{\{|\{%|%\{|<%")
_ADDRESS: Final = "docker://"
_ARCHIVE: Final = re.compile(r"(?:docker-archive|oci-archive|oci|dir):")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a named file with a job or a driver, and another file with both.

    `.nomad` is also the end of other names, such as a service of Upstart.
    """
    if is_json(path):
        is_container = _JSON_DRIVER.search(text) is not None
        is_job = _JSON_TASKS.search(text) or _JSON_JOB.search(text)
    else:
        is_container = _HCL_DRIVER.search(text) is not None
        # The job of a pack can be in one of its templates, and its tasks in another.
        is_job = _HCL_JOB.search(text) or _PACK.search(text)
    if _NAMED.fullmatch(path.name):
        return is_container or bool(is_job)
    return is_container and bool(is_job)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each task that runs in a container."""
    root, problems = parse(path, text.value)
    scope = scope_of(root, text, context, "NOMAD_VAR_")
    file = HclFile(path=path, text=text, format="nomad", scope=scope)
    if problems and _TEMPLATE.search(text.value):
        for image in images_in_lines(file, _ADDRESS):
            if not _ARCHIVE.match(image.place.text):
                yield image
        return
    for problem in problems:
        yield file.problem(problem)
    yield from _walk(file, root, "")


def _walk(file: HclFile, value: Expression, path: str) -> Iterator[Found]:
    """Yield the images of the tasks in *value*, whose path is *path*."""
    for item in each(value):
        if not isinstance(item, Object):
            continue
        is_container = _is_container(item)
        for pair in item.pairs:
            inner = below(path, dotted((pair.name, *(pair.labels or ()))))
            if pair.name in {"config", "Config"} and is_container:
                yield from _image(file, pair, inner)
            else:
                yield from _walk(file, pair.value, inner)


def _is_container(task: Object) -> bool:
    """Return whether the driver of *task* runs containers, or is not known."""
    driver = task.get("driver") or task.get("Driver")
    name = literal(driver) if driver is not None else None
    return name is None or name in _DRIVERS or "[[" in name


def _image(file: HclFile, config: HclPair, path: str) -> Iterator[Found]:
    for item in each(config.value):
        image = item.get("image") if isinstance(item, Object) else None
        if image is None or is_empty(image) or _ARCHIVE.match(literal(image) or ""):
            continue
        yield file.image(image, below(path, "image"), _ADDRESS)
