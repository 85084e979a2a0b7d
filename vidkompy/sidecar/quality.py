"""How far to trust a placement and a frame map: a confidence, reasons for doubt in words, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vidkompy.alignment.audio_offset import AudioOffset
from vidkompy.alignment.extent import Overhang, overhang
from vidkompy.counts import count_text
from vidkompy.errors import NoMatch
from vidkompy.media.faults import damage_reasons
from vidkompy.media.swapped_clips import SWAPPED, hides_and_exceeds, swapping_command
from vidkompy.model import UNMATCHED, Clip, FrameMap, FrameSpan, Mask, Placement, Quality
from vidkompy.parameters import tuned
from vidkompy.records import Record


class QualityParameters(Record):
    """Limits from which on a placement, a frame or a pair of clips counts as doubtful."""

    least_matched: float = tuned(
        0.25,
        unit="share of FG frames",
        raising="more pairs of clips are refused as unrelated",
        source="chosen by eye",
    )
    min_placement_confidence: float = tuned(
        0.9,
        unit="probability",
        raising="more placements are reported as doubtful",
        source="chosen by eye",
    )
    min_frame_confidence: float = tuned(
        0.5,
        unit="probability",
        raising="more frames are reported as unsure",
        source="by meaning: below one half a frame is more likely wrong than right",
    )
    least_time_confidence: float = tuned(
        0.06,
        unit="mean probability of frames",
        raising="more pairs are refused whose place is sure and whose time hardly shows, as in nearly still footage",
        source="by meaning: all frames of a still are claimed at 0.05, the lowest level",
    )
    counted_time_confidence: float = tuned(
        0.45,
        unit="mean probability that frames above that limit count for at least; and the whole, where FG is recognised",
        raising="clips that surely belong together are accepted up to a higher min_confidence",
        source="by meaning: less than even; with a place of 0.45 it exceeds the 0.2 that is wanted by default",
    )
    swapped_excess: float = tuned(
        1.05,
        unit="FG's area over that of the canvas, all of which it hides",
        raising="fewer pairs of clips are reported as swapped",
        source="chosen by eye: copies of the whole frame have 1",
    )
    least_inside: int = tuned(
        12,
        unit="matched FG frames of a clip that goes on beyond BG",
        raising="more pairs whose FG is far longer than BG are refused",
        source="chosen by eye: half a second",
    )


def assess_quality(
    placement: Placement,
    frame_map: FrameMap,
    fg: Clip,
    bg: Clip,
    min_confidence: float,
    force: bool,
    audio_offset: AudioOffset | None,
    parameters: QualityParameters = QualityParameters(),
    span: FrameSpan | None = None,
    notes: Sequence[str] = (),
    is_recognised: bool = False,
    pins: Iterable[tuple[int, int]] = (),
) -> Quality:
    """Confidence and reasons for doubt of an answer; FG frames beyond BG's ends count neither for it nor against it.

    audio_offset, span   of FG's sound, if sounds correlate; BG's frames that were searched, None: all
    notes, is_recognised   how FG relates to BG; that it surely shows it, though it cannot be told where and when
    pins   frames (FG, BG) that the user set; the pictures say nothing of those set to UNMATCHED
    Raises NoMatch where the confidence is below `min_confidence`, or too few frames match, unless `force`.
    """
    unmatched, unsure = frame_map.bg == UNMATCHED, _unsure_frames(frame_map, parameters.min_frame_confidence)
    beyond = _beyond_bg(frame_map, span or FrameSpan(0, bg.frames), parameters)
    is_inside = ~beyond.flags(len(unmatched))
    confidence = _confidence(placement, frame_map, is_inside)
    related = _related_confidence(placement, confidence, is_recognised, parameters)
    is_insufficient = _is_insufficient(unmatched[is_inside], related, min_confidence, parameters)
    if is_insufficient and not force:
        raise NoMatch(_refusal(frame_map, placement, fg, bg, confidence, min_confidence, notes))
    reasons = [*_placement_reasons(placement, fg, bg, parameters), *notes]
    reasons += _overhang_reasons(beyond, fg, span in (None, (0, bg.frames)))
    reasons += _frame_reasons(frame_map, _without_pins(unmatched & is_inside, pins), unsure, fg, is_recognised)
    return Quality(
        unmatched=int(unmatched.sum()),
        unsure=int(unsure.sum()),
        confidence=None if confidence is None else round(confidence, 4),
        is_forced=is_insufficient,
        sound_late_ms=None if audio_offset is None else round(audio_offset.late_ms, 1),
        reasons=(*reasons, *_other_reasons(fg, bg, audio_offset)),
    )


def _without_pins(frames: Mask, pins: Iterable[tuple[int, int]]) -> Mask:
    result = frames.copy()
    result[[i for i, _ in pins]] = False
    return result


def _related_confidence(
    placement: Placement, confidence: float | None, is_recognised: bool, parameters: QualityParameters
) -> float | None:
    """What decides on a refusal: no clips that surely belong together are refused as frames hardly show their time.

    confidence   of place and time together
    """
    place, least = placement.confidence, parameters.counted_time_confidence
    if is_recognised or confidence is None:
        return None if confidence is None else max(confidence, least)
    if not place or place < parameters.min_placement_confidence:
        return confidence
    time = confidence / place
    return place * max(time, least) if time > parameters.least_time_confidence else time


def _is_insufficient(
    unmatched: Mask, confidence: float | None, min_confidence: float, parameters: QualityParameters
) -> bool:
    """Whether too few frames match, or the answer is less sure than wanted."""
    has_too_few = bool(unmatched.mean() > 1 - parameters.least_matched)
    return has_too_few or (confidence is not None and confidence < min_confidence)


def _other_reasons(fg: Clip, bg: Clip, audio_offset: AudioOffset | None) -> list[str]:
    return [*sound_reasons(audio_offset), *damage_reasons("FG", fg), *damage_reasons("BG", bg)]


def _unsure_frames(frame_map: FrameMap, min_frame_confidence: float) -> Mask:
    """bool [n_fg]; none where confidence is not known."""
    if frame_map.confidence is None:
        return np.zeros(len(frame_map.bg), np.bool_)
    return frame_map.confidence < min_frame_confidence


def _beyond_bg(frame_map: FrameMap, span: FrameSpan, parameters: QualityParameters) -> Overhang:
    """FG frames beyond the ends of what was searched; none where few others are matched, which proves nothing."""
    matched = int((frame_map.bg != UNMATCHED).sum())
    if matched < min(parameters.least_inside, span.stop - span.first):
        return Overhang(0, 0)
    return overhang(frame_map.bg, *span, frame_map.confidence, parameters.min_frame_confidence)


def _confidence(placement: Placement, frame_map: FrameMap, is_inside: Mask) -> float | None:
    """That of the placement, if it has one, times the mean of the frames inside BG; None if they have none."""
    if frame_map.confidence is None or np.isnan(frame_map.confidence[is_inside]).all():
        return None
    in_time = float(np.nanmean(frame_map.confidence[is_inside]))
    return in_time if placement.confidence is None else in_time * placement.confidence


def _swap_reasons(placement: Placement, fg: Clip, bg: Clip, excess: float) -> list[str]:
    if not hides_and_exceeds(placement, bg, excess):
        return []
    return [
        f"{SWAPPED}, as FG hides all of BG and reaches beyond it: give them the other way round: "
        f"{swapping_command(bg, fg)}"
    ]


def _placement_reasons(placement: Placement, fg: Clip, bg: Clip, parameters: QualityParameters) -> list[str]:
    reasons = _swap_reasons(placement, fg, bg, parameters.swapped_excess)
    if placement.score is None:
        return [*reasons, "the placement was set by hand"]
    if placement.confidence is None or placement.confidence >= parameters.min_placement_confidence:
        return reasons
    rival = "" if placement.runner_up is None else f", another place scores {placement.runner_up:.3f}"
    return [
        *reasons,
        f"the placement is right with probability {placement.confidence:.2f} (score {placement.score:.3f}{rival}): "
        "check it, or use --at",
    ]


def _overhang_reasons(beyond: Overhang, fg: Clip, is_all_searched: bool) -> list[str]:
    ends = [(0, beyond.before), (fg.frames - beyond.after, fg.frames)]
    ranges = [f"{first}..{stop - 1}" for first, stop in ends if first < stop]
    bg = "BG" if is_all_searched else "the part of BG that was searched"
    return [f"FG is longer than {bg}: frames {' and '.join(ranges)} lie outside it"] if ranges else []


def _frame_reasons(frame_map: FrameMap, unmatched: Mask, unsure: Mask, fg: Clip, is_recognised: bool) -> list[str]:
    """is_recognised: all frames are unsure together, which says nothing of their order."""
    reasons = []
    if unmatched.any():
        resembling = count_text(int(unmatched.sum()), "FG frame resembles", "FG frames resemble")
        reasons.append(f"{resembling} no BG frame, first at {_first_frame(unmatched, fg)}")
    out_of_order = unmatched & unsure
    if out_of_order.any() and not is_recognised:
        reordered = count_text(int(out_of_order.sum()), "of these does resemble", "of these do resemble")
        reasons.append(f"{reordered} some, but out of order: try --reorder")
    ambiguous = unsure & ~unmatched
    if ambiguous.any():
        fitting = count_text(int(ambiguous.sum()), "FG frame fits", "FG frames fit")
        widest = _widest_range(frame_map, ambiguous)
        reasons.append(f"{fitting} other BG frames about as well{widest}, first at {_first_frame(ambiguous, fg)}")
    return reasons


def sound_reasons(audio_offset: AudioOffset | None) -> list[str]:
    """What is said of FG's sound, where it is surely shifted."""
    if audio_offset is None or not audio_offset.is_clear:
        return []
    direction = "late" if audio_offset.late_ms > 0 else "early"
    return [f"FG's sound comes {abs(audio_offset.late_ms):.0f} ms {direction} against its picture, by BG's sound"]


