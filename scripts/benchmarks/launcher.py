"""Runs a command and writes, as JSON, what it and all that it started took: user CPU, peak, wall time, exit status.

A process of its own, as small as can be: the peak that the kernel keeps of a process (getrusage(2): ru_maxrss) begins
with what its parent had taken. Arguments: the descriptor to write to, and the command.
"""

import json
import os
import sys
import time


def launch(descriptor: int, words: list[str]) -> None:
    began = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawnp(words[0], words, os.environ), 0)
    wall = time.perf_counter() - began
    report = {"cpu": usage.ru_utime, "peak": usage.ru_maxrss / 1024, "wall": wall}
    os.write(descriptor, json.dumps(report | {"status": os.waitstatus_to_exitcode(status)}).encode())


if __name__ == "__main__":
    launch(int(sys.argv[1]), sys.argv[2:])
