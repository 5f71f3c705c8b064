from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Reason
from imagelock.sources.dockerfile.arguments import argument_values, argument_words
from imagelock.sources.dockerfile.expansion import Expansion, Unexpandable
from imagelock.sources.dockerfile.words import expand, split, unquote

VALUES: dict[str, Expansion | Unexpandable] = {
    "V": Expansion("3.20"),
    "EMPTY": Expansion(""),
    "PATH_LIKE": Expansion("docker.io/library/alpine"),
    "STARS": Expansion("a***yy*"),
    "TWICE": Expansion("xxyy"),
    "B": Expansion("from-a", ("A",)),
    "LOST": Expansion("alpine:", ("TAG",), ("TAG",)),
    "BAD": Unexpandable(Reason.TEMPLATE, "it is a template"),
}


def value(word: str, escape: str = "\\") -> str:
    meaning = expand(word, escape, VALUES)
    assert isinstance(meaning, Expansion), meaning
    return meaning.value


def refusal(word: str) -> Unexpandable:
    meaning = expand(word, "\\", VALUES)
    assert isinstance(meaning, Unexpandable), meaning
    return meaning


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", ""),
        ("alpine", "alpine"),
        ("$V", "3.20"),
        ("${V}", "3.20"),
        ("a:$V-b", "a:3.20-b"),
        ("$V_b", ""),
        ("$UNSET", ""),
        ("$$V", "V"),
        ("a$", "a$"),
        ("a$/b", "a$/b"),
        ("$1x", "x"),
        ("$12x", "x"),
        ("$@x", "x"),
    ],
)
def test_plain_references_to_variables(word: str, expected: str) -> None:
    assert value(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        ("al'pi'ne", "alpine"),
        ("'$V'", "$V"),
        ('"$V"', "3.20"),
        ("\\$V", "$V"),
        ('"\\$V"', "$V"),
        ("'\\$V'", "\\$V"),
        ("a\\b", "ab"),
        ('"a\\b"', "a\\b"),
        ('"a\\"b"', 'a"b'),
        ('"a\\\\b"', "a\\b"),
        ("a\\", "a"),
        ("''", ""),
        ('"it\'s"', "it's"),
    ],
)
def test_quotes_and_escapes(word: str, expected: str) -> None:
    assert value(word) == expected


def test_the_escape_can_be_a_backtick() -> None:
    assert value("`$V\\$V", "`") == "$V\\3.20"


