"""FG's rim: outermost lines that are darker or more blurred than BG is below them, as upscalers and old codecs leave.

Each edge is looked at by itself, in pairs of matching frames, BG laid under FG where FG was found. A line of the edge
is held against BG's line below it, and that against the same for lines deeper inside: what both clips look like, how
they were graded and how sharp they are drops out. An edge of which more lines differ than a rim has shows something
else, such as a banner, and is left alone. So is a blurred edge of an FG of low quality: codecs blur lines, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, U8, Box, Mask, Placement
from vidkompy.numerics.gaussian_blur import gaussian_blur
from vidkompy.parameters import tuned
from vidkompy.records import Record

_T = TypeVar("_T", bound=np.generic)

BY_EYE = "chosen by eye"
MEASURED = "measured on 6 films, scaled and not, at crf 18 to 34"


class RimParameters(Record):
    least_pairs: int = tuned(3, unit="pairs of frames", raising="fewer clips are looked at", source="chosen by eye")
    most_degrees: float = tuned(
        0.1, unit="degrees that FG is turned by in a pair", raising="more pairs of turned FGs count", source=BY_EYE
    )
    widest: int = tuned(
        6,
        unit="px of FG",
        raising="wider things along an edge are taken for rims",
        source="rims have 1 to 4 px, and compression smears them by 2",
    )
    inside: int = tuned(
        12, unit="px of FG inside of that, with which lines are compared", raising="less noise", source="chosen by eye"
    )
    segments: int = tuned(
        16, unit="parts of an edge", raising="shorter alterations of an edge are told apart", source="chosen by eye"
    )
    least_segments: float = tuned(
        0.75, unit="share of the parts that are dark", raising="fewer rims are found", source="chosen by eye"
    )
    least_telling: float = tuned(
        0.4, unit="share of the parts that have to tell", raising="darker films tell nothing", source=MEASURED
    )
    frames_share: float = tuned(
        0.75, unit="share of the pairs in which a part is dark", raising="fewer rims are found", source="chosen by eye"
    )
    black: float = tuned(16.0, unit="grey level, of limited range", raising="rims look darker", source="ITU-R BT.709")
    least_light: float = tuned(
        12.0, unit="grey levels above black that tell darkness", raising="dark films tell nothing", source=MEASURED
    )
    dark: float = tuned(
        0.88, unit="of the light inside", raising="fainter rims are found", source=f"{MEASURED}: 0.99 without a rim"
    )
    rather_dark: float = tuned(
        0.95, unit="the same, of lines next to a dark one", raising="rims are cut deeper", source=MEASURED
    )
    too_bright: float = tuned(
        1.15, unit="the same, of lines that are no rim", raising="bright lines along an edge are cut off", source=BY_EYE
    )
    least_detail: float = tuned(
        1.5, unit="grey levels rms along a line that tell blur", raising="plain films tell nothing", source=MEASURED
    )
    detail_px: int = tuned(7, unit="px over which that is taken", raising="coarser detail tells", source=BY_EYE)
    most_common: float = tuned(
        0.65,
        unit="of the detail inside, as far as it is BG's, in a blurred line",
        raising="fainter rims are found",
        source=f"{MEASURED}: 0.79 without a rim",
    )
    most_detail: float = tuned(
        0.75,
        unit="of the detail inside in a blurred line",
        raising="fainter rims are found",
        source=f"{MEASURED}: 0.90 without a rim",
    )
    rather_blurred: float = tuned(
        1.2, unit="times both, of lines next to a blurred one", raising="rims are cut deeper", source=MEASURED
    )
    least_likeness: float = tuned(
        0.4,
        unit="correlation of FG's detail with BG's inside of a rim, median of lines",
        raising="rims of worse copies are left",
        source=BY_EYE,
    )
    clear_likeness: float = tuned(
        0.85,
        unit="the same of nearly all lines inside of a blurred rim",
        raising="blurred rims of worse copies are left",
        source="lines of little detail look like rims in 8 of 102 pairs at crf 32 and 34: 0.79 there at most",
    )
    most_unclear: float = tuned(
        0.1, unit="share of the lines inside that are left out of it", raising="more rims are found", source=BY_EYE
    )
    odd_bg_px: float = tuned(
        8.0,
        unit="px of BG between an edge of FG and the same one of BG, where BG may be the odd one",
        raising="blurred rims further inside have to show in FG alone, too",
        source="by meaning: a rim of BG, as wide as any",
    )


class Copy(NamedTuple):
    """How a clip's pictures are made smaller.

    size     width and height of the clip's frames
    factor   frame px per px of the pictures
    """

    size: tuple[int, int]
    factor: int


class RimPair(Record, eq=False):
    """A pair of pictures that match. fg, bg: u8 [h, w]. place: of FG on BG."""

    fg: U8
    bg: U8
    place: Placement


def rim_depths(
    pairs: Sequence[RimPair],
    fg: Copy,
    bg: Copy,
    box: Box,
    black: float,
    compared: Mask | None = None,
    parameters: RimParameters = RimParameters(),
) -> tuple[int, int, int, int]:
    """px of FG that its rim has at left, top, right, bottom; 0 where there is none.

    box        px of FG without bars; edges of which a bar was cut off have no rim
    black      grey level
    compared   bool [h, w] of FG's pictures; what is False is looked at nowhere; None: all
    """
    if len(pairs) < parameters.least_pairs:
        return 0, 0, 0, 0
    laid = [_laid_under(pair, fg, bg, compared) for pair in pairs]
    (width, height), (bg_width, bg_height) = fg.size, bg.size
    odd = parameters.odd_bg_px
    near_bg = (
        any(pair.place.x < odd for pair in pairs),
        any(pair.place.y < odd for pair in pairs),
        any(pair.place.x + pair.place.width > bg_width - odd for pair in pairs),
        any(pair.place.y + pair.place.height > bg_height - odd for pair in pairs),
    )
    is_open = (box[0] <= 0, box[1] <= 0, box[2] >= width, box[3] >= height)
    unseen = (0, 0, width % fg.factor, height % fg.factor)  # px beyond the last one of a smaller picture
    found = []
    for side in range(4):
        lines = _lines(laid, side, fg, box, parameters) if is_open[side] else []
        depth = _depth(lines, black, -(-parameters.widest // fg.factor), near_bg[side], parameters) if lines else 0
        found.append(depth * fg.factor + unseen[side] if depth else 0)
    left, top, right, bottom = found
    return left, top, right, bottom


class _Laid(NamedTuple):
    """f32 [h, w]: FG, BG below it on the same px. seen: bool [h, w], where both are."""

    fg: F32
    bg: F32
    seen: Mask


def _laid_under(pair: RimPair, fg: Copy, bg: Copy, compared: Mask | None) -> _Laid:
    (height, width), place = pair.fg.shape, pair.place
    across, down = place.width / fg.size[0] * fg.factor / bg.factor, place.height / fg.size[1] * fg.factor / bg.factor
    left, top = place.x / bg.factor, place.y / bg.factor
    back = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
    blur_x, blur_y = (float(np.sqrt(max(s**2 - 1, 0))) / 2 for s in (across, down))  # as FG's coarser px average
    below = gaussian_blur(pair.bg, blur_x, blur_y)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(below, back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    xs, ys = (np.arange(width) + 0.5) * across + left, (np.arange(height) + 0.5) * down + top
    rows, columns = pair.bg.shape
    seen = ((ys > 0) & (ys < rows))[:, None] & ((xs > 0) & (xs < columns))[None, :]
    own, counted = pair.fg.astype(np.float32), seen if compared is None else seen & compared
    return _Laid(own, np.asarray(warped, np.float32), counted)


def _lines(laid: Sequence[_Laid], side: int, fg: Copy, box: Box, parameters: RimParameters) -> list[_Laid]:
    """Lines of one side, from the edge inwards, without what bars have of them: [line, px along]."""
    left, top, right, bottom = (max(int(edge / fg.factor), 0) for edge in box)
    depth = -(-(parameters.widest + parameters.inside) // fg.factor) + 1
    along = slice(left, right) if side % 2 else slice(top, bottom)

    def strip(picture: NDArray[_T]) -> NDArray[_T]:
        inwards = picture if side % 2 else picture.T
        return (inwards[::-1] if side > 1 else inwards)[:depth, along]

    return [_Laid(strip(one.fg), strip(one.bg), strip(one.seen)) for one in laid]


def _depth(lines: Sequence[_Laid], black: float, widest: int, is_near_bg: bool, parameters: RimParameters) -> int:
    """Lines that a rim has, `widest` at most; 0 if there is none. is_near_bg: whether BG's own edge is near."""
    count, length = lines[0].fg.shape
    if count <= widest + 1 or length < parameters.segments:
        return 0
    detail = _detail(lines, parameters)
    likeness = _likeness_inside(detail, widest, parameters)
    if len(likeness) and np.median(likeness) < parameters.least_likeness:  # a banner has no rim of FG's
        return 0
    light = _light(lines, widest, black, parameters)
    dark = _run(light < parameters.dark, light < parameters.rather_dark, widest)
    if not len(likeness) or np.quantile(likeness, parameters.most_unclear) < parameters.clear_likeness:
        return dark
    is_bright = light > parameters.too_bright  # drawn, not blurred
    blurred, rather_blurred = _blurred(detail, widest, is_near_bg, parameters)
    return max(dark, _run(blurred & ~is_bright, rather_blurred & ~is_bright, widest))


