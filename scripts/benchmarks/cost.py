"""Cost of analyze, render and verify as ratios of user CPU within one run: other load on the machine only ever adds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support import constructed_maps
from support.picture_edits import Box
from support.truth_cases import Recipe, Sound, build, write_bg

from benchmarks.tables import markdown
from vidkompy import read_sidecar
from vidkompy.ffmpeg.binary import find_ffmpeg

ENCODING = ["-c:v", "libx264", "-crf", "18", "-preset", "medium"]
LAUNCHER = str(Path(__file__).with_name("launcher.py"))
RAW = ["-c:v", "rawvideo", "-flush_packets", "1"]
FOLDER = "FOLDER"  # in words: one that is made for a run
FIRST_BYTES = 1 << 18  # more than any header, less than any frame here
RATE, LATE = 30, 45  # frames a second of a pair that is made, and how many of them FG starts late


@dataclass(frozen=True)
class Cost:
    cpu: float  # s of user time, of the command and all that it started
    peak: float  # MiB, of the largest process among them
    wall: float  # s
    log: str  # what was said on standard error


def table(pairs: Iterator[Path], repeat: int, work: Path) -> str:
    """One row a pair, and one line on the start. The commands take turns and the cheapest run of each counts."""
    head = "pair|FG s|decode both, s|analyze, s|x decode|peak MiB|decode and encode, s|render, s|x that|peaks, MiB"
    head += "|first frame of that, s|of render, s|decode three, s|verify, s|x that"
    rows = [row(pair, repeat, work) for pair in pairs]
    show, alone = cheapest(repeat, vidkompy("--help"), [sys.executable, "-c", "import tyro"])
    start_cost = f"`--help`: {show.cpu:.2f} s = {show.cpu / alone.cpu:.2f} x importing tyro ({alone.cpu:.2f} s)"
    return f"{markdown(head.split('|'), rows)}\n\n{start_cost}"


def row(pair: Path, repeat: int, work: Path) -> list[str]:
    bg, fg, sidecar, out = (str(path) for path in (pair / "bg.mp4", pair / "fg.mp4", work / "x.json", work / "out.mp4"))
    ffmpeg = find_ffmpeg(None, "libx264").path
    analyze_words = vidkompy("analyze", bg, fg, "-o", sidecar, "--overwrite", "--no-cache")
    run(analyze_words)  # compiles the kernels once, as any first use does
    quiet = [ffmpeg, "-v", "error", "-nostdin"]
    floor_bg, floor_fg, analyze = cheapest(repeat, *floors(ffmpeg, bg, fg), analyze_words)
    plain, render = cheapest(
        max(1, repeat // 2),
        plain_encode(quiet, bg, fg, sidecar, work / "plain.mp4"),
        vidkompy("render", sidecar, "-o", out, "--overwrite", "--ffmpeg", ffmpeg),
    )
    decode = floor_bg.cpu + floor_fg.cpu
    cells = [f"{decode:.2f}", f"{analyze.cpu:.2f}", f"{analyze.cpu / decode:.2f}", f"{analyze.peak:.0f}"]
    cells += [f"{plain.cpu:.2f}", f"{render.cpu:.2f}", f"{render.cpu / plain.cpu:.2f}"]
    cells.append(f"{plain.peak:.0f}, {render.peak:.0f}")
    raw = Path(FOLDER) / "raw.nut"
    drawn = vidkompy("render", sidecar, "-o", str(raw), "--ffmpeg", ffmpeg, "--", *RAW)
    firsts = until_first_frame(repeat, work, plain_encode(quiet, bg, fg, sidecar, raw, RAW), drawn)
    cells += [f"{first:.2f}" for first in firsts]
    *decoded, verify = cheapest(repeat, *floors(ffmpeg, bg, fg, out), vidkompy("verify", sidecar, out))
    three = sum(cost.cpu for cost in decoded)
    return [*described(sidecar), *cells, f"{three:.2f}", f"{verify.cpu:.2f}", f"{verify.cpu / three:.2f}"]


def until_first_frame(repeat: int, work: Path, *commands: list[str]) -> list[float]:
    """s until each command, whose output lies in FOLDER, has written a frame there; the quickest of some runs."""
    rounds, silent, environment = [], subprocess.DEVNULL, as_installed()
    for _ in range(repeat):
        took = []
        for words in commands:
            with tempfile.TemporaryDirectory(dir=work) as folder:
                argv = [word.replace(FOLDER, folder) for word in words]
                began = time.perf_counter()
                with subprocess.Popen(argv, stdout=silent, stderr=silent, env=environment) as process:
                    while largest_file(Path(folder)) < FIRST_BYTES:
                        if process.poll() is not None and largest_file(Path(folder)) < FIRST_BYTES:
                            sys.exit(f"{' '.join(argv)} wrote no frame")
                        time.sleep(0.002)
                    took.append(time.perf_counter() - began)
                    process.terminate()
        rounds.append(took)
    return [min(costs) for costs in zip(*rounds, strict=True)]


def largest_file(folder: Path) -> int:
    """Bytes; 0 where there is none, or one is being moved."""
    with suppress(FileNotFoundError):
        return max((path.stat().st_size for path in folder.rglob("*")), default=0)
    return 0


def floors(ffmpeg: str, *paths: str, threads: int = 0) -> list[list[str]]:
    """What decodes each file and nothing more. threads: of the decoder; 0: as many as ffmpeg takes by itself."""
    quiet = [ffmpeg, "-v", "error", "-nostdin", "-threads", str(threads)]
    return [[*quiet, "-i", path, "-map", "0:v:0", "-f", "null", "-"] for path in paths]


def vidkompy(*words: str) -> list[str]:
    return [sys.executable, "-m", "vidkompy", *words]


def cheapest(repeat: int, *commands: list[str]) -> list[Cost]:
    """Cheapest of some runs of each; they take turns, so that a busy minute falls on all of them."""
    rounds = [[run(words) for words in commands] for _ in range(repeat)]
    return [min(costs, key=lambda c: c.cpu) for costs in zip(*rounds, strict=True)]


def as_installed() -> dict[str, str]:
    """The environment, in which Python keeps what it compiles, as it does for installed programs."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(words: list[str], environment: dict[str, str] | None = None) -> Cost:
    """environment   None: `as_installed`"""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as log, os.fdopen(reading) as report:
        launched = [sys.executable, "-S", LAUNCHER, str(writing), *words]
        surroundings = environment or as_installed()
        subprocess.run(launched, stdout=subprocess.DEVNULL, stderr=log, env=surroundings, pass_fds=[writing])
        os.close(writing)
        log.seek(0)
        text = log.read().decode(errors="replace")
        said = json.loads(report.read() or '{"status": "not started"}')
    if said.pop("status"):
        sys.exit(f"{' '.join(words)} failed: {text}")
    return Cost(**said, log=text)


