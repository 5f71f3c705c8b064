"""`look-alike`: a name that is one character away from a known one, or has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.model.reference import DOCKER_HUB
from imagelock.policies.image_use import Violation
from imagelock.sources.shared.official_images import OFFICIAL_IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.config.policy import Policy
    from imagelock.policies.image_use import ImageUse

RULE: Final = Rule.LOOK_ALIKE

HOSTS: Final = frozenset(
    {
        DOCKER_HUB,
        "cgr.dev",
        "docker.elastic.co",
        "gcr.io",
        "ghcr.io",
        "k8s.gcr.io",
        "lscr.io",
        "mcr.microsoft.com",
        "nvcr.io",
        "public.ecr.aws",
        "quay.io",
        "registry.access.redhat.com",
        "registry.gitlab.com",
        "registry.k8s.io",
        "registry.redhat.io",
    }
)
"""Registries that everybody knows."""

MOVED: Final = {
    "k8s.gcr.io/": "use `registry.k8s.io/`",
    "gcr.io/google-containers/": "use `registry.k8s.io/`",
    "gcr.io/google_containers/": "use `registry.k8s.io/`",
    "quay.io/coreos/etcd": "use `gcr.io/etcd-development/etcd`",
    "docker.pkg.github.com/": "use `ghcr.io/`",
    "docker.io/bitnami/": "most of its tags are in `bitnamilegacy`, without updates",
    "docker.io/bitnamilegacy/": "use another image: this one gets no updates",
    "docker.io/library/openjdk": "use `eclipse-temurin` or another distribution",
    "docker.io/library/centos": "use another distribution: this one has ended",
}
"""What to use in place of names that have moved, by the beginning of their normal form.

As of November 2025.
"""

_SHORTEST: Final = 5
"""In characters: shorter names are often alike by chance."""


def is_on(policy: Policy) -> bool:
    """Return whether *policy* asks for it."""
    return policy.look_alike


def violations(use: ImageUse, policy: Policy) -> Iterator[Violation]:
    """Yield a violation if the name of *use* is nearly one that is known."""
    reference, shown = use.reference, use.occurrence.shown
    for old, advice in MOVED.items():
        if reference.name == old or (old[-1] == "/" and reference.name.startswith(old)):
            yield Violation(f"`{shown}` has moved, or has ended", advice)
            return
    hosts = {p.steps[0] for p in policy.registries if p.steps and "*" not in p.steps[0]}
    if near := _near(reference.registry, HOSTS | hosts):
        yield Violation(
            f"`{shown}` is in `{reference.registry}`, which looks like {near}",
            f"did you mean {near}?",
        )
    namespace, _, name = reference.repository.rpartition("/")
    is_official = reference.registry == DOCKER_HUB and namespace == "library"
    if is_official and (near := _near(name, OFFICIAL_IMAGES)):
        yield Violation(
            f"`{shown}` looks like {near}, an official image",
            f"did you mean {near}?",
        )


def _near(name: str, known: Iterable[str]) -> str:
    """Return the names among *known* that are an edit away from *name*, as a phrase.

    Empty if there is none, or if *name* itself is known.
    """
    names = frozenset(known)
    if name in names or len(name) < _SHORTEST:
        return ""
    near = (each for each in sorted(names) if _differ_by_an_edit(name, each))
    return " or ".join(f"`{each}`" for each in near)


def _differ_by_an_edit(first: str, second: str) -> bool:
    """Return whether one character is added, left out, changed, or swapped."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    left, right = first[start:], second[start:]
    is_swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return is_swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
