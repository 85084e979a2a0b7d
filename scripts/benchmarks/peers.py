"""This program beside what a user would take instead, in the same run: right frames, and seconds of wall and user CPU.

Compared are an analysis with a script of OpenCV and with ffmpeg's own `signature` filter, and a whole composition with
the tool of the same name from PyPI, all with the same encoder. The commands take turns; the cheapest run of each
counts. What a first run compiles is not counted.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from support import constructed_maps, scoring
from support.picture_edits import Box
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from benchmarks.cost import as_installed, run, vidkompy
from benchmarks.tables import markdown
from vidkompy import read_sidecar
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import find_ffmpeg
from vidkompy.media.probe import probe
from vidkompy.model import I64, UNMATCHED

ORIGINAL = "vidkompy==1.2.5"
ENCODING = ["-c:v", "mpeg4", "-q:v", "3"]
RATE, LATE = 30, 45  # frames a second of pairs that are made, and how many of them FG starts late
SIZES = {"SD": (480, 270), "720p": (1280, 720)}
HERE = Path(__file__).parent
MATCHING = re.compile(r"matching of video 0 at ([\d.]+) and 1 at ([\d.]+), (\d+) frames matching")

Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Found:
    """What a tool says of a pair. map: i64 [n_fg]; place: x, y, width, height; None where it is given to the tool."""

    map: I64
    place: Place | None


@dataclass(frozen=True)
class Tool:
    """read: what it found, of its last run, given what it logged. None: nothing."""

    name: str
    words: list[str]
    read: Callable[[str], Found | None]


def table(cases: Iterator[Case], tools: Path, repeat: int, work: Path) -> str:
    """One row a tool and pair. tools: folder of the original's virtual environment, made if it is not there."""
    python = original_python(tools)
    rows = [row for case in cases for row in rows_of(case, python, repeat, work)]
    head = "pair|tool|right frames|within 1|place off by, px|wall, s|user CPU, s|wall, x ours|CPU, x ours"
    return markdown(head.split("|"), rows)