def plain_encode(
    quiet: list[str], bg: str, fg: str, sidecar: str, out: Path, encoding: Sequence[str] = ENCODING
) -> list[str]:
    """Decodes both files whole and encodes as many frames of the canvas size and pixel format as render does."""
    s = read_sidecar(sidecar)
    first, count = int(s.frame_map.bg[0]), s.fg.frames
    odd = any(round(v) % 2 for v in (s.placement.x, s.placement.y, s.placement.width, s.placement.height))
    graph = f"[0:v]trim=start_frame={first}:end_frame={first + count},setpts=PTS-STARTPTS"
    graph += (
        ",scale=flags=neighbor,format=yuv444p[v]" if odd and s.fg.pix_fmt == "yuv420p" else "[v]"
    ) + ";[1:v]nullsink"
    return [*quiet, "-y", "-i", bg, "-i", fg, "-filter_complex", graph, "-map", "[v]", *encoding, str(out)]


def made(seconds: Sequence[float], work: Path) -> Iterator[Path]:
    """Folders of pairs: FG of each length, 1280x720 px of a 1080p BG, as large footage from a hand-held camera."""
    for length in seconds:
        count = round(length * RATE) + LATE
        source = write_bg(work / "source.mp4", "handheld", count, size=(1920, 1080), rate=RATE, has_sound=True)
        recipe = Recipe(Box(301, 155, 1280, 720), constructed_maps.offset(count, LATE), sound=Sound())
        yield build(recipe, source, work / f"pair{length:g}").bg.parent


def described(sidecar: str) -> tuple[str, str]:
    s = read_sidecar(sidecar)
    where = f"{s.fg.width}x{s.fg.height} at {s.placement.x:g},{s.placement.y:g} on {s.bg.width}x{s.bg.height}"
    return where, f"{s.fg.seconds(s.fg.frames - 1):.1f}"
