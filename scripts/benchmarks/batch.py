"""What a batch costs beyond its pairs: CPU of the engine, memory for many pairs, and time to skip finished ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support import constructed_maps
from support.picture_edits import Box
from support.stand_in_batches import batch_command, write_manifest
from support.truth_cases import Recipe, build, write_bg

from benchmarks.cost import as_installed, vidkompy
from benchmarks.stage_clock import peak_mib
from benchmarks.tables import markdown
from vidkompy.batch.journal import read_journal

RATE, LATE = 30, 15  # frames a second, and how many of them FG starts late
POLL_SECONDS = 0.02
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Of a batch's process; s and MiB. all: CPU with its workers, and what they started."""

    wall: float
    own: float
    all: float
    peak: float


def tables(
    pairs: int, size: tuple[int, int], seconds: float, workers: Sequence[int], tasks: Sequence[int], work: Path
) -> str:
    return f"{real_pairs(pairs, size, seconds, workers, work)}\n\n{trivial_pairs(tasks, work)}"


def real_pairs(pairs: int, size: tuple[int, int], seconds: float, workers: Sequence[int], work: Path) -> str:
    """Each pair has a BG of its own, and nothing is in a cache."""
    folder = work / "real"
    make(pairs, size, seconds, folder)
    (folder / "m.csv").write_text("bg,fg,name\n" + "".join(f"{n}/bg.mp4,{n}/fg.mp4,{n}\n" for n in range(pairs)))
    measured(vidkompy("analyze", "0/bg.mp4", "0/fg.mp4", "--no-cache", "--quiet"), folder)  # compiles the kernels
    rows = []
    for jobs in workers:
        words = ["batch", "m.csv", "--out", f"out{jobs}", "--jobs", str(jobs), "--no-cache", "--quiet"]
        usage = measured(vidkompy(*words), folder)
        results = read_journal(folder / f"out{jobs}" / "results.jsonl").values()
        own = sum(result.cpu_seconds for result in results)
        rate = f"{60 * pairs / usage.all:.1f}"
        start = usage.all - usage.own - own
        cells = [f"{usage.wall:.1f}", f"{usage.all:.1f}", rate, f"{60 * pairs / usage.wall:.1f}", f"{own:.1f}"]
        rows.append([str(jobs), *cells, percent(usage.own, own), percent(start, own)])
    head = "workers|s|CPU s|pairs a CPU minute|pairs a minute|CPU s of pairs|engine, %|starting workers, %"
    return f"{pairs} pairs of {seconds:g} s, {size[0]}x{size[1]}\n\n{markdown(head.split('|'), rows)}"


def trivial_pairs(tasks: Sequence[int], work: Path) -> str:
    """Workers are stand-ins, which answer at once."""
    rows = []
    for count in tasks:
        folder = work / f"trivial{count}"
        folder.mkdir()
        write_manifest(folder, (f"pair-{n}" for n in range(count)))
        words = ("m.csv", "--out", "out", "--jobs", "2", "--quiet")
        first, again = (measured(batch_command(folder, *words), folder) for _ in range(2))
        per_pair = f"{1000 * first.own / count:.2f}"
        cells = [f"{first.wall:.1f}", f"{first.own:.1f}", per_pair, f"{first.peak:.0f}"]
        rows.append([f"{count:,}", *cells, f"{again.wall:.2f}", f"{again.own:.2f}", f"{again.peak:.0f}"])
    head = "trivial pairs|s|engine, CPU s|ms a pair|peak MiB|skipping all, s|CPU s|peak MiB"
    return markdown(head.split("|"), rows)


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}"


def make(pairs: int, size: tuple[int, int], seconds: float, folder: Path) -> None:
    """Folders 0, 1 and so on with bg.mp4 and fg.mp4, which shows two thirds of BG's width."""
    folder.mkdir()
    count = round(seconds * RATE) + LATE
    x, y, width, height = (v // 2 * 2 for v in (size[0] // 7, size[1] // 7, size[0] * 2 // 3, size[1] * 2 // 3))
    for n in range(pairs):
        source = write_bg(folder / "source.mp4", "handheld", count, size=size, rate=RATE, seed=n)
        build(Recipe(Box(x, y, width, height), constructed_maps.offset(count, LATE)), source, folder / str(n))


def measured(words: Sequence[str], folder: Path) -> Usage:
    """Runs a command in a folder; its workers count as they are waited for."""
    began = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, env=as_installed(), stdout=subprocess.DEVNULL)
    peak = 0.0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        peak = max(peak, peak_mib(process.pid))
        time.sleep(POLL_SECONDS)
    wall = time.perf_counter() - began
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:13])) / TICKS  # user and system time
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # else it is taken for running still
    if status:
        sys.exit(f"{' '.join(words)} failed")
    return Usage(wall, own, usage.ru_utime + usage.ru_stime, peak)
