from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.file_kind import is_json, is_yaml, is_yaml_or_json


@pytest.mark.parametrize(
    ("name", "yaml", "json"),
    [
        ("a/values.yaml", True, False),
        ("VALUES.YML", True, False),
        ("Kustomization", True, False),
        ("a.json", False, True),
        ("A.JSON", False, True),
        ("a.yaml.j2", True, False),
        ("a.json.tpl", False, True),
        ("a.j2", False, False),
        ("yaml", False, False),
        ("Dockerfile", False, False),
    ],
)
def test_the_name_says_of_which_kind_a_file_is(
    name: str, *, yaml: bool, json: bool
) -> None:
    path = PurePosixPath(name)

    assert is_yaml(path) is yaml
    assert is_json(path) is json
    assert is_yaml_or_json(path) is (yaml or json)
