"""Variables of a Jenkinsfile: those that are set once count, and no others."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.jenkins import jenkins

USE = "docker.image(x).inside { }\n"


def meanings(text: str) -> list[str]:
    """Return the images that are known, and the reasons for the others."""
    context = Context(read=lambda _: None, platforms=())
    found = jenkins.find(PurePosixPath("Jenkinsfile"), Text(text), context)
    return [
        each.reference.familiar
        if isinstance(each, Occurrence)
        else f"({each.reason.slug})"
        for each in found
    ]


@pytest.mark.parametrize(
    "setting",
    [
        "def x = 'a:1'\n",
        'String x = "a:1"\n',
        "x = 'a:1';\n",
        "final def x = '''a:1'''\n",
        "def x\nif (y) { x = 'a:1' }\n",
        "pipeline { environment { x = 'a:1' } }\n",
        "env.x = 'a:1'\n",
        "def t = '1'\ndef x = \"a:${t}\"\n",
        "def x = 'a:1' // the image\nif (x == 'b') { return f(x) }\n",
        "def x = 'a:1'\nprintln x\nbuild(x)\n",
    ],
)
def test_a_variable_that_is_set_once(setting: str) -> None:
    assert meanings(setting + USE) == ["a:1"]


@pytest.mark.parametrize(
    "setting",
    [
        "def x\n",
        "def x = 'a:1'\nx = 'b:1'\n",
        "def x = 'a:1'\nx += '-slim'\n",
        "def x = 'a:1' + y\n",
        "def x = 'a:1'.trim()\n",
        "def x = 'a:1'\n  .trim()\n",
        "def x = y ?: 'a:1'\n",
        'def x = "a:${y}"\n',
        'def x = "a:${y ?: 1}"\n',
        'def x = "a:${x}"\n',
        "def x = 'a:\\u0031'\n",
        "def x = ['a:1']\n",
        "def (x, y) = ['a:1', 'b:1']\nx = 'a:1'\n",
        "other.x = 'a:1'\n",
        "def x = 'a:1'\ndef run(x) { }\n",
        "def x = 'a:1'\nvoid run(String x) { }\n",
        "def x = 'a:1'\nList<String> run(String x) { }\n",
        "def x = 'a:1'\nfor (x in y) { }\n",
        "def x = 'a:1'\ny.each { x -> }\n",
        "def x = 'a:1'\nwithEnv(['x=b:1']) { }\n",
        "def x = 'a:1'\nparameters { string(name: 'x', defaultValue: 'b:1') }\n",
        "environment { x = 'a:1' }\nenvironment { x = 'b:1' }\n",
        "def x = 'a:1\n",
        "// def x = 'a:1'\n",
        "def y = x = z = 'a:1' == 'b'\n",
    ],
)
def test_a_variable_whose_value_is_not_known(setting: str) -> None:
    assert meanings(setting + USE) == ["(expression)"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def t = '1'\ndocker.image(\"a:$t\")", ["a:1"]),
        ("def t = '1'\ndocker.image('a:$t')", ["(expression)"]),
        ("def t = '1'\ndocker.image(\"a:${env.t}\")", ["(expression)"]),
        ("environment { t = '1' }\ndocker.image(\"a:${env.t}\")", ["a:1"]),
        ("def t = '1'\ndocker.image(\"a:$t.length\")", ["(expression)"]),
        ("def t = '1'\ndocker.image(\"a:${t}${u}\")", ["(expression)"]),
        ("def t = '1'\ndocker.image(\"a:\\${t}\")", ["(expression)"]),
        ("def t = ''\ndocker.image(t)", []),
        ("def t = 'A B'\ndocker.image(\"a:${t}\")", ["(invalid)"]),
        ("def x = 'a:1'\ndocker.image(x).push()", ["(expression)"]),
        (
            "def t = '1'; docker.withRegistry('https://r.io') { docker.image(\"a:$t\") }",
            ["r.io/a:1"],
        ),
        (
            "def x = 'a:1'\ndocker.withRegistry(\"https://${y}\") { docker.image(x).pull() }",
            ["(needs-base)"],
        ),
    ],
)
def test_what_a_text_with_variables_means(text: str, expected: list[str]) -> None:
    assert meanings(text) == expected


def test_long_files_and_values_are_read_in_time() -> None:
    chain = "".join(f'def v{n + 1} = "${{v{n}}}${{v{n}}}"\n' for n in range(60))
    started = time.perf_counter()

    assert meanings(f"def v0 = 'ab'\n{chain}docker.image(v60)") == ["(expression)"]
    assert meanings("x " + "+" * 200_000) == []
    assert meanings("{ x -> " * 20_000) == []
    assert meanings("def x = 'a'\n" * 20_000 + USE) == ["(expression)"]
    assert time.perf_counter() - started < 20
