"""Content box: FG's frame without letterbox or pillarbox bars, as far inside them as registration needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, Box
from vidkompy.parameters import tuned, without_effect

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class LetterboxParameters:
    frames: int = tuned(48, unit="frames", raising="more frames are looked at, at more cost", source="chosen by eye")
    unchanging_levels: float = tuned(
        1.5,
        unit="grey levels, standard deviation over time",
        raising="noisier bars are found, and calmer edges of a picture are taken for bars",
        source="compression makes that much; chosen by eye",
    )
    unchanging_quantile: float = tuned(
        0.95,
        unit="quantile over the pieces of a line",
        raising="fewer pieces of a bar may change over time",
        source="chosen by eye",
    )
    grain_px: int = tuned(
        8,
        unit="px of the small proxy",
        raising="more noise along a bar averages out, and smaller movers are missed",
        source="chosen by eye; bars under noise of 3 grey levels are found: tests/placement/test_letterbox.py",
    )
    flat_levels: float = tuned(
        6.0, unit="grey levels along a line", raising="less even lines count as bars", source="chosen by eye"
    )
    flat_tail: float = tuned(
        0.02,
        unit="share of the px of a line, at either end of their range",
        raising="larger marks on a bar are overlooked",
        source="chosen by eye",
    )
    colour_levels: float = tuned(
        4.0,
        unit="grey levels between a line and the frame's edge",
        raising="lines of another shade join a bar",
        source="chosen by eye",
    )
    widest: float = tuned(
        0.45, unit="share of the frame's lines", raising="wider bars are believed", source="chosen by eye"
    )
    inset_px: int = tuned(
        3,
        unit="px of FG",
        raising="more of a bar's soft edge is left out, and of the picture",
        source=without_effect("soft edges of bars"),
    )


def content_box(clip: Proxies, parameters: LetterboxParameters = LetterboxParameters()) -> Box:
    """The part of a clip's frame with a picture, frame px: `inset_px` inside the bars, or up to the frame's edge.

    A line belongs to a bar if it hardly changes in time, is of one colour, and has the colour of the frame's edge.
    Darkness is no sign, because bars need not be black. Unchanging pixels alone are none either: a tripod has them.
    """
    frames = clip.small[evenly_spaced(len(clip.small), parameters.frames)].astype(np.float32)
    top, bottom = _bar_lines(frames, parameters), _bar_lines(frames[:, ::-1], parameters)
    columns = frames[:, top : frames.shape[1] - bottom].transpose(0, 2, 1)
    left, right = _bar_lines(columns, parameters), _bar_lines(columns[:, ::-1], parameters)
    x0, y0, x1, y1 = (_inset_px(lines, clip.small_factor, parameters) for lines in (left, top, right, bottom))
    return x0, y0, clip.clip.width - x1, clip.clip.height - y1


def _inset_px(lines: int, factor: int, parameters: LetterboxParameters) -> float:
    """Frame px to leave out for a bar of so many proxy lines; the line after the last may be part bar."""
    return float((lines + 1) * factor + parameters.inset_px) if lines else 0.0


def _bar_lines(frames: F32, parameters: LetterboxParameters) -> int:
    """Lines, from the first one on, that belong to a bar; frames: f32 [n, lines, px along them]."""
    picture, width, grain = frames.mean(axis=0), frames.shape[2], parameters.grain_px
    whole_pieces = max(width // grain, 1)
    pieces = np.add.reduceat(frames, range(0, width, grain), axis=2)[:, :, :whole_pieces] / min(grain, width)
    is_unchanging = (
        np.quantile(pieces.std(axis=0), parameters.unchanging_quantile, axis=1) < parameters.unchanging_levels
    )
    low, level, high = np.quantile(picture, (parameters.flat_tail, 0.5, 1 - parameters.flat_tail), axis=1)
    is_even = high - low < parameters.flat_levels
    has_edge_colour = np.abs(level - level[0]) < parameters.colour_levels
    is_bar = is_unchanging & is_even & has_edge_colour
    count = len(is_bar) if is_bar.all() else int(np.argmin(is_bar))
    return count if count <= parameters.widest * len(is_bar) else 0
