"""A browser without a network, and what it says about a page."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import sync_playwright

from tests.support.programs import need, need_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

    Open = Callable[..., AbstractContextManager["Shown"]]

_AXE: Final = Path(__file__).parents[2] / ".venv/browser/axe.min.js"
_ARGUMENTS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--no-first-run",
    "--no-sandbox",  # a container has no namespaces for it
)
_WHAT_FAILS: Final = """
async () => {
  const result = await axe.run();
  return result.violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" ")}`);
}
"""


@dataclass
class Shown:
    """A page in a browser: its address, what it asked for, and what it complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def failures_of_access(self) -> list[str]:
        """Return what is a serious obstacle for some people, as axe-core finds it."""
        # Injected from outside of the page, so that no policy holds it back.
        self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(_WHAT_FAILS)
        return found

    def is_wider_than_its_window(self) -> bool:
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = need("chromium")
    need_file(_AXE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*_ARGUMENTS]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Open:
    """Open a URL in a window of its own; options are those of Playwright's context."""

    @contextmanager
    def opened(url: str, **options: Any) -> Iterator[Shown]:  # noqa: ANN401
        with browser.new_context(**options) as context:
            shown = Shown(context.new_page())

            def note_request(request: Request) -> None:
                shown.requests.append(request.url)

            def note_message(message: ConsoleMessage) -> None:
                if message.type in {"error", "warning"}:
                    shown.complaints.append(message.text)

            def note_error(error: Exception) -> None:
                shown.complaints.append(str(error))

            context.on("request", note_request)
            shown.page.on("console", note_message)
            shown.page.on("pageerror", note_error)
            shown.page.goto(url)
            yield shown

    return opened
