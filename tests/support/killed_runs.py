"""What a run leaves that is killed at its work: made by the program's own function, in a process that kills itself."""

import subprocess
import sys
from pathlib import Path

from support.program_runs import environment

_KILLED = """
import os, signal, sys
from pathlib import Path
from vidkompy.media.work_folders import work_folder
with work_folder(Path(sys.argv[1]), sys.argv[2], sys.argv[3]) as folder:
    for name in sys.argv[4:]:
        (folder.path / name).write_text("half of it")
    sys.stdout.buffer.write(os.fsencode(folder.path))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left(place: Path, output: str, *names: str, purpose: str = "output") -> Path:
    """The folder, with files of those names."""
    argv: list[str | Path] = [sys.executable, "-c", _KILLED, place, purpose, output, *names]
    done = subprocess.run(argv, env=environment(), stdout=subprocess.PIPE)
    assert done.returncode == -9
    return Path(done.stdout.decode())


def wait_for_end(process: str) -> bool:
    """Whether it is gone after a while."""
    for _ in range(200):
        if subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True).stdout[:1] in ("", "Z"):
            return True
        subprocess.run(["sleep", "0.05"], check=True)
    return False
