from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.ansible import ansible
from imagelock.sources.context import Context
from tests.support.extraction import case_of, check, find
from tests.support.recognition import is_read_by
from tests.support.splicing import check_splicing, meanings

PATH = PurePosixPath("roles/web/tasks/main.yml")
AROUND = Context(read=lambda _: None, platforms=())


def test_the_golden_case() -> None:
    case = case_of("E283")
    # Its place of the expression ends at the first blank, in the middle of it; and a
    # machine image of another module is not found at all.
    others = tuple(
        e for e in case.expectations if e.why not in {"template", "vm-image"}
    )
    found = find(case)

    check(replace(case, expectations=others), found)
    (template,) = [finding for finding in found if isinstance(finding, Skipped)]
    assert template.reason.slug == "template"
    assert template.place.text == "{{ img }}:{{ ver | default('1') }}"


def found(text: str) -> list[str]:
    return meanings(list(ansible.find(PATH, Text(text), AROUND)))


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("- docker_container: {image: a}\n", True),
        ("- hosts: all\n  tasks:\n  - community.docker.docker_image:\n", True),
        ("- name: x\n  containers.podman.podman_image:\n", True),
        ("- kubernetes.core.k8s: {}\n", True),
        ("- openstack.cloud.server: {image: a}\n", False),
        ("- other.collection.docker_image: {name: a}\n", False),
        ("- name: docker_image\n", False),
        (
            "apiVersion: acid.zalan.do/v1\nconfiguration:\n  docker_image: a\n- x\n",
            False,
        ),
        ("docker_image: a\n", False),
    ],
)
def test_the_modules_tell_whose_a_file_is(text: str, *, is_ours: bool) -> None:
    assert is_read_by("ansible", PATH, text) is is_ours
    assert not is_read_by("ansible", "tasks.txt", text)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("docker_container: {name: a, image: 'redis:7'}", ["docker.io/library/redis:7"]),
        ("docker_container: {name: a}", []),
        ("docker_container: name=a image=redis:7", ["docker.io/library/redis:7"]),
        ("docker_container: {image: '{{ image }}'}", ["template"]),
        ("docker_container: {image: {{ image }} }", ["template"]),
        ("docker_swarm_service: {image: a/b}", ["docker.io/a/b:latest"]),
        ("docker_image: {name: a/b, tag: 1.10}", ["docker.io/a/b:1.1"]),
        ("docker_image: {name: a/b, tag: '1.10'}", ["docker.io/a/b:1.10"]),
        ("docker_image: {name: a/b, tag: 1.1}", ["docker.io/a/b:1.1"]),
        ("docker_image: {name: a/b, tag: 0o17}", ["invalid"]),
        ("docker_image: {name: 'a/b:2', tag: 1}", ["docker.io/a/b:2"]),
        ("docker_image: {name: 'h:5000/b', tag: 1}", ["h:5000/b:1"]),
        ("docker_image: {name: a/b, tag: '{{ v }}'}", ["template"]),
        ("docker_image: {name: '{{ n }}', tag: '1'}", ["template"]),
        ("docker_image: {name: a/b, source: pull}", ["docker.io/a/b:latest"]),
        ("docker_image: {name: a/b, source: build}", ["build-output"]),
        ("docker_image: {name: a/b, build: {path: .}}", ["build-output"]),
        ("docker_image: {name: a/b, source: local}", ["local"]),
        ("docker_image: {name: a/b, source: load}", ["local"]),
        ("docker_image: {name: a/b, state: absent}", ["local"]),
        ("docker_image_pull: {name: a/b, tag: '1'}", ["docker.io/a/b:1"]),
        ("docker_image_remove: {name: a/b}", []),
        ("podman_container: {image: quay.io/a/b:1}", ["quay.io/a/b:1"]),
        ("podman_container: {image: 'a/b:1'}", ["short-name"]),
        ("podman_image: {name: quay.io/a/b, tag: 1}", ["quay.io/a/b:1"]),
        ("podman_image: {name: quay.io/a/b, state: build}", ["build-output"]),
        ("podman_pod: {infra_image: quay.io/a/b:1}", ["quay.io/a/b:1"]),
        ("docker_compose_v2: {definition: {services: {w: {image: 'a/b:1'}}}}",
         ["docker.io/a/b:1"]),
        ("docker_compose_v2: {definition: {services: {w: {image: a/b, build: .}}}}",
         ["build-output"]),
        ("openstack.cloud.server: {image: Ubuntu-22.04}", []),
        ("amazon.aws.ec2_instance: {image: {id: ami-1}}", []),
    ],
)  # fmt: skip
def test_tasks(task: str, expected: list[str]) -> None:
    assert found(f"- {task}\n") == expected


