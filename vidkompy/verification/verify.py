"""Is every FG frame in the output once, in order, at its own time, over the right BG frame?

Lossless output is compared bit by bit in every plane. Elsewhere a frame is right if its levels are those of the output,
and if no rival is nearer to the output where the two visibly differ. Rivals are the neighbouring frames, and for FG the
BG under it too. FG's place is judged over all frames at once. FG is not judged where it is blended, where its edges
fade, and in frames that are not opaque.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from filtergraphs import Composition, working_format
from filtergraphs.formats import has_alpha, is_yuv, opaque
from filtergraphs.geometry import Rect, content, untouched, visible
from vidkompy.drawing import plan
from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import DamageError
from vidkompy.media.decoding import decode_frames, decode_frames_from
from vidkompy.media.faults import describe_faults
from vidkompy.media.probe import probe_with_faults
from vidkompy.media.streams import demux_packets, open_video
from vidkompy.model import DAMAGED_SOUND, LOST_FRAMES, NO_END_MARK, U8, Clip, Sidecar
from vidkompy.verification.picture_distance import (
    Picture,
    altered,
    cells,
    cut,
    equal,
    error,
    is_alike_in_kind,
    is_nearer,
    is_off,
    nearest,
    sized,
    whole_cells,
)

NEIGHBOURS = 3  # BG frames either side that are tried as rivals
ABSENT = 0.5  # squared error against BG over that against FG: FG is missing below; BG alone gives next to 0
SPREAD = 0.01  # share of cells in which BG must differ from FG for that; fewer are noise at crf 32 (measured)
NEARER = 0.97  # squared error a pixel away over that in place: misplaced below; measured: 0.99 when right at crf 44
ASIDE = ((0, 1), (0, -1), (1, 0), (-1, 0))  # px, y and x
LOSSLESS = frozenset(("ffv1", "ffvhuff", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo", "utvideo"))
MATRICES = {"bt709": Colorspace.ITU709, "bt2020nc": Colorspace.BT2020, "smpte240m": Colorspace.SMPTE240M}
FULL = 2  # libavutil's number for full range
REORDERED = 3  # frames by which a fault, timed by its packet, may lie off the frame that it harms
TOLERANCE = Fraction(1, 1000)  # s; Matroska rounds timestamps to 1 ms


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
    made_up: list[int] = field(default_factory=list)  # where damage was kept: only their times are judged

    @property
    def is_right(self) -> bool:
        return self.frames == self.expected and not (self.wrong_fg or self.wrong_bg or self.wrong_time)


def verify(
    sidecar: Sidecar,
    output: Path,
    drawing: DrawingOptions = DrawingOptions(),
    on_frame: Callable[[int], None] | None = None,
) -> Verdict:
    """Decodes all three files, BG's passages one by one. Raises MediaError; RenderError if nothing can be drawn."""
    out = _probed(output)
    judge = _Judge(sidecar, plan.composition(sidecar, drawing), out)
    for frame in decode_frames(out):
        judge.look_at(frame)
        if on_frame is not None:
            on_frame(judge.verdict.frames)
    return judge.concluded()


def _probed(output: Path) -> Clip:
    """Gaps are no damage here: they are judged by the times of FG's frames. Raises MediaError."""
    out, found = probe_with_faults(output)
    if any(finding.fault.what not in (LOST_FRAMES, DAMAGED_SOUND, NO_END_MARK) for finding in found):
        raise DamageError(output, describe_faults(found))
    return replace(out, damage=())


