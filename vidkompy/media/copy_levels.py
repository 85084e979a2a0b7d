"""What the grey levels and the chroma of small copies stand for: by which matrix and in which range."""

from __future__ import annotations

from filtergraphs.formats import depth, is_full_by_name, is_yuv
from vidkompy.model import Clip

RGB_MATRIX = "smpte170m"  # by which luma and chroma of RGB are made, in full range

_FULL_RANGES = ("pc", "full", "jpeg")


def matrix_of_copies(clip: Clip) -> str:
    """ffmpeg's name; it may say nothing."""
    return clip.colour.space if is_yuv(clip.pix_fmt) else RGB_MATRIX


def is_full_range(clip: Clip) -> bool:
    """Whether black is level 0 and white 255, or 16 and 235."""
    return not is_yuv(clip.pix_fmt) or is_full_by_name(clip.pix_fmt) or clip.colour.range in _FULL_RANGES


def cut_off_level(clip: Clip) -> float:
    """Mean of what copies lack, in levels of 8 bits: deeper samples lose their lower bits."""
    return (1 - 2.0 ** (8 - depth(clip.pix_fmt))) / 2
