"""Another place that stands, and another time: where BG moves, FG fits some px off on frames some frames away, too.

A place that was measured on pairs of frames that do not belong together is off by what BG moved between them. So the
motion of BG's own picture names the rivals of a place. Each is measured as an answer: FG is aligned in time there, and
what BG does not explain of all frames is compared. From the best one, pixels around are tried: whole ones, and for a
scaled FG, which lies between them, parts of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.crops import Features, KnownGrids, crop_features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.path_choice import irregularity
from vidkompy.alignment.stretches import is_held
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import I64, UNMATCHED, Box, FrameMap, Mask, Placement, PlacementResult
from vidkompy.tracking.bg_motion import bg_motion
from vidkompy.tracking.rival_parameters import RivalParameters

Shift = tuple[float, float]  # canvas px
NEIGHBOURS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))


@dataclass(eq=False)
class _Costs:
    """What FG's best map leaves unexplained at places, each measured once.

    unaltered   bool [cells]   those that count: what covers FG costs as much at every place; None: all
    known       the cost of each shift, or a bound below it that was enough to tell that it is not the best
    """

    fg: Proxies
    bg: Proxies
    box: Box
    placement: Placement
    search: SearchOptions
    parameters: RivalParameters
    fg_grids: KnownGrids
    unaltered: Mask | None = None
    known: dict[Shift, float] = field(default_factory=dict)

    def at(self, shift: Shift, below: float = np.inf) -> float:
        """Mean of 1 - ZNCC along the map, more where the map is uneven; infinite where FG lies outside.

        below   costs from there on need not be exact
        """
        if shift not in self.known:
            self.known[shift] = self._measure(_shifted(self.placement, shift), below)
        return self.known[shift]

    def best_of(self, shifts: Iterable[Shift], best: Shift) -> Shift:
        """The one that costs least, if that is less than `best` does: then its cost is exact."""
        for shift in shifts:
            if self.at(shift, self.at(best)) < self.at(best):
                best = shift
        return best

    def crops(self, placement: Placement) -> tuple[Features, Features] | None:
        """FG and BG there, with the cells that count; None where FG lies outside."""
        left, top, right, bottom = placement.drawn
        if right <= 0 or bottom <= 0 or left >= self.bg.clip.width or top >= self.bg.clip.height:
            return None
        clips, side = (self.fg, self.bg), self.parameters.side
        fg, bg = crop_features(*clips, placement, self.box, side, fg_grids=self.fg_grids)
        return _counting(fg, self.unaltered), _counting(bg, self.unaltered)

    def _measure(self, placement: Placement, below: float) -> float:
        if (crops := self.crops(placement)) is None:
            return float("inf")
        fg, bg = crops
        bound = _least_cost(fg, bg, self.search)
        if bound >= below:
            return bound
        frame_map = load_engine("fast").align(fg, bg, self.search)
        if frame_map.score is None:
            return float("inf")
        matched = frame_map.bg[frame_map.bg != UNMATCHED]
        unevenness = irregularity(matched, self.search.parameters) / len(frame_map.bg)
        return float((1 - np.maximum(frame_map.score, self.search.floor)).mean()) * (1 + unevenness)


def find_better_place(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    frame_map: FrameMap,
    search: SearchOptions,
    parameters: RivalParameters,
    between_px: bool = False,
) -> PlacementResult | None:
    """A place of about the same size that leaves clearly less unexplained; None where there is none.

    frame_map    at `placed`, more or less
    between_px   places of a scaled FG are tried between px, too
    """
    box, measured = placed.box, placed.placement
    fg_part, bg_part, path = _piece(fg, bg, frame_map.bg, parameters)
    own = _Costs(fg_part, bg_part, box, measured, search, parameters, {})
    own.unaltered = _unaltered(own.crops(measured), path, search, parameters)
    placement = _nearly_unscaled(measured, fg, parameters)
    costs = own if placement == measured else replace(own, placement=placement, known={})
    near = path[path != UNMATCHED] if (path != UNMATCHED).any() else np.arange(len(bg_part.small))
    is_fine = between_px and placement.width != fg.clip.width
    steps = (*parameters.steps, *(parameters.fine_steps if is_fine else ()))
    best = costs.best_of(_rival_shifts(bg_part, placement, near, steps[-1], parameters), (0, 0))
    for step in steps:
        for _ in range(parameters.most_moves):
            nearest = costs.best_of([(best[0] + step * x, best[1] + step * y) for x, y in NEIGHBOURS], best)
            if nearest == best:
                break
            best = nearest
    if costs.at(best) >= min(parameters.better_cost * own.at((0, 0)), parameters.most_cost):
        return None
    score, sure = round(1 - costs.at(best), 4), _confidence(measured, fg, parameters)
    better = replace(_shifted(placement, best), score=score, runner_up=None, confidence=sure)
    there = _aligned(fg, bg, box, better, own.unaltered, search, parameters).bg
    matched = np.flatnonzero(there != UNMATCHED)
    if not len(matched) or is_held(there, parameters.least_advance):
        return None
    sample = matched[evenly_spaced(len(matched), parameters.pairs)]
    return PlacementResult(box, better, [(int(i), int(there[i])) for i in sample])


def _confidence(measured: Placement, fg: Proxies, parameters: RivalParameters) -> float:
    """That of a rival, which has the size that was measured: if nothing speaks for that, it is no surer."""
    sure = measured.confidence
    is_nothing = sure is not None and sure < parameters.least_of_scaled
    is_scaled = _nearly_unscaled(measured, fg, parameters).width != fg.clip.width
    return sure if sure is not None and is_nothing and is_scaled else parameters.confidence


def _nearly_unscaled(placement: Placement, fg: Proxies, parameters: RivalParameters) -> Placement:
    """Of FG's own size, on whole px around the same centre, if its size is nearly that: scale leaks into time, too."""
    width, height = fg.clip.width, fg.clip.height
    off = max(abs(placement.width / width - 1), abs(placement.height / height - 1))
    if off > parameters.unscaled_slack:
        return placement
    x, y = placement.x + (placement.width - width) / 2, placement.y + (placement.height - height) / 2
    return replace(placement, x=float(round(x)), y=float(round(y)), width=float(width), height=float(height))