def original_python(folder: Path) -> Path:
    """Python of a virtual environment that has the original tool."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", ORIGINAL], env=environment(folder), check=True)
    return python


def made(seconds: float, sizes: tuple[str, ...], work: Path) -> Iterator[Case]:
    """For each size a hand-held shot, cut out and late, and a tripod shot, cut out and with frames left out."""
    count = round(seconds * RATE) + LATE
    maps = {
        "handheld": constructed_maps.offset(count, LATE),
        "tripod": constructed_maps.drops(constructed_maps.offset(count, LATE)),
    }
    for size in sizes:
        width, height = SIZES[size]
        box = Box(width // 6 + 1, height // 7 + 1, width * 6 // 20 * 2, height * 6 // 20 * 2)
        for kind, frame_map in maps.items():
            source = write_bg(work / f"{kind}.mp4", kind, count, size=(width, height), rate=RATE, has_sound=True)
            yield build(Recipe(box, frame_map, sound=Sound()), source, work / f"{size}-{kind}")


def rows_of(case: Case, python: Path, repeat: int, work: Path) -> Iterator[list[str]]:
    for group in (analyses(case, work), compositions(case, python, work)):
        for tool in group:
            run(tool.words, environment(work, tool))
        rounds = [[run(tool.words, environment(work, tool)) for tool in group] for _ in range(repeat)]
        each = list(zip(*rounds, strict=True))
        cheapest = [(min(s.wall for s in runs), min(s.cpu for s in runs)) for runs in each]
        for tool, runs, (wall, cpu) in zip(group, each, cheapest, strict=True):
            times = [f"{wall:.2f}", f"{cpu:.2f}", f"{wall / cheapest[0][0]:.2f}", f"{cpu / cheapest[0][1]:.2f}"]
            yield [case.name, tool.name, *judged(case, tool.read(runs[-1].log)), *times]


def judged(case: Case, found: Found | None) -> list[str]:
    if found is None:
        return ["nothing found", "-", "-"]
    error = scoring.score(found.map, case.truth, case)
    place = "given" if found.place is None else f"{scoring.corner_error(found.place, case.truth):.2f}"
    return [f"{error.exact:.0%}", f"{error.within_one:.0%}", place]


def analyses(case: Case, work: Path) -> list[Tool]:
    sidecar, found = work / "ours.json", work / "template.json"
    ours = ["analyze", str(case.bg), str(case.fg), "-o", str(sidecar), "--overwrite", "--no-cache"]
    template = [sys.executable, str(HERE / "template_way.py"), str(case.bg), str(case.fg), str(found)]
    tools = [
        Tool("`vidkompy analyze`", vidkompy(*ours), lambda _: ours_of(sidecar)),
        Tool("matchTemplate, argmin of differences", template, lambda _: template_of(found)),
    ]
    return [*tools, *signature(case)]


def compositions(case: Case, python: Path, work: Path) -> list[Tool]:
    sidecar, found, out = work / "ours.vidkompy.json", work / "original.json", work / "ours.mp4"
    ours = ["compose", str(case.bg), str(case.fg), "-o", str(out), "--overwrite", "--no-cache", "--", *ENCODING]
    clips = [str(case.bg), str(case.fg), str(work / "original.mp4"), str(found)]
    original = [str(python), str(HERE / "original_tool.py"), *clips]
    return [
        Tool("`vidkompy compose`", vidkompy(*ours), lambda _: ours_of(sidecar)),
        Tool(f"{ORIGINAL.replace('==', ' ')} from PyPI, its `main`", original, lambda _: original_of(found, case)),
    ]


def signature(case: Case) -> list[Tool]:
    """MPEG-7 signatures of BG, cut to FG's true place, and FG: it has no notion of place. None without that filter."""
    try:
        ffmpeg = find_ffmpeg(None, None, frozenset(("signature",))).path
    except RenderError:
        return []
    truth = case.truth
    crop = f"crop={truth.width:.0f}:{truth.height:.0f}:{truth.x:.0f}:{truth.y:.0f}"
    graph = f"[0:v]{crop}[b];[b][1:v]signature=nb_inputs=2:detectmode=full[v]"
    words = [ffmpeg, "-hide_banner", "-nostdin", "-i", str(case.bg), "-i", str(case.fg), "-filter_complex", graph]
    tool = Tool(
        "ffmpeg's signature, place given", [*words, "-map", "[v]", "-f", "null", "-"], lambda log: signed(log, case)
    )
    return [tool]


def environment(work: Path, tool: Tool | None = None) -> dict[str, str]:
    """The original does not see this program, and what this one compiles is kept apart."""
    is_ours = tool is not None and tool.words[:3] == vidkompy()
    kept = {name: value for name, value in as_installed().items() if is_ours or name != "PYTHONPATH"}
    return kept | ({"PYTHONPYCACHEPREFIX": str(work / "bytecode")} if is_ours else {})


def ours_of(path: Path) -> Found:
    sidecar = read_sidecar(path)
    place = sidecar.placement
    return Found(sidecar.frame_map.bg, (place.x, place.y, place.width, place.height))


def template_of(path: Path) -> Found:
    held = json.loads(path.read_text())
    return Found(np.array(held["map"], np.int64), (held["x"], held["y"], held["width"], held["height"]))


def original_of(path: Path, case: Case) -> Found:
    """FG frames that it leaves out are unmatched."""
    held, fg = json.loads(path.read_text()), probe(case.fg)
    frame_map = np.full(fg.frames, UNMATCHED, np.int64)
    for i, j in held["map"]:
        if 0 <= i < fg.frames:
            frame_map[i] = j
    return Found(frame_map, (held["x"], held["y"], fg.width * held["scale"], fg.height * held["scale"]))


def signed(log: str, case: Case) -> Found | None:
    """One offset for as many frames as match."""
    match = MATCHING.search(log)
    if match is None:
        return None
    bg, fg = probe(case.bg), probe(case.fg)
    j, i = (round(Fraction(at) * clip.frame_rate) for at, clip in ((match[1], bg), (match[2], fg)))
    frame_map = np.full(fg.frames, UNMATCHED, np.int64)
    count = min(int(match[3]), fg.frames - i, bg.frames - j)
    frame_map[i : i + count] = np.arange(j, j + count)
    return Found(frame_map, None)
