from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.syntax.dotenv import EnvEntry, parse


def values(text: str, **outside: str) -> dict[str, str]:
    return {name: entry.value for name, entry in parse(text, outside).items()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("V=7", "7"),
        ("V=", ""),
        ("V = 7 ", "7"),
        ("  V=7", "7"),
        ("V: 7", "7"),
        ("export V=7", "7"),
        ("export\tV=7", "7"),
        ("V=7 # comment", "7"),
        ("V=7\t# no comment", "7\t# no comment"),
        ("V=7#8", "7#8"),
        ("V=#8", "#8"),
        ("V= # comment", "# comment"),
        ("V=a b", "a b"),
        ("V=a'b\"c", "a'b\"c"),
        ("V=$$A", "$A"),
        ("V='$A \\n' # comment", "$A \\n"),
        ("V='it\\'s'", "it's"),
        ('V="a # b"', "a # b"),
        ('V="a\\tb\\\\\\"\\$A\\0101\\q"', 'a\tb\\"$AA\\q'),
        ('V="\\01\\0777"', "\\1\\777"),
        ('V="a\nb"', "a\nb"),
        ("V='a\r\nb'", "a\r\nb"),
        ('V="${UNSET:-d}"', "d"),
        ("V=${UNSET}", ""),
    ],
)
def test_a_value_is_what_compose_reads(line: str, value: str) -> None:
    assert values(line) == {"V": value}
    assert values(f"# é\r\nA=\n{line}\nB=2\r\n") == {"A": "", "V": value, "B": "2"}


def test_a_value_uses_those_of_earlier_lines_and_of_outside() -> None:
    text = "A=1\nB=$A-${C:-none}\nC=3\nA=$OUT\nD='$A'"

    assert values(text, OUT="out", C="given") == {
        "A": "out",
        "B": "1-given",
        "C": "3",
        "D": "$A",
    }


def test_a_name_alone_passes_on_what_is_outside() -> None:
    assert values("A\nB\nC", A="a", C="c") == {"A": "a", "C": "c"}


def test_the_last_line_of_a_name_counts() -> None:
    assert parse("# x\n\nA=1\nB='\n'\nA=3\n", {}) == {
        "A": EnvEntry("3", 6, 17, 18),
        "B": EnvEntry("\n", 4, 12, 13),
    }


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("V=1.0", "1.0"),
        ("V=1.0 # 2", "1.0"),
        ("V=1.0\r", "1.0"),
        ("export V: '1.0'# 2", "1.0"),
        ('V="1.0" # "2"', "1.0"),
        ("V=a:$A", "a:$A"),
        ("V=", ""),
        ("V", ""),
    ],
)
def test_the_text_of_a_value_is_found(line: str, written: str) -> None:
    for start in ("", "\ufeff", "A=\u00e9\r\n"):
        text = f"{start}{line}\nB=1\n"
        entry = parse(text, {"V": "out"} if line == "V" else {})["V"]
        assert text[entry.start : entry.end] == written
        assert entry.names == (("A",) if "$" in line else ())


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert values("\ufeffA=1") == {"A": "1"}


@pytest.mark.parametrize(
    "broken", ["!x=1", "A B=1", "V='open", 'V="open', "V=${", "=1", "a b\n", "\\"]
)
def test_a_broken_line_does_not_stop_the_rest(broken: str) -> None:
    assert values(f"A=1\n{broken}\nB=2\n") == {"A": "1", "B": "2"}


def test_values_cannot_multiply_without_end() -> None:
    lines = [f"A{number}=$A" for number in range(1000)]

    entries = parse("\n".join(["A=" + "a" * 100_000, *lines]), {})

    assert 100 < len(entries) < 1000


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(["A", "=", ":", "'", '"', "\\", "\n", "#", " ", "$", "${A}"])
    ).map("".join)
)
def test_every_file_can_be_read(text: str) -> None:
    lines = text.count("\n") + 1

    assert all(1 <= entry.line <= lines for entry in parse(text, {"A": "x"}).values())


@given(st.dictionaries(st.from_regex(r"[A-Z_]+", fullmatch=True), st.text("ab:/.-1")))
def test_what_is_written_plainly_is_read_back(variables: dict[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in variables.items())

    assert values(text) == variables
