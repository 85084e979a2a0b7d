"""FG's letterbox bars to the pixel: what a render leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from vidkompy.media.decoding import seek_luma
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, I64, UNMATCHED, Box, Placement
from vidkompy.parameters import tuned
from vidkompy.placement.boxes import reduced_box, whole_px
from vidkompy.placement.letterbox import LetterboxParameters, means_of_pieces
from vidkompy.records import Record

Content = tuple[int, int, int, int]  # left, top, right, bottom


class ExactLetterboxParameters(Record):
    frames: int = tuned(
        5,
        unit="FG frames in full size",
        raising="less of a mover's shape remains, at more cost",
        source="chosen by eye",
    )
    picture_lines: int = tuned(
        8,
        unit="lines of picture that a bar is compared with",
        raising="the picture's level is taken from deeper inside",
        source="chosen by eye",
    )
    smeared_lines: int = tuned(
        2,
        unit="px of FG",
        raising="more lines of picture are left out with a bar",
        source="compression smears a bar's edge; chosen by eye",
    )
    graded_levels: float = tuned(
        24.0,
        unit="grey levels between a plain part of FG and of BG",
        raising="a stronger grade may lie between margins that are the same thing, and more bars are kept",
        source="chosen by eye",
    )


class _Pairs(NamedTuple):
    """Frames of FG and BG that match: i64 [n] each."""

    fg: Proxies
    bg: Proxies
    fg_frames: I64
    bg_frames: I64


class _Edge(NamedTuple):
    """One side of FG.

    lines        f32 [frame, line, px]   from the frame's edge inwards
    inset        lines after which the picture has surely begun
    sure_lines   lines that surely belong to the bar; none: <= 0
    bar          those lines as a box, FG px
    """

    lines: F32
    inset: int
    sure_lines: int
    bar: Box


def exact_content_box(
    fg: Proxies,
    bg: Proxies,
    placement: Placement,
    box: Box,
    bg_of_fg: I64,
    letterbox: LetterboxParameters = LetterboxParameters(),
    parameters: ExactLetterboxParameters = ExactLetterboxParameters(),
) -> Content | None:
    """FG px with a picture: left, top, right, bottom; None if that is all.

    box         what `content_box` gave for FG, well inside the bars
    bg_of_fg    i64 [FG frames]   the BG frame that each shows, or UNMATCHED
    letterbox   what found the box
    A plain, unchanging edge is a bar only where BG shows something else below: a margin of both is part of the picture.
    A bar that holds some of what is ignored, such as subtitles, is kept: that is FG's own.
    """
    width, height = fg.clip.width, fg.clip.height
    whole = (0, 0, width, height)
    if whole_px(box) == whole:
        return None
    matched = np.flatnonzero(bg_of_fg != UNMATCHED)
    frames = matched[evenly_spaced(len(matched), letterbox.frames)]
    pairs = _Pairs(fg, bg, frames, bg_of_fg[frames])
    edges = _edges(fg, box, letterbox.inset_px, parameters)
    left, top, right, bottom = (_depth_if_bar(edge, pairs, placement, letterbox, parameters) for edge in edges)
    content = (left, top, width - right, height - bottom)
    return None if content == whole else content


def _edges(fg: Proxies, box: Box, inset_px: int, parameters: ExactLetterboxParameters) -> Iterator[_Edge]:
    """The sides of FG: left, top, right, bottom; those at left and right lie between the others, as they were found."""
    width, height = fg.clip.width, fg.clip.height
    full = seek_luma(fg.clip, evenly_spaced(fg.clip.frames, parameters.frames))
    frames = np.stack([full[i] for i in sorted(full)]).astype(np.float32)
    x0, y0, x1, y1 = whole_px(box)
    columns, rows = frames[:, y0:y1].swapaxes(1, 2), frames[:, :, x0:x1]
    lines = (columns, rows, columns[:, ::-1], rows[:, ::-1])
    insets = (x0, y0, width - x1, height - y1)
    sure_lines = [inset - inset_px - fg.small_factor for inset in insets]
    left, top, right, bottom = (max(count, 0) for count in sure_lines)
    bars = (
        (0, top, left, height - bottom),
        (0, 0, width, top),
        (width - right, top, width, height - bottom),
        (0, height - bottom, width, height),
    )
    return map(_Edge, lines, insets, sure_lines, bars)


def _depth_if_bar(
    edge: _Edge,
    pairs: _Pairs,
    placement: Placement,
    letterbox: LetterboxParameters,
    parameters: ExactLetterboxParameters,
) -> int:
    """Lines to leave out at one side of FG; 0 if there is no bar, or BG shows the same below it."""
    if edge.sure_lines <= 0 or not compared_cells(pairs.fg.ignored, edge.bar, (1, 1)).all():
        return 0
    level = float(np.median(edge.lines[:, : edge.sure_lines]))
    is_covering = _shows_a_picture(edge.bar, level, pairs, placement, letterbox, parameters)
    return _bar_depth(edge, parameters) if is_covering else 0


def _bar_depth(edge: _Edge, parameters: ExactLetterboxParameters) -> int:
    """Lines of a bar, and `smeared_lines` more.

    The picture begins where half of its distance from the bar's level is reached: bar 16, picture 116, lines 16, 20,
    70, 110: the third line is the first of the picture.
    """
    level = np.median(edge.lines[:, : edge.sure_lines])
    distance = np.abs(edge.lines[:, : edge.inset + parameters.picture_lines] - level).mean(axis=(0, 2))
    half = np.median(distance[edge.inset :]) / 2
    first_of_picture = int(np.argmax(distance[edge.sure_lines : edge.inset + 1] >= half))
    return edge.sure_lines + first_of_picture + parameters.smeared_lines


def _on_canvas(part: Box, fg: Proxies, placement: Placement) -> Box:
    per_x, per_y = placement.width / fg.clip.width, placement.height / fg.clip.height
    left, top, right, bottom = part
    return (
        placement.x + left * per_x,
        placement.y + top * per_y,
        placement.x + right * per_x,
        placement.y + bottom * per_y,
    )


def _shows_a_picture(
    bar: Box,
    bar_level: float,
    pairs: _Pairs,
    placement: Placement,
    letterbox: LetterboxParameters,
    parameters: ExactLetterboxParameters,
) -> bool:
    """Whether BG shows something else below the bar in frames that match; what lies beyond the canvas shows nothing.

    A plain margin of both may change with the light of a scene: it does so in both.
    """
    below = _part(pairs.bg, pairs.bg_frames, _on_canvas(bar, pairs.fg, placement))
    if not below.size:
        return False
    low, level, high = np.quantile(below.mean(axis=0), (letterbox.flat_tail, 0.5, 1 - letterbox.flat_tail))
    if high - low >= letterbox.flat_levels or abs(level - bar_level) >= parameters.graded_levels:
        return True
    above = _part(pairs.fg, pairs.fg_frames, bar)
    light = above.mean(axis=(1, 2)) if above.size else np.zeros(len(below))
    lines = below if below.shape[2] >= below.shape[1] else below.swapaxes(1, 2)
    changes = (means_of_pieces(lines, letterbox.grain_px) - light[:, None, None]).std(axis=0)
    return bool(np.quantile(changes, letterbox.unchanging_quantile) >= letterbox.unchanging_levels)


def _part(clip: Proxies, frames: I64, part: Box) -> F32:
    """f32 [n, rows, columns]: px of small proxies that lie inside a part of the frame, frame px."""
    left, top, right, bottom = reduced_box(part, clip.small_factor)
    rows, columns = slice(max(ceil(top), 0), max(floor(bottom), 0)), slice(max(ceil(left), 0), max(floor(right), 0))
    return clip.small[frames][:, rows, columns].astype(np.float32)
