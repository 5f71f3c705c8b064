"""Run imagelock as `python -m imagelock`."""

import os

try:
    from imagelock.cli import run

    run()
except KeyboardInterrupt:
    # Before `run` handles signals, a traceback would be all that the user gets.
    os.write(2, b"interrupted\n")
    os._exit(130)