class _Judge:
    """Looks at the output's frames one by one, in order."""

    def __init__(self, sidecar: Sidecar, planned: Composition, out: Clip):
        self._sidecar, self._planned, self._out = sidecar, planned, out
        self._seen = seen = untouched(planned)
        as_out = _made_like(out)
        within, size = Rect(seen.x - planned.x, seen.y - planned.y, *seen[2:]), (planned.width, planned.height)
        self._fg = _Window(sidecar.fg, 1, lambda frame: Picture(as_out(frame), sidecar.fg.rotation, size, within))
        self._bg = _Window(
            sidecar.bg, NEIGHBOURS, lambda frame: Picture(as_out(frame), sidecar.bg.rotation, planned.canvas)
        )
        self._outside = _outside(planned)
        self._around = whole_cells(self._outside)
        self._zeros = _zeros(sidecar.fg, planned.fg_first, out)
        self._errors = dict.fromkeys(((0, 0), *ASIDE), 0.0)
        self._inexact_fg: list[int] = []
        self._inexact_bg: list[int] = []
        self.verdict = Verdict(len(planned.fg_pts))

    def look_at(self, frame: VideoFrame) -> None:
        planned, verdict = self._planned, self.verdict
        k = verdict.frames
        verdict.frames += 1
        if k >= verdict.expected:
            return
        i = planned.fg_first + k
        self._judge_time(i, frame)
        if (frame.width, frame.height) != planned.canvas:
            verdict.wrong_fg.append(i)
            verdict.wrong_bg.append(i)
            return
        shown = Picture(frame, 0, planned.canvas)
        above, below = self._fg.around(i), self._bg.around(planned.bg_index[k])
        if i in self._fg.made_up or planned.bg_index[k] in self._bg.made_up:
            verdict.made_up.append(i)
            return
        self._judge_fg(i, shown, above, below[0])
        if not self._outside.any():
            verdict.bg_visible = False
        elif planned.filling == "hold" or not planned.unmatched[k]:
            self._judge_bg(i, shown, below)
        else:
            self._judge_filling(i, shown, above[0])

    def concluded(self) -> Verdict:
        """Half of the frames equal to the last bit do not happen by chance: then all of them have to be."""
        verdict, errors = self.verdict, self._errors
        fg_exact, bg_exact = _must_be_exact(self._sidecar, self._planned, self._out)
        is_misplaced = min(errors[move] for move in ASIDE) < NEARER * errors[0, 0]
        if fg_exact or is_misplaced or 2 * verdict.fg_exact >= verdict.frames:
            verdict.wrong_fg = sorted({*verdict.wrong_fg, *self._inexact_fg})
        if bg_exact or 2 * verdict.bg_exact >= verdict.frames:
            verdict.wrong_bg = sorted({*verdict.wrong_bg, *self._inexact_bg})
        return verdict

    def _judge_time(self, i: int, frame: VideoFrame) -> None:
        fg = self._sidecar.fg
        found = (frame.pts or 0) * Fraction(frame.time_base or 0) - self._zeros[1]
        wanted = int(fg.pts[i]) * fg.time_base - self._zeros[0]
        if abs(found - wanted) > TOLERANCE:
            self.verdict.wrong_time.append(i)

    def _judge_fg(self, i: int, whole: Picture, fg: dict[int, Picture], below: Picture) -> None:
        planned, seen, clip = self._planned, self._seen, self._sidecar.fg
        right = fg[0]
        if planned.blend != "normal" or seen.width <= 0 or seen.height <= 0 or not _is_opaque(right.frame):
            self.verdict.fg_judged = False
            return
        shown = Picture(whole.frame, 0, planned.canvas, seen)
        if (planned.width, planned.height) == (clip.width, clip.height) and equal(shown.planes, right.planes):
            self.verdict.fg_exact += 1
            return
        self._inexact_fg.append(i)
        rivals = {distance: picture.cells for distance, picture in fg.items()}
        is_absent = is_nearer(shown.cells, cells(cut(below.luma, seen)), right.cells, None, ABSENT, SPREAD)
        if is_absent or altered(shown, right) or not nearest(shown.cells, rivals):
            self.verdict.wrong_fg.append(i)
        for move in self._errors:
            self._errors[move] += error(shown.luma, right.luma, move)

    def _judge_bg(self, i: int, whole: Picture, bg: dict[int, Picture]) -> None:
        clip, outside = self._sidecar.bg, self._outside
        if self._planned.canvas == (clip.width, clip.height) and equal(whole.planes, bg[0].planes, outside):
            self.verdict.bg_exact += 1
            return
        self._inexact_bg.append(i)
        rivals = {distance: picture.cells for distance, picture in bg.items()}
        is_altered = self._sidecar.fg.colour == clip.colour and altered(whole, bg[0], self._around)
        if is_altered or not nearest(whole.cells, rivals, self._around):
            self.verdict.wrong_bg.append(i)

    def _judge_filling(self, i: int, whole: Picture, fg: Picture) -> None:
        """Black has to be black; FG, whose scaling is ffmpeg's, has to show the same things as FG scaled here."""
        ours = whole.levels or [whole.luma]
        if self._planned.filling == "foreground":
            theirs = [_covering(p, self._planned) for p in fg.whole_levels]
            if is_alike_in_kind(whole.frame, fg.frame) and self._differs(ours, theirs):
                self.verdict.wrong_bg.append(i)
            return
        black = [np.full_like(p, level) for p, level in zip(ours, _black(whole.frame), strict=False)]
        if equal(ours, black, self._outside):
            return  # not counted: black stays exact in lossy output too, and says nothing of other frames
        self._inexact_bg.append(i)
        if self._differs(ours, black):
            self.verdict.wrong_bg.append(i)

    def _differs(self, ours: list[U8], theirs: list[U8]) -> bool:
        return any(is_off(cells(a), cells(b), self._around) for a, b in zip(ours, theirs, strict=False))


