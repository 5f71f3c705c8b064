from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.platform import Platform
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.sources.dockerfile import dockerfile
from imagelock.sources.dockerfile.scan import ScanOptions, scan
from imagelock.sources.dockerfile.scanned_names import NamedImage, RefusedName
from tests.support.extraction import cases, check, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.extraction import Case

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
DOCKERFILE = PurePosixPath("Dockerfile")


def scanned(
    text: str,
    *,
    platforms: tuple[Platform, ...] = (AMD64, ARM64),
    arguments: Mapping[str, str] | None = None,
    contexts: frozenset[str] = frozenset(),
) -> list[NamedImage | RefusedName]:
    options = ScanOptions(
        platforms=platforms, arguments=arguments or {}, contexts=contexts
    )
    return list(scan(text, options))


def images(text: str, *, arguments: Mapping[str, str] | None = None) -> list[str]:
    """Return the values of what is named, all of which must be named."""
    found = scanned(text, arguments=arguments)
    assert [name for name in found if isinstance(name, RefusedName)] == []
    return [name.value for name in found if isinstance(name, NamedImage)]


def summary(text: str, *, contexts: frozenset[str] = frozenset()) -> list[str]:
    """Return the value of each name, and the reason of each refusal."""
    return [
        name.value
        if isinstance(name, NamedImage)
        else f"{name.reason.slug}: {name.detail}"
        for name in scanned(text, contexts=contexts)
    ]


def reasons(text: str, *, contexts: frozenset[str] = frozenset()) -> list[str]:
    """Return the value of each name, and the slug of each refusal."""
    return [line.partition(": ")[0] for line in summary(text, contexts=contexts)]


@pytest.mark.parametrize("case", cases("dockerfile"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile",
        "Containerfile",
        "dockerfile",
        "DOCKERFILE",
        "Dockerfile.dev",
        "Dockerfile-dev",
        "Dockerfile_dev",
        "api.Dockerfile",
        "api.dockerfile",
        "build-dockerfile",
        "app.Dockerfile.prod",
        "Containerfile.x",
        "Dockerfile.j2",
        "Dockerfile.tmpl",
        "Dockerfile.template",
        "Dockerfile.erb",
        "Dockerfile.in",
        "Dockerfile.3.12",
        "a/b/Dockerfile.python",
    ],
)
def test_dockerfiles_are_known_by_their_names(name: str) -> None:
    path = PurePosixPath(name)

    assert SOURCES["dockerfile"].may_match(path)
    assert dockerfile.matches(path, "")


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile.md",
        "Dockerfile.dockerignore",
        "Containerfile.containerignore",
        ".dockerignore",
        "dockerfile.py",
        "dockerfile.go",
        "dockerfile_parser.go",
        "Dockerfile.yaml",
        "dockerfile.json",
        "Dockerfile.dev.html",
        "docker-compose.yaml",
        "Dockerfil",
        "README",
    ],
)
def test_other_files_are_left_alone(name: str) -> None:
    path = PurePosixPath(name)

    assert not dockerfile.matches(path, "FROM alpine\n")


@pytest.mark.parametrize("name", ["DockerfileDev", "Dockerfile2", "Dockerfile.go"])
def test_some_names_need_a_from_to_be_believed(name: str) -> None:
    path = PurePosixPath(name)

    assert SOURCES["dockerfile"].may_match(path)
    assert dockerfile.matches(path, "# syntax=x\nFROM alpine:3\n")
    assert not dockerfile.matches(path, "package main\n")


def test_an_import_is_not_a_from() -> None:
    path = PurePosixPath("Dockerfile.py")

    assert not dockerfile.matches(path, "from x import y\n")
    assert dockerfile.matches(path, "FROM python:3\n")


def test_a_file_gives_references_with_their_places() -> None:
    text = Text.decode("\ufeff# grüße 😀\nARG V=3\nFROM alpine:$V AS x\n".encode())
    context = Context(read=lambda _: None, platforms=(AMD64,))

    (found,) = dockerfile.find(DOCKERFILE, text, context)

    assert isinstance(found, Occurrence)
    assert str(found.reference) == "docker.io/library/alpine:3"
    assert found.variables == ("V",)
    assert (found.place.text, found.place.uses) == ("alpine:$V", ("FROM",))
    assert (found.place.span.line, found.place.span.column) == (3, 6)
    assert found.place.format == "dockerfile"


