"""What a right output looks like: where FG and BG are seen in it, from when times count, and what has to be exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from filtergraphs import Composition, working_format
from filtergraphs.formats import has_alpha, is_yuv, opaque
from filtergraphs.geometry import COMMON_GRID, Rect, content, covering, exact_fg_rect, visible
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.stream_choice import sound_streams_of
from vidkompy.media.streams import demux_packets, open_header, open_sound
from vidkompy.model import U8, Clip, Mask, PixelBox, Sidecar
from vidkompy.verification.picture_distance import crop, scale

LOSSLESS_CODECS = frozenset(("ffv1", "ffvhuff", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo", "utvideo"))
COLORSPACE_OF_TAG = {"bt709": Colorspace.ITU709, "bt2020nc": Colorspace.BT2020, "smpte240m": Colorspace.SMPTE240M}
FULL_RANGE = 2  # AVCOL_RANGE_JPEG of libavutil
OPAQUE = 255  # alpha in 8 bits


def outside_fg(composition: Composition) -> Mask:
    """bool [height, width]: canvas px that FG does not cover."""
    x, y, width, height = visible(composition)
    outside = np.ones(composition.canvas[::-1], np.bool_)
    outside[y : y + height, x : x + width] = False
    return outside


def compared_fg(composition: Composition, area: Rect, ignored: Sequence[PixelBox]) -> Mask | None:
    """bool [area]: canvas px of FG that show nothing of what is ignored, nor of its chroma samples; None: all."""
    if not ignored:
        return None
    (x, y, width, height), fg = exact_fg_rect(composition), composition.fg
    per_x, per_y = fg.width / width, fg.height / height  # FG px per canvas px
    of_fg = ((area.x - x) * per_x, (area.y - y) * per_y, (area.right - x) * per_x, (area.bottom - y) * per_y)
    return compared_cells(ignored, of_fg, (area.height, area.width), COMMON_GRID)


def converter_to(output: Clip) -> Callable[[VideoFrame], VideoFrame]:
    """Turns opaque frames in RGB into YUV if the output is: its own levels are compared with theirs."""
    matrix = COLORSPACE_OF_TAG.get(output.colour.space, Colorspace.ITU601)
    levels = ColorRange.JPEG if output.colour.range == "pc" else ColorRange.MPEG

    def converted(frame: VideoFrame) -> VideoFrame:
        if not (frame.format.is_rgb and is_yuv(output.pix_fmt) and is_opaque(frame)):
            return frame
        return frame.reformat(format="yuv444p", dst_colorspace=matrix, dst_color_range=levels)

    return converted


def is_opaque(frame: VideoFrame) -> bool:
    return not has_alpha(frame.format.name) or bool((frame.to_ndarray(format="rgba")[..., 3] == OPAQUE).all())


def time_origins(fg: Clip, first: int, output: Clip) -> tuple[Fraction, Fraction]:
    """Seconds from which times count in FG and output: where copied sound starts, else the first video frame drawn.

    first   FG frame that is drawn first
    Not the container's start: muxers shift all streams alike to avoid negative timestamps (AAC starts 21 ms early).
    """
    packets = [_first_sound_packet(clip) for clip in (fg, output) if clip.audio]
    if len(packets) == 2:
        (fg_sound, fg_seconds), (output_sound, output_seconds) = packets
        if fg_sound == output_sound:
            return fg_seconds, output_seconds
    return int(fg.pts[first]) * fg.time_base, int(output.pts[0]) * output.time_base


def _first_sound_packet(clip: Clip) -> tuple[bytes, Fraction]:
    """Data and time, in s, of the first sound packet; no data at 0 s if no packet has a time."""
    with open_sound(clip) as container:
        for packet in demux_packets(container, *sound_streams_of(clip.path, container, clip.program)[:1]):
            if packet.pts is not None:
                return bytes(packet), packet.pts * Fraction(packet.time_base)
    return b"", Fraction(0)


def must_be_exact(sidecar: Sidecar, composition: Composition, output: Clip) -> tuple[bool, bool]:
    """Whether nothing between FG and a lossless output can have changed a sample; the same for BG."""
    with open_header(output.path) as container:
        is_lossless = container.streams.video[0].codec_context.name in LOSSLESS_CODECS
    keeps_samples = is_lossless and opaque(output.pix_fmt) == opaque(working_format(composition))
    fg, bg = sidecar.fg, sidecar.bg
    have_same_format = (composition.fg.pix_fmt, fg.colour) == (composition.bg.pix_fmt, bg.colour)
    is_bg_unscaled = composition.canvas == (bg.width, bg.height) and composition.bg_motion is None
    have_alpha_apart = _sample_bits(fg.pix_fmt) == _sample_bits(opaque(fg.pix_fmt))  # comparable plane by plane
    is_fg_exact = keeps_samples and have_alpha_apart and not composition.is_scaled
    is_bg_as_it_was = have_same_format and is_bg_unscaled and not composition.bg_grades
    return is_fg_exact, keeps_samples and is_bg_as_it_was


def _sample_bits(pix_fmt: str) -> list[int]:
    return [component.bits for component in VideoFormat(pix_fmt).components]


def black_levels(frame: VideoFrame) -> tuple[int, ...]:
    """Levels of black in the frame's planes, in 8 bits."""
    if frame.format.is_rgb:
        return 0, 0, 0
    is_full_range = int(frame.color_range) == FULL_RANGE or frame.format.name.startswith(("yuvj", "gray"))
    return 0 if is_full_range else 16, 128, 128


def scaled_to_cover(plane: U8, composition: Composition) -> U8:
    """FG's content in the shape it is drawn in, as small as covers the canvas, and of that the middle.

    plane   u8 [height, width]   one of FG's planes
    """
    size, middle = covering(composition)
    return crop(scale(crop(plane, content(composition)), size), middle)