def _aligned(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    placement: Placement,
    unaltered: Mask | None,
    search: SearchOptions,
    parameters: RivalParameters,
) -> FrameMap:
    fg_crops, bg_crops = crop_features(fg, bg, placement, box, parameters.side)
    return load_engine("fast").align(_counting(fg_crops, unaltered), _counting(bg_crops, unaltered), search)


def _least_cost(fg: Features, bg: Features, search: SearchOptions) -> float:
    """What no map costs less than: mean of 1 - ZNCC of each FG frame with the BG frame that fits it best."""
    best = (fg.rows(slice(None)) @ bg.rows(slice(None)).T).max(axis=1)
    return float((1 - np.maximum(best, np.float32(search.floor))).mean())


def _unaltered(
    crops: tuple[Features, Features] | None, path: I64, search: SearchOptions, parameters: RivalParameters
) -> Mask | None:
    """bool [cells]: those in which FG shows what BG does, by the map; None where it says nothing."""
    matched = np.flatnonzero(path != UNMATCHED)
    if crops is None or not len(matched):
        return None
    sample = matched[evenly_spaced(len(matched), parameters.pairs)]
    pairs = list(zip(sample.tolist(), path[sample].tolist(), strict=True))
    return unaltered_mask(*crops, pairs, search.parameters.altered_mask)


def _counting(features: Features, cells: Mask | None) -> Features:
    """The features with these cells alone; with all where another part of FG lies on the canvas."""
    if cells is None or cells.shape != features.mask.shape:
        return features
    return replace(features, mask=features.mask & cells)


def _shifted(placement: Placement, shift: Shift) -> Placement:
    return replace(placement, x=placement.x + shift[0], y=placement.y + shift[1])


def _piece(fg: Proxies, bg: Proxies, bg_of_fg: I64, parameters: RivalParameters) -> tuple[Proxies, Proxies, I64]:
    """The middle of FG, BG around it, and i64 [n_fg], the map there, counted in the piece."""
    count = min(len(fg.small), parameters.fg_frames)
    start = (len(fg.small) - count) // 2
    part = bg_of_fg[start : start + count]
    matched = part[part != UNMATCHED]
    if not len(matched):
        matched = np.arange(len(bg.small))
    first = max(int(matched.min()) - parameters.bg_margin, 0)
    stop = min(int(matched.max()) + 1 + parameters.bg_margin, len(bg.small), first + parameters.bg_frames)
    inside = np.where((part != UNMATCHED) & (part < stop), part - first, UNMATCHED)
    return _part(fg, start, start + count), _part(bg, first, stop), inside


def _part(clip: Proxies, first: int, stop: int) -> Proxies:
    return replace(clip, clip=replace(clip.clip, pts=clip.clip.pts[first:stop]), small=clip.small[first:stop])


def _rival_shifts(
    bg: Proxies, placement: Placement, frames: I64, step: float, parameters: RivalParameters
) -> Iterator[Shift]:
    """By how much BG's picture moves from these frames to others, the most frequent first; multiples of a step."""
    sample = frames[evenly_spaced(len(frames), parameters.frames)] if len(frames) else frames
    votes: dict[Shift, int] = {}
    for away in parameters.frames_away:
        for j in sample.tolist():
            if 0 <= j + away < len(bg.small):
                x, y = bg_motion(bg, placement, j, j + away)
                shift = round(x / step) * step, round(y / step) * step
                votes[shift] = votes.get(shift, 0) + 1
    votes.pop((0, 0), None)
    yield from sorted(votes, key=lambda shift: -votes[shift])[: parameters.rivals]
