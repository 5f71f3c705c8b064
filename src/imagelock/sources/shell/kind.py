"""How commands are written in a kind of file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re

    from imagelock.sources.shell.word_lexer import Variable


class Kind(NamedTuple):
    """How commands are written in a kind of file.

    `lines` find them in the text, as their group `line`; without, the whole text is a
    script, unless `values` are the places of scripts in YAML or JSON, at a key that
    ends with `key`. `variable` are
    the variables of the program that runs the shell, `assignments` what sets them, and
    `parameters` what sets them to values that are not known. In YAML, the places of
    their values are `variables_at`, and with `exports`, the shell has them, too.

    In a file with one of the words `unknown_with`, others may set them, too.

    Commands run in the folder of the file or in the root, `at_root` in the root alone,
    and with `is_inside` in a container. The key `folder_key` beside a script, or in
    defaults, names another folder. If a file `shares_shell`, a script may leave the
    folder for those behind it.
    """

    lines: tuple[re.Pattern[str], ...] = ()
    values: tuple[str, ...] = ()
    key: str = ""
    variable: Variable | None = None
    assignments: tuple[re.Pattern[str], ...] = ()
    parameters: re.Pattern[str] | None = None
    variables_at: tuple[str, ...] = ()
    exports: bool = False
    unknown_with: str = ""
    at_root: bool = False
    is_inside: bool = False
    folder_key: str = ""
    shares_shell: bool = False