def test_variables_and_contexts_of_the_project_count() -> None:
    text = Text.decode(b"ARG V\nFROM alpine:$V\nFROM base\n")
    context = Context(
        read=lambda _: None,
        platforms=(AMD64,),
        variables={"V": "3.20"},
        environment={"V": "9"},
        replaced=frozenset({"base"}),
    )

    alpine, base = dockerfile.find(DOCKERFILE, text, context)

    assert isinstance(alpine, Occurrence)
    assert alpine.reference.tag == "3.20"
    assert isinstance(base, Skipped)
    assert base.reason is Reason.NAMED_CONTEXT


def test_a_platform_dependent_base_has_a_value_for_each_platform() -> None:
    text = "FROM golang:1.22-${TARGETARCH}\n"

    assert scanned(text) == [
        NamedImage(
            start=5,
            end=30,
            instruction="FROM",
            value=f"golang:1.22-{architecture}",
            variables=("TARGETARCH",),
            varies_by_platform=True,
        )
        for architecture in ("amd64", "arm64")
    ]


@pytest.mark.parametrize(
    ("word", "platforms", "expected"),
    [
        ("a:$TARGETPLATFORM", "linux/arm64", "a:linux/arm64"),
        ("a:$TARGETPLATFORM", "linux/arm", "a:linux/arm/v7"),
        ("a:${TARGETOS}x$TARGETARCH", "windows/amd64", "a:windowsxamd64"),
        ("a:b${TARGETVARIANT:+-$TARGETVARIANT}", "linux/arm/v6", "a:b-v6"),
        ("a:b${TARGETVARIANT:+-$TARGETVARIANT}", "linux/arm64", "a:b"),
        ("a:$BUILDARCH", "linux/386", "a:386"),
        ("a:$TARGETOSVERSION", "windows(10.0)/amd64", "a:10.0"),
        ("a:$TARGETSTAGE", "linux/amd64", "a:default"),
    ],
)
def test_the_automatic_arguments(word: str, platforms: str, expected: str) -> None:
    found = scanned(f"FROM {word}\n", platforms=(Platform.parse(platforms),))

    assert [name.value for name in found if isinstance(name, NamedImage)] == [expected]


def test_the_last_stage_is_the_target() -> None:
    text = "FROM a:$TARGETSTAGE AS x\nFROM b AS Last\n"

    assert images(text) == ["a:last", "b"]


def test_equal_values_of_all_platforms_are_one() -> None:
    assert images("FROM --platform=$BUILDPLATFORM a:$TARGETOS\n") == ["a:linux"]


def test_a_base_that_is_a_stage_on_one_platform_is_a_stage() -> None:
    text = "FROM a AS bin-linux\nFROM bin-$TARGETOS\n"
    platforms = (Platform.parse("windows/amd64"), AMD64)

    _, stage = scanned(text, platforms=platforms)

    assert isinstance(stage, RefusedName)
    assert stage.reason is Reason.STAGE
    assert stage.variables == ("TARGETOS",)