def _widest_range(frame_map: FrameMap, frames: Mask) -> str:
    """How many BG frames fit one of these FG frames at most."""
    if frame_map.low is None or frame_map.high is None:
        return ""
    width = (frame_map.high - frame_map.low)[frames]
    return f" (up to {width.max()} in a row)" if width.max() > 1 else ""


def _first_frame(flags: Mask, clip: Clip) -> str:
    i = int(np.argmax(flags))
    return f"frame {i} ({clip.seconds(i):.2f} s)"


def _refusal(
    frame_map: FrameMap,
    placement: Placement,
    fg: Clip,
    bg: Clip,
    confidence: float | None,
    min_confidence: float,
    notes: Sequence[str],
) -> str:
    matched = int((frame_map.bg != UNMATCHED).sum())
    if confidence is not None and confidence < min_confidence:
        doubt = (
            f"the best answer, at {placement.x:.6g},{placement.y:.6g} with {matched} of {fg.frames} frames matched, "
            f"is right with probability {confidence:.2f} < {min_confidence:g} only"
        )
    else:
        doubt = f"only {matched} of {fg.frames} frames resemble a BG frame at the best placement"
    causes = "; ".join((doubt, *notes))
    return f"'{fg.path}' was not found in '{bg.path}': {causes}; check that both show the same content, or use --force"
