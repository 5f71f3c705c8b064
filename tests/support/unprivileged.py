"""Run imagelock where the modes of files count, which they do not for root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import Result

_DAC = "-dac_override,-dac_read_search"


def run_unprivileged(*arguments: str) -> Result:
    """Run imagelock, and what it starts, without root's power to read everything."""
    command = [sys.executable, "-m", "imagelock", *arguments]
    if sys.platform != "win32" and os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv, or another user than root")
        command = ["setpriv", f"--bounding-set={_DAC}", f"--inh-caps={_DAC}", *command]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return Result(done.returncode, done.stdout, done.stderr)