def test_without_platforms_there_is_still_a_value() -> None:
    (found,) = scanned("FROM a:$TARGETARCH\n", platforms=())

    assert isinstance(found, NamedImage)
    assert found.value == "a:amd64"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM busybox AS busy\nFROM busy AS other\n", ["busybox", "stage"]),
        (
            "FROM node AS Build\nFROM build\nCOPY --from=BUILD / /\n",
            ["node", "stage", "stage"],
        ),
        ("FROM node AS Build\nFROM Build\n", ["node", "Build"]),
        ("FROM alpine AS alpine\nFROM alpine\n", ["alpine", "stage"]),
        ("FROM later\nFROM a AS later\n", ["later", "a"]),
        ("FROM a\nCOPY --from=later / /\nFROM b AS later\n", ["a", "stage", "b"]),
        ("FROM x AS x\n", ["x"]),
        ("FROM scratch\nFROM a as SCRATCH\n", ["scratch", "a"]),
        ("FROM a\nFROM 0\n", ["a", "0"]),
        ("FROM a\nCOPY --from=1 / /\n", ["a", "invalid"]),
        ("FROM a\nCOPY --from=-1 / /\n", ["a", "invalid"]),
        (
            "FROM a\nCOPY --from=" + "9" * 5000 + " / /\n",
            ["a", "9" * 5000],
        ),
        ("FROM a\nCOPY --from=Scratch / /\n", ["a", "Scratch"]),
        ("FROM a\nONBUILD COPY --from=7 / /\n", ["a", "stage-index"]),
        ("FROM a AS s\nONBUILD COPY --from=S / /\n", ["a", "stage"]),
        ("FROM a\nONBUILD FROM b\n", ["a"]),
        ("FROM a\nONBUILD ONBUILD COPY --from=b / /\n", ["a"]),
        ("FROM a\nADD --from=b / /\n", ["a"]),
        ("FROM a\nCOPY --from= / /\n", ["a"]),
        ("FROM a\nCOPY / --from=b /\n", ["a"]),
        ("FROM a\nCOPY -- --from=b /\n", ["a"]),
        ("FROM a\nRUN true --mount=from=b\n", ["a"]),
        ("FROM a\nRUN --mount=type=cache,target=/x true\n", ["a"]),
        ("FROM a\nRUN --mount=type=bind,from=,target=/x true\n", ["a"]),
        ("FROM a\nRUN --mount=from=scratch,target=/x true\n", ["a", "scratch"]),
    ],
)
def test_stages_numbers_and_scratch_are_no_images(
    text: str, expected: list[str]
) -> None:
    assert reasons(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY --from=nginx:1 / /", [("COPY --from", "nginx:1")]),
        ('COPY --from="nginx:1" / /', [("COPY --from", "nginx:1")]),
        ("COPY '--from=nginx:1' / /", []),
        ("COPY --from=\\nginx:1 / /", [("COPY --from", "nginx:1")]),
        ('copy --link --from=nginx:1 ["/a", "/"]', [("COPY --from", "nginx:1")]),
        ("ONBUILD COPY --from=b:1 / /", [("ONBUILD COPY --from", "b:1")]),
        ("onbuild run --mount=from=b:1 x", [("ONBUILD RUN --mount", "b:1")]),
        (
            "RUN --mount=from=b:1 --x=y --mount=from=c:1,rw --mount=rw,FROM=d:1 ls",
            [("RUN --mount", f"{name}:1") for name in "bcd"],
        ),
        (
            'RUN --mount=\'type=bind,"from=b:1",target="/a,b"\' ls',
            [("RUN --mount", "b:1")],
        ),
        ('RUN --mount=type=bind,"from=b:1" ls', [("RUN --mount", "b:1")]),
        ("RUN --mount=from=b:1,from=c:1 ls", [("RUN --mount", "c:1")]),
        ("RUN --mount=type=cache,from=b:1 <<EOF\nEOF", [("RUN --mount", "b:1")]),
        ("RUN --mount=from=b@sha256:x ls", [("RUN --mount", "b@sha256:x")]),
    ],
)
def test_images_that_files_are_taken_from(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = scanned(text + "\n")

    assert [
        (f.instruction, f.value) for f in found if isinstance(f, NamedImage)
    ] == expected
    for name in found:
        assert isinstance(name, NamedImage)
        assert text[name.start : name.end].replace("\\", "") == name.value


@pytest.mark.parametrize(
    "text",
    [
        "COPY --from=$IMAGE / /\n",
        "COPY --from=${IMAGE:-a} / /\n",
        "RUN --mount=from=a:$TAG,target=/ ls\n",
    ],
)
def test_copy_and_run_take_no_variables(text: str) -> None:
    assert reasons("ARG IMAGE=a TAG=1\nFROM x\nARG IMAGE TAG\n" + text) == [
        "x",
        "variable",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ARG IMAGE=busybox\nFROM ${IMAGE}\nARG IMAGE=ubuntu\nFROM ${IMAGE}\n",
            ["busybox", "busybox"],
        ),
        ('ARG "IMAGE"="busybox"\nFROM $IMAGE\n', ["busybox"]),
        ("ARG 'IMAGE'='busybox'\nFROM $IMAGE\n", ["busybox"]),
        ("ARG A=1\nARG B=$A-x\nFROM img:$B\n", ["img:1-x"]),
        ("ARG TAG\nFROM python:${TAG:-3.12}\n", ["python:3.12"]),
        ('ARG TAG="3.19"\nFROM alpine:${TAG}\n', ["alpine:3.19"]),
        ("ARG A=1\nARG A=2\nFROM a:$A\n", ["a:2"]),
        ("ARG A=1\nARG A\nFROM a:$A\n", ["a:1"]),
        ("ARG V=3\nFROM alpine:$$V\n", ["alpine:V"]),
        ("ARG REG\nFROM ${REG}alpine:3\n", ["alpine:3"]),
        ("ARG TARGETARCH=s390x\nFROM a:$TARGETARCH\n", ["a:s390x"]),
        ("ENV V=1\nFROM a:${V:-2}\n", ["a:2"]),
        ("ARG A=x \\\n  # note\n\n  B=y\nFROM $A:$B\n", ["x:y"]),
        ("arg a=x\nfrom $a\n", ["x"]),
    ],
)
def test_arguments_decide_a_base(text: str, expected: list[str]) -> None:
    assert images(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM $X\n", "variable-unset: `X` has no value"),
        ("ARG X=\nFROM $X\n", "variable-unset: `X` has no value"),
        ("ARG B=a:$X\nFROM $B\n", "variable-unset: `X` has no value"),
        ("FROM a:${T}@${S}\n", "variable-unset: `T`, `S` have no value"),
        ("FROM ${X:?tell}\n", "variable-required: `${X:?tell}`: `X`: tell"),
        (
            "ARG X={{ x }}\nFROM ${Y^^}\n",
            "variable: `${Y^^}`: `^` after `Y` means nothing to BuildKit",
        ),
        ("FROM ${X\n", "bad-interpolation: `${X`: `}` is missing"),
        ("FROM a:<%= tag %>\n", "template: `a:<%= tag %>`: it is a template"),
        ("FROM a:{{ .T }} AS b\n", "template: `a:{{ .T }}`: it is a template"),
        ("FROM {% if x %}a{% else %}b{% endif %}\n", None),
        ("FROM ${{ x }}\n", "template: `${{ x }}`: it is a template"),
        ("COPY --from={{ .X }} / /\n", "template: `{{`: it is a template"),
        ("COPY --from=${a:b} / /\n", "template: `${a:b}`: it is a template"),
        ("{{ if .X }}FROM a{{ end }}\n", None),
    ],
)
def test_what_is_not_known_is_told(text: str, expected: str | None) -> None:
    (found,) = summary(text)

    assert found == (expected or found)
    assert found.startswith(expected or "template: ")