class _Window:
    """Frames of a clip around an index; decodes each once while the index grows, and enters anew when it falls.

    made_up: frames that show what a decoder made of damage, of those decoded so far
    """

    def __init__(self, clip: Clip, reach: int, picture: Callable[[VideoFrame], Picture]):
        self._clip, self._picture = clip, picture
        self._frames: Iterator[VideoFrame] = decode_frames(clip)
        self._reach = reach
        self._kept: deque[tuple[int, Picture]] = deque()
        self._next = 0
        self._is_harmed = False
        self.made_up = set[int]()

    def around(self, centre: int) -> dict[int, Picture]:
        """Frames centre - reach .. centre + reach by their distance to `centre`, as far as there are any."""
        if centre < (self._kept[0][0] if self._kept else self._next):
            self._next = max(centre - self._reach, 0)
            self._frames = decode_frames_from(self._clip, int(self._clip.pts[self._next]))
            self._kept.clear()
        while self._next <= centre + self._reach and (frame := next(self._frames, None)) is not None:
            self._mark_damage(frame)
            if self._next >= centre - self._reach:
                self._kept.append((self._next, self._picture(frame)))
            self._next += 1
        while self._kept and self._kept[0][0] < centre - self._reach:
            self._kept.popleft()
        return {j - centre: picture for j, picture in self._kept if j <= centre + self._reach}

    def _mark_damage(self, frame: VideoFrame) -> None:
        """From a fault to the next keyframe a decoder makes pictures up, and no two do so alike."""
        clip, n = self._clip, self._next
        if clip.is_concealed and n < clip.frames:
            at, reach = clip.seconds(n), REORDERED / clip.frame_rate
            is_near = any(abs(fault.seconds - at) <= reach for fault in clip.damage)
            self._is_harmed = is_near or (self._is_harmed and not frame.key_frame)
            self.made_up |= {n} if self._is_harmed else set()


def _made_like(out: Clip) -> Callable[[VideoFrame], VideoFrame]:
    """Opaque frames in RGB become YUV if the output is: its own levels are compared with theirs."""
    matrix = MATRICES.get(out.colour.space, Colorspace.ITU601)
    levels = ColorRange.JPEG if out.colour.range == "pc" else ColorRange.MPEG

    def made(frame: VideoFrame) -> VideoFrame:
        if not (frame.format.is_rgb and is_yuv(out.pix_fmt) and _is_opaque(frame)):
            return frame
        return frame.reformat(format="yuv444p", dst_colorspace=matrix, dst_color_range=levels)

    return made


def _zeros(fg: Clip, first: int, out: Clip) -> tuple[Fraction, Fraction]:
    """Seconds from which times count in FG and output: where copied sound starts, else the first video frame drawn.

    Not the container's start: muxers shift all streams alike to avoid negative timestamps (AAC starts 21 ms early).
    """
    sounds = [_first_sound(clip) for clip in (fg, out) if clip.audio]
    if len(sounds) == 2 and sounds[0][0] == sounds[1][0]:
        return sounds[0][1], sounds[1][1]
    return int(fg.pts[first]) * fg.time_base, int(out.pts[0]) * out.time_base


def _first_sound(clip: Clip) -> tuple[bytes, Fraction]:
    with open_video(clip.path) as container:
        for packet in demux_packets(container, container.streams.audio[0]):
            if packet.pts is not None:
                return bytes(packet), packet.pts * Fraction(packet.time_base)
    return b"", Fraction(0)


def _must_be_exact(sidecar: Sidecar, planned: Composition, out: Clip) -> tuple[bool, bool]:
    """Whether nothing between FG, BG and a lossless output can have changed a sample."""
    with open_video(out.path) as container:
        is_lossless = container.streams.video[0].codec_context.name in LOSSLESS
    keeps = is_lossless and opaque(out.pix_fmt) == opaque(working_format(planned))
    fg, bg = sidecar.fg, sidecar.bg
    is_alike = (planned.fg.pix_fmt, fg.colour) == (planned.bg.pix_fmt, bg.colour)
    is_same = is_alike and planned.canvas == (bg.width, bg.height)
    is_comparable = _bits(fg.pix_fmt) == _bits(opaque(fg.pix_fmt))  # plane by plane
    return keeps and is_comparable and not planned.is_scaled, keeps and is_same


def _bits(pix_fmt: str) -> list[int]:
    return [component.bits for component in VideoFormat(pix_fmt).components]


def _black(frame: VideoFrame) -> tuple[int, ...]:
    """Levels of the planes, in 8 bits."""
    if frame.format.is_rgb:
        return 0, 0, 0
    is_full = int(frame.color_range) == FULL or frame.format.name.startswith(("yuvj", "gray"))
    return 0 if is_full else 16, 128, 128


def _covering(plane: U8, planned: Composition) -> U8:
    """What is drawn of FG's plane, in the shape it is drawn in, as small as covers the canvas, its middle."""
    part, canvas, fg = content(planned), planned.canvas, planned.fg
    shape = part.width * planned.width / fg.width, part.height * planned.height / fg.height
    factor = max(canvas[0] / shape[0], canvas[1] / shape[1])
    size = (math.ceil(shape[0] * factor - 1e-9), math.ceil(shape[1] * factor - 1e-9))
    middle = Rect((size[0] - canvas[0]) // 2, (size[1] - canvas[1]) // 2, *canvas)
    return cut(sized(cut(plane, part), size), middle)


def _outside(planned: Composition) -> NDArray[np.bool_]:
    """bool [height, width]: what FG does not cover."""
    x, y, width, height = visible(planned)
    outside = np.ones(planned.canvas[::-1], np.bool_)
    outside[y : y + height, x : x + width] = False
    return outside


def _is_opaque(frame: VideoFrame) -> bool:
    return not has_alpha(frame.format.name) or bool((frame.to_ndarray(format="rgba")[..., 3] == 255).all())
