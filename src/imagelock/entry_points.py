"""Plug-ins: entry points of installed packages.

Only plug-ins that the settings of a project name are loaded: a result must not depend
on what else is installed on a machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError, ImagelockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import EntryPoint
    from typing import ParamSpec, TypeVar

    Parameters = ParamSpec("Parameters")
    Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PluginKind:
    """A kind of plug-in: its name in messages, its entry points, and its interface.

    `attributes` are the names that a plug-in must have. `setting` is where the
    settings name it; `{name}` in it is replaced.
    """

    noun: str
    group: str
    attributes: tuple[str, ...]
    setting: str


SOURCE: Final = PluginKind(
    "source",
    "imagelock.sources",
    ("ABOUT", "may_match", "matches", "find"),
    "[sources.{name}]",
)
REPORT: Final = PluginKind(
    "report", "imagelock.reports", ("findings",), "plugins.reports"
)
EXPORT: Final = PluginKind(
    "export", "imagelock.exports", ("SUMMARY", "export"), "plugins.exports"
)
IMPORTER: Final = PluginKind(
    "importer", "imagelock.importers", ("matches", "read"), "plugins.importers"
)
SCANNER: Final = PluginKind(
    "scanner",
    "imagelock.scanners",
    (
        *("program", "install_hint", "ignore_files", "reports_digest", "is_local"),
        *("environment", "probe", "update", "command", "missing_data"),
        *("canary", "finds", "read"),
    ),
    "plugins.scanners",
)


def installed(kind: PluginKind) -> tuple[str, ...]:
    """Return the names of the plug-ins that installed packages offer, sorted."""
    return tuple(sorted({point.name for point in _entry_points(kind)}))


def load(kind: PluginKind, name: str) -> object:
    """Return the plug-in *name* of an installed package.

    Raises:
        ConfigurationError: not exactly one package offers it, it cannot be imported,
            or it lacks an attribute.
    """
    points = [point for point in _entry_points(kind) if point.name == name]
    if len(points) != 1:
        packages = ", ".join(sorted(map(_package, points))) or "none"
        setting = kind.setting.format(name=name)
        raise ConfigurationError(
            f"one installed package must offer the {kind.noun} `{name}`,"
            f" but {packages} do",
            hint=f"remove it from `{setting}`, or fix the installed package",
        )
    plugin = _imported(kind, points[0])
    missing = [name for name in kind.attributes if not hasattr(plugin, name)]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise ConfigurationError(f"the {_label(kind, points[0])} lacks {names}")
    return plugin


def guarded(
    kind: PluginKind, name: str, function: Callable[Parameters, Result]
) -> Callable[Parameters, Result]:
    """Return *function* of a plug-in, whose exceptions then name the plug-in.

    An `ImagelockError` passes as it is: it is the way in which a plug-in says that
    its input is damaged.
    """

    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except ImagelockError:
            raise
        # A plug-in can raise anything.
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            message = f"the {kind.noun} `{name}` failed: {what}"
            raise ConfigurationError(message) from error

    return call


def _entry_points(kind: PluginKind) -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # most need none

    return entry_points(group=kind.group)


def _imported(kind: PluginKind, point: EntryPoint) -> object:
    try:
        return point.load()
    # The code of a plug-in can raise anything while it is imported.
    except Exception as error:
        raise ConfigurationError(
            f"the {_label(kind, point)} cannot be imported:"
            f" {type(error).__name__}: {error}"
        ) from error


def _label(kind: PluginKind, point: EntryPoint) -> str:
    return f"{kind.noun} `{point.name}` (`{point.value}` of {_package(point)})"


def _package(point: EntryPoint) -> str:
    return f"`{point.dist.name}`" if point.dist else "a package without a name"