def test_plays_blocks_and_handlers() -> None:
    text = """\
- hosts: all
  pre_tasks:
  - block:
    - community.docker.docker_container: {image: a/b:1}
    rescue:
    - community.docker.docker_container: {image: a/b:2}
  handlers:
  - community.docker.docker_container: {image: a/b:3}
"""
    assert found(text) == [f"docker.io/a/b:{number}" for number in (1, 2, 3)]


def test_arguments_that_tasks_share_are_found_once() -> None:
    text = "- docker_container: &a {image: 'a/b:1'}\n- docker_container: *a\n"

    assert found(text) == ["docker.io/a/b:1"]


def test_objects_of_kubernetes() -> None:
    text = """\
- kubernetes.core.k8s:
    definition:
      apiVersion: v1
      kind: Pod
      spec: {containers: [{image: a/b:1}, {image: "{{ i }}"}]}
- k8s:
    resource_definition:
    - {apiVersion: v1, kind: ConfigMap, data: {image: a/no:1}}
    - {apiVersion: v1, kind: Pod, spec: {containers: [{image: a/b:2}]}}
- k8s: {definition: "{{ lookup('file', 'pod.yaml') }}"}
"""
    images = list(ansible.find(PATH, Text(text), AROUND))

    assert meanings(images) == ["docker.io/a/b:1", "template", "docker.io/a/b:2"]
    location = "[0].kubernetes.core.k8s.definition.spec.containers[0].image"
    assert images[0].place.location == location


def test_a_place_is_the_tag_if_it_stands_alone() -> None:
    (finding,) = ansible.find(
        PATH, Text("- docker_image: {name: a/b, tag: '2'}\n"), AROUND
    )

    assert finding.place.text == "2"
    assert finding.place.location == "[0].docker_image.tag"


@pytest.mark.parametrize(("tag", "has_reason"), [("1.10", True), ("1.1", False)])
def test_no_digest_is_written_behind_a_number(tag: str, *, has_reason: bool) -> None:
    text = f"- docker_image: {{name: a/b, tag: {tag}}}\n"
    (found,) = ansible.find(PATH, Text(text), AROUND)

    assert isinstance(found, Occurrence)
    assert (found.unpinnable_reason is not None) == has_reason


def test_another_reference_changes_one_place() -> None:
    text = """\
- name: é
  docker_container: {image: "a/b:1"}
- docker_container: name=x image=c/d:2 state=started
- podman_container: {image: quay.io/e/f:3}
"""
    check_splicing(ansible, PATH, text, AROUND)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in ansible.find(PATH, Text(f"- docker_image: {text}\n"), AROUND):
        assert isinstance(finding, Occurrence | Skipped)


def test_aliases_that_multiply_do_no_harm() -> None:
    services = ", ".join(
        f"s{number}: {{image: 'a/b:{number}'}}" for number in range(300)
    )
    text = f"- &a {{{services}}}\n"
    text += "- docker_compose_v2: {definition: {services: *a}}\n" * 1000
    containers = ", ".join(["{image: 'a/b:1'}"] * 300)
    text += (
        f"- &b {{apiVersion: v1, kind: Pod, spec: {{containers: [{containers}]}}}}\n"
    )
    text += "- k8s: {definition: *b}\n" * 1000

    assert len(found(text)) == 600


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("docker_container: name=a image=nginx:1", ("nginx:1", "nginx:1")),
        ("docker_image: name=redis tag=7", ("7", "redis:7")),
        ("docker_image: name='redis:6'", ("redis:6", "redis:6")),
        ("docker_image: name=reg.local:5000/a tag=7", ("7", "reg.local:5000/a:7")),
    ],
)
def test_arguments_as_text(task: str, expected: tuple[str, str]) -> None:
    (finding,) = ansible.find(PurePosixPath("tasks/a.yml"), Text(f"- {task}\n"), AROUND)

    assert isinstance(finding, Occurrence)
    assert (finding.place.text, finding.reference.familiar) == expected


@pytest.mark.parametrize("rest", ["state=absent", "source=build", "source=load"])
def test_arguments_as_text_of_what_is_not_pulled(rest: str) -> None:
    text = Text(f"- docker_image: name=redis tag=7 {rest}\n")

    (finding,) = ansible.find(PurePosixPath("tasks/a.yml"), text, AROUND)
    assert isinstance(finding, Skipped)