@pytest.mark.parametrize(
    ("operator", "when_unset", "when_empty", "when_set"),
    [
        (":-d", "d", "d", "3.20"),
        ("-d", "d", "", "3.20"),
        (":+d", "", "", "d"),
        ("+d", "", "d", "d"),
        (":-", "", "", "3.20"),
    ],
)
def test_defaults_and_alternatives(
    operator: str, when_unset: str, when_empty: str, when_set: str
) -> None:
    assert value(f"${{UNSET{operator}}}") == when_unset
    assert value(f"${{EMPTY{operator}}}") == when_empty
    assert value(f"${{V{operator}}}") == when_set


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("${UNSET:-${V}}", "3.20"),
        ("${UNSET:-a${UNSET:-b${V}c}d}", "ab3.20cd"),
        ("${UNSET:-'a}b'}", "a}b"),
        ('${UNSET:-"$V"}', "3.20"),
        ("${UNSET:-a\\}b}", "a}b"),
        ("${UNSET:-a:b}", "a:b"),
        ("${V:?}", "3.20"),
        ("${EMPTY?}", ""),
    ],
)
def test_the_word_of_a_substitution_is_expanded_too(word: str, expected: str) -> None:
    assert value(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("${V%.*}", "3"),
        ("${V#*.}", "20"),
        ("${PATH_LIKE##*/}", "alpine"),
        ("${PATH_LIKE#*/}", "library/alpine"),
        ("${PATH_LIKE%/*}", "docker.io/library"),
        ("${PATH_LIKE%%/*}", "docker.io"),
        ("${PATH_LIKE%.io*}", "docker"),
        ("${TWICE#*x*y}", "y"),
        ("${TWICE##*x}", "yy"),
        ("${TWICE#*}", "xxyy"),
        ("${TWICE##*}", ""),
        ("${TWICE#?}", "xyy"),
        ("${TWICE%x}", "xxyy"),
        ("${TWICE%}", "xxyy"),
        ("${TWICE##}", "xxyy"),
        ("${TWICE#$EMPTY}", "xxyy"),
        ("${STARS%%\\**\\*}", "a"),
        ("${STARS#a\\*}", "**yy*"),
        ("${STARS#a\\\\}", "a***yy*"),
        ("${UNSET#x}", ""),
        ("${V#[23]}", "3.20"),
        ("${V#(}", "3.20"),
    ],
)
def test_prefixes_and_suffixes_are_trimmed(word: str, expected: str) -> None:
    assert value(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("${PATH_LIKE/docker.io/ghcr.io}", "ghcr.io/library/alpine"),
        ("${PATH_LIKE/docker?io/ghcr.io}", "ghcr.io/library/alpine"),
        ("${PATH_LIKE/\\//_}", "docker.io_library/alpine"),
        ("${PATH_LIKE//\\//_}", "docker.io_library_alpine"),
        ("${TWICE/x/}", "xyy"),
        ("${TWICE//x/}", "yy"),
        ("${TWICE/*/z}", "z"),
        ("${TWICE//*/z}", "z"),
        ("${TWICE/x*y/z}", "z"),
        ("${TWICE//?/z}", "zzzz"),
        ("${TWICE/$EMPTY/ww}", "wwxxyy"),
        ("${TWICE///}", "xxyy"),
        ("${TWICE///-}", "-x-x-y-y-"),
        ("${TWICE/n/m}", "xxyy"),
        ("${TWICE/x/${V}}", "3.20xyy"),
        ("${UNSET/a/b}", ""),
    ],
)
def test_matches_are_replaced(word: str, expected: str) -> None:
    assert value(word) == expected


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("${V", Reason.BAD_INTERPOLATION),
        ("${V:", Reason.BAD_INTERPOLATION),
        ("${V:-d", Reason.BAD_INTERPOLATION),
        ("${V/a", Reason.BAD_INTERPOLATION),
        ("${V/a/b", Reason.BAD_INTERPOLATION),
        ("${}", Reason.BAD_INTERPOLATION),
        ("${:-x}", Reason.BAD_INTERPOLATION),
        ("${{V}}", Reason.BAD_INTERPOLATION),
        ("${", Reason.BAD_INTERPOLATION),
        ("'a", Reason.BAD_INTERPOLATION),
        ('"a', Reason.BAD_INTERPOLATION),
        ('"a\\', Reason.BAD_INTERPOLATION),
        ("${V^^}", Reason.VARIABLE),
        ("${V=x}", Reason.VARIABLE),
        ("${V:0:3}", Reason.VARIABLE),
        ("${V:=x}", Reason.VARIABLE),
        ("${A.B}", Reason.VARIABLE),
        ("${V#\\x}", Reason.VARIABLE),
        ("${V/a/\\$1}", Reason.VARIABLE),
        ("${templateOption:imageVariant}", Reason.TEMPLATE),
        ("${UNSET:?}", Reason.VARIABLE_REQUIRED),
        ("${UNSET?}", Reason.VARIABLE_REQUIRED),
        ("${EMPTY:?}", Reason.VARIABLE_REQUIRED),
        ("$BAD", Reason.TEMPLATE),
        ("${V:-$BAD}", Reason.TEMPLATE),
    ],
)
def test_what_buildkit_refuses_is_never_guessed(word: str, reason: Reason) -> None:
    assert refusal(word).reason is reason


def test_the_message_of_a_required_variable_is_told() -> None:
    assert refusal("${TAG:?set me to $V}").detail == "`TAG`: set me to 3.20"


@pytest.mark.parametrize(
    ("word", "variables", "empty"),
    [
        ("$V", ("V",), ()),
        ("$B-$V", ("B", "A", "V"), ()),
        ("$$V", (), ()),
        ("$UNSET", ("UNSET",), ("UNSET",)),
        ("$EMPTY", ("EMPTY",), ("EMPTY",)),
        ("${EMPTY-d}", ("EMPTY",), ("EMPTY",)),
        ("$LOST", ("LOST", "TAG"), ("TAG",)),
        ("${UNSET:-$V}", ("UNSET", "V"), ()),
        ("${V:-$B}", ("V",), ()),
        ("${V:+$B}", ("V", "B", "A"), ()),
        ("${UNSET:+$B}", ("UNSET",), ()),
        ("${V#$B}", ("V", "B", "A"), ()),
        ("${UNSET/$B/$V}", ("UNSET", "B", "A", "V"), ("UNSET",)),
    ],
)
def test_what_decided_a_word_is_known(
    word: str, variables: tuple[str, ...], empty: tuple[str, ...]
) -> None:
    meaning = expand(word, "\\", VALUES)

    assert isinstance(meaning, Expansion)
    assert (meaning.variables, meaning.empty) == (variables, empty)


