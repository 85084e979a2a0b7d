"""Content box: FG's frame without letterbox or pillarbox bars, as far inside them as registration needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.records import Record

Mask = NDArray[np.bool_]
Bars = tuple[int, int, int, int]  # lines at left, top, right, bottom


class LetterboxParameters(Record):
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
    least_picture: float = tuned(
        0.25,
        unit="share of the px between bars that leave the bars' colour",
        raising="dark pictures keep their bars; lower: plain grounds around a title or a clock are taken for bars",
        source="chosen by eye: text covers a fifth of the box around it at most",
    )
    least_boxed_picture: float = tuned(
        0.6,
        unit="the same, where there are bars on three or four sides",
        raising="dark pictures in a frame keep it; lower: grounds around lines of text are taken for bars",
        source="chosen by eye: two lines of subtitles cover 0.3 of the box around them",
    )
    picture_quantile: float = tuned(
        0.9,
        unit="quantile of that share over the frames",
        raising="fewer frames with a picture suffice",
        source="chosen by eye: films fade to black",
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
    Where little between the lines has another colour, they are the ground of a title, of slides or of a clock, no bars.
    """
    frames = clip.small[evenly_spaced(len(clip.small), parameters.frames)].astype(np.float32)
    compared = clip.compared(clip.small.shape[1:], clip.small_factor)
    lines = frames if compared is None else _with_ignored_filled(frames, compared)
    top, bottom = _bar_lines(lines, parameters), _bar_lines(lines[:, ::-1], parameters)
    between = slice(top, frames.shape[1] - bottom)
    columns = frames[:, between].transpose(0, 2, 1)
    if compared is not None:
        columns = _with_ignored_filled(columns, compared[between].T)
    left, right = _bar_lines(columns, parameters), _bar_lines(columns[:, ::-1], parameters)
    bars = _without_plain_ground(frames, (left, top, right, bottom), parameters)
    x0, y0, x1, y1 = (_inset_px(count, clip.small_factor, parameters) for count in bars)
    return x0, y0, clip.clip.width - x1, clip.clip.height - y1


def _with_ignored_filled(frames: F32, compared: Mask) -> F32:
    """f32 [n, lines, px]: px that do not count take the median of their line, or of the nearest line that has others.

    frames     f32 [n, lines, px along them]
    compared   bool [lines, px]
    """
    filled, has_others = frames.copy(), np.flatnonzero(compared.any(axis=1))
    for line in np.flatnonzero(~compared.all(axis=1)) if len(has_others) else ():
        nearest = has_others[np.argmin(np.abs(has_others - line))]
        filled[:, line, ~compared[line]] = np.median(frames[:, nearest][:, compared[nearest]], axis=1)[:, None]
    return filled


def _without_plain_ground(frames: F32, bars: Bars, parameters: LetterboxParameters) -> Bars:
    """The bars, but 0 for those whose colour nearly everything between all bars has, too, in nearly all frames.

    Sides of one colour are judged together, others apart: a letterboxed page has black bars, and margins of its own.
    Then bars are only those that face each other.
    frames   f32 [n, h, w]
    """
    (left, top, right, bottom), (_, height, width) = bars, frames.shape
    sides = frames[:, :, :left], frames[:, :top], frames[:, :, width - right :], frames[:, height - bottom :]
    inside = frames[:, top : height - bottom, left : width - right]
    colours = np.array([np.median(side) if side.size else np.nan for side in sides], np.float32)
    count = np.count_nonzero(np.isfinite(colours))
    least = parameters.least_boxed_picture if count > 2 else parameters.least_picture

    def is_ground(colour: np.float32) -> bool:
        alike = np.abs(colours - colour) <= parameters.colour_levels
        if alike.sum() < count and not (alike[:2] & alike[2:]).any():
            return True
        share = np.all([np.abs(inside - one) > parameters.colour_levels for one in colours[alike]], axis=0)
        return float(np.quantile(share.mean(axis=(1, 2)), parameters.picture_quantile)) < least

    left, top, right, bottom = (0 if n and is_ground(c) else n for n, c in zip(bars, colours, strict=True))
    return left, top, right, bottom


def _inset_px(lines: int, factor: int, parameters: LetterboxParameters) -> float:
    """Frame px to leave out for a bar of so many proxy lines; the line after the last may be part bar."""
    return float((lines + 1) * factor + parameters.inset_px) if lines else 0.0


def _bar_lines(frames: F32, parameters: LetterboxParameters) -> int:
    """Lines, from the first one on, that belong to a bar; frames: f32 [n, lines, px along them]."""
    picture, pieces = frames.mean(axis=0), means_of_pieces(frames, parameters.grain_px)
    is_unchanging = (
        np.quantile(pieces.std(axis=0), parameters.unchanging_quantile, axis=1) < parameters.unchanging_levels
    )
    low, level, high = np.quantile(picture, (parameters.flat_tail, 0.5, 1 - parameters.flat_tail), axis=1)
    is_even = high - low < parameters.flat_levels
    has_edge_colour = np.abs(level - level[0]) < parameters.colour_levels
    is_bar = is_unchanging & is_even & has_edge_colour
    count = len(is_bar) if is_bar.all() else int(np.argmin(is_bar))
    return count if count <= parameters.widest * len(is_bar) else 0


def means_of_pieces(frames: F32, length: int) -> F32:
    """f32 [n, lines, pieces]: of `length` px along lines, without a shorter rest unless that is all of it."""
    width = frames.shape[2]
    sums = np.add.reduceat(frames, range(0, width, length), axis=2)[:, :, : max(width // length, 1)]
    return np.asarray(sums / min(length, width), np.float32)
