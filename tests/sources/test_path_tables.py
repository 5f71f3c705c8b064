"""Tests of Ansible roles (Molecule), and machines of Talos Linux."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.test_gitops import found, locked
from tests.support.extraction import cases, check, find

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.extraction import Case


@pytest.mark.parametrize("case", [*cases("molecule"), *cases("talos")], ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


@pytest.mark.parametrize("driver", ["", "driver: {name: podman}\n"])
def test_containers_of_molecule_are_locked(tmp_path: Path, driver: str) -> None:
    files = {"molecule/base.yml": f"{driver}platforms: [{{name: a, image: 'x/y:1'}}]\n"}

    assert locked(tmp_path, files) == {("molecule/base.yml", "x/y:1")}


def test_other_files_in_a_folder_for_molecule_are_none(tmp_path: Path) -> None:
    text = "- hosts: all\n  vars: {platforms: [{image: 'x/y:1'}]}\n"

    assert not found(tmp_path, {"molecule/converge.yml": text})


@pytest.mark.parametrize(
    "text",
    [
        "machine: {install: {image: 'x/y:1'}}\n",
        "machines:\n  install:\n    image: x/y:1\n",
        "a:\n  machine:\n    install:\n      image: x/y:1\n",
    ],
)
def test_other_machines_are_not_those_of_talos(tmp_path: Path, text: str) -> None:
    assert not found(tmp_path, {"a.yaml": text})


def test_documents_of_talos_for_one_part_are_read_beside_the_others(
    tmp_path: Path,
) -> None:
    text = (
        "cluster:\n  etcd: {advertisedSubnets: []}\n---\n"
        "apiVersion: v1alpha1\nkind: KubeAPIServerConfig\nimage: x/api:1\n---\n"
        "apiVersion: v1alpha1\nkind: InstallConfig\ninstaller: {image: x/install:1}\n"
        "---\napiVersion: v1alpha1\nkind: UserVolumeConfig\nname: image\n"
    )

    assert locked(tmp_path, {"controlplane.yaml": text}) == {
        ("controlplane.yaml", "x/api:1"),
        ("controlplane.yaml", "x/install:1"),
    }
