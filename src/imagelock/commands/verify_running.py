"""Compare running containers with the lock: `verify --running`."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Final

from imagelock.commands.rule_settings import apply_rule_settings
from imagelock.commands.running_containers import optional_set, running_containers
from imagelock.commands.verify import Verdict
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError, RegistryError, UsageError
from imagelock.lockfile.model import Lockfile
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.reference import Reference
from imagelock.model.span import FILE_START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import PurePosixPath

    from imagelock.commands.console import Console
    from imagelock.commands.running_containers import Container
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.client import RegistryClient

    Configurations = Callable[[Image], frozenset[Digest]]
    """Returns the digests of the configurations of an image."""

_MOST_NAMED: Final = 5


def verify_running(
    project: ProjectFiles,
    text: str,
    path: PurePosixPath,
    console: Console,
    *,
    timeout: float | None,
) -> Verdict:
    """Compare the containers in *text* with the lock of *project*.

    *text* is the output of a command that `running_containers` knows, and *path*
    the name of its file in the findings. *timeout* is in seconds, for registries,
    which alone know the configurations of an image; `None` asks none.

    Raises:
        UsageError: there is no lock, or *text* is not such an output.
    """
    lockfile = project.lockfile() or Lockfile()
    if not lockfile.images:
        hint = "run `imagelock lock` first"
        raise UsageError("there is no lock to compare with", hint=hint)
    containers = running_containers(text)
    with _registry(project, console, timeout) as registry:
        configurations = (
            cache(lambda image: _configurations(image, registry)) if registry else None
        )
        result = compare_containers(containers, lockfile, path, configurations)
    findings = [*result.findings, *([] if containers else [_no_container(path)])]
    return Verdict(
        findings=apply_rule_settings(project, findings, []),
        checked=len(containers) - result.could_not_check,
        could_not_check=result.could_not_check,
        online=timeout is not None,
        running=True,
    )


def _no_container(path: PurePosixPath) -> Finding:
    return Finding(
        rule=Rule.NOTHING_FOUND,
        severity=Severity.WARNING,  # a cluster may have none at this moment
        message="there is no container to compare",
        path=path,
        span=FILE_START,
        hint="check the context and the namespace of the command that lists them",
    )


def _registry(
    project: ProjectFiles, console: Console, timeout: float | None
) -> AbstractContextManager[RegistryClient | None]:
    if timeout is None:
        return nullcontext()
    from imagelock.registry.connect import open_registry  # offline

    return open_registry(project.config, console, timeout)


def _configurations(image: Image, registry: RegistryClient) -> frozenset[Digest]:
    """Return the configurations of *image* on each declared platform."""
    children = [child.digest for child in image.platforms] if image.is_index else []
    manifests = [
        registry.manifest(image.reference, digest)
        for digest in children or [image.digest]
    ]
    return frozenset(manifest.config for manifest in manifests if manifest.config)


@dataclass(frozen=True, slots=True)
class RunningFindings:
    """The findings, and how many containers could not be compared."""

    findings: tuple[Finding, ...]
    could_not_check: int


def compare_containers(
    running: Iterable[Container],
    lockfile: Lockfile,
    path: PurePosixPath,
    configurations: Configurations | None,
) -> RunningFindings:
    """Return the findings where *running* is not what is locked.

    Digests alone decide: the same content under another name is the same.
    *configurations* returns the digests of the configurations of a locked image,
    which only a registry knows; `None` if no registry may be asked.
    """
    names = _references_by_digest(lockfile)
    alike: dict[Container, list[str]] = defaultdict(list)
    for container in running:
        alike[replace(container, where="")].append(container.where)
    places_by_verdict: dict[tuple[Rule, str, str], list[str]] = defaultdict(list)
    for container, places in alike.items():
        # A fleet asks a registry once, even if it does not answer.
        if verdict := _verdict(container, lockfile, names, configurations):
            rule, message = verdict
            places_by_verdict[rule, container.image, message] += places
    findings = [
        Finding(
            rule=rule,
            severity=rule.severity,
            message=f"{message}: {_list_places(places)}",
            path=path,
            span=FILE_START,
        )
        for (rule, _, message), places in places_by_verdict.items()
    ]
    unknown = sum(
        len(places)
        for (rule, _, _), places in places_by_verdict.items()
        if rule is Rule.COULD_NOT_CHECK
    )
    return RunningFindings(tuple(findings), unknown)


def _references_by_digest(lockfile: Lockfile) -> dict[Digest, Reference]:
    return {
        digest: image.reference
        for image in lockfile.images.values()
        for digest in _digests_of(image)
    }


def _digests_of(image: Image) -> frozenset[Digest]:
    return frozenset({image.digest, *(child.digest for child in image.platforms)})


def _verdict(
    container: Container,
    lockfile: Lockfile,
    names: Mapping[Digest, Reference],
    configurations: Configurations | None,
) -> tuple[Rule, str] | None:
    """Return the rule that *container* breaks, with a message, if it breaks one."""
    try:
        reference = Reference.parse(container.image)
    except ImagelockError:
        reference = None
    image = lockfile.images.get(reference.key) if reference else None
    digests = container.digests or optional_set(reference.digest if reference else None)
    if image is None:
        if (digests | optional_set(container.identity)) & names.keys():
            return None
        return (
            Rule.RUNS_UNLOCKED,
            f"`{container.image}` runs and is not in the lockfile",
        )
    locked = _digests_of(image)
    if (digests | optional_set(container.identity)) & locked:
        return None
    if digests:
        return Rule.RUNS_OTHER, _other(container, image, digests)
    if container.identity is None:
        message = f"`{container.image}` runs, and its digest is not known"
        return Rule.COULD_NOT_CHECK, message
    return _by_configuration(container, image, container.identity, configurations)


def _by_configuration(
    container: Container,
    image: Image,
    identity: Digest,
    configurations: Configurations | None,
) -> tuple[Rule, str] | None:
    """Compare a container by its configuration, whose digest no lock has."""
    if configurations is None:
        message = (
            f"`{container.image}` runs as the image {identity.short}, which only a"
        )
        return Rule.COULD_NOT_CHECK, f"{message} registry can compare with the lock"
    try:
        expected = configurations(image)
    except RegistryError as error:
        return Rule.COULD_NOT_CHECK, f"`{container.image}`: {error}"
    if identity in expected:
        return None
    return Rule.RUNS_OTHER, _other(container, image, frozenset({identity}))


def _other(container: Container, image: Image, digests: frozenset[Digest]) -> str:
    shown = ", ".join(sorted(d.abbreviated for d in digests))
    locked = image.digest.abbreviated
    return f"`{container.image}` runs as {shown} and is locked to {locked}"


def _list_places(places: list[str]) -> str:
    """Return the first of *places*, and how many more there are."""
    first = sorted(set(places))
    more = len(first) - _MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return ", ".join(first[:_MOST_NAMED]) + rest
