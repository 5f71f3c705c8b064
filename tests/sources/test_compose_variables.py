from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from tests.support.compose_project import find, summary


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("$UNSET", "variable-unset"),
        ("${UNSET}redis:7", "variable-unset"),
        ("redis:${A:-$UNSET}", "variable-unset"),
        ("${A:-}", "variable-unset"),
        ("${EMPTY}", "variable-unset"),
        ("redis:${EMPTY}", "invalid"),
        ("${A:?why}", "variable-required"),
        ("${A.B}", "bad-interpolation"),
        ("${{ a }}", "template"),
        ("{{ a }}:$UNSET", "template"),
        ("${A:-{{ b }}}", "template"),
        ("<%= a %>", "template"),
        ("<name>", "placeholder"),
        ("${COMPOSE_PROJECT_NAME:-x}-web", "build-output-guess"),
        ("x" * 2000, "invalid"),
        ("{{" + "x" * 2000, "template"),
    ],
)
def test_a_value_that_is_not_known_has_a_reason(image: str, reason: str) -> None:
    text = f"services:\n  a:\n    image: '{image}'\n"

    assert summary(find(text, {".env": "EMPTY="})) == [(image, f"({reason})")]


def test_a_hint_tells_how_to_give_a_variable_its_value() -> None:
    (found,) = find("services: {a: {image: '$A$B'}}")

    assert not isinstance(found, Occurrence)
    assert found.detail == "`$A$B`: `A`, `B` have no value"
    assert found.hint == "set `A` in `.env`, or in `[variables]` of the configuration"


def test_messages_stay_short() -> None:
    text = 'services: {a: {image: "{{ a\\n  }}"}, b: {image: "{{' + "b" * 900 + '}}$"}}'

    assert all(
        len(finding.detail) < 1000 and "\n" not in finding.detail
        for finding in find(text)
        if not isinstance(finding, Occurrence)
    )


def test_the_project_name_counts_where_it_is_known_and_the_registry_is_named() -> None:
    text = (
        "services: {a: {image: '$COMPOSE_PROJECT_NAME/a'},"
        " b: {image: 'ghcr.io/$COMPOSE_PROJECT_NAME'}}"
    )
    known = {".env": "COMPOSE_PROJECT_NAME=shop"}

    reasons = [reason for _, reason in summary(find(text))]
    assert reasons == ["(build-output-guess)"] * 2
    reasons = [reason for _, reason in summary(find(text, known))]
    assert reasons == ["(build-output-guess)", "ghcr.io/shop:latest"]


def test_environment_beats_configuration_beats_dotenv() -> None:
    text = "services: {a: {image: 'a:$A-$B-$C-${D:-d}'}}"

    (found,) = find(
        text,
        {".env": "A=1\nB=1\nC=1"},
        variables={"A": "2", "B": "2"},
        environment={"A": "3"},
    )

    assert isinstance(found, Occurrence)
    assert found.reference.tag == "3-2-1-d"
    assert found.variables == ("A", "B", "C", "D")
    assert found.origins == (
        ("A", "the environment"),
        ("B", "[variables] in the configuration"),
        ("C", ".env:3"),
        ("D", "its default, beside its name"),
    )


def test_the_dotenv_beside_the_file_counts() -> None:
    path = PurePosixPath("deploy/compose.yaml")
    others = {".env": "V=1", "deploy/.env": "V=2"}

    assert summary(find("services: {a: {image: 'a:$V'}}", others, path=path)) == [
        ("a:$V", "a:2")
    ]
