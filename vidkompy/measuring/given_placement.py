"""A placement that the user gave, whole or but for its size, with the pairs of frames that match best there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vidkompy.alignment.crops import crop_features
from vidkompy.alignment.parameters import CropParameters
from vidkompy.errors import NoMatch, UsageError
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.media.scratch_arrays import BLOCK_FRAMES
from vidkompy.model import F32, I64, UNMATCHED, Box, Clip, Placement, PlacementResult
from vidkompy.parameters import tuned
from vidkompy.placement.letterbox import LetterboxParameters, content_box
from vidkompy.records import Record

Corner = tuple[float, float]  # canvas px, FG's left upper one


class GivenPlacementParameters(Record):
    """Tuned numbers of the frames that are compared at a placement that the user gave."""

    side: int = tuned(
        32,
        unit="cells, long side of the crops that are compared",
        raising="the pairs of frames that match there are told apart better, at more CPU",
        source="chosen by eye",
    )
    frames: int = tuned(
        24,
        unit="FG frames that are compared with BG",
        raising="more frames to choose the best pairs from, at more CPU",
        source="chosen by eye",
    )
    pairs: int = tuned(
        12,
        unit="pairs of them that are kept, the best-matched ones",
        raising="the mask of altered cells rests on more pairs, and on less well-matched ones",
        source="chosen by eye: half of the frames",
    )
    resembling: float = tuned(
        0.9,
        unit="median ZNCC of those frames",
        raising="FG's own size is taken less often where --at gives none, and sizes are searched instead",
        source="chosen by eye: 0.97 and more at right places, below 0.8 at sizes 5 % off",
    )
    corner_share: float = tuned(
        0.02,
        unit="share of the canvas' long side between the corner given and the one found",
        raising="a size that was found elsewhere passes for the one meant",
        source="chosen by eye: what is read from a picture by eye",
    )


def adopt_placement(
    fg: Proxies,
    bg: Proxies,
    at: Placement,
    letterbox: LetterboxParameters = LetterboxParameters(),
    crops: CropParameters = CropParameters(),
    parameters: GivenPlacementParameters = GivenPlacementParameters(),
) -> PlacementResult:
    """The placement that the user gave. Raises UsageError where it shows nothing of FG."""
    _check_on_canvas(at, bg.clip)
    box = content_box(fg, letterbox)
    fg_frames, scores = _scores_at(fg, bg, at, box, crops, parameters)
    best = np.argsort(-scores.max(axis=1))[: parameters.pairs]
    return PlacementResult(box, at, sorted((fg_frames[k], int(scores[k].argmax())) for k in best))


def adopt_placement_along(
    fg: Proxies,
    bg: Proxies,
    at: Placement,
    bg_of_fg: I64,
    letterbox: LetterboxParameters = LetterboxParameters(),
    crops: CropParameters = CropParameters(),
    parameters: GivenPlacementParameters = GivenPlacementParameters(),
) -> PlacementResult:
    """The placement that the user gave, where FG's map is known; of another place nearby it may be a little off.

    bg_of_fg   i64 [n_fg]: that map
    All of BG is only compared where frames along the map do not resemble each other. Raises UsageError.
    """
    _check_on_canvas(at, bg.clip)
    matched = np.flatnonzero(bg_of_fg != UNMATCHED)
    frames = matched[evenly_spaced(len(matched), parameters.frames)]
    if not len(frames):
        return adopt_placement(fg, bg, at, letterbox, crops, parameters)
    box, bg_frames = content_box(fg, letterbox), bg_of_fg[frames]
    samples = replace(fg, small=fg.small[frames]), replace(bg, small=bg.small[bg_frames])
    fg_rows, bg_rows = (
        features.rows(slice(None)) for features in crop_features(*samples, at, box, parameters.side, crops)
    )
    scores = np.einsum("np,np->n", fg_rows, bg_rows)
    if float(np.median(scores)) < parameters.resembling:
        return adopt_placement(fg, bg, at, letterbox, crops, parameters)
    best = np.argsort(-scores)[: parameters.pairs].tolist()
    return PlacementResult(box, at, sorted((int(frames[k]), int(bg_frames[k])) for k in best))


def _check_on_canvas(at: Placement, bg: Clip) -> None:
    left, top, right, bottom = at.drawn
    if right <= 0 or bottom <= 0 or left >= bg.width or top >= bg.height:
        raise UsageError(
            f"FG would lie outside the canvas: {right - left}x{bottom - top} at {left},{top} on "
            f"{bg.width}x{bg.height}; wanted a place that shows some of it"
        )


def placement_at_corner(
    fg: Proxies,
    bg: Proxies,
    corner: Corner,
    search: Callable[[], PlacementResult],
    is_forced: bool,
    letterbox: LetterboxParameters = LetterboxParameters(),
    crops: CropParameters = CropParameters(),
    parameters: GivenPlacementParameters = GivenPlacementParameters(),
) -> Placement:
    """A placement at this corner: in FG's own size where FG resembles BG so, else in the size that is found there.

    search      looks for a placement anywhere
    is_forced   its own size is taken where neither fits
    Raises NoMatch where neither does.
    """
    own = Placement(*corner, float(fg.clip.width), float(fg.clip.height))
    is_on_canvas = own.drawn[2] > 0 and own.drawn[3] > 0 and own.x < bg.clip.width and own.y < bg.clip.height
    if is_on_canvas:
        _, scores = _scores_at(fg, bg, own, content_box(fg, letterbox), crops, parameters)
        if float(np.median(scores.max(axis=1))) >= parameters.resembling:
            return own
    found = search().placement
    most = parameters.corner_share * max(bg.clip.width, bg.clip.height)
    if max(abs(found.x - own.x), abs(found.y - own.y)) > most:
        if is_forced:
            return own
        raise NoMatch(
            f"--at {own.x:g},{own.y:g} has no size, and FG does not lie there in its own, "
            f"{own.width:g}x{own.height:g}: the best place found is "
            f"{found.x:.6g},{found.y:.6g},{found.width:.6g}x{found.height:.6g}; give --at a size"
        )
    return Placement(*corner, found.width, found.height)


def size_note(placement: Placement, fg: Clip) -> str:
    """Which size was taken where only a corner was given."""
    whose = "FG's own" if (placement.width, placement.height) == (fg.width, fg.height) else "the one found there"
    return f"--at gives no size: {whose} is taken, {placement.width:.6g}x{placement.height:.6g}"


def _scores_at(
    fg: Proxies, bg: Proxies, at: Placement, box: Box, crops: CropParameters, parameters: GivenPlacementParameters
) -> tuple[list[int], F32]:
    """Some FG frames, and f32 [frames, BG frames]: their ZNCC with all of BG."""
    fg_crops, bg_crops = crop_features(fg, bg, at, box, parameters.side, crops)
    fg_frames = evenly_spaced(len(fg_crops), parameters.frames)
    fg_rows = fg_crops.rows(np.array(fg_frames))
    blocks = (slice(first, first + BLOCK_FRAMES) for first in range(0, len(bg_crops), BLOCK_FRAMES))
    return fg_frames, np.hstack([fg_rows @ bg_crops.rows(block).T for block in blocks])
