"""`end-of-life` for images whose registry states when their support ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure
from tests.support.publishing import Build, index
from tests.support.signing import Signatures

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.images import Content
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest
    from tests.conftest import Run

TYPE: Final = "application/vnd.microsoft.artifact.lifecycle"
DATE: Final = "vnd.microsoft.artifact.lifecycle.end-of-life.date"
MCR: Final = "mcr.microsoft.com"
PAST: Final = "2024-05-14"


class Published:
    """An image on Microsoft's registry, and artifacts about it."""

    def __init__(self, hub: MemoryRegistry) -> None:
        self.image = index([AMD64, ARM64], Build())
        self.digest = hub.push("dotnet/sdk", "7.0", self.image)
        self.artifacts = Signatures(hub, "dotnet/sdk")

    def state(
        self, date: str, *, of: Digest | None = None, kind: str = TYPE
    ) -> Content:
        return self.artifacts.push_referrer(
            of or self.digest, kind, [], annotations={DATE: date}
        )


def set_up(project: Path, address: str, policy: str = "end-of-life = true") -> None:
    (project / "compose.yaml").write_text(
        f"services: {{a: {{image: '{MCR}/dotnet/sdk:7.0'}}}}\n"
    )
    configure(project, address, f"[policy]\n{policy}\n", hosts=(MCR, "docker.io"))


@pytest.fixture
def published(project: Path, address: str, hub: MemoryRegistry) -> Published:
    set_up(project, address)
    return Published(hub)


def test_the_support_of_an_image_ended(
    published: Published, imagelock: Run, hub: MemoryRegistry
) -> None:
    assert imagelock("lock").exit_code == 0
    assert imagelock("verify").exit_code == 0
    published.state(PAST)
    hub.log.clear()

    result = imagelock("verify")

    assert result.exit_code == 1
    message = "the support of the image ended on 2024-05-14 [end-of-life]"
    assert f"`{MCR}/dotnet/sdk:7.0`: {message}" in result.out
    assert sum("/referrers/" in line for line in hub.log) == 3
    offline = imagelock("verify", "--offline")
    assert offline.exit_code == 0
    assert "not offline by end-of-life" in offline.out


def test_the_support_of_a_platform_ended(published: Published, imagelock: Run) -> None:
    imagelock("lock")
    published.state("2024-05-14T00:00:00Z", of=published.image.children[0].digest)

    result = imagelock("verify")

    assert result.exit_code == 1
    assert "ended on 2024-05-14 (linux/amd64) [end-of-life]" in " ".join(
        result.out.split()
    )


def test_an_acceptance_is_not_stale_because_nobody_was_asked(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    accept = f"""end-of-life = true
[[policy.accept]]
rule = "end-of-life"
image = "{MCR}/**"
reason = "until the move"
until = 2999-01-01
"""
    set_up(project, address, accept)
    published = Published(hub)
    imagelock("lock")
    published.state(PAST)

    for arguments in (["verify"], ["verify", "--offline"]):
        result = imagelock(*arguments, "--fail-on", "note", "-v")
        assert result.exit_code == 0, result


@pytest.mark.parametrize("date", ["2999-01-01", "2024-13-01", "soon", "", "\x1b[2J"])
def test_other_dates_say_nothing(
    published: Published, imagelock: Run, date: str
) -> None:
    imagelock("lock")
    published.state(date)

    assert imagelock("verify").exit_code == 0


def test_artifacts_of_another_kind_say_nothing(
    published: Published, imagelock: Run
) -> None:
    imagelock("lock")
    published.state(PAST, kind="application/vnd.acme.note")

    assert imagelock("verify").exit_code == 0


def test_a_registry_without_the_interface_has_a_list_at_a_tag(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    """Its entries have no annotations."""
    hub._lists_referrers = False  # noqa: SLF001 - of a registry that is older
    set_up(project, address)
    published = Published(hub)
    imagelock("lock")
    published.artifacts.push_list(published.digest, published.state(PAST))

    assert imagelock("verify").exit_code == 1


def test_who_does_not_answer_is_not_without_an_end(
    published: Published, imagelock: Run, hub: MemoryRegistry
) -> None:
    imagelock("lock")
    for number in range(201):
        published.state(f"2999-01-{number % 28 + 1:02}", kind=f"{TYPE}.{number}")

    result = imagelock("verify")

    assert result.exit_code == 3
    assert "more than 200 artifacts refer to it" in " ".join(result.out.split())


def test_other_registries_are_not_asked(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    set_up(project, address)
    (project / "compose.yaml").write_text("services: {a: {image: 'nginx:1.27'}}\n")
    imagelock("lock")

    verified = imagelock("verify")

    assert not any("/referrers/" in line for line in hub.log)
    assert "not offline by" not in imagelock("verify", "--offline").out
    assert verified.exit_code == 0