def test_lines_of_a_template_that_name_nothing_are_silent() -> None:
    assert images("{% if x %}\nFROM a\n{% else %}\nFROM b\n{% endif %}\n") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What an expression begins or ends in the line of a FROM.
        (
            "FROM {{ x }} AS get{{ if y:\nRUN a }}\nFROM a\nCOPY --from=get / /\n",
            ["template", "a", "stage"],
        ),
        (
            "{{ set x to y\n}}FROM a AS Get\nFROM b\nCOPY --from=get / /\n",
            ["template", "b", "stage"],
        ),
        (
            "{% if x %}FROM a AS get{% endif %}\nFROM get\nRUN --mount=from=get ls\n",
            ["template", "stage", "stage"],
        ),
        ("{{ a }}\n# FROM a AS get\nFROM b\nCOPY --from=get / /\n", ["b", "get"]),
        ("{{ a }}\nRUN echo as get\nFROM b\nCOPY --from=get / /\n", ["b", "get"]),
        ("# }}FROM a AS get\nFROM b\nCOPY --from=get / /\n", ["b", "get"]),
        ("<%= a %>FROM a AS get\nFROM b\nCOPY --from=1 / /\n", ["template", "b", "invalid"]),
    ],
)  # fmt: skip
def test_the_stages_of_a_template(text: str, expected: list[str]) -> None:
    assert [found.partition(": ")[0] for found in summary(text)] == expected


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("FROM\n", "FROM names no image"),
        ("FROM --platform=linux/amd64\n", "FROM names no image"),
        ("FROM \\\n", "FROM names no image"),
        ("FROM a b\n", "FROM has the form `FROM image` or `FROM image AS name`"),
        ("FROM a b c d\n", "FROM has the form `FROM image` or `FROM image AS name`"),
        ("FROM a # old: b\n", "a comment stands on a line of its own"),
        ("ARG\n", "ARG names no variable"),
        ("RUN <<EOF\nFROM b\n", "a heredoc does not end"),
    ],
)
def test_a_malformed_instruction_is_told_with_its_place(text: str, detail: str) -> None:
    (found,) = scanned(text)

    assert isinstance(found, RefusedName)
    assert (found.start, found.reason, found.detail) == (0, Reason.UNPARSEABLE, detail)


