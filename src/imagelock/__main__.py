"""Run imagelock as `python -m imagelock`."""

from imagelock.cli import run

run()
