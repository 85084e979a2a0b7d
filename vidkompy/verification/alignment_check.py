"""Does FG lie where and when a sidecar says? Both clips are analysed anew, and the answers compared.

`frame_comparison` proves that a render is what the sidecar says; this asks whether that is true.
"""

from __future__ import annotations

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisOptions, analyze
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.model import UNMATCHED, Placement, Sidecar
from vidkompy.parameters import tuned
from vidkompy.records import Record


class AlignmentCheckParameters(Record):
    """Tuned numbers of the comparison."""

    place_px: float = tuned(
        0.5,
        unit="canvas px of a corner, from which on a place is another one",
        raising="places that lie further off pass",
        source="by meaning: what a confidence claims of an unscaled FG; corners of 178 held-out pairs are 0.12 px off",
    )
    least_confidence: float = tuned(
        0.5,
        unit="probability",
        raising="more sidecars cannot be told to be right or wrong",
        source="by meaning: below one half an answer is more likely wrong than right",
    )


class AlignmentVerdict(Record):
    """What the pictures say to a sidecar.

    found         where FG lies by them
    place_off     canvas px of the corner that lies furthest from where it is drawn, in the frame where it is most
    is_place_sure, is_time_sure   whether the pictures tell the place, and the time of most frames
    wrong_frames  FG frames, ascending, that show another BG frame than the map has, none that looks like it
    frames_off    BG frames by which the furthest of them is off; 0 where each is matched but should not be, or is not
    """

    found: Placement
    place_off: float
    is_place_sure: bool
    is_time_sure: bool
    wrong_frames: tuple[int, ...]
    frames_off: int
    parameters: AlignmentCheckParameters = AlignmentCheckParameters()

    @property
    def is_placed(self) -> bool:
        return self.place_off < self.parameters.place_px

    @property
    def is_contradicted(self) -> bool:
        """Whether the pictures surely say something else."""
        return (self.is_place_sure and not self.is_placed) or (self.is_time_sure and bool(self.wrong_frames))

    @property
    def is_right(self) -> bool:
        """Whether the pictures surely say the same."""
        return self.is_place_sure and self.is_time_sure and self.is_placed and not self.wrong_frames


def check_alignment(
    sidecar: Sidecar,
    engine: EngineName = "precise",
    cache: Cache = NO_CACHE,
    on_progress: ProgressCallback | None = None,
    parameters: AlignmentCheckParameters = AlignmentCheckParameters(),
) -> AlignmentVerdict:
    """What an analysis without the sidecar's place, pins and map says to them. Raises MediaError, NoMatch."""
    options = AnalysisOptions(
        engine,
        SearchOptions(reorder=sidecar.frame_map.goes_back),
        search_seconds=sidecar.searched,
        force=True,
        keep_damaged=bool(sidecar.fg.damage or sidecar.bg.damage),
        bg_stream=StreamSelector(sidecar.bg.stream),
        fg_stream=StreamSelector(sidecar.fg.stream),
        ignore=sidecar.ignored,
    )
    return compare_answers(sidecar, analyze(sidecar.bg.path, sidecar.fg.path, options, cache, on_progress), parameters)


def compare_answers(
    sidecar: Sidecar, fresh: Sidecar, parameters: AlignmentCheckParameters = AlignmentCheckParameters()
) -> AlignmentVerdict:
    """What an answer for the same two clips says to a sidecar."""
    wrong, off = _wrong_frames(sidecar, fresh, parameters.least_confidence)
    levels, least = fresh.frame_map.confidence, parameters.least_confidence
    place = fresh.placement.confidence
    return AlignmentVerdict(
        found=fresh.placement,
        place_off=_place_off(sidecar, fresh),
        is_place_sure=fresh.track is not None or (place is not None and place >= least),
        is_time_sure=levels is not None and float(np.nanmedian(levels)) >= least,
        wrong_frames=wrong,
        frames_off=off,
        parameters=parameters,
    )


def _place_off(sidecar: Sidecar, fresh: Sidecar) -> float:
    """Canvas px between where both have FG's corners, in the frame where that is most."""
    if fresh.track is None:
        a, b = sidecar.placement, fresh.placement
        corners = ((a.x, b.x), (a.y, b.y), (a.x + a.width, b.x + b.width), (a.y + a.height, b.y + b.height))
        return max(abs(p - q) for p, q in corners)
    if sidecar.track is None:
        return float(fresh.track.corner_distances(sidecar.placement).max())
    return float(np.abs(fresh.track.corners - sidecar.track.corners).max())


def _wrong_frames(sidecar: Sidecar, fresh: Sidecar, least_confidence: float) -> tuple[tuple[int, ...], int]:
    """FG frames that surely show another BG frame, and by how many the furthest is off."""
    drawn, seen = sidecar.frame_map.bg, fresh.frame_map
    low = seen.bg if seen.low is None else seen.low
    high = seen.bg + 1 if seen.high is None else seen.high
    is_right = np.where(seen.bg == UNMATCHED, drawn == UNMATCHED, (low <= drawn) & (drawn < high))
    if seen.confidence is not None:
        is_right |= seen.confidence < least_confidence
    wrong = np.flatnonzero(~is_right)
    both = wrong[(drawn[wrong] != UNMATCHED) & (seen.bg[wrong] != UNMATCHED)]
    off = np.maximum(low[both] - drawn[both], drawn[both] - high[both] + 1)
    return tuple(wrong.tolist()), int(off.max(initial=0))
