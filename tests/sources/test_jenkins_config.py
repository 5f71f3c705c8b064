"""Images in files that Jenkins itself writes."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.jenkins import config_xml
from tests.support.recognition import is_read_by

PATH = PurePosixPath("config.xml")
FILES = {PurePosixPath("pod.yaml"): Text("spec: {containers: [{image: a:1}]}\n")}
AROUND = Context(read=FILES.get, platforms=())
CONTAINER = "org.csanchez.jenkins.plugins.kubernetes.ContainerTemplate"
POD = "org.csanchez.jenkins.plugins.kubernetes.PodTemplate"


def container(image: str) -> str:
    return f"<{CONTAINER}><image>{image}</image></{CONTAINER}>"


def pod(yaml: str) -> str:
    return f"<{POD}><yaml>{yaml}</yaml></{POD}>"


def pipeline(script: str) -> str:
    return f"<a><definition><script>{script}</script></definition></a>"


def found(text: str) -> list[tuple[str, str]]:
    findings = list(config_xml.find(PATH, Text(text), AROUND))
    for finding in findings:
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text
    return [
        (
            finding.place.text,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in findings
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (container("\n  a/b:1\r\n"), [("a/b:1", "a/b:1")]),
        (container(""), []),
        (container("<b/>"), []),
        (container("$A"), [("$A", "variable")]),
        (container("a&amp;b"), [("a&amp;b", "invalid")]),
        (pod("spec: {containers: [{image: &quot;a:1&#34;}]}"), [("a:1", "a:1")]),
        (pod("spec:\r\n  containers:\r\n  - image: é/b:1"), [("é/b:1", "invalid")]),
        (pod("spec:\r\n  containers:\r\n  - image: a/b:1\r\n"), [("a/b:1", "a/b:1")]),
        (
            pod("<![CDATA[spec: {containers: [{image: 'a:1'}]}]]>"),
            [("a:1", "a:1")],
        ),
        (pod("<b/>spec: {}"), []),
        (pod("sp<!-- x -->ec: {}"), [("sp<!-- x -->ec: {}", "unparseable")]),
        (pod("spec: {"), [("spec: {", "unparseable")]),
        (pipeline("node { docker.image('a:1').inside {} }"), [("a:1", "a:1")]),
        (pipeline("podTemplate(yaml: readTrusted('pod.yaml')) {}"), []),
        ("<a><script>docker.image('a:1')</script></a>", []),
        (f"<?xml version='1.1'?>{container('a:1')}", [("a:1", "a:1")]),
        (f"<{CONTAINER}>", [("", "unparseable")]),
        ("<!DOCTYPE a><a/>", [("><a/>", "unparseable")]),
    ],
)
def test_what_it_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_a_pod_in_another_file_is_no_part_of_a_pipeline() -> None:
    script = "pipeline { agent { kubernetes { yamlFile 'pod.yaml' } } }"

    assert found(pipeline(script)) == []


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [
        ("config.xml", container("a"), True),
        (
            "jobs/a/config.xml",
            pipeline("").replace("<a>", "<a>CpsFlowDefinition"),
            True,
        ),
        ("config.xml", "<config><template><image>a</image></template></config>", False),
        ("other.xml", container("a"), False),
    ],
)
def test_it_is_known_by_name_and_class(path: str, text: str, *, is_read: bool) -> None:
    assert is_read_by("jenkins-config", path, text) is is_read


@given(st.text(st.sampled_from("<>/&;'\"$ {}:a1\r\n"), max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    for around in (container, pod, pipeline):
        for finding in config_xml.find(PATH, Text(around(text)), AROUND):
            assert isinstance(finding, Occurrence | Skipped)
