"""Run a command, and write its seconds of CPU and clock and its peak memory to a file.

    python -S benchmarks/timed.py RESULT COMMAND…

A process of its own, as small as can be: on Linux, a program has at least the peak of
the process that started it.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    if sys.platform == "win32":
        sys.exit("Windows does not tell what a process used")
    result, *command = sys.argv[1:]
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024
    figures = usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit
    with open(result, "w", encoding="ascii") as file:
        file.write(" ".join(map(str, figures)))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