@pytest.mark.parametrize("link", ["$A{}", "x$A{}", "${{A{}:-x}}", "${{A{}#x}}"])
@pytest.mark.parametrize("start", ["A0=1", "A0", "A0=${X:?no}"])
def test_a_chain_of_variables_is_no_more_work_a_link(link: str, start: str) -> None:
    def names(length: int) -> int:
        chain = [f"A{n + 1}={link.format(n)}" for n in range(length)]
        values = argument_values([start, *chain], {}, {}, "\\")
        return sum(len(value.variables) for value in values.values())

    assert names(1000) <= 101 * 1000
    assert names(4000) - names(2000) == 2 * (names(2000) - names(1000))


def test_who_is_decided_by_too_many_variables_is_skipped() -> None:
    short = [f"A{n + 1}=$A{n}" for n in range(99)]
    long = [f"A{n + 1}=$A{n}" for n in range(101)]

    decided = argument_values(["A0=x", *short], {}, {}, "\\")["A99"]
    refused = argument_values(["A0=x", *long], {}, {}, "\\")["A101"]

    assert isinstance(decided, Expansion)
    assert decided.value == "x"
    assert isinstance(refused, Unexpandable)
    assert refused.reason is Reason.VARIABLE


def test_variables_that_double_each_other_are_given_up() -> None:
    chain = ["A0=ab", *(f"A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 100))]

    values = argument_values(chain, {}, {}, "\\")

    assert values["A3"] == Expansion("ab" * 8, ("A2", "A1", "A0"))
    assert isinstance(values["A99"], Unexpandable)


@pytest.mark.parametrize("opening", ["${V:-", '"${V:-', "${V/", "${V#"])
def test_deep_nests_are_given_up(opening: str) -> None:
    assert isinstance(expand(opening * 20_000, "\\", VALUES), Unexpandable)


def test_patterns_without_an_end_are_given_up() -> None:
    assert refusal("${V#" + "?" * 2000 + "}").reason is Reason.VARIABLE


def test_stars_do_not_multiply_the_work() -> None:
    values: dict[str, Expansion | Unexpandable] = {"V": Expansion("a" * 1000)}

    meaning = expand("${V##" + "*a" * 500 + "b}", "\\", values)

    assert meaning == Expansion("a" * 1000, ("V",))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("RUN cat <<EOF  b", ["RUN", "cat", "<<EOF", "b"]),
        ("RUN 'a b' \"c d\" e\\ f", ["RUN", "'a b'", '"c d"', "e\\ f"]),
        ("RUN ${V:-a b} $C", ["RUN", "${V:-a", "b}", "$C"]),
        ("RUN ${V:?x} ${V:z} ${V#\\n}", ["RUN", "${V:?x}", "${V:z}", "${V#\\n}"]),
        ("RUN ${V/a/b}", ["RUN", "${V/a/b}"]),
        ("RUN it's <<EOF", []),
        ("RUN ${arr[@]} <<EOF", []),
    ],
)
def test_a_line_is_split_where_nothing_protects_blanks(
    line: str, words: list[str]
) -> None:
    assert split(line) == words


def test_unquoting_leaves_variables_alone() -> None:
    assert unquote("'a'$B\"c\"") == "a$Bc"
    assert unquote("'a") is None


@pytest.mark.parametrize(
    ("declaration", "words"),
    [
        ("A", ["A"]),
        ("A=1 B=2", ["A=1", "B=2"]),
        ("A='x y'  B=\"p q\"", ["A='x y'", 'B="p q"']),
        ("A=x\\ y B", ["A=x\\ y", "B"]),
        ('A="x\\" y" B', ['A="x\\" y"', "B"]),
        ("A='x y", ["A='x y"]),
        ('A="x y\\', ['A="x y\\']),
        ("A=x\\", ["A=x\\"]),
        ("", []),
    ],
)
def test_quotes_protect_the_blanks_of_an_argument(
    declaration: str, words: list[str]
) -> None:
    assert argument_words(declaration, "\\") == words


def test_arguments_use_those_before_them_and_those_that_are_given() -> None:
    declarations = ["A=1", "B=$A.2 C=$D", "D", 'E="x $A"', "ARCH=arm", "'F'=\"q\""]

    values = argument_values(declarations, {"ARCH": "x", "OS": "y"}, {"A": "9"}, "\\")

    assert values == {
        "ARCH": Expansion("arm"),
        "OS": Expansion("y"),
        "A": Expansion("9"),
        "B": Expansion("9.2", ("A",)),
        "C": Expansion("", ("D",), ("D",)),
        "E": Expansion("x 9", ("A",)),
        "F": Expansion("q"),
    }


@given(
    st.text(alphabet="${}:-+?#%/'\"\\`ab V*"),
    st.sampled_from("\\`"),
)
def test_no_word_raises(word: str, escape: str) -> None:
    assert isinstance(expand(word, escape, VALUES), Expansion | Unexpandable)
    assert all(part in word for part in split(word))
    assert all(part in word for part in argument_words(word, escape))
