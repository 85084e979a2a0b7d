"""The other clip as a witness: the new file is aligned with it, and the answer compared with what was carried over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.analysis import AnalysisOptions, analyze
from vidkompy.errors import NoMatch
from vidkompy.media.cache import Cache
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.model import UNMATCHED, Clip, Placement, Sidecar
from vidkompy.parameters import tuned
from vidkompy.records import Record
from vidkompy.relinking.carried_over import with_bg, with_fg
from vidkompy.relinking.evidence import ADVICE, Evidence, is_intact, other_content_error
from vidkompy.verification.alignment_check import AlignmentVerdict, compare_answers

_AGAINST_PLACE = "px away from this place"  # in what an analysis says where the pictures contradict a place


class WitnessParameters(Record):
    """How far the new answer and the old one have to agree."""

    place_px: float = tuned(
        1.0,
        unit="canvas px of a corner",
        raising="places that lie further off count as the same",
        source="by meaning: what the confidence of a place claims",
    )
    most_wrong: float = tuned(
        0.02,
        unit="share of FG frames on another BG frame than the old map has",
        raising="answers that agree less count as the same",
        source="docs/measurements.md: held-out kinds have 0.1 % of their frames a frame off, some tuning ones 2 %",
    )
    least_wrong_beside: float = tuned(
        0.2,
        unit="share of FG frames that disagree a frame away",
        raising="clips in which little moves count as unsure",
        source="chosen by eye: ten times most_wrong",
    )


def evidence_of_other_clip(
    sidecar: Sidecar,
    role: Literal["fg", "bg"],
    clip: Clip,
    doubt: str,
    cache: Cache,
    on_progress: ProgressCallback | None,
    parameters: WitnessParameters = WitnessParameters(),
) -> Evidence:
    """Evidence that the clip shows what the one in that role did, by the other one of the sidecar.

    doubt   why its pictures alone do not tell
    Raises NoMatch where the other clip is not there, or says something else, or does not tell, MediaError.
    """
    before, other = (sidecar.fg, sidecar.bg) if role == "fg" else (sidecar.bg, sidecar.fg)
    if not is_intact(other):
        raise _unsure(clip, before, f"{doubt}; '{other.path}', which could tell, is not there as it was")
    carried_by = with_fg if role == "fg" else with_bg
    fresh = _aligned_anew(carried_by(sidecar, clip, 0), clip, before, cache, on_progress)
    is_as_long = clip.frames == before.frames
    shift = _likely_shift(sidecar, fresh, role)
    if is_as_long and _share(sidecar, fresh, carried_by, 0) <= parameters.most_wrong:
        shift = 0
    if role == "fg" and not 0 <= shift <= before.frames - clip.frames:
        raise other_content_error(clip.path, before, f"aligned with '{other.path}', it lies at another time")
    verdict, share = _verdict(sidecar, fresh, carried_by, shift), _share(sidecar, fresh, carried_by, shift)
    elsewhere = f"{share:.0%} of the frames lie elsewhere, the place {verdict.place_off:.1f} px off"
    finding = f"aligned with '{other.path}', {elsewhere}"
    if not (verdict.is_place_sure and verdict.is_time_sure):
        raise _unsure(clip, before, f"{doubt}; '{other.path}' shows it too unsurely")
    if share > parameters.most_wrong or verdict.place_off > parameters.place_px:
        raise other_content_error(clip.path, before, finding)
    beside = min(_share(sidecar, fresh, carried_by, shift + off) for off in (-1, 1))
    if not (is_as_long and shift == 0) and beside < parameters.least_wrong_beside:
        raise _unsure(clip, before, f"{doubt}; by '{other.path}' it may begin a frame earlier or later")
    levels = fresh.frame_map.confidence
    sure = "" if levels is None else f", which is right with probability {min(float(np.nanmean(levels)), 0.999):.2f}"
    return Evidence("other clip", shift, fresh.fg.frames, None, f"{finding}{sure}")


def with_checked_place(
    carried: Sidecar,
    role: Literal["fg", "bg"],
    before: Clip,
    cache: Cache,
    on_progress: ProgressCallback | None,
    parameters: WitnessParameters = WitnessParameters(),
) -> tuple[Sidecar, str]:
    """The sidecar as it was carried over; without a probability of its place, and why, unless both clips show it there.

    Raises NoMatch where they show it elsewhere: the clip was cropped, or moved, MediaError.
    """
    clip, other = (carried.fg, carried.bg) if role == "fg" else (carried.bg, carried.fg)
    if carried.placement.confidence is None:
        return carried, ""
    unchecked = replace(carried, placement=replace(carried.placement, confidence=None))
    if carried.track is not None:
        return unchecked, "it moves, and was not looked for again"
    if not is_intact(other):
        return unchecked, f"'{other.path}', which could tell whether it still holds, is not there as it was"
    try:
        fresh = _aligned_anew(carried, clip, before, cache, on_progress, carried.placement)
        if not any(_AGAINST_PLACE in reason for reason in fresh.quality.reasons):
            return carried, ""
    except NoMatch:  # its place may be wrong, or too little to be seen in it
        pass
    unsure = f"by '{other.path}' {role.upper()} may have been cropped, or moved, by some px"
    try:
        fresh = _aligned_anew(carried, clip, before, cache, on_progress)
    except NoMatch:
        return unchecked, unsure
    verdict = compare_answers(carried, fresh)
    if fresh.track is not None or not verdict.is_place_sure:
        return unchecked, unsure
    if verdict.place_off > parameters.place_px:
        finding = f"aligned with '{other.path}', its place lies {verdict.place_off:.1f} px off: was it cropped?"
        raise other_content_error(clip.path, before, finding)
    return carried, ""


def _unsure(clip: Clip, before: Clip, reason: str) -> NoMatch:
    return NoMatch(f"'{clip.path}' cannot be told to be what '{before.path}' was: {reason}; {ADVICE}")


def _aligned_anew(
    carried: Sidecar,
    clip: Clip,
    before: Clip,
    cache: Cache,
    on_progress: ProgressCallback | None,
    at: Placement | None = None,
) -> Sidecar:
    """Both clips analysed without the sidecar's pins and map, and its place where that is not given. Raises NoMatch."""
    options = AnalysisOptions(
        at=at,
        search=SearchOptions(reorder=carried.frame_map.goes_back),
        keep_damaged=bool(carried.fg.damage or carried.bg.damage),
        bg_stream=StreamSelector(carried.bg.stream),
        fg_stream=StreamSelector(carried.fg.stream),
        ignore=carried.ignored,
    )
    try:
        return analyze(carried.bg.path, carried.fg.path, options, cache, on_progress)
    except NoMatch as e:
        raise other_content_error(clip.path, before, f"aligned with the other clip, {e}") from e


