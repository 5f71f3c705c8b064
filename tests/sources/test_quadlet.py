from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.podman import quadlet
from imagelock.sources.podman.units import Assignment, assignments
from tests.support.extraction import cases, check, find
from tests.support.recognition import is_read_by
from tests.support.splicing import check_splicing, meanings

if TYPE_CHECKING:
    from tests.support.extraction import Case

PATH = PurePosixPath("web.container")
AROUND = Context(read=lambda _: None, platforms=())


@pytest.mark.parametrize("case", cases("quadlet"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def found(text: str) -> list[str]:
    return meanings(list(quadlet.find(PATH, Text(text), AROUND)))


@pytest.mark.parametrize(
    ("path", "text", "is_unit"),
    [
        ("web.container", "[Container]\n", True),
        ("web@.container", " [Container]\n", True),
        ("web.container.d/10-image.conf", "[Container]\n", True),
        ("container.d/10-image.conf", "[Container]\n", True),
        ("data.volume", "[Unit]\n[Volume]\n", True),
        ("a.artifact", "[Artifact]\n", True),
        ("web.container", "[Service]\n", False),
        ("nginx.conf", "[Container]\n", False),
        ("web.service.d/10.conf", "[Container]\n", False),
        ("disk.image", "", False),
    ],
)
def test_a_unit_is_known_by_its_name_and_a_section(
    path: str, text: str, *, is_unit: bool
) -> None:
    assert is_read_by("quadlet", path, text) is is_unit


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Image=quay.io/a/b:1", ["quay.io/a/b:1"]),
        ("Image = quay.io/a/b:1  ", ["quay.io/a/b:1"]),
        ('Image="quay.io/a/b:1"', ["quay.io/a/b:1"]),
        ("Image=docker://quay.io/a/b:1", ["quay.io/a/b:1"]),
        ("Image=quay.io/a\\\n# no part of it\n  /b:1", ["quay.io/a/b:1"]),
        ("Image=localhost:5000/a:1", ["localhost:5000/a:1"]),
        ("Image=", []),
        ("Image=ubi9", ["short-name"]),
        ("Image=library/nginx:1", ["short-name"]),
        ("Image=localhost/a:1", ["local"]),
        ("Image=dir:/srv/image", ["local"]),
        ("Image=oci-archive:/srv/a.tar", ["local"]),
        ("Image=containers-storage:quay.io/a/b", ["local"]),
        ("Image=app.image", ["unit"]),
        ("Image=app.build", ["unit"]),
        ("Image=quay.io/a/%p:1", ["specifier"]),
        ("Image=quay.io/a/b:50%%", ["invalid"]),
        ("Image=quay.io/a/b:${TAG}", ["variable"]),
        ("Image=quay.io/A/b", ["invalid"]),
        ("ImageTag=localhost/a:1", ["alias"]),
        ("Mount=type=image,source=quay.io/a/b:1,destination=/d", ["quay.io/a/b:1"]),
        ("Mount=type=image,src=quay.io/a/b:1 type=bind,src=/x", ["quay.io/a/b:1"]),
        ('Mount="type=image,src=quay.io/a/b:1,dst=/a b"', ["quay.io/a/b:1"]),
        ("Mount=type=artifact,source=quay.io/a/b:1", ["quay.io/a/b:1"]),
        ("Mount=type=image,source=app.image,dst=/d", ["unit"]),
        ("Mount=type=volume,source=data.volume", []),
        ("Mount=type=image", []),
        ("Exec=run Image=quay.io/a/b:1", []),
        ("no assignment", ["unparseable"]),
        ("=value", ["unparseable"]),
    ],
)
def test_what_a_container_says(line: str, expected: list[str]) -> None:
    assert found(f"[Container]\n{line}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Image]\nImage=quay.io/a/b.image", ["quay.io/a/b.image:latest"]),
        ("[Volume]\nDriver=image\nImage=quay.io/a/b:1", ["quay.io/a/b:1"]),
        ("[Artifact]\nArtifact=quay.io/a/b:1", ["quay.io/a/b:1"]),
        ("[Build]\nImageTag=localhost/a:1\nFile=./Containerfile", ["build-output"]),
        ("[Pod]\nPodName=x\n[Kube]\nYaml=pod.yaml", []),
        ("[Service]\nImage=quay.io/a/b:1", []),
        ("Image=quay.io/a/b:1", ["unparseable"]),
    ],
)
def test_other_sections(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_the_file_of_a_build_is_read_whatever_its_name_is() -> None:
    text = Text("FROM quay.io/a/b:1\n")
    names = ("units/app.docker", "units/Containerfile")
    files = dict.fromkeys(map(PurePosixPath, names), text)
    context = Context(read=files.get, platforms=())

    def built(file: str) -> list[str]:
        text = Text(f"[Build]\nFile={file}\n")
        path = PurePosixPath("units/app.build")
        return meanings(list(quadlet.find(path, text, context)))

    assert built("./app.docker") == ["quay.io/a/b:1"]
    assert built("missing.docker") == []
    assert built("https://example.com/app.docker") == []
    # Found by its own name.
    assert built("Containerfile") == []


def test_a_place_has_the_name_alone() -> None:
    text = '# café\r\n[Container]\r\nImage="docker://quay.io/a/b:1"\r\n'

    (finding,) = quadlet.find(PATH, Text(text), AROUND)

    assert finding.place.text == "quay.io/a/b:1"
    assert finding.place.location == "Container.Image"
    assert (finding.place.span.line, finding.place.span.column) == (3, 17)
    data = text.encode()
    assert data[finding.place.span.start : finding.place.span.end] == b"quay.io/a/b:1"


def test_another_reference_changes_one_place() -> None:
    text = """\
[Container]
Image=quay.io/a/b:1
; Image=quay.io/no/no:1
Image="docker://quay.io/c/d:2"
Mount=type=image,"source=quay.io/e/f:3",dst=/d type=image,src=quay.io/g/h:4
"""
    check_splicing(quadlet, PATH, text, AROUND)


@given(st.text(alphabet='[]Conta ierImgMu=,%"\\\n#;:/$', max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in quadlet.find(PATH, Text(f"[Container]\n{text}"), AROUND):
        assert isinstance(finding, Occurrence | Skipped)
        assert finding.place.text


@given(st.lists(st.from_regex(r"[a-z0-9./:]{1,20}", fullmatch=True), max_size=5))
def test_what_is_assigned_is_read_back(values: list[str]) -> None:
    text = "[Container]\n" + "".join(f"Image={value}\n" for value in values)

    read = [
        finding.value.text
        for finding in assignments(text)
        if isinstance(finding, Assignment)
    ]

    assert read == values