def _run(strong: Mask, weak: Mask, widest: int) -> int:
    """Lines from the edge on that are a rim's: 0 where the first is not, or more are than a rim has."""
    if not strong[0]:
        return 0
    ends = np.flatnonzero(~weak)
    return int(ends[0]) if len(ends) and ends[0] <= widest else 0


def _light(lines: Sequence[_Laid], widest: int, black: float, parameters: RimParameters) -> F64:
    """f64 [line]: FG's light over BG's, against the same inside, in most parts of most pairs; NaN where BG is dark."""
    shares = []
    for one in lines:
        own, below = (_segment_means((picture - black) * one.seen, one.seen, parameters) for picture in one[:2])
        shares.append(_against_inside(own / np.where(below >= parameters.least_light, below, np.nan), widest))
    by_segment = _quantile(np.stack(shares), parameters.frames_share, axis=0)
    telling = np.isfinite(by_segment).mean(axis=1) >= parameters.least_telling
    return np.where(telling, _quantile(by_segment, parameters.least_segments, axis=1), np.nan)


class _Detail(NamedTuple):
    """f64 [line], sums over pairs and px along: FG's detail times BG's, squares of FG's and BG's, px that are seen."""

    common: F64
    own: F64
    below: F64
    seen: F64


def _detail(lines: Sequence[_Laid], parameters: RimParameters) -> _Detail:
    sums = _Detail(*(np.zeros(len(lines[0].fg)) for _ in range(4)))
    for one in lines:
        fg, bg = (_fine(picture, parameters.detail_px) * one.seen for picture in one[:2])
        for total, product in zip(sums, (fg * bg, fg * fg, bg * bg, one.seen), strict=True):
            total += product.sum(axis=1, dtype=np.float64)
    return sums


