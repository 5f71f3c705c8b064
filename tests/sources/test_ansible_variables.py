"""Variables in the tasks of Ansible roles: defaults that nothing else sets."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Found

TASKS = "roles/web/tasks/main.yml"
DEFAULTS = "roles/web/defaults/main.yml"


def run(image: str) -> str:
    return f"- docker_container:\n    name: web\n    image: {image}\n"


def read(folder: Path, files: dict[str, str]) -> list[Found]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    paths = sorted(map(PurePosixPath, files))
    reader = ProjectReader(root=folder, platforms=(), list_files=lambda: paths)
    return [each for each in reader.read(paths) if each.place.format == "ansible"]


def meaning(finding: Found) -> str:
    if isinstance(finding, Occurrence):
        return finding.reference.familiar
    return finding.reason.slug


@pytest.mark.parametrize(
    ("defaults", "image", "expected"),
    [
        ("img: acme/web:1\n", '"{{ img }}"', "acme/web:1"),
        ("img: acme/web\nver: v1.2\n", "'{{ img }}:{{ver}}'", "acme/web:v1.2"),
        ("ver: 1.2.3\n", "acme/web:{{ ver }}", "acme/web:1.2.3"),
        ("ver: 16\n", "acme/web:{{ ver }}", "acme/web:16"),
        ("ver: 1.27\n", "acme/web:{{ ver }}", "acme/web:1.27"),
        ("ver: '1.20'\n", "acme/web:{{ ver }}", "acme/web:1.20"),
        ("ver: 1.20\n", "acme/web:{{ ver }}", "acme/web:1.2"),
        ("ver: 20.0\n", "acme/web:{{ ver }}", "acme/web:20.0"),
        ("reg: ''\n", '"{{ reg }}acme/web:1"', "acme/web:1"),
        ("ver: v1\n", 'acme/web:{{ ver | default("x") }}', "acme/web:v1"),
        (
            'img: "{{ reg }}/web:{{ ver }}"\nreg: "{{ host }}/acme"\nhost: r.io\nver: v1\n',
            '"{{ img }}"',
            "r.io/acme/web:v1",
        ),
        # What is not known, or is no text to Python.
        ("ver: 0x1F\n", "acme/web:{{ ver }}", "template"),
        ("ver: 010\n", "acme/web:{{ ver }}", "template"),
        ("ver: true\n", "acme/web:{{ ver }}", "template"),
        ("ver: ~\n", "acme/web:{{ ver }}", "template"),
        ("ver: [a]\n", "acme/web:{{ ver }}", "template"),
        ("ver: !vault abc\n", "acme/web:{{ ver }}", "template"),
        ("ver: a\nver: b\n", "acme/web:{{ ver }}", "template"),
        ("ver: a\n", "acme/web:{{ other }}", "template"),
        ("ver: a\n", "acme/web:{{ ver | upper }}", "template"),
        ("ver: a\n", "acme/web:{{ ver }}{% if x %}-b{% endif %}", "template"),
        ("ver: \"{{ 'a' if x else 'b' }}\"\n", "acme/web:{{ ver }}", "template"),
        ('a: "{{ b }}"\nb: "{{ a }}"\n', "acme/web:{{ a }}", "template"),
        ("a: x\n  b: [\n", "acme/web:{{ a }}", "template"),
    ],
)  # fmt: skip
def test_a_default_of_the_role_decides(
    tmp_path: Path, defaults: str, image: str, expected: str
) -> None:
    found = read(tmp_path, {TASKS: run(image), DEFAULTS: defaults})

    assert [meaning(finding) for finding in found] == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("group_vars/all.yml", "ver: v2\n"),
        ("group_vars/web", "ver: v2\n"),
        ("inventories/prod/host_vars/a/images.yaml", "ver: v2\n"),
        ("inventory/hosts.ini", "[all:vars]\nver=v2\n"),
        ("site.yml", "- hosts: all\n  vars:\n    ver: v2\n  roles: [web]\n"),
        ("playbooks/a.yml", "- hosts: all\n  roles:\n    - {role: web}\n  vars: \n   ver: 2\n"),
        ("roles/all/meta/main.yml", "dependencies:\n- role: web\n  vars:\n    ver: v2\n"),
        ("roles/all/tasks/main.yml", "- set_fact:\n    ver: v2\n"),
        ("roles/all/tasks/main.yml", "- command: x\n  register: ver\n"),
        ("roles/web/tasks/set.yml", "- set_fact:\n    ver: v2\n"),
        ("roles/web/vars/debian.yml", "ver: v2\n"),
    ],
)  # fmt: skip
def test_what_something_else_sets_is_not_known(
    tmp_path: Path, path: str, text: str
) -> None:
    files = {TASKS: run("acme/web:{{ ver }}"), DEFAULTS: "ver: v1\n", path: text}

    found = read(tmp_path, files)

    assert [meaning(each) for each in found if str(each.place.path) == TASKS] == [
        "template"
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("roles/web/vars/main.yml", "ver: v2\n", "acme/web:v2"),
        ("roles/web/defaults/main/a.yml", "ver: v2\n", "template"),
        ("roles/web/defaults/other.yml", "ver: v2\n", "acme/web:v1"),
        ("roles/all/defaults/main.yml", "ver: v2\n", "acme/web:v1"),
        ("roles/web/molecule/default/converge.yml", "- vars:\n    ver: v2\n", "acme/web:v1"),
        ("docs/all.yml", "ver: v2\n", "acme/web:v1"),
    ],
)  # fmt: skip
def test_which_files_of_a_role_count(
    tmp_path: Path, path: str, text: str, expected: str
) -> None:
    files = {TASKS: run("acme/web:{{ ver }}"), DEFAULTS: "ver: v1\n", path: text}

    assert [meaning(finding) for finding in read(tmp_path, files)] == [expected]


def test_a_repository_can_be_a_role(tmp_path: Path) -> None:
    files = {
        "handlers/main.yml": run("acme/web:{{ ver }}"),
        "defaults/main.yaml": "ver: v1\n",
    }

    assert [meaning(finding) for finding in read(tmp_path, files)] == ["acme/web:v1"]


def test_a_play_has_no_defaults_of_a_role(tmp_path: Path) -> None:
    play = "- hosts: all\n  tasks:\n  - docker_container: {image: 'a/b:{{ ver }}'}\n"

    found = read(tmp_path, {"site.yml": play, "defaults/main.yml": "ver: v1\n"})

    assert [meaning(finding) for finding in found] == ["template"]


def test_a_tag_beside_the_name(tmp_path: Path) -> None:
    task = (
        "- docker_image:\n    name: '{{ img }}'\n    tag: '{{ ver }}'\n"
        "- docker_image: {name: '{{ img }}', tag: '{{ unknown }}'}\n"
        "- docker_image: {name: '{{ img }}:3', tag: '{{ ver }}'}\n"
    )
    found = read(tmp_path, {TASKS: task, DEFAULTS: "img: acme/web\nver: v1\n"})

    assert [(meaning(each), each.place.text) for each in found] == [
        ("acme/web:v1", "{{ ver }}"),
        ("template", "{{ unknown }}"),
        ("acme/web:3", "{{ img }}:3"),
    ]


def test_an_image_that_the_role_builds_is_not_pulled(tmp_path: Path) -> None:
    build = "- docker_image:\n    name: '{{ img }}'\n    source: build\n"
    files = {
        "roles/web/tasks/build.yml": build,
        TASKS: run("'{{ img }}'"),
        "roles/web/handlers/main.yml": run("acme/web:1"),
        DEFAULTS: "img: acme/web:1\n",
    }

    found = read(tmp_path, files)

    assert [meaning(finding) for finding in found] == ["build-output"] * 3


def test_the_place_and_the_values_of_a_variable(tmp_path: Path) -> None:
    (finding,) = read(
        tmp_path,
        {TASKS: run('"{{ img }}:{{ ver }}"'), DEFAULTS: "img: acme/web\nver: v1\n"},
    )

    assert isinstance(finding, Occurrence)
    assert finding.place.text == "{{ img }}:{{ ver }}"
    assert finding.variables == ("img", "ver")
    assert finding.origins == (("img", f"{DEFAULTS}:1"), ("ver", f"{DEFAULTS}:2"))
    assert [found.text for found in finding.assignments] == ["acme/web", "v1"]
