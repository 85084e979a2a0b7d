"""What drawing costs: ratios of user CPU to the least that anybody would pay, and peaks of memory."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from support import constructed_maps
from support.picture_edits import Box
from support.program_runs import sidecar_of
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from benchmarks.cost import RATE, Cost, cheapest, plain_encode, run, vidkompy
from benchmarks.tables import markdown
from vidkompy.colours import KNOTS, ColourGrade, ColourMatch, GradedShot
from vidkompy.ffmpeg.binary import find_ffmpeg
from vidkompy.media.probe import probe
from vidkompy.model import I64, FrameMap, Placement, Sidecar, Track
from vidkompy.sidecar.document import read_sidecar, write_sidecar

LATE = 15  # frames that FG starts late
SMALL, INSET = (320, 180), (160, 90)  # px, where the size matters little
ENCODINGS = {
    "medium": ["-c:v", "libx264", "-crf", "18", "-preset", "medium"],
    "veryfast": ["-c:v", "libx264", "-crf", "18", "-preset", "veryfast"],
    "ultrafast": ["-c:v", "libx264", "-crf", "30", "-preset", "ultrafast"],
    "mpeg4": ["-c:v", "mpeg4", "-q:v", "5"],
}
OPENCV_WAY = Path(__file__).with_name("opencv_way.py")


@dataclass(frozen=True)
class Bench:
    """ffmpeg: the one that is measured, for what is drawn and for what it is compared with."""

    work: Path
    ffmpeg: str
    repeat: int

    def drawn(self, sidecar: Path, encoding: str, *options: str) -> list[str]:
        out = self.work / f"{encoding}{len(options)}.mp4"
        words = [str(sidecar), "-o", str(out), "--overwrite", "--ffmpeg", self.ffmpeg, *options]
        return [*vidkompy("render", *words), "--", *ENCODINGS[encoding]]

    def floor(self, sidecar: Path, case: Case, encoding: str) -> list[str]:
        quiet = [self.ffmpeg, "-v", "error", "-nostdin"]
        return plain_encode(quiet, str(case.bg), str(case.fg), str(sidecar), self.work / "f.mp4", ENCODINGS[encoding])


def table(size: tuple[int, int], seconds: float, minutes: float, entries: int, repeat: int, work: Path) -> str:
    bench = Bench(work, find_ffmpeg(None, "libx264").path, repeat)
    rows = [*ratios(bench, size, seconds), memory(bench, seconds, minutes), *irregular(bench, entries)]
    return markdown(["compared with", "measured on", "that, s", "render, s", "ratio", "aim: at most"], rows)


def ratios(bench: Bench, size: tuple[int, int], seconds: float) -> list[list[str]]:
    even, odd = (made(bench.work, size, seconds, shift) for shift in (0, 1))
    (case, sidecar), (split, split_sidecar) = even, odd
    first = str(int(case.truth.map[0]))
    place = [str(int(v)) for v in (case.truth.x, case.truth.y)]
    opencv = [sys.executable, str(OPENCV_WAY), str(case.bg), str(case.fg), *place, first, str(bench.work / "o.mp4")]
    pairs = {  # what it is compared with, how it is drawn, the aim
        "decode both + encode, medium": (bench.floor(sidecar, case, "medium"), bench.drawn(sidecar, "medium"), "1.05"),
        "the same, odd place (4:4:4)": (
            bench.floor(split_sidecar, split, "medium"),
            bench.drawn(split_sidecar, "medium"),
            "1.05",
        ),
        "decode both + encode, veryfast": (
            bench.floor(sidecar, case, "veryfast"),
            bench.drawn(sidecar, "veryfast"),
            "1.10",
        ),
        "the same, `--smooth`": (
            bench.floor(sidecar, case, "veryfast"),
            bench.drawn(sidecar, "veryfast", "--smooth"),
            "1.25",
        ),
        "OpenCV, numpy, mp4v, ffmpeg for sound": ([*opencv, bench.ffmpeg], bench.drawn(sidecar, "mpeg4"), "-"),
    }
    whole, between = (bench.drawn(scaled(bench, case, off), "veryfast") for off in (0.0, 0.37))
    plain, coloured = (bench.drawn(graded(bench, case), "veryfast", *o) for o in ((), ("--match-colours",)))
    pairs["the same without, `--match-colours`, veryfast"] = (plain, coloured, "1.20")
    pairs["scaled FG on whole px, between px, veryfast"] = (whole, between, "1.10")
    for label, (sidecar, aim) in moving(bench, case).items():
        pairs[label] = (bench.floor(sidecar, case, "veryfast"), bench.drawn(sidecar, "veryfast"), aim)
    costs = cheapest(bench.repeat, *(words for other, drawn, _ in pairs.values() for words in (other, drawn)))
    where = f"{size[0]}x{size[1]}, {len(case.truth.map)} frames"
    return [
        ratio(label, where, costs[2 * k], costs[2 * k + 1], aim) for k, (label, (_, _, aim)) in enumerate(pairs.items())
    ]


def scaled(bench: Bench, case: Case, off: float) -> Path:
    """A sidecar of the pair with FG drawn a fifth smaller, at even px, and a little beside."""
    clip = probe(case.fg)
    x, y = (int(v) // 2 * 2 for v in (case.truth.x, case.truth.y))
    width, height = (int(side * 0.8) // 2 * 2 for side in (clip.width, clip.height))
    place = Placement(x + off, y + off, width + off, height + off)
    out = bench.work / f"scaled{off}.json"
    write_sidecar(replace(sidecar_of(case), placement=place), out)
    return out


def graded(bench: Bench, case: Case) -> Path:
    """A sidecar of the pair with a grade of curves and a matrix."""
    warm, plain, cool = (tuple(np.linspace(0, 1, KNOTS) ** gamma) for gamma in (0.8, 1.0, 1.2))
    rows = (0.9, 0.1, 0.0), (0.05, 0.9, 0.05), (-0.05, 0.05, 1.0)
    grade = ColourGrade((warm, plain, cool), rows, 8.0, 0.5, 1.0)
    whole = sidecar_of(case)
    out = bench.work / "graded.json"
    write_sidecar(replace(whole, colours=ColourMatch((grade,), (GradedShot(0, whole.fg.frames, 0),))), out)
    return out


def moving(bench: Bench, case: Case) -> dict[str, tuple[Path, str]]:
    """Sidecars of the pair with a track, each with the aim for it; by what they move."""
    clip, rng, truth = probe(case.fg), np.random.default_rng(2), case.truth
    still = np.tile([truth.x, truth.y, clip.width, clip.height, 0.0], (clip.frames, 1))
    panned, shaken, between, zoomed = (still.copy() for _ in range(4))
    panned[:, 0] += np.arange(clip.frames) // 2 * 2 % 64
    shaken[:, :2] += 2 * rng.integers(-5, 6, (clip.frames, 2))
    between[:, :2] += rng.uniform(-10, 10, (clip.frames, 2))
    zoomed[:, 2:4] *= np.linspace(1, 0.8, clip.frames)[:, None]
    tracks = {
        "track: FG moves by whole px": (panned, "1.25"),
        "track: BG shakes below FG by whole px": (shaken, "1.25"),
        "track: BG shakes below FG between px": (between, "1.25"),
        "track: FG zooms": (zoomed, "-"),
    }
    written = {}
    for k, (label, (at, aim)) in enumerate(tracks.items()):
        out = bench.work / f"track{k}.json"
        write_sidecar(replace(sidecar_of(case), track=Track(at)), out)
        written[f"decode both + encode, veryfast; {label}"] = (out, aim)
    return written


def ratio(label: str, where: str, other: Cost, drawn: Cost, aim: str) -> list[str]:
    return [label, where, f"{other.cpu:.2f}", f"{drawn.cpu:.2f}", quotient(drawn.cpu, other.cpu), aim]


def made(work: Path, size: tuple[int, int], seconds: float, shift: int) -> tuple[Case, Path]:
    """A pair with sound, FG two thirds as wide as BG, and its truth as a sidecar. shift: px off the chroma grid."""
    width, height = (int(v / 3) * 2 for v in size)
    count = round(seconds * RATE) + LATE
    source = work / "source.mp4"
    if not source.exists():
        write_bg(source, "handheld", count, size=size, rate=RATE, has_sound=True)
    x, y = (v // 12 * 2 + shift for v in size)
    recipe = Recipe(
        Box(x, y, width - width % 2, height - height % 2), constructed_maps.offset(count, LATE), sound=Sound()
    )
    case = build(recipe, source, work / f"pair{shift}")
    sidecar = work / f"pair{shift}.json"
    write_sidecar(sidecar_of(case), sidecar)
    return case, sidecar


def memory(bench: Bench, seconds: float, minutes: float) -> list[str]:
    """The same graph, FG frame i on BG frame i, for a short pair and for its pictures again and again."""
    few = round(seconds * RATE)
    many = few * max(round(minutes * 60 / seconds), 1)
    short, long = (run(bench.drawn(mapped(bench, np.arange(count), few), "ultrafast")) for count in (few, many))
    peaks = [f"{cost.peak:.0f} MiB" for cost in (short, long)]
    return [
        "a short clip: peak memory",
        sized(f"{few} and {many} frames"),
        *peaks,
        quotient(long.peak, short.peak),
        "-",
    ]


def irregular(bench: Bench, entries: int) -> list[list[str]]:
    """A map that steps by 0, 1 or 2 at random against none; and places that jump, without it, against that map."""
    rng = np.random.default_rng(1)
    wild = np.minimum(np.cumsum(rng.integers(0, 3, entries)), entries - 1)
    scene = min(entries, 1000)
    regular, mapped_wildly = (mapped(bench, bg, scene) for bg in (np.arange(entries), wild))
    places = np.tile([80.0, 44.0, *INSET, 0.0], (entries, 1))
    places[:, :2] += 2 * rng.integers(-5, 6, (entries, 2))
    tracked = bench.work / f"{entries}-tracked.json"
    write_sidecar(replace(read_sidecar(regular), track=Track(places)), tracked)
    plain, drawn, moved = cheapest(
        bench.repeat, *(bench.drawn(sidecar, "ultrafast") for sidecar in (regular, mapped_wildly, tracked))
    )
    return [
        ratio("no map", sized(f"map of {entries:,} entries"), plain, drawn, "1.05"),
        ratio("that map", sized(f"track of {entries:,} places, whole px"), drawn, moved, "1.00"),
    ]


def mapped(bench: Bench, bg: I64, scene: int) -> Path:
    """A sidecar that says so of two clips with as many frames, a scene of so many repeated."""
    below, above = (repeated(bench, size, scene, -(-len(bg) // scene)) for size in (SMALL, INSET))
    sidecar = bench.work / f"{len(bg)}-{int(bg[len(bg) // 2])}.json"
    write_sidecar(Sidecar(probe(above), probe(below), Placement(80, 44, *INSET), FrameMap(bg)), sidecar)
    return sidecar


def repeated(bench: Bench, size: tuple[int, int], scene: int, times: int) -> Path:
    """Copied packet by packet: long clips cost little to make."""
    once, out = (bench.work / f"{size[0]}-{scene}-{k}.mp4" for k in (1, times))
    if not once.exists():
        write_bg(once, "handheld", scene, size=size, rate=RATE)
    if not out.exists():
        words = ["-stream_loop", str(times - 1), "-i", str(once), "-map", "0:v", "-c", "copy", str(out)]
        run([bench.ffmpeg, "-v", "error", "-nostdin", *words])
    return out


def sized(label: str) -> str:
    return f"{SMALL[0]}x{SMALL[1]}, {label}"


def quotient(a: float, b: float) -> str:
    return f"{a / b:.2f}"
