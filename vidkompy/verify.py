"""Is every FG frame in the output once, in order, at its own time, over the right BG frame?

Lossless output is compared bit by bit in every plane. Elsewhere a frame is right if its levels are those of the output,
and if no rival is nearer to the output where the two visibly differ. Rivals are the neighbouring frames, and for FG the
BG under it too. Means of CELL x CELL px are compared there: encoders repeat an older frame's noise and skip invisible
changes, so frames that differ only so are not told apart. FG's place is judged over all frames at once. FG is not
judged where it is blended, where its edges fade, and in frames that are not opaque.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filtergraphs import Composition, working_format
from filtergraphs.formats import has_alpha, opaque, plain
from filtergraphs.layout import untouched, visible
from vidkompy import plan
from vidkompy.decode import frames_of, luma_of
from vidkompy.drawing import Drawing
from vidkompy.model import F32, U8, Clip, FrameMap, Sidecar
from vidkompy.probe import open_video, probe

NEIGHBOURS = 3  # BG frames either side that are tried as rivals
CELL = 4  # px
VISIBLE = 6.0  # grey levels between cell means that make a difference
FEWEST = 4  # such cells that make it visible; measured: keyframes of a still scene pulse in one or two
OFF = 4.0  # grey levels that a plane's median cell may be off; measured: 2.5 in right outputs at crf 32
GROSS, MOST_GROSS = 24.0, 0.2  # share of cells that may be off by more than GROSS levels; measured: 0.1 at crf 44
ABSENT = 0.5  # squared error against BG over that against FG: FG is missing below; BG alone gives next to 0
SPREAD = 0.01  # share of cells in which BG must differ from FG for that; fewer are noise at crf 32 (measured)
NEARER = 0.97  # squared error a pixel away over that in place: misplaced below; measured: 0.99 when right at crf 44
ASIDE = ((0, 1), (0, -1), (1, 0), (-1, 0))  # px, y and x
LOSSLESS = frozenset(("ffv1", "ffvhuff", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo", "utvideo"))
TOLERANCE = Fraction(1, 1000)  # s; Matroska rounds timestamps to 1 ms

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.generic]
Rect = tuple[int, int, int, int]  # x0, y0, x1, y1


@dataclass
class Verdict:
    """What was found. Lists hold FG frame indices."""

    expected: int
    frames: int = 0
    fg_exact: int = 0
    bg_exact: int = 0
    fg_judged: bool = True
    bg_visible: bool = True
    wrong_fg: list[int] = field(default_factory=list)
    wrong_bg: list[int] = field(default_factory=list)
    wrong_time: list[int] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.frames == self.expected and not (self.wrong_fg or self.wrong_bg or self.wrong_time)


def verify(
    sidecar: Sidecar,
    output: Path,
    drawing: Drawing = Drawing(),
    on_frame: Callable[[int], None] | None = None,
) -> Verdict:
    """Decodes all three files once. Raises MediaError."""
    out = probe(output)
    verdict = Verdict(sidecar.fg.frames)
    fg = _Window(sidecar.fg, 1)
    bg = _Window(sidecar.bg, NEIGHBOURS)
    still = replace(sidecar, frame_map=FrameMap(np.zeros_like(sidecar.frame_map.bg)))  # its places, whatever its times
    planned = plan.composition(still, drawing)
    shown = sidecar.frame_map.held()
    zeros = _zeros(sidecar.fg, out)
    errors = dict.fromkeys(((0, 0), *ASIDE), 0.0)
    inexact_fg: list[int] = []
    inexact_bg: list[int] = []
    for i, frame in enumerate(frames_of(out)):
        verdict.frames = i + 1
        if i >= verdict.expected:
            continue
        _judge_time(verdict, i, frame, sidecar.fg, zeros)
        if (frame.width, frame.height) == planned.canvas:
            below = bg.around(int(shown[i]))
            _judge_fg(verdict, i, frame, fg.around(i), below[0], planned, sidecar, inexact_fg, errors)
            _judge_bg(verdict, i, frame, below, planned, sidecar, inexact_bg)
        else:
            verdict.wrong_fg.append(i)
            verdict.wrong_bg.append(i)
        if on_frame is not None:
            on_frame(i + 1)
    # Half of the frames equal to the last bit do not happen by chance: then all of them have to be.
    fg_exact, bg_exact = _must_be_exact(sidecar, planned, out)
    is_misplaced = min(errors[move] for move in ASIDE) < NEARER * errors[0, 0]
    if fg_exact or is_misplaced or 2 * verdict.fg_exact >= verdict.frames:
        verdict.wrong_fg = sorted({*verdict.wrong_fg, *inexact_fg})
    if bg_exact or 2 * verdict.bg_exact >= verdict.frames:
        verdict.wrong_bg = sorted({*verdict.wrong_bg, *inexact_bg})
    return verdict


class _Window:
    """Frames of a clip around an index; decodes each once while the index grows, anew from the start when it falls."""

    def __init__(self, clip: Clip, reach: int):
        self._clip = clip
        self._frames: Iterator[VideoFrame] = frames_of(clip)
        self._reach = reach
        self._kept: deque[tuple[int, VideoFrame]] = deque()
        self._next = 0

    def around(self, centre: int) -> dict[int, VideoFrame]:
        """Frames centre - reach .. centre + reach by their distance to `centre`, as far as there are any."""
        if centre < (self._kept[0][0] if self._kept else self._next):
            self._frames, self._next = frames_of(self._clip), 0
            self._kept.clear()
        while self._next <= centre + self._reach and (frame := next(self._frames, None)) is not None:
            if self._next >= centre - self._reach:
                self._kept.append((self._next, frame))
            self._next += 1
        while self._kept and self._kept[0][0] < centre - self._reach:
            self._kept.popleft()
        return {j - centre: frame for j, frame in self._kept if j <= centre + self._reach}


def _zeros(fg: Clip, out: Clip) -> tuple[Fraction, Fraction]:
    """Seconds from which times count in FG and output: where copied sound starts, else the first video frame.

    Not the container's start: muxers shift all streams alike to avoid negative timestamps (AAC starts 21 ms early).
    """
    sounds = [_first_sound(clip) for clip in (fg, out) if clip.audio]
    if len(sounds) == 2 and sounds[0][0] == sounds[1][0]:
        return sounds[0][1], sounds[1][1]
    return int(fg.pts[0]) * fg.time_base, int(out.pts[0]) * out.time_base


def _first_sound(clip: Clip) -> tuple[bytes, Fraction]:
    with open_video(clip.path) as container:
        for packet in container.demux(container.streams.audio[0]):
            if packet.pts is not None:
                return bytes(packet), packet.pts * Fraction(packet.time_base)
    return b"", Fraction(0)


def _judge_time(verdict: Verdict, i: int, frame: VideoFrame, fg: Clip, zeros: tuple[Fraction, Fraction]) -> None:
    found = (frame.pts or 0) * Fraction(frame.time_base or 0) - zeros[1]
    wanted = int(fg.pts[i]) * fg.time_base - zeros[0]
    if abs(found - wanted) > TOLERANCE:
        verdict.wrong_time.append(i)


def _must_be_exact(sidecar: Sidecar, planned: Composition, out: Clip) -> tuple[bool, bool]:
    """Whether nothing between FG, BG and a lossless output can have changed a sample."""
    with open_video(out.path) as container:
        is_lossless = container.streams.video[0].codec_context.name in LOSSLESS
    keeps = is_lossless and out.pix_fmt == working_format(planned) and _has_planes(VideoFormat(out.pix_fmt))
    fg, bg = sidecar.fg, sidecar.bg
    is_same = (fg.pix_fmt, fg.colour) == (bg.pix_fmt, bg.colour) and planned.canvas == (bg.width, bg.height)
    is_comparable = plain(fg.pix_fmt) == opaque(fg.pix_fmt)  # plane by plane
    return keeps and is_comparable and not planned.is_scaled, keeps and is_same


def _judge_fg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    fg: dict[int, VideoFrame],
    below: VideoFrame,
    planned: Composition,
    sidecar: Sidecar,
    inexact: list[int],
    errors: dict[tuple[int, int], float],
) -> None:
    x, y, width, height = untouched(planned)
    if planned.blend != "normal" or width <= 0 or height <= 0 or not _is_opaque(fg[0]):
        verdict.fg_judged = False
        return
    seen = (x, y, x + width, y + height)
    within = (x - planned.x, y - planned.y, x - planned.x + width, y - planned.y + height)
    size, turn = (planned.width, planned.height), sidecar.fg.rotation
    if size == (sidecar.fg.width, sidecar.fg.height) and _equal(
        [_cut(p, seen) for p in _planes(frame)], [_cut(p, within) for p in _planes(fg[0], turn)]
    ):
        verdict.fg_exact += 1
        return
    inexact.append(i)
    target = _cut(luma_of(frame, 0), seen)
    rivals = {d: _cut(_sized(luma_of(f, turn), size), within) for d, f in fg.items()}
    bare = _cut(_sized(luma_of(below, sidecar.bg.rotation), planned.canvas), seen)
    ours = [_cut(p, seen) for p in _levels(frame, 0, fg[0])]
    theirs = [_cut(_sized(p, size), within) for p in _levels(fg[0], turn, frame)]
    is_absent = _is_nearer(target, bare, rivals[0], None, ABSENT, SPREAD)
    if is_absent or _altered(ours, theirs) or not _nearest(target, rivals):
        verdict.wrong_fg.append(i)
    for move in errors:
        errors[move] += _error(target, rivals[0], move)


def _judge_bg(
    verdict: Verdict,
    i: int,
    frame: VideoFrame,
    bg: dict[int, VideoFrame],
    planned: Composition,
    sidecar: Sidecar,
    inexact: list[int],
) -> None:
    outside = np.ones((frame.height, frame.width), np.bool_)
    x, y, width, height = visible(planned)
    outside[y : y + height, x : x + width] = False
    if not outside.any():
        verdict.bg_visible = False
        return
    turn, size = sidecar.bg.rotation, planned.canvas
    if size == (sidecar.bg.width, sidecar.bg.height) and _equal(
        [p[outside] for p in _planes(frame)], [p[outside] for p in _planes(bg[0], turn)]
    ):
        verdict.bg_exact += 1
        return
    inexact.append(i)
    rivals = {d: _sized(luma_of(f, turn), size) for d, f in bg.items()}
    theirs = [_sized(p, size) for p in _levels(bg[0], turn, frame)]
    is_altered = sidecar.fg.colour == sidecar.bg.colour and _altered(_levels(frame, 0, bg[0]), theirs, outside)
    if is_altered or not _nearest(luma_of(frame, 0), rivals, outside):
        verdict.wrong_bg.append(i)


def _is_opaque(frame: VideoFrame) -> bool:
    return not has_alpha(frame.format.name) or bool((frame.to_ndarray(format="rgba")[..., 3] == 255).all())


def _equal(ours: list[Plane], theirs: list[Plane]) -> bool:
    return len(ours) == len(theirs) > 0 and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def _altered(ours: list[U8], theirs: list[U8], where: NDArray[np.bool_] | None = None) -> bool:
    """Whether a plane is brighter, darker or of another colour as a whole, or shows something else."""
    for a, b in zip(ours, theirs, strict=True):
        counts = np.ones(_cells(a).shape, np.bool_) if where is None else _cells(where.astype(np.uint8) * 255) == 255
        off = (_cells(a) - _cells(b))[counts]
        if off.size and (abs(np.median(off)) > OFF or (np.abs(off) > GROSS).mean() > MOST_GROSS):
            return True
    return False


def _levels(frame: VideoFrame, rotation: int, other: VideoFrame) -> list[U8]:
    """The planes in 8 bits; none if those of `other` mean something else."""
    if frame.format.is_rgb != other.format.is_rgb or len(_planes(frame)) != len(_planes(other)):
        return []
    bits = (component.bits for component in frame.format.components)
    return [
        (p.astype(np.uint16) >> (depth - 8)).astype(np.uint8)
        for p, depth in zip(_planes(frame, rotation), bits, strict=False)
    ]


def _error(seen: U8, wanted: U8, move: tuple[int, int]) -> float:
    """Mean squared difference with `wanted` moved by (y, x), without the edges."""
    y, x = move
    h, w = seen.shape
    inside = seen[1 : h - 1, 1 : w - 1].astype(np.float32)
    if not inside.size:
        return 0.0
    return float(np.square(inside - wanted[1 + y : h - 1 + y, 1 + x : w - 1 + x]).mean())


def _nearest(target: U8, rivals: dict[int, U8], where: NDArray[np.bool_] | None = None) -> bool:
    """Whether no rival is nearer to `target` than rival 0; `where`: pixels that count."""
    return not any(_is_nearer(target, rival, rivals[0], where) for distance, rival in rivals.items() if distance)


def _is_nearer(
    target: U8,
    rival: U8,
    right: U8,
    where: NDArray[np.bool_] | None = None,
    factor: float = 1.0,
    share: float = 0.0,
) -> bool:
    """Whether `rival` visibly differs from `right`, in a `share` of the cells, and is nearer to `target` there.

    factor    of the squared error of `right`, that the rival's has to be below
    """
    seen, other, wanted = _cells(target), _cells(rival), _cells(right)
    differs = np.abs(other - wanted) >= VISIBLE
    if where is not None:
        differs &= _cells(where.astype(np.uint8) * 255) == 255
    error, allowed = np.square(seen - other)[differs].sum(), np.square(seen - wanted)[differs].sum()
    return bool(differs.sum() >= max(FEWEST, share * differs.size) and error < factor * allowed)


def _cells(luma: U8) -> F32:
    """f32: means over cells; a rest at the right and bottom edge is left out."""
    h, w = luma.shape[0] // CELL, luma.shape[1] // CELL
    return cv2.resize(luma[: h * CELL, : w * CELL].astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _sized(luma: U8, size: tuple[int, int]) -> U8:
    if (luma.shape[1], luma.shape[0]) == size:
        return luma
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA if size[0] < luma.shape[1] else cv2.INTER_CUBIC)  # type: ignore[return-value]


def _cut(plane: NDArray[_T], rect: Rect) -> NDArray[_T]:
    return plane[rect[1] : rect[3], rect[0] : rect[2]]


def _has_planes(form: VideoFormat) -> bool:
    return form.is_planar or len(form.components) == 1


def _planes(frame: VideoFrame, rotation: int = 0) -> list[Plane]:
    """Every plane at full size, chroma samples repeated over their pixels; none for packed formats."""
    form = frame.format
    if (
        not _has_planes(form)
        or form.is_big_endian
        or any(c.bits not in (8, 9, 10, 12, 14, 16) for c in form.components)
    ):
        return []
    planes = []
    for component, plane in zip(form.components, frame.planes, strict=False):
        wide = component.bits > 8
        raw = np.frombuffer(memoryview(plane), np.uint16 if wide else np.uint8).reshape(
            -1, plane.line_size // (2 if wide else 1)
        )
        sample: Plane = raw[: component.height, : component.width]
        steps_y, steps_x = -(-frame.height // component.height), -(-frame.width // component.width)
        whole = sample.repeat(steps_y, 0).repeat(steps_x, 1)[: frame.height, : frame.width]
        planes.append(np.rot90(whole, rotation // 90))
    return planes
