"""Films of hours: what is decoded of BG and how often, and memory and CPU, on small pictures in a real codec.

What 1080p costs is extrapolated: from what a frame of that size costs to decode and to shrink, and from all else that
was measured on the small pictures, whose copies are as large as those of two hours of 1080p.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.program_runs import run_ffmpeg

from benchmarks.cost import as_installed, floors, run
from benchmarks.cpu import timed
from benchmarks.long import BLOCK_FRAMES, pictures, write_1080p
from benchmarks.tables import markdown
from vidkompy.ffmpeg.binary import find_ffmpeg
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.placement.candidates import CandidateParameters

SIZE = 128, 72  # px: small copies of half of it, as two hours of 1080p have
CROP = 120, 66, 4, 2  # width, height, x, y of FG
RATE, FG_SECONDS = 30, 10
STARTS = 0.55, 0.28  # shares of the film where the FGs begin
KILLED = 0.7  # share of the film that is decoded when the run is killed
ENCODING = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20")


@dataclass(frozen=True)
class Measured:
    """What `film_clock` prints, and s of user CPU of the process."""

    stages: dict[str, float]
    decoded: int
    peak: float
    first: int
    cpu: float


def table(frames: int, work: Path) -> str:
    bg, fgs = write_film(work / "bg.mp4", frames), []
    starts = [round(share * frames) for share in STARTS]
    for n, start in enumerate(starts):
        fgs.append(cut(bg, work / f"fg{n}.mp4", start, FG_SECONDS * RATE))
    whole = cut(bg, work / "whole.mp4", 0, frames)
    floor = run(floors(find_ffmpeg(None, "libx264").path, str(bg))[0]).cpu
    first, second = (analysed(bg, fg, work / "cache", start) for fg, start in zip(fgs, starts, strict=True))
    pair = analysed(bg, whole, work / "cache", 0)
    killed_at = kill_at(bg, fgs[0], work / "killed", round(KILLED * frames))
    resumed = analysed(bg, fgs[0], work / "killed", starts[0])
    again = resumed.decoded - (frames - killed_at)
    decode_1080p, shrink_1080p = costs_at_1080p(work)
    rest = first.cpu - first.stages["decoding"]
    ratio = (shrink_1080p * frames + rest) / (decode_1080p * frames)
    length = f"{frames:,} frames, {frames / RATE / 60:.0f} min"
    rows = [
        ["10 s of FG: decoded of BG", f"{first.decoded:,}", "-"],
        ["10 s of FG: user CPU / decoding BG", f"{first.cpu / floor:.2f}", "-"],
        ["10 s of FG: decoding both / decoding BG", f"{first.stages['decoding'] / floor:.2f}", "-"],
        ["10 s of FG, extrapolated to 1080p: user CPU / decoding BG", f"{ratio:.2f}", "1.1"],
        ["10 s of FG: peak", f"{first.peak:.0f} MiB", "1024 MiB"],
        ["another FG: decoded of BG", f"{second.decoded:,}", "0"],
        ["another FG: user CPU", f"{second.cpu:.1f} s", "-"],
        ["another FG: peak", f"{second.peak:.0f} MiB", "1024 MiB"],
        ["FG as long as BG: peak", f"{pair.peak:.0f} MiB", "1024 MiB"],
        ["FG as long as BG: user CPU", f"{pair.cpu:.1f} s", "-"],
        [f"killed after {killed_at:,}: decoded again", f"{again:,}, {again / RATE:.0f} s", "60 s"],
    ]
    return markdown([length, "measured", "aim: at most"], rows)


def write_film(path: Path, frames: int) -> Path:
    """Grey scenes that drift between mixtures of the same smooth pictures."""
    width, height = SIZE
    words = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "-"]
    program = find_ffmpeg(None, "libx264").path
    argv = [program, "-v", "error", "-y", *words, "-pix_fmt", "yuv420p", *ENCODING, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for first in range(0, frames, BLOCK_FRAMES):
            count = min(BLOCK_FRAMES, frames - first)
            encoder.stdin.write(pictures(count, seed=first, size=SIZE).tobytes())
        encoder.stdin.close()
    assert encoder.returncode == 0
    return path


def cut(film: Path, path: Path, start: int, count: int) -> Path:
    """FG: a part of the film, in place and time."""
    seek = ["-ss", f"{start / RATE:.4f}"] if start else []
    crop = "crop=" + ":".join(map(str, CROP))
    run_ffmpeg(*seek, "-i", film, "-frames:v", count, "-vf", crop, *ENCODING, path)
    return path


def analysed(bg: Path, fg: Path, cache: Path, start: int) -> Measured:
    """start: the BG frame of FG's first, which has to be found."""
    with begun(bg, fg, cache) as process:
        facts = json.loads(process.communicate()[0].splitlines()[-1])
    assert abs(facts["first"] - start) <= 1, facts
    return Measured(**facts, cpu=sum(facts["stages"].values()))


def kill_at(bg: Path, fg: Path, cache: Path, frame: int) -> int:
    """Kill an analysis as soon as that many frames of BG are there; how many were said to be."""
    with begun(bg, fg, cache) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= frame:
                process.kill()
                break
        rest = [line for line in process.stdout.read().splitlines() if line]
    return int(rest[-1]) if rest else frame


def begun(bg: Path, fg: Path, cache: Path) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "benchmarks.film_clock", str(bg), str(fg), str(cache)]
    variables = as_installed() | {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=variables)


def costs_at_1080p(work: Path) -> tuple[float, float]:
    """s of user CPU a frame: of ffmpeg's decoding alone, and of decoding and shrinking; the cheaper of three runs."""
    path = work / "1080p.mp4"
    count = write_1080p(path)
    decode = floors(find_ffmpeg(None, "libx264").path, str(path))[0]
    clip = probe(path)
    shrinks = (timed(lambda: make_proxies(clip, CandidateParameters.large_frames, in_a_row=8))[1] for _ in range(3))
    pairs = [(run(decode).cpu, shrink) for shrink in shrinks]
    least = [min(costs) / count for costs in zip(*pairs, strict=True)]
    return least[0], least[1]
