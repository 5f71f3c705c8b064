"""Images in projects of Maven and in build scripts of Gradle, beyond the golden cases."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Found, Occurrence
from imagelock.model.source_text import Text
from imagelock.project.project_reader import ProjectReader
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.syntax.xml_tree import XmlElement, XmlProblemError, parse_xml

if TYPE_CHECKING:
    from pathlib import Path

POM: Final = (
    "<project>{}<build><plugins><plugin><artifactId>{}-maven-plugin</artifactId>"
    "<configuration>{}</configuration></plugin></plugins></build></project>"
)


def read(
    path: str,
    text: str,
    others: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
) -> list[str]:
    files = {PurePosixPath(name): Text(t) for name, t in (others or {}).items()}
    context = Context(read=files.get, platforms=(), variables=variables or {})
    name = "maven" if path.endswith(".xml") else "gradle"
    found = SOURCES[name].find(PurePosixPath(path), Text(text), context)
    return [_shown(each) for each in found]


def _shown(found: Found) -> str:
    if isinstance(found, Occurrence):
        return found.reference.familiar
    return f"({found.reason.slug})"


def jib(image: str, project: str = "") -> str:
    return POM.format(project, "jib", f"<from><image>{image}</image></from>")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("a:1", ["a:1"]),
        ("\n  a:1\r\n", ["a:1"]),
        ("", []),
        ("${a}", ["(variable)"]),
        ("${set}", ["b:2"]),
        ("a:${tag}", ["a:7"]),
        ("${scheme}a:1", ["a:1"]),
        ("${loop}", ["(variable)"]),
        ("${empty}", []),
        ("${", ["(variable)"]),
        ("a&#58;1", ["(expression)"]),
        ("<![CDATA[a:1]]>", ["(expression)"]),
        ("a<!-- b -->:1", ["(expression)"]),
        ("registry://a:1", ["a:1"]),
        ("registry://${set}", ["b:2"]),
        ("docker://a", ["(local)"]),
        ("A:1", ["(invalid)"]),
    ],
)
def test_the_base_of_jib(image: str, expected: list[str]) -> None:
    properties = (
        "<properties><set>b:${two}</set><two>2</two><tag>7</tag><empty></empty>"
        "<loop>${loop}</loop><scheme>registry://</scheme></properties>"
    )
    assert read("pom.xml", jib(image, properties)) == expected


def test_the_configuration_of_imagelock_decides_a_property() -> None:
    project = "<properties><tag>7</tag></properties>"
    assert read("pom.xml", jib("a:${tag}", project), {}, {"tag": "8"}) == ["a:8"]


@pytest.mark.parametrize(
    ("parent", "path", "expected"),
    [
        ("<parent><artifactId>p</artifactId></parent>", "pom.xml", ["a:1"]),
        ("<parent><artifactId>q</artifactId></parent>", "pom.xml", ["(variable)"]),
        (
            "<parent><artifactId>p</artifactId><relativePath/></parent>",
            "pom.xml",
            ["(variable)"],
        ),
        (
            "<parent><artifactId>p</artifactId><relativePath>../p</relativePath></parent>",
            "p/pom.xml",
            ["a:1"],
        ),
        (
            "<parent><artifactId>p</artifactId><relativePath>../../etc</relativePath></parent>",
            "pom.xml",
            ["(variable)"],
        ),
    ],
)
def test_a_parent_in_the_repository_has_properties(
    parent: str, path: str, expected: list[str]
) -> None:
    text = "<project><artifactId>p</artifactId><properties><i>a:1</i></properties></project>"
    assert read("m/pom.xml", jib("${i}", parent), {path: text}) == expected


def test_parents_that_are_each_other_s_parent_end() -> None:
    text = jib(
        "${i}", "<artifactId>p</artifactId><parent><artifactId>p</artifactId></parent>"
    )
    files = {"pom.xml": text, "../pom.xml": text}
    assert read("m/pom.xml", text, files) == ["(variable)"]


def test_what_is_no_xml_is_not_read() -> None:
    broken = jib("a:1").replace("</plugins>", "")
    assert read("pom.xml", broken) == ["(unparseable)"]
    entities = '<!DOCTYPE p [<!ENTITY a "b">]>' + jib("&a;")
    assert read("pom.xml", entities) == ["(unparseable)"]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ("<image><name>a:1</name></image>", ["a:1"]),
        ("<image><name>a:1</name><build/></image>", ["(build-output)"]),
        ("<image><name>%a:%l</name></image>", ["(expression)"]),
        ("<image><build><from>a</from></build></image>", ["a:latest"]),
        ("<image><external/></image>", []),
    ],
)
def test_images_of_the_docker_plugin(images: str, expected: list[str]) -> None:
    assert read("pom.xml", POM.format("", "docker", f"<images>{images}</images>")) == (
        expected
    )


@pytest.mark.parametrize(
    ("registry", "name", "expected"),
    [
        ("<registry>r.io</registry>", "a:1", "r.io/a:1"),
        ("<registry>r.io</registry>", "q.io/a:1", "q.io/a:1"),
        ("<registry>r.io</registry><pullRegistry>p.io</pullRegistry>", "b/a", "p.io/b/a:latest"),
        ("<registry>${r}</registry>", "a:1", "(variable)"),
        ("<registry></registry>", "a:1", "a:1"),
    ],
)  # fmt: skip
def test_the_registry_of_the_docker_plugin(
    registry: str, name: str, expected: str
) -> None:
    settings = f"{registry}<images><image><name>{name}</name></image></images>"
    assert read("pom.xml", POM.format("", "docker", settings)) == [expected]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("build.gradle", "jib.from.image = 'a:1'", ["a:1"]),
        ("build.gradle", "jib { from { image 'a:1' } }", ["a:1"]),
        ("build.gradle", "jib { from { image('a:1') } }", ["a:1"]),
        ("build.gradle", "jib { from.image = 'a:1' }", ["a:1"]),
        ("build.gradle", "// jib { from { image = 'a:1' } }", []),
        ("build.gradle", "jib { from { image = '' } }", []),
        ("build.gradle", "jib { from { image = 'docker://a' } }", ["(local)"]),
        ("build.gradle", "jib { from { image = 'scratch' } }", ["(scratch)"]),
        ("build.gradle", "jib { from { image == 'a:1' } }", []),
        ("build.gradle", "jib { other { image = 'a:1' } }", []),
        ("build.gradle", "from { image = 'a:1' }", []),
        ("build.gradle", "jib { to { image = a } }", ["(build-output)"]),
        ("build.gradle", "def a = 'b:1'\njib { from { image = a } }", ["b:1"]),
        ("build.gradle", "def a = 'b'\njib { from { image = \"${a}:1\" } }", ["b:1"]),
        ("build.gradle", "def a = 'b'\na = 'c'\njib.from.image = a", ["(expression)"]),
        ("build.gradle", 'jib.from.image = "a:${b}"', ["(expression)"]),
        ("build.gradle", "jib.from.image = 'a' + b", ["(expression)"]),
        ("build.gradle", "jib { from { image = 'a:1'; auth {} } }", ["a:1"]),
        ("a.gradle.kts", 'jib { from { image = "registry://a:1" } }', ["a:1"]),
        ("a.gradle.kts", 'configure<JibExtension> { from { image = "a:1" } }', ["a:1"]),
        ("a.gradle.kts", 'tasks.bootBuildImage { builder.set("a:1") }', ["a:1"]),
        (
            "a.gradle.kts",
            'tasks.named<BootBuildImage>("x") { runImage = "a:1" }',
            ["a:1"],
        ),
        (
            "a.gradle.kts",
            'tasks.withType(BootBuildImage) { builder = "a" }',
            ["a:latest"],
        ),
        ("a.gradle.kts", 'x()\n{ builder = "bootBuildImage" }', []),
        ("a.gradle.kts", "jib.from.image", []),
        ("a.gradle.kts", "jib { from { image =", []),
    ],
)
def test_settings_of_gradle(path: str, text: str, expected: list[str]) -> None:
    assert read(path, text) == expected


def test_what_a_module_builds_others_build_on(tmp_path: Path) -> None:
    base = POM.format("", "jib", "<to><image>acme/base</image></to>")
    (tmp_path / "base").mkdir()
    (tmp_path / "base/pom.xml").write_text(base)
    (tmp_path / "pom.xml").write_text(jib("acme/base"))
    (tmp_path / "build.gradle").write_text("jib { from { image = 'acme/base' } }\n")
    (tmp_path / "compose.yaml").write_text("services: {a: {image: acme/base}}\n")
    paths = map(
        PurePosixPath, ("base/pom.xml", "pom.xml", "build.gradle", "compose.yaml")
    )

    found = ProjectReader(root=tmp_path, platforms=()).read(paths)

    assert {str(each.place.path): _shown(each) for each in found} == {
        "base/pom.xml": "(build-output)",
        "pom.xml": "(build-output)",
        "build.gradle": "(build-output)",
        # Somebody may have published it.
        "compose.yaml": "acme/base:latest",
    }


LATIN: Final = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!-- \udce9 -->'


def test_places_are_those_of_the_file_in_any_encoding() -> None:
    for before in ("", "é\N{PILE OF POO}", "\n"):
        text = LATIN + jib("a:1", f"<name>{before}</name>")
        found = SOURCES["maven"].find(
            PurePosixPath("pom.xml"),
            Text(text),
            Context(read=lambda _: None, platforms=()),
        )
        spans = [each.place.span for each in found]
        data = Text(text).encode(text)
        assert [data[span.start : span.end] for span in spans] == [b"a:1"]


@given(st.text("<>/!-[]ab &;?\"'=\n", max_size=40))
def test_any_text_is_a_tree_or_a_problem(text: str) -> None:
    elements: list[XmlElement] = []
    offsets = [0, len(text)]
    try:
        elements += parse_xml(text).named("a")
    except XmlProblemError as error:
        offsets.insert(1, error.offset)
    for element in elements:
        offsets[1:-1] = element.start, element.end
        assert offsets == sorted(offsets)
    assert offsets == sorted(offsets)


def test_a_deep_tree_is_refused() -> None:
    with pytest.raises(XmlProblemError, match="too deep"):
        parse_xml("<a>" * 300 + "</a>" * 300)
