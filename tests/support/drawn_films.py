"""Small films of random samples, drawn by a real ffmpeg, and what each sample of the drawing must be.

`film` writes one, `composition` lays one over another, `check` draws that and compares everything with `overlaid`.
"""

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from filtergraphs import Composition, Script, Source, compose, working_format
from filtergraphs.formats import chroma_grid, without_range_prefix
from support.timestamps import presentation_time

Planes = list[np.ndarray]

TIME_BASE = Fraction(1, 90000)  # s
NTSC = Fraction(30000, 1001)  # frames/s
BG_FRAMES, FG_FRAMES = 50, 40
CANVAS, INSET = (96, 64), (48, 32)  # px, sizes of BG and FG
REGULAR = [3003 * i for i in range(FG_FRAMES)]  # pts of FG at NTSC rate, in TICKs
X264 = (
    "libx264",
    "-qp",
    "0",
    "-bf",
    "0",
)  # lossless, and able to say full range: ffmpeg 9 makes limited range for ffv1


@dataclass(frozen=True)
class Film:
    """A clip whose samples are known: lossless, every frame different noise."""

    source: Source
    frames: list[Planes]
    pts: list[int]


def film(
    path: Path,
    size: tuple[int, int],
    pix_fmt: str,
    pts: list[int],
    time_base: Fraction = TIME_BASE,
    colour: tuple[str, str] = ("unknown", "unknown"),
    values: tuple[int, int] = (0, 256),
) -> Film:
    """Writes a lossless clip of noise, another in every frame, and in files of another size or length.

    pts      of the frames, in ticks of time_base
    colour   matrix and range, by ffmpeg's names
    values   lowest and highest but one of the samples, in 8 bits
    """
    rng = np.random.default_rng([*size, len(pts)])
    is_j = pix_fmt.startswith("yuvj")  # only x264 writes a file that is read back as yuvj
    with av.open(str(path), "w") as container:
        codec, options = ("libx264", {"qp": "0", "bf": "0"}) if is_j else (lossless(pix_fmt), {})
        stream = container.add_stream(codec, rate=30, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = time_base
        stream.codec_context.colorspace = {"unknown": 2, "bt709": 1, "smpte170m": 6}[colour[0]]
        stream.codec_context.color_range = {"unknown": 0, "tv": 1, "pc": 2}["pc" if is_j else colour[1]]
        for stamp in pts:
            frame = av.VideoFrame(*size, pix_fmt)
            frame.pts, frame.time_base = stamp, time_base
            frame.colorspace, frame.color_range = stream.codec_context.colorspace, stream.codec_context.color_range
            depth = frame.format.components[0].bits
            kind = np.dtype(np.uint16 if depth > 8 else np.uint8)
            for plane in frame.planes:
                count = plane.buffer_size // kind.itemsize
                plane.update(rng.integers(values[0], (values[1] << (depth - 8)) - 1, count, kind, True).tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source, frames, times, _ = decode(path)
    assert (source.pix_fmt, len(frames)) == (pix_fmt, len(pts))
    return Film(source, frames, [int(time / time_base) for time in times])


def composition(
    bg: Film, fg: Film, bg_index: list[int], xy: tuple[int, int], time_base: Fraction = TIME_BASE
) -> Composition:
    """FG frame i, with its top left corner at xy, over BG frame bg_index[i]."""
    size = (fg.source.width, fg.source.height)
    return Composition(bg.source, fg.source, *xy, *size, bg_index, fg.pts[: len(bg_index)], time_base, NTSC)


def check(ffmpeg: str, bg: Film, fg: Film, c: Composition, out: Path) -> Script:
    """Draws `c` and compares everything: FG's rectangle, the rest, timestamps, count."""
    script = compose(c)
    source, frames = draw(ffmpeg, script, out, X264 if c.fg.colour_range == "pc" else ("ffv1",))
    assert without_range_prefix(source.pix_fmt) == working_format(c)
    assert_rectangle(c, fg, frames)
    for i, planes in enumerate(frames):
        below = full(bg.frames[c.bg_index[i]], c.bg.pix_fmt, source.pix_fmt, (c.bg.width, c.bg.height))
        for plane, want in zip(planes, overlaid(c, below, fg.frames[i]), strict=True):
            np.testing.assert_array_equal(plane, want, err_msg=f"frame {i}")
    assert decode(out)[2] == [pts * c.time_base for pts in c.fg_pts]
    return script


def draw(ffmpeg: str, script: Script, out: Path, codec: tuple[str, ...] = ("ffv1",)) -> tuple[Source, list[Planes]]:
    """What `out` is and shows once that ffmpeg has run the script."""
    graph = out.with_suffix(".graph")
    graph.write_text(script.graph)
    option = "-/filter_complex" if major_version(ffmpeg) >= 7 else "-filter_complex_script"
    run(ffmpeg, *script.inputs, option, str(graph), *script.outputs, "-c:v", *codec, str(out))
    return decode(out)[:2]


@cache
def major_version(ffmpeg: str) -> int:
    found = re.search(r"version n?(\d+)", run(ffmpeg, "-version"))
    assert found is not None
    return int(found[1])


def decode(path: Path) -> tuple[Source, list[Planes], list[Fraction], Fraction]:
    """Source, samples, times in seconds, and start of the container in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        read = list(container.decode(stream))
        sar = Fraction(stream.sample_aspect_ratio or 0)
        matrix = {0: "unknown", 1: "bt709", 2: "unknown", 5: "bt470bg", 6: "smpte170m"}[read[0].colorspace]
        colour = (matrix, {0: "unknown", 1: "tv", 2: "pc"}[read[0].color_range])
        source = Source(str(path), stream.width, stream.height, read[0].format.name, sar, *colour)
        times = [presentation_time(frame.pts, stream.time_base) for frame in read]
        return source, [samples(frame) for frame in read], times, Fraction(container.start_time or 0, 1_000_000)


def assert_rectangle(c: Composition, fg: Film, frames: list[Planes]) -> None:
    """FG frame i, bit for bit, in FG's rectangle of frame i; as many frames as FG has."""
    assert len(frames) == len(c.fg_pts)
    for i, planes in enumerate(frames):
        for plane, want in zip(planes, overlaid(c, planes, fg.frames[i]), strict=True):
            np.testing.assert_array_equal(plane, want, err_msg=f"frame {i}")


def overlaid(c: Composition, below: Planes, above: Planes) -> Planes:
    """`above` put over `below` (in the working format) by numpy."""
    target = working_format(c)
    planes = [plane.copy() for plane in below]
    for k, fg_plane in enumerate(full(above, c.fg.pix_fmt, target, (c.width, c.height))):
        step_x, step_y = chroma_grid(target) if k else (1, 1)
        x, y = c.x // step_x, c.y // step_y
        covered = planes[k][max(y, 0) : y + fg_plane.shape[0], max(x, 0) : x + fg_plane.shape[1]]
        covered[:] = fg_plane[max(-y, 0) :, max(-x, 0) :][: covered.shape[0], : covered.shape[1]]
    return planes


def full(planes: Planes, pix_fmt: str, target: str, size: tuple[int, int]) -> Planes:
    """Chroma repeated over its pixels when `target` has it everywhere."""
    step_x, step_y = chroma_grid(pix_fmt)
    if chroma_grid(target) == (step_x, step_y):
        return planes
    return [planes[0], *(p.repeat(step_y, 0).repeat(step_x, 1)[: size[1], : size[0]] for p in planes[1:])]


def run(*words: str) -> str:
    """Standard output of ffmpeg; anything it complains about fails the test."""
    done = subprocess.run([words[0], "-v", "error", "-nostdin", "-y", *words[1:]], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-2000:]
    return done.stdout


def lossless(pix_fmt: str) -> str:
    """An encoder that takes the format."""
    return "rawvideo" if pix_fmt in ("gbrp", "gbrap", "yuva444p12le") else "ffv1"


def samples(frame: av.VideoFrame) -> Planes:
    kind = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    return [
        np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width].copy()
        for plane in frame.planes
    ]
