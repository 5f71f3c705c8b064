"""The settings that others extend: files, files of packages, and URLs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.config.settings_file import EXTENDS, SettingsFile
from imagelock.dataclass import dataclass, replace
from imagelock.errors import ConfigurationError
from imagelock.text_file import leads_out

if TYPE_CHECKING:
    from imagelock.config.shared_settings import SharedSettings

_DEEPEST: Final = 8
"""How many files may extend one another in a row."""

_PACKAGE: Final = "package:"
_URL: Final = re.compile(r"(?P<url>https://[^#\s]+)#sha256=(?P<digest>[0-9a-f]{64})")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class Bases:
    """Finds the settings that other settings extend, those with a URL in *shared*."""

    shared: SharedSettings

    def layers(self, file: SettingsFile) -> list[SettingsFile]:
        """Return the settings that *file* extends, the base first, and then *file*.

        Settings that several of them extend are there once, before all of these.

        Raises:
            ConfigurationError: a base cannot be found or read, or files extend each
                other in a circle.
        """
        layers: dict[str, SettingsFile] = {}
        self._add(file, (), layers)
        return list(layers.values())

    def _add(
        self,
        file: SettingsFile,
        using: tuple[str, ...],
        layers: dict[str, SettingsFile],
    ) -> None:
        """Add what *file* extends, and *file*, to *layers*, which are by name.

        *using* are the names of the files that extend it.
        """
        using = (*using, file.name)
        for text in _names(file):
            base = self._base(text, file)
            if base.name in using:
                circle = " → ".join(f"`{name}`" for name in (*using, base.name))
                raise ConfigurationError(f"settings extend each other: {circle}")
            if len(using) > _DEEPEST:
                raise ConfigurationError(
                    f"more than {_DEEPEST} settings extend each other in a row",
                    hint=f"the last is `{file.name}`",
                )
            if base.name not in layers:
                self._add(base, using, layers)
        layers[file.name] = file

    def _base(self, text: str, file: SettingsFile) -> SettingsFile:
        """Return the settings that *text*, a value of `extends` in *file*, names."""
        if text.startswith(_PACKAGE):
            return _of_package(text, file)
        if match := _URL.fullmatch(text):
            data = self.shared.get(match["url"], match["digest"])
            # It has no folder: its paths are relative to the file that extends it.
            return SettingsFile.parse(data, match["url"], file.folder, file.border)
        if _SCHEME.match(text):
            raise file.error(
                f"`{EXTENDS}` cannot be `{text}`",
                (EXTENDS,),
                hint="write a path, `package:NAME/FILE`, or"
                " `https://HOST/FILE#sha256=DIGEST`",
            )
        return _of_file(text, file)


def _names(file: SettingsFile) -> list[str]:
    value = file.table.get(EXTENDS, [])
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    message = f"`{EXTENDS}` needs text in quotes, or a list of texts"
    raise file.error(message, (EXTENDS,))


def _of_file(text: str, file: SettingsFile) -> SettingsFile:
    path = Path(os.path.normpath(file.folder / text))
    if leads_out(file.border, path):
        raise file.error(
            f"`{EXTENDS}`: `{text}` is outside of `{file.border}`",
            (EXTENDS,),
            hint="only files of the same checkout can be extended; use"
            " `package:NAME/FILE` or a URL for others",
        )
    if not path.is_file():
        raise file.error(f"`{EXTENDS}`: there is no file `{text}`", (EXTENDS,))
    return SettingsFile.read(path, file.border)


def _of_package(text: str, file: SettingsFile) -> SettingsFile:
    """Return the settings in a file of an installed package, whose code is not run."""
    from importlib.metadata import PackageNotFoundError, distribution

    package, _, name = text.removeprefix(_PACKAGE).partition("/")
    try:
        files = distribution(package).files or ()
    except (PackageNotFoundError, ValueError):
        raise file.error(
            f"`{EXTENDS}`: no package `{package}` is installed",
            (EXTENDS,),
            hint="install it where imagelock is installed",
        ) from None
    found = next((each for each in files if each.as_posix() == name), None)
    if found is None:
        message = f"`{EXTENDS}`: the package `{package}` has no file `{name}`"
        raise file.error(message, (EXTENDS,))
    path = Path(str(found.locate()))
    return replace(SettingsFile.read(path, path.parent), name=text)
