"""The program under test: run it inside this process or as one of its own, and see what it left on disk."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg

from support.folder_state import on_disk
from support.truth_cases import Case
from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED, FrameMap, Placement, Quality, Sidecar

EMBEDDED = imageio_ffmpeg.get_ffmpeg_exe()
FFMPEGS = sorted({EMBEDDED, *filter(None, [shutil.which("ffmpeg")])})


def in_turn(*values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All combinations, each with one ffmpeg behind it; neighbours have different ones, so each meets every value.

    For what is drawn alike by all of them, whatever the combination; else every combination needs every ffmpeg.
    """
    numbers = product(*(range(len(some)) for some in values))
    return [
        (*(some[k] for some, k in zip(values, chosen, strict=True)), FFMPEGS[sum(chosen) % len(FFMPEGS)])
        for chosen in numbers
    ]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Vidkompy = Callable[..., Outcome]  # the fixture that runs a command line


def as_process(*words: str | Path, folder: Path) -> Outcome:
    """`python -m vidkompy WORDS` in `folder`."""
    argv = [sys.executable, "-m", "vidkompy", *map(str, words)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=environment(), timeout=60)
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_ffmpeg(*words: str | Path | int, program: str = EMBEDDED) -> None:
    """`program WORDS`: raises if it fails; writes over what is there."""
    subprocess.run([program, "-v", "error", "-y", *map(str, words)], check=True)


def environment() -> dict[str, str]:
    """This one without what steers the program: the user's choice of ffmpeg and cache, width and colours."""
    ours = {"COLUMNS": "100", "NO_COLOR": "1", "VIDKOMPY_CACHE": os.devnull}  # no folder: nothing is cached
    return {k: v for k, v in os.environ.items() if k != "VIDKOMPY_FFMPEG"} | ours


def sidecar_of(case: Case) -> Sidecar:
    """What a perfect analysis of the case says."""
    truth = case.truth
    where = Placement(truth.x, truth.y, truth.width, truth.height)
    unmatched = int((truth.map == UNMATCHED).sum())
    return Sidecar(probe(case.fg), probe(case.bg), where, FrameMap(truth.map.copy()), "truth", Quality(unmatched))


def seconds(path: Path) -> list[Fraction]:
    """Time of every video frame."""
    clip = probe(path)
    return [int(pts) * clip.time_base for pts in clip.pts]


def packets(path: Path, kind: str) -> list[bytes]:
    """Every packet of one kind of stream, "audio" or "video"."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.stream.type == kind and packet.size]


def frame_hashes(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]


def refused(vidkompy: Vidkompy, *words: str | Path, code: int = 1) -> str:
    """What the program says on stderr as it fails with `code`, having changed nothing on disk."""
    before = on_disk(Path.cwd())
    outcome = vidkompy(*words)
    assert (outcome.code, outcome.out) == (code, ""), outcome
    assert on_disk(Path.cwd()) == before
    return outcome.err.removeprefix("vidkompy: ").removesuffix("\n")
