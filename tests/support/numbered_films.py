"""Films whose BG frames say which one they are, and what other programs show of them."""

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from support import constructed_maps
from support.constructed_maps import I64
from support.export_readers import reader
from support.program_runs import EMBEDDED
from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED, FrameMap, Placement, Sidecar

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


def melted(
    project: str | Path, folder: Path, surroundings: Mapping[str, str] | None = None, count: int | None = None
) -> np.ndarray:
    """u8 [n, height, width]: luma of what melt draws.

    surroundings  another environment than this one's
    count         of the first frames that are drawn; None: all

    On a busy machine melt 7.12 hangs at its start, or leaves an empty file, once in five runs: it has some tries. A run
    takes 1 to 3 s.
    """
    out = folder / "melted.mkv"
    end = [] if count is None else [f"out={count - 1}"]
    words = [
        reader("melt", "melt"),
        str(project),
        *end,
        "-consumer",
        f"avformat:{out}",
        "vcodec=ffv1",
        "an=1",
        "real_time=-1",
    ]
    for seconds in (6, 6, 6, 10, 20, 40, 80):
        with suppress(subprocess.TimeoutExpired, av.error.InvalidDataError):
            done = subprocess.run(words, capture_output=True, text=True, timeout=seconds, env=surroundings)
            assert done.returncode == 0, done.stderr
            with av.open(str(out)) as container:
                return lumas(container)
    raise AssertionError("melt failed each time")


def melted_sound(project: str | Path, folder: Path) -> Path:
    """A file of the sound that melt plays; it has some tries, as `melted` has."""
    out = folder / "melted.wav"
    sound = ("acodec=pcm_s16le", "ar=48000", "vn=1", "real_time=-1")
    words = [reader("melt", "melt"), str(project), "-consumer", f"avformat:{out}", *sound]
    for seconds in (6, 6, 6, 10, 20, 40, 80):
        with suppress(subprocess.TimeoutExpired, av.error.InvalidDataError):
            done = subprocess.run(words, capture_output=True, text=True, timeout=seconds)
            assert done.returncode == 0, done.stderr
            with av.open(str(out)) as container:
                assert container.streams.audio
            return out
    raise AssertionError("melt failed each time")


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
