"""Who built an image on what, as its provenance attestation states it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.demo.images import Content
from imagelock.model.digest import Digest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.provenance.build_steps import UnknownBaseError, base_of_steps
from imagelock.registry.provenance.package_url import image_of_package
from imagelock.registry.provenance.statement import read_statement
from tests.registry.test_hostile_answers import mutations
from tests.support.provenance import (
    Made,
    copy_step,
    result_step,
    run_step,
    source_step,
    version_02,
    version_1,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.model.provenance import Provenance

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
SUBJECT = Content("", b"a manifest")
A, B, C = "a" * 64, "b" * 64, "c" * 64
DEBIAN = "pkg:docker/debian@12-slim?platform=linux%2Famd64"
GOLANG = "pkg:docker/golang@1.26?platform=linux%2Famd64"
STEPS = [
    source_step(0, "docker.io/library/golang:1.26@sha256:" + B),
    source_step(1, "docker.io/library/debian:12-slim@sha256:" + A),
    run_step(2, 0),
    copy_step(3, 1, 2),
    result_step(4, 3),
]


def read(made: Made, platform: Platform = AMD64) -> Provenance:
    """Return the provenance, which is the same in both versions."""
    first, second = (
        read_statement(dict(version(made)(SUBJECT)), SUBJECT.digest, platform)
        for version in (version_1, version_02)
    )
    assert first == second
    return first


def test_both_versions_state_the_same() -> None:
    provenance = read(Made(materials={DEBIAN: A}))

    debian = Reference.parse(f"debian:12-slim@sha256:{A}")
    assert provenance.base == debian
    assert provenance.images == (debian,)
    assert provenance.source == "https://github.com/acme/shop.git#refs/heads/main"
    assert provenance.revision == "c" * 40
    assert provenance.builder == (
        "https://github.com/acme/shop/actions/runs/123/attempts/1"
    )
    assert provenance.started == "2026-02-03T04:00:00Z"
    assert provenance.finished == "2026-02-03T04:05:06.123456789Z"


@pytest.mark.parametrize(
    ("made", "base"),
    [
        # It is not known on which of two images it is built, until the steps say it.
        (Made(materials={DEBIAN: A, GOLANG: B}), None),
        (Made(materials={DEBIAN: A, GOLANG: B}, steps=STEPS), f"debian:12-slim@sha256:{A}"),
        # An image for another platform only helped, and so did the frontend.
        (
            Made(materials={DEBIAN: A, GOLANG.replace("amd64", "arm64"): B}),
            f"debian:12-slim@sha256:{A}",
        ),
        (
            Made(materials={DEBIAN: A, "pkg:docker/docker/dockerfile@1": B}),
            f"debian:12-slim@sha256:{A}",
        ),
        (
            Made(
                materials={DEBIAN: A, "pkg:docker/ghcr.io/acme/syntax@2": B},
                syntax="ghcr.io/acme/syntax:2",
            ),
            f"debian:12-slim@sha256:{A}",
        ),
        # The same material twice.
        (
            Made(materials={DEBIAN: A, f"{DEBIAN}&x=y": A}),
            f"debian:12-slim@sha256:{A}",
        ),
    ],
)  # fmt: skip
def test_the_base_is_found_among_the_images(made: Made, base: str | None) -> None:
    provenance = read(made)

    assert provenance.base == (Reference.parse(base) if base else None)
    assert not provenance.is_from_scratch


@pytest.mark.parametrize(
    "made",
    [
        Made(),
        Made(materials={"pkg:docker/docker/dockerfile@1": B}),
        Made(
            materials={GOLANG: B},
            steps=[
                source_step(0, "golang:1.26"),
                copy_step(1, None, 0),
                result_step(2, 1),
            ],
        ),
    ],
)
def test_an_image_can_be_built_on_nothing(made: Made) -> None:
    provenance = read(made)

    assert provenance.base is None
    assert provenance.is_from_scratch


@pytest.mark.parametrize("kind", ["https://tekton.dev/chains/v2/slsa", "", None, [], 1])
def test_materials_of_other_builders_say_nothing_about_the_base(kind: object) -> None:
    statement = dict(version_1(Made(materials={DEBIAN: A}, steps=STEPS))(SUBJECT))
    statement["predicate"]["buildDefinition"]["buildType"] = kind

    provenance = read_statement(statement, SUBJECT.digest, AMD64)

    assert provenance.base is None
    assert not provenance.is_from_scratch
    assert provenance.revision == C[:40]


@pytest.mark.parametrize(
    ("url", "reference", "platform"),
    [
        (DEBIAN, f"debian:12-slim@sha256:{A}", "linux/amd64"),
        ("pkg:docker/alpine@3.17", f"alpine:3.17@sha256:{A}", None),
        ("pkg:docker/alpine", f"alpine:latest@sha256:{A}", None),
        (
            f"pkg:docker/gcr.io/distroless/static?digest=sha256:{A}&platform=linux%2Famd64",
            f"gcr.io/distroless/static@sha256:{A}",
            "linux/amd64",
        ),
        (f"pkg:docker/acme/app@sha256%3A{A}", f"acme/app@sha256:{A}", None),
        (
            f"pkg:docker/acme/app@1?digest=sha256:{B}&platform=linux%2Farm%2Fv7",
            f"acme/app:1@sha256:{A}",
            "linux/arm/v7",
        ),
        ("pkg:docker/localhost%3A5000/app@1", f"localhost:5000/app:1@sha256:{A}", None),
        ("pkg:docker/localhost:5000/app@1#x", f"localhost:5000/app:1@sha256:{A}", None),
    ],
)
def test_a_package_url_names_an_image(
    url: str, reference: str, platform: str | None
) -> None:
    image = image_of_package(url, Digest.parse(f"sha256:{A}"))

    assert image is not None
    assert image.reference == Reference.parse(reference)
    assert image.platform == (Platform.parse(platform) if platform else None)


@pytest.mark.parametrize(
    "url",
    [
        *("", "pkg:docker/", "pkg:docker/@1", "pkg:npm/debian@1", "debian:12"),
        *("pkg:docker/Debian@1", "pkg:docker/a@-", "pkg:docker/a@1?platform=%00"),
        *("pkg:docker/a@b%2Fc", "pkg:docker/a%0A@1", "pkg:docker/" + "a" * 5000),
        "https://github.com/acme/shop.git#refs/heads/main",
    ],
)
def test_another_url_names_none(url: str) -> None:
    assert image_of_package(url, None) is None


MERGED = {"merge": {"inputs": [{"input": 1}, {"input": 0}]}}
CHAINED = {
    "file": {
        "actions": [
            {"input": 1, "output": -1},
            {"input": "2", "secondaryInput": 0, "output": 0},
        ]
    }
}


@pytest.mark.parametrize("operation", [MERGED, CHAINED])
def test_steps_of_every_kind_are_followed(operation: object) -> None:
    steps = [
        source_step(0, "golang"),
        source_step(1, "debian"),
        {"id": "step2", "op": {"Op": operation}, "inputs": ["step0:0", "step1:0"]},
        result_step(3, 2),
    ]

    assert base_of_steps(steps) == "debian"


ENDLESS = [run_step(0, 1), run_step(1, 0), result_step(2, 1)]
SELF = {"file": {"actions": [{"input": 1, "output": 0}]}}


@pytest.mark.parametrize(
    "steps",
    [
        *(None, [], {}, "x", [1], [{"id": 1}], ENDLESS),
        [source_step(0, "debian"), result_step(1, 5)],
        [{"id": "a", "op": {"Op": {"source": {"identifier": "local://context"}}}}],
        [{"id": "a", "op": {"Op": SELF}, "inputs": ["a:0"]}],
        [{"id": "a", "op": {"Op": {"diff": {}}}, "inputs": ["a:0"]}],
        [source_step(0, "debian"), {"id": "b", "op": {"Op": None}, "inputs": [["a"]]}],
        [{"id": "a", "op": {"Op": {"exec": {"mounts": [{"dest": "/x"}]}}}}],
    ],
)
def test_steps_that_lead_nowhere_say_nothing(steps: object) -> None:
    with pytest.raises(UnknownBaseError):
        base_of_steps(steps)


def test_a_statement_about_other_content_is_refused() -> None:
    statement = dict(version_1(Made())(SUBJECT))

    with pytest.raises(Failure, match="about other content"):
        read_statement(statement, Digest.of(b"another"), AMD64)


@pytest.mark.parametrize("version", [version_1, version_02])
def test_no_statement_is_more_than_a_failure(version: Callable[[Made], Any]) -> None:
    statement = version(Made(materials={DEBIAN: A, GOLANG: B}, steps=STEPS))(SUBJECT)
    for body in mutations(statement):
        try:
            document = strict_json.loads(body)
        except ValueError:
            continue
        if isinstance(document, dict):
            harmless(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "op", "Op", "inputs", "input", "output", "exec", "file"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(steps=JSON, materials=JSON)
def test_any_steps_and_materials_are_read_or_refused(
    steps: object, materials: object
) -> None:
    for version in (version_1, version_02):
        statement = version(Made(steps=steps))(SUBJECT)  # type: ignore[arg-type]
        predicate = statement["predicate"]
        predicate.get("buildDefinition", {})["resolvedDependencies"] = materials
        predicate["materials"] = materials
        harmless(dict(statement))


def harmless(statement: dict[str, Any]) -> None:
    """Assert that *statement* is refused, or read without what harms a terminal."""
    try:
        provenance = read_statement(statement, SUBJECT.digest, AMD64)
    except Failure:
        return
    texts = [provenance.source, provenance.revision, provenance.builder]
    texts += [provenance.started, provenance.finished]
    assert all(text is None or text.isprintable() for text in texts)
    assert all(isinstance(image, Reference) for image in provenance.images)
    assert provenance.base is None or not provenance.is_from_scratch
