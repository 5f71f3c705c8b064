"""Fill a template: an HTML document in which nothing but its own script runs."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from imagelock.report.style import plural, printable
from imagelock.report.timeline_svg import TIMELINE_STYLE
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Item = dict[str, Any]
    """What a template shows of an image, a finding or a change."""

FILTERS: Final = {
    "status": "Status",
    "severity": "Severity",
    "kind": "Kind",
    "registry": "Registry",
    "format": "Format",
    "rule": "Rule",
    "project": "Project",
}
"""The labels of the filters, by the attribute of the items that they look at."""


def render(
    name: str,
    *,
    title: str,
    items: Sequence[Item],
    item: str,
    orders: Iterable[tuple[str, str]] = (),
    **content: object,
) -> str:
    """Return the template *name* as a document that is about *items*.

    *item* is what each of them is called. *orders* are how they can be sorted: the
    attribute, and its label; an empty attribute is the order that they have.

    The policy of the document (CSP 3) allows its own style and script by their hashes,
    and nothing else: whatever text of registries and files is in it, nothing is run,
    and nothing is loaded.
    """
    style = _resource("page.css") + TIMELINE_STYLE
    script = _resource("page.js")
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_resource),
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["code"] = _with_code
    return environment.get_template(f"{name}.html.jinja").render(
        title=printable(title),
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        policy=(
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
            " base-uri 'none'; form-action 'none'"
        ),
        version=__version__,
        filters=list(_filters(items)),
        orders=list(orders),
        items_are=plural(len(items), item),
        **content,
    )


def _filters(items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    """Yield the filters that have more than one choice, or leave something out."""
    for name, label in FILTERS.items():
        values = [item.get(name, "").split() for item in items]
        choices = sorted({value for each in values for value in each})
        if len(choices) > 1 or (choices and not all(values)):
            yield {"name": name, "label": label, "choices": choices}


def _with_code(text: str) -> Markup:
    """Return *text* escaped, with what is between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )


def _hash(text: str) -> str:
    """Return the source of a policy that allows *text* (CSP 3, `hash-source`)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
