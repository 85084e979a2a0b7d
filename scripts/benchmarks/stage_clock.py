"""What one analysis costs, stage by stage. Nothing is imported here that the program does not need itself."""

from __future__ import annotations

import json
import resource
from pathlib import Path


def measure(bg: str, fg: str, keypoints: str = "") -> None:
    """Analyses two files without a cache and prints, as JSON, s of user CPU of each stage, and the peak in MiB.

    What runs between two stages counts to the one before. "start" is Python, imports and all before the first stage;
    "decoding" of both clips.
    """
    from vidkompy.analysis import AnalysisParameters, analyze
    from vidkompy.errors import VidkompyError
    from vidkompy.parameters import with_number

    stages, present, since = {"start": user_cpu()}, "reading", user_cpu()

    def on_progress(stage: str, _done: int, _total: int) -> None:
        nonlocal present, since
        now = user_cpu()
        stages[present] = stages.get(present, 0) + now - since
        present, since = clocked(stage), now

    numbers = AnalysisParameters()
    if keypoints:
        numbers = with_number(numbers, "placement.candidates.few.keypoints", int(keypoints))
    try:
        answer = f"{analyze(bg, fg, on_progress=on_progress, parameters=numbers).placement.confidence:.2f}"
    except VidkompyError as e:
        answer = type(e).__name__
    on_progress("", 0, 0)
    print(json.dumps({"stages": stages, "peak": peak_mib(), "answer": answer}))


def clocked(stage: str) -> str:
    """The name under which a stage's CPU is counted: both clips are decoded at once."""
    return "decoding" if stage in ("background", "foreground") else stage


def user_cpu() -> float:
    """s of user CPU of all threads of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def peak_mib(process: int | str = "self") -> float:
    """The most memory a process has held so far; 0 of one that has ended.

    The kernel's ru_maxrss would hold what its parent had taken as it was started.
    """
    status = Path(f"/proc/{process}/status").read_text()
    return int(next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), 0)) / 1024