def _likely_shift(sidecar: Sidecar, fresh: Sidecar, role: str) -> int:
    """The shift that most frames have, by where both maps have them; 0 where no frame tells."""
    old, new = sidecar.frame_map.bg, fresh.frame_map.bg
    if role == "bg":
        is_known = (old != UNMATCHED) & (new != UNMATCHED)
        shifts = (old - new)[is_known]
    else:
        (old_shown, old_at), (new_shown, new_at) = (np.unique(bg, return_index=True) for bg in (old, new))
        common, at_old, at_new = np.intersect1d(old_shown, new_shown, return_indices=True)
        shifts = (old_at[at_old] - new_at[at_new])[common != UNMATCHED]
    if not len(shifts):
        return 0
    values, counts = np.unique(shifts, return_counts=True)
    return int(values[np.argmax(counts)])


CarriedBy = Callable[[Sidecar, Clip, int], Sidecar]


def _verdict(sidecar: Sidecar, fresh: Sidecar, carried_by: CarriedBy, shift: int) -> AlignmentVerdict:
    return compare_answers(carried_by(sidecar, fresh.fg if carried_by is with_fg else fresh.bg, shift), fresh)


def _share(sidecar: Sidecar, fresh: Sidecar, carried_by: CarriedBy, shift: int) -> float:
    """Of FG frames that lie elsewhere, where the map is carried over with this shift; 1 where it cannot be."""
    if carried_by is with_fg and not 0 <= shift <= sidecar.fg.frames - fresh.fg.frames:
        return 1.0
    return len(_verdict(sidecar, fresh, carried_by, shift).wrong_frames) / fresh.fg.frames
