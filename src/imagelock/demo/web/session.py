"""A run of `imagelock demo --web`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from imagelock.demo.server import running, serve
from imagelock.demo.shop import shop_registry, write_shop
from imagelock.demo.tour import comment, demo_folder, print_line
from imagelock.demo.web.simulator import Simulator
from imagelock.demo.web.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.report.style import Style


def run_web_demo(style: Style, folder: Path | None, *, keep: bool) -> None:
    """Serve the page until Ctrl-C, with its project in *folder* or a temporary folder.

    Raises:
        UsageError: *folder* has other files.
    """
    registry = shop_registry()
    with serve(registry) as address, demo_folder(folder, keep=keep) as place:
        write_shop(place, address)
        simulator = Simulator(registry, address, place)
        site = Site(simulator)
        try:
            with running(site) as root:
                comment(style, "Open this address in a browser; Ctrl-C ends the demo:")
                print_line(f"  {style.bold(f'{root}/{site.token}/')}")
                comment(style, f"The commands run in {place}.")
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            print_line("")
        finally:
            simulator.close()
    if keep or folder:
        comment(style, f"The project is in {place}, and its registry has stopped.")