def test_a_named_context_replaces_names_and_whole_stages() -> None:
    contexts = frozenset({"base", "docker.io/library/alpine:3", "build", "Not Valid"})
    text = (
        "FROM base\nFROM base:latest\nFROM base:1\nFROM alpine:3\n"
        "FROM golang AS Build\nFROM build\nCOPY --from=docker.io/library/base / /\n"
        "RUN --mount=from=base,target=/ ls\n"
    )

    assert reasons(text, contexts=contexts) == [
        "named-context",
        "named-context",
        "base:1",
        "named-context",
        "named-context",
        "stage",
        "named-context",
        "named-context",
    ]


def test_given_arguments_override_what_the_file_declares() -> None:
    text = "ARG A=1\nARG B=$A\nFROM a:$B\nFROM c:${TARGETARCH}\n"

    assert images(text, arguments={"A": "2", "TARGETARCH": "x"}) == ["a:2", "c:x"]


def test_an_argument_that_is_not_declared_is_not_taken() -> None:
    (found,) = scanned("FROM a:$C\nARG C\n", arguments={"C": "1"})

    assert isinstance(found, RefusedName)
    assert found.variables == ("C",)


@pytest.mark.parametrize(
    "text",
    [
        "FROM \\\n# comment\n\n   \n  alpine:3 \\\n AS x\n",
        "FROM\\\n alpine:3\n",
        "FROM \\ \t\n alpine:3",
        "FROM \\\r\n\talpine:3\r\n",
        "\\\nFROM alpine:3\n",
        "FROM alpine:3 \\\n",
        "  FROM   alpine:3   \n",
        "\u00a0FROM alpine:3\n",
        "# escape=`\nFROM `\n alpine:3\nRUN dir c:\\\n",
        "  # escape=`\nFROM `\n alpine:3\n",
        "# ESCAPE = ` \r\n# check=skip=all\nFROM `\n alpine:3\n",
        "FROM alpine:3\nRUN echo \\\\\nRUN FROM b\n",
        "FROM alpine:3\nRUN echo \\\n# FROM b\nFROM c\n",
        'FROM alpine:3\nLABEL x="\\\nFROM b"\n',
        "#!/usr/bin/env x\nFROM alpine:3\n",
    ],
)
def test_lines_are_joined_as_buildkit_does(text: str) -> None:
    assert images(text) == ["alpine:3"]


def test_an_escape_below_a_shebang_does_not_count() -> None:
    assert reasons("#!/x\n# escape=`\nFROM `\nalpine:3\n") == ["`"]


def test_parts_of_a_word_join_without_a_blank() -> None:
    text = "FROM alp\\\n# no\nine:3\n"

    (found,) = scanned(text)

    assert isinstance(found, NamedImage)
    assert found.value == "alpine:3"
    assert text[found.start : found.end] == "alp\\\n# no\nine:3"


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ('"alpine:3"', "alpine:3"),
        ("'alpine:3'", "alpine:3"),
        ('"alpine":3', '"alpine":3'),
        ('alpine:"3"', 'alpine:"3"'),
        ('"alpine":"3"', '"alpine":"3"'),
    ],
)
def test_only_quotes_around_the_whole_are_outside_of_the_place(
    word: str, source: str
) -> None:
    text = f"FROM {word}\n"

    (found,) = scanned(text)

    assert isinstance(found, NamedImage)
    assert found.value == "alpine:3"
    assert text[found.start : found.end] == source


