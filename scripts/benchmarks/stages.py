"""User CPU of each stage of `analyze`, as ratios to decoding both files; and how they grow with what is analysed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from support import constructed_maps
from support.catalogue import RECIPES, Stage
from support.picture_edits import Box
from support.truth_cases import Recipe, build, write_bg

from benchmarks.cost import as_installed, cheapest, floors
from benchmarks.tables import markdown
from vidkompy.ffmpeg.binary import find_ffmpeg

STAGES = ("start", "reading", "listening", "decoding", "placing", "aligning", "following")
SCRIPTS = str(Path(__file__).parents[1])
COLUMNS = (
    "decode both, s",
    "x decode",
    "wall, s",
    "x decode one after the other",
    "x that on one core",
    "answer",
    "peak MiB",
    *(f"{stage}, s" for stage in STAGES),
)
FG_SECONDS, BG_TIMES, HEIGHTS, KEYPOINTS = (5, 10, 20, 40), (1, 2, 5, 10), (270, 540, 1080, 2160), (150, 300, 600, 1200)


def table(folders: Iterable[Path], repeat: int) -> str:
    """One row a pair: decoding, the whole over it, and what of that is which stage."""
    head = ["pair", *COLUMNS]
    rows, ratios = [], []
    for folder in folders:
        cells, ratio = row(folder, repeat)
        rows.append(cells)
        ratios.append(ratio)
        print(" ".join(cells), file=sys.stderr, flush=True)
    return f"{markdown(head, rows)}\n\nmedian {median(ratios):.2f} x decode, dearest {max(ratios):.2f}"


def row(folder: Path, repeat: int, options: tuple[str, ...] = ()) -> tuple[list[str], float]:
    bg, fg = (str(next(folder.glob(f"{name}.*"))) for name in ("bg", "fg"))
    runs = [measured(bg, fg, options) for _ in range(repeat)]
    ffmpeg = find_ffmpeg(None, "libx264").path
    floor = cheapest(repeat, *floors(ffmpeg, bg, fg), *floors(ffmpeg, bg, fg, threads=1))
    decode = sum(cost.cpu for cost in floor[:2])
    wall_of_all_cores, wall_of_one = (sum(cost.wall for cost in costs) for costs in (floor[:2], floor[2:]))
    least = min(runs, key=lambda run: sum(run["stages"].values()))
    ratio, wall = sum(least["stages"].values()) / decode, min(run["wall"] for run in runs)
    stages = [f"{least['stages'].get(stage, 0):.2f}" for stage in STAGES]
    costs = [f"{decode:.2f}", f"{ratio:.2f}", f"{wall:.2f}"]
    costs += [f"{wall / wall_of_all_cores:.2f}", f"{wall / wall_of_one:.2f}"]
    return [folder.name, *costs, least["answer"], f"{least['peak']:.0f}", *stages], ratio


def measured(bg: str, fg: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """What `stage_clock.measure` says of one analysis, in a process whose libraries are as the program's."""
    program = f"import sys; sys.path.insert(0, {SCRIPTS!r}); from benchmarks.stage_clock import measure"
    command = [sys.executable, "-c", f"{program}; measure(*sys.argv[1:])", bg, fg, *options]
    began = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=as_installed() | {"OPENBLAS_NUM_THREADS": "1"}
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said | {"wall": time.perf_counter() - began}


def growth(work: Path, repeat: int) -> str:
    """How the cost grows with FG's length, BG's, the picture's size, and the keypoints that candidates come from."""
    head = ["what", *COLUMNS]
    rows = []
    for name, folder, options in grown(work):
        (_, *cells), _ = row(folder, repeat, options)
        rows.append([name, *cells])
        print(name, *cells, file=sys.stderr, flush=True)
    return markdown(head, rows)


def grown(work: Path) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """What grows, the folder of a pair, and what `measure` is given besides."""
    for seconds in FG_SECONDS:
        yield f"FG of {seconds} s", handheld(work / f"fg{seconds}", seconds, seconds + 2, 540), ()
    for times in BG_TIMES:
        yield f"FG of 5 s, BG of {5 * times + 2} s", handheld(work / f"bg{times}", 5, 5 * times + 2, 540), ()
    for height in HEIGHTS:
        yield f"5 s, BG of {height} lines", handheld(work / f"size{height}", 5, 7, height), ()
    for count in KEYPOINTS:
        yield f"{count} keypoints of a frame", handheld(work / "keypoints", 5, 7, 540), (str(count),)


def handheld(folder: Path, fg_seconds: int, bg_seconds: int, height: int) -> Path:
    """An FG cut from the middle of hand-held footage, 30 frames a second."""
    if folder.exists():
        return folder
    count, width = 30 * bg_seconds, height * 16 // 9 // 2 * 2
    source = write_bg(folder.with_suffix(".source.mp4"), "handheld", count, size=(width, height), rate=30)
    late = (count - 30 * fg_seconds) // 2
    recipe = RECIPES["offset"](Stage(width, height, count, Fraction(30)))
    made = Recipe(Box(*recipe.crop), constructed_maps.offset(count, late, late + 30 * fg_seconds))
    return build(made, source, folder).bg.parent