def _likeness_inside(detail: _Detail, widest: int, parameters: RimParameters) -> F64:
    """f64 [n]: correlation of FG's detail with BG's in lines inside of a rim where BG has some."""
    common, own, below, count = (sums[widest:] for sums in detail)
    telling = (own > 0) & (below >= parameters.least_detail**2 * count)
    return common[telling] / np.sqrt(own[telling] * below[telling])


def _blurred(detail: _Detail, widest: int, is_near_bg: bool, parameters: RimParameters) -> tuple[Mask, Mask]:
    """bool [line] each: lines that are blurred, and that are rather so."""
    common, own, below, count = detail
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.where(below >= parameters.least_detail**2 * count, below, np.nan)
        share = _against_inside(np.sqrt(own / below), widest)
        if is_near_bg:  # a noisy line of BG makes FG's look plain
            share = np.maximum(share, _against_inside(np.sqrt(own / count), widest))
        like_bg = _against_inside(common / below, widest)
    most_common, most_detail, more = parameters.most_common, parameters.most_detail, parameters.rather_blurred
    return (
        (like_bg < most_common) & (share < most_detail),
        (like_bg < most_common * more) & (share < most_detail * more),
    )


def _against_inside(values: F64, widest: int) -> F64:
    """Of what lines inside of any rim have, the median: f64 [line] or [line, segment]."""
    inside = _quantile(values[widest:], 0.5, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return values / np.where(inside > 0, inside, np.nan)


def _quantile(values: F64, share: float, axis: int) -> F64:
    """As np.nanquantile, which goes through rows one by one and takes 0.1 s for what is asked here."""
    ordered = np.sort(values, axis=axis)  # NaN come last
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    at = share * np.maximum(count - 1, 0)
    low = np.floor(at).astype(np.intp)
    below, above = (np.take_along_axis(ordered, k, axis) for k in (low, np.minimum(low + 1, np.maximum(count - 1, 0))))
    between: F64 = below + (above - below) * (at - low)
    return between.squeeze(axis)


def _fine(picture: F32, side: int) -> F32:
    """What a line has of detail: less the mean around each px along it."""
    return picture - cv2.blur(picture, (side, 1))


def _segment_means(values: F32, counted: Mask, parameters: RimParameters) -> F64:
    with np.errstate(invalid="ignore", divide="ignore"):
        return _segment_sums(values, parameters) / _segment_sums(counted, parameters)


def _segment_sums(values: F32 | Mask, parameters: RimParameters) -> F64:
    """f64 [line, segment]"""
    starts = np.linspace(0, values.shape[1], parameters.segments, endpoint=False).astype(int)
    return np.asarray(np.add.reduceat(values, starts, axis=1, dtype=np.float64))