@pytest.mark.parametrize(
    "heredoc",
    [
        "RUN <<EOF\n{}\nEOF\n",
        "RUN <<-EOF\n{}\n\t\tEOF\n",
        "RUN <<'EOF'\n{}\nEOF\n",
        'RUN <<"E"OF\n{}\nEOF\n',
        "RUN 3<<EOF cat\n{}\nEOF\r\n",
        "RUN <<A <<B\n{}\nA\n{}\nB\n",
        "COPY <<a.txt <<b.txt /\n{}\na.txt\n{}\nb.txt\n",
        "ADD <<EOF /x\n{}\nEOF\n",
        "ONBUILD RUN <<EOF\n{}\nEOF\n",
        "run --mount=target=/ cat \\\n <<EOF\n{}\nEOF\n",
        "RUN <<$EOF\n{}\n$EOF\n",
        "RUN x=$(cat <<EOF\n{}\nEOF\n)\n",
        "RUN echo ${{V:-a}} <<EOF\n{}\nEOF\n",
    ],
)
def test_heredocs_name_nothing(heredoc: str) -> None:
    text = heredoc.format(*["FROM evil\n EOF\nCOPY --from=evil / /"] * 2)

    assert images(f"FROM a\n{text}FROM b\n") == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        "RUN echo '<<EOF'",
        'RUN echo "<<EOF"',
        "RUN echo <<<EOF",
        "RUN echo << ",
        "RUN echo <<''",
        "RUN it's <<EOF",
        "RUN ${a[@]} <<EOF",
        'RUN ["sh", "-c", "<<EOF", "x <<EOF"]',
        'COPY ["<<EOF", "/"]',
        "RUN echo $((1<<2))x",
        "LABEL a=<<EOF",
        "RUN echo \\<<EOF",
    ],
)
def test_what_only_resembles_a_heredoc_swallows_nothing(line: str) -> None:
    assert images(f"FROM a\n{line}\nFROM b\n") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# syntax=a/b:1\n", "a/b:1"),
        ("#syntax=a/b:1 # or c\n", "a/b:1"),
        ("#!/usr/bin/env x\n# syntax=a/b:1\n", "a/b:1"),
        ("\ufeff#!/x\n# syntax=a/b:1\n", "a/b:1"),
        ("# check=error=true\n# escape=\\\n# Syntax = a/b:1\r\n", "a/b:1"),
        ("# syntax=a/b:1\n# syntax=c\n", "a/b:1"),
        ("# syntax=a/b:1", "a/b:1"),
    ],
)
def test_the_frontend_is_an_image(text: str, expected: str) -> None:
    (found,) = scanned(text)

    assert isinstance(found, NamedImage)
    assert (found.instruction, found.value) == ("# syntax", expected)
    assert text[found.start : found.end] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#!/x\n#!/y\n# syntax=a\n",
        "# a comment\n# syntax=a\n",
        "# frobnicate=1\n# syntax=a\n",
        " # syntax=a\n",
        "\n# syntax=a\n",
        "MAINTAINER x\n# syntax=a\n",
        "# syntax=\n",
        "# syntax= \n",
        "#\n",
        "// syntax=a\n",
    ],
)
def test_other_comments_are_not_a_frontend(text: str) -> None:
    assert scanned(text) == []


pieces = st.sampled_from(
    [
        *("FROM ", "ARG ", "RUN ", "COPY ", "ONBUILD ", "ADD ", "--from=", "AS "),
        *("--mount=", "from=", "<<EOF", "EOF", "\n", "\\\n", "#", "# escape=`", "`"),
        *("# syntax=", "$", "${", "}", ":-", '"', "'", "\\", " ", "=", ",", "{{", "}}"),
        *("alpine:3", "scratch", "0", "A", "$A", "[", "]", "\r\n", "\ufeff", "é"),
    ]
)


@given(st.lists(pieces | st.text(max_size=3)).map("".join))
def test_nothing_raises_and_every_place_is_in_the_text(text: str) -> None:
    for found in scanned(text):
        assert 0 <= found.start < found.end <= len(text)


