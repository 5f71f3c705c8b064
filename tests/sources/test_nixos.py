"""Files of Nix, beyond their golden cases."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.nixos import find
from tests.sources.test_pattern_rules import summary

AROUND: Final = Context(read=lambda _: None, platforms=())
DIGEST: Final = f"sha256:{'a' * 64}"
OCI: Final = "virtualisation.oci-containers"


def found(text: str) -> list[tuple[str, str]]:
    findings = list(find(PurePosixPath("a.nix"), Text(text), AROUND))
    for finding in findings:
        span = finding.place.span
        written = text.encode("utf-8", "surrogateescape")[span.start : span.end]
        assert written.decode("utf-8", "surrogateescape") == finding.place.text
    return summary(findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{{ {OCI}.containers.a.image = "a:1"; }}', [("a:1", "a:1")]),
        (f'{{ {OCI}.containers."a b" = rec {{ image = "a:1"; }}; }}', [("a:1", "a:1")]),
        (f'{{ {OCI}.containers.${{n}} = {{ image = "a:1"; }}; }}', [("a:1", "a:1")]),
        (f'{{ {OCI}.containers = f {{ x = 1; }} // {{ a.image = "a:1"; }}; }}', [("a:1", "a:1")]),
        (f'{{ {OCI} = mkMerge [ {{ containers.a.image = "a:1"; }} {{ containers.b.image = "b:1"; }} ]; }}', [("a:1", "a:1"), ("b:1", "b:1")]),
        (f'{{ {OCI}.containers = with x; let a = "="; in {{ a = {{ image = "a:1"; }}; }}; }}', [("a:1", "a:1")]),
        (f"{{ {OCI}.containers = mapAttrs (n: c: {{ image = c.image; }}) x; }}", [("c.image", "(expression)")]),
        (f'{{ {OCI}.containers.a.image = "a:" + tag; }}', [('"a:" + tag', "(expression)")]),
        (f'{{ {OCI}.containers.a.image = "a:${{f "x"}}"; }}', [('a:${f "x"}', "(expression)")]),
        (f'{{ {OCI}.containers.a = {{ image = "a:1"; imageStream = x; }}; }}', [("a:1", "(local)")]),
        (f'{{ {OCI}.containers.a.imageFile = x; {OCI}.containers.a.image = "a:1"; }}', [("a:1", "(local)")]),
        (f'{{ {OCI}.containers.a.labels.image = "a:1"; {OCI}.containers.a.cmd = [ "image = b" ]; }}', []),
        (f'{{ {OCI}.containers.image = {{ hostname = "a"; }}; }}', []),
        (f'{{ {OCI}.containers.a = if x == y then {{ image = "a:1"; }} else {{ image = "b:1"; }}; }}', [("a:1", "a:1"), ("b:1", "b:1")]),
        (f'{{ x = "{OCI}"; containers.a.image = "a:1"; }}', []),
        (f'# {{ {OCI}.containers.a.image = "a:1"; }}\n/* {OCI} = {{ image = 1; }} */', []),
        (f'{{ a = \'\'{OCI}.containers.a.image = "a:1";\'\'; }}', []),
        (f"{{ {OCI}.containers.a.image = ''\n  a:1\n''; }}", [("a:1", "(expression)")]),
        (f'{{ {OCI}.containers.a = {{ image = "a:1', [('"', "(unparseable)")]),
        (f'x.pullImage {{ imageName = "a"; imageDigest = "{DIGEST}"; }}', [("a", f"a@{DIGEST}")]),
        ('x.pullImage { imageName = "a"; imageDigest = "sha256:1"; }', [("a", "(expression)")]),
        ("x.pullImage { imageName = n; imageDigest = d; }", [("n", "(expression)")]),
        ("{ pullImage = { imageName, imageDigest }: imageName; image = 1; }", []),
    ],
)  # fmt: skip
def test_images_in_nix(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


PIECES: Final = st.lists(
    st.sampled_from(
        [
            *("{", "}", "(", ")", "[", "]", "=", ";", ":", '"', "''", "${", "$", "."),
            *("let", "in", "with", "rec", "a", "image", "imageFile", "pullImage", "\n"),
            *(OCI, "containers", '"a:1"', "imageName", "#", "/*", "*/", "\\", "\udcff"),
        ]
    ),
    max_size=60,
)


@given(PIECES)
def test_no_text_raises_and_spans_are_what_is_written(pieces: list[str]) -> None:
    found(" ".join(pieces))
    found("".join(pieces))
