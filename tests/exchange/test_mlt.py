"""What melt draws of an exported project: the right BG frame around every FG frame, FG in its place."""

import subprocess
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support import constructed_maps
from support.constructed_maps import I64
from support.export_readers import reader
from support.program_runs import EMBEDDED, Vidkompy

from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED, FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

CANVAS, INSET, BITS = (160, 96), (64, 40), 8
GREY = 90  # of BG beside its number
NTSC = Fraction(30000, 1001)


def write(path: Path, frames: np.ndarray, rate: Fraction) -> Path:
    """Grey pictures, u8 [n, height, width], nearly losslessly."""
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-r", str(rate), "-i", "-")
    codec = ("-c:v", "libx264", "-crf", "4", "-g", "12", "-bf", "2", "-preset", "veryfast", "-pix_fmt", "yuv420p")
    subprocess.run([EMBEDDED, "-v", "error", *raw, *codec, f"file:{path}"], input=frames.tobytes(), check=True)
    return path


def numbered(count: int) -> np.ndarray:
    """BG frames that say in their top row which one they are."""
    frames = np.full((count, CANVAS[1], CANVAS[0]), GREY, np.uint8)
    for j in range(count):
        for bit in range(BITS):
            frames[j, :16, 16 * bit : 16 * bit + 16] = 220 if j >> bit & 1 else 40
    return frames


def numbers(frames: np.ndarray) -> list[int]:
    """The numbers they say, UNMATCHED where all is black."""
    bits = frames[:, 8, 8 : 16 * BITS : 16] > 128
    decoded = (bits << np.arange(BITS)).sum(1)
    read: list[int] = np.where(frames[:, 60, 4] < 40, UNMATCHED, decoded).tolist()
    return read


def melted(project: str, folder: Path) -> np.ndarray:
    """u8 [n, height, width]: luma of what melt draws.

    On a busy machine melt 7.12 hangs, or leaves an empty file, once in some hundred runs: it has three tries.
    """
    out = folder / "melted.mkv"
    words = [reader("melt", "melt"), project, "-consumer", f"avformat:{out}", "vcodec=ffv1", "an=1", "real_time=-1"]
    for seconds in (20, 40, 120):
        with suppress(subprocess.TimeoutExpired, av.error.InvalidDataError):
            done = subprocess.run(words, capture_output=True, text=True, timeout=seconds)
            assert done.returncode == 0, done.stderr
            with av.open(str(out)) as container:
                return lumas(container)
    raise AssertionError("melt failed three times")


def lumas(container: av.container.InputContainer) -> np.ndarray:
    planes = [(np.asarray(f.planes[0]), f.planes[0].line_size, f) for f in container.decode(video=0)]
    return np.stack([p.reshape(-1, width)[: f.height, : f.width] for p, width, f in planes])


def paired(
    folder: Path, bg_numbers: I64, where: Placement, fg_rate: Fraction, bg_rate: Fraction, names: str
) -> Sidecar:
    steps = np.random.default_rng(3).integers(60, 200, (INSET[1] // 8, INSET[0] // 8)).astype(np.uint8)
    above = np.repeat(np.kron(steps, np.ones((8, 8), np.uint8))[None], len(bg_numbers), 0)
    fg = probe(write(folder / f"{names}fg.mp4", above, fg_rate))
    bg = probe(write(folder / f"{names}bg.mp4", numbered(int(bg_numbers.max()) + 9), bg_rate))
    return Sidecar(fg, bg, where, FrameMap(bg_numbers))


MAPS = {
    "equal rates": (constructed_maps.offset(90, 30), NTSC, NTSC),
    "25 in 30": (constructed_maps.ratio(80, 25, 30, start=3), Fraction(30), Fraction(25)),
    "30 in 25": (constructed_maps.ratio(120, 30, 25, start=5), Fraction(25), Fraction(30)),
    "drops, a title, and back": (
        constructed_maps.with_foreign(
            constructed_maps.reordered(constructed_maps.drops(constructed_maps.offset(110, 4), 0.1), (1, 0)), 20, 7
        ),
        Fraction(24000, 1001),
        Fraction(24000, 1001),
    ),
    "slower than BG lasts": (np.repeat(np.arange(0, 30), 4), Fraction(25), Fraction(25)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_melt_shows_the_bg_frame_of_the_map(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    write_sidecar(paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""), tmp_path / "x.json")
    outcome = vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt")
    assert (outcome.code, "runs approximated" in outcome.err) == (0, False)
    assert numbers(melted("x.mlt", tmp_path)) == bg_numbers.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("where", [Placement(51, 43, *INSET), Placement(-9, 70, *INSET), Placement(30, 30, 96, 60)])
def test_melt_draws_fg_in_its_place(vidkompy: Vidkompy, tmp_path: Path, where: Placement) -> None:
    sidecar = paired(tmp_path, constructed_maps.offset(14, 4), where, Fraction(25), Fraction(25), "")
    write_sidecar(sidecar, tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").code == 0
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        wanted = lumas(container)
    off = np.abs(melted("x.mlt", tmp_path).astype(int) - wanted)
    assert off.mean() < 2  # levels: RGB and back, and another scaler where FG is scaled
    assert np.percentile(off, 99) <= (3 if where.width == INSET[0] else 40)


@pytest.mark.slow
@pytest.mark.parametrize("names", ["it's & <so> ", "Füße 東 ", "a:b %20 # ", 'say "so" = '])
def test_any_name_is_found_from_anywhere(
    vidkompy: Vidkompy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    sidecar = paired(
        tmp_path, constructed_maps.offset(12, 4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), names
    )
    write_sidecar(sidecar, tmp_path / "x.json")
    (tmp_path / "else where").mkdir()
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "else where/x.mlt").code == 0
    monkeypatch.chdir("/")
    assert numbers(melted(str(tmp_path / "else where" / "x.mlt"), tmp_path)) == list(range(4, 12))


def test_what_mlt_loses_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.offset(20, 4), 5, 3)
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    sure = np.where(np.arange(len(bg_numbers)) < 2, 0.25, 1).astype(np.float32)
    known = replace(sidecar.frame_map, confidence=sure)
    fg = replace(sidecar.fg, timecode="01:00:00:00")
    write_sidecar(replace(sidecar, fg=fg, frame_map=known, content=(0, 4, 64, 36)), tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt").err.splitlines() == [
        "loss   FG's letterbox bars are shown: crop them in the editor",
        "loss   3 unmatched frames lie over a gap in BG",
        "loss   timecode is left out: MLT counts from 0",
        "loss   2 unsure frames are not marked",
        "loss   MLT lays FG over BG in 8-bit RGB: samples can be a level off",
    ]