@given(
    st.lists(pieces, max_size=12).map("".join),
    st.sampled_from(["a", "ghcr.io/x/y:1", "b@sha256:" + "c" * 64]),
)
def test_another_reference_at_the_place_of_one_is_read_there(
    rest: str, other: str
) -> None:
    text = f"FROM one:1 AS first\nFROM \\\n 'two:2'\n{rest}"
    literal = [
        found
        for found in scanned(text)
        if isinstance(found, NamedImage)
        and found.value == text[found.start : found.end]
        and "\\" not in found.value
        and found.instruction == "FROM"
    ]
    assert [found.value for found in literal][:2] == ["one:1", "two:2"]
    for place in literal:
        spliced = text[: place.start] + other + text[place.end :]
        assert (place.start, other) in [
            (found.start, found.value)
            for found in scanned(spliced)
            if isinstance(found, NamedImage)
        ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM " + "{{" * 50_000, ["template"]),
        ("FROM " + "${" * 50_000, ["variable"]),
        ("FROM " + "x\\\n" * 50_000, ["x" * 50_000]),
        ("ARG " + "'" * 100_000 + "\nFROM a", ["a"]),
        ("ARG " + '"\\' * 50_000 + "x\nFROM a", ["a"]),
        ("RUN <<EOF" + " <<A" * 50_000, ["unparseable"]),
        ("RUN [" + "[" * 100_000 + " <<EOF", ["unparseable"]),
        ("RUN --mount=" + ",from=" * 50_000 + "a", ["a"]),
        ("COPY --from=" + "\\" * 100_000, ["\\" * 50_000]),
        ("# syntax=" + " " * 100_000 + "x" + " " * 100_000, ["x"]),
        ("#" + " " * 100_000 + "\n" * 100_000, []),
        ("FROM a AS a\n" * 10_000, ["a"] + ["stage"] * 9_999),
    ],
    ids=range(12),
)
def test_hostile_files_are_read_in_passing(text: str, expected: list[str]) -> None:
    assert reasons(text) == expected


DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "unpinnable_reason"),
    [
        ("FROM a:1", False),
        ("ARG V=1\nFROM a:$V", False),
        ("FROM a:1-$TARGETARCH", True),
        ("FROM a:1-$TARGETOS", False),
        (f"FROM a@{DIGEST}", False),
        (f"ARG D={DIGEST}\nFROM a@$D", True),
        (f"ARG B=b\nFROM $B:1@{DIGEST}", False),
        (f"ARG B=a:1@{DIGEST}\nFROM $B", True),
        (f"COPY --from=a@{DIGEST} x y", False),
    ],
)
def test_some_references_take_no_digest(text: str, *, unpinnable_reason: bool) -> None:
    platforms = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
    context = Context(read=lambda _: None, platforms=platforms)

    found = list(dockerfile.find(PurePosixPath("Dockerfile"), Text(text), context))

    assert found
    for finding in found:
        assert isinstance(finding, Occurrence)
        assert bool(finding.unpinnable_reason) is unpinnable_reason


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("FROM a:[1]", None),
        ("ARG R=r/\nFROM ${R}a:1", None),
        ("ARG V=[3.20]\nFROM a:$V", "3.20"),
        ("ARG X=1 V='[3.20]'\nFROM --platform=linux/amd64 a:${V} AS b", "3.20"),
        ("ARG V=1\nARG V=[3.20]\nFROM a:${V:-9}", "3.20"),
        ("FROM a:${V:-[edge]}", "edge"),
        ("ARG I=r:5000/a:[1]\nFROM $I", "1"),
        ('ARG V=[1]\nARG I="a:$V"\nFROM ${I}', "1"),
        ("ARG V=[1]\nARG W=$V\nFROM a:$W", "1"),
        ("ARG V=1\nFROM a:$V-slim", None),
        ("ARG V=1\nFROM a:1$V", None),
        ("ARG S=-slim\nFROM a:1$S", None),
        ("ARG I=latest\nFROM $I", None),
        ("ARG I=a\nFROM $I", None),
        ("ARG GIVEN=1\nFROM a:$GIVEN", None),
        ("FROM a:1-$TARGETOS", None),
        ("FROM a:$TARGETOS", None),
    ],
)
def test_where_the_tag_is_written(text: str, tag: str | None) -> None:
    plain = text.replace("[", "").replace("]", "")
    context = Context(read=lambda _: None, platforms=(), variables={"GIVEN": "2"})

    (finding,) = dockerfile.find(PurePosixPath("Dockerfile"), Text(plain), context)

    assert isinstance(finding, Occurrence)
    if tag is None:
        assert finding.tag is None
    else:
        assert finding.tag is not None
        assert plain[finding.tag.start : finding.tag.end] == tag
        assert finding.tag.start == text.index("[")
