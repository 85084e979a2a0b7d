"""How far to trust what was found: a number, sentences that say what is doubtful, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.audio_offset import AudioOffset
from vidkompy.errors import NoMatch
from vidkompy.media.faults import damage_reasons
from vidkompy.model import UNMATCHED, Clip, FrameMap, Placement, Quality

LEAST_MATCHED = 0.25  # share of FG frames below which the clips count as unrelated
DOUBTFUL = 0.9  # confidence of a placement below which it is worth a look
UNLIKE = 0.7  # score at or below which a pinned frame looks like something else
EVEN = 0.5  # confidence of a frame below which it is more likely wrong

Flags = NDArray[np.bool_]


def assess_quality(
    where: Placement,
    frame_map: FrameMap,
    fg: Clip,
    bg: Clip,
    least: float,
    is_forced: bool,
    sound: AudioOffset | None,
    pins: Sequence[tuple[int, int]] = (),
) -> Quality:
    """Raises NoMatch where the confidence is below `least`, or too few frames match, unless it is forced."""
    unmatched = frame_map.bg == UNMATCHED
    unsure = np.zeros_like(unmatched) if frame_map.confidence is None else frame_map.confidence < EVEN
    in_time = None if frame_map.confidence is None else float(np.nanmean(frame_map.confidence))
    confidence = in_time if in_time is None or where.confidence is None else in_time * where.confidence
    too_few = unmatched.mean() > 1 - LEAST_MATCHED
    too_unsure = confidence is not None and confidence < least
    if (too_few or too_unsure) and not is_forced:
        raise NoMatch(_refusal(frame_map, where, fg, bg, confidence, least))
    return Quality(
        unmatched=int(unmatched.sum()),
        unsure=int(unsure.sum()),
        confidence=None if confidence is None else round(confidence, 4),
        is_forced=bool(is_forced and (too_few or too_unsure)),
        sound_late_ms=None if sound is None else round(sound.late_ms, 1),
        reasons=(
            *_doubts(where, unmatched, unsure, frame_map, fg),
            *_pinned(frame_map, pins),
            *_heard(sound),
            *damage_reasons("FG", fg),
            *damage_reasons("BG", bg),
        ),
    )


def _doubts(where: Placement, unmatched: Flags, unsure: Flags, frame_map: FrameMap, fg: Clip) -> list[str]:
    said = []
    if where.score is None:
        said.append("the placement was set by hand")
    elif where.confidence is not None and where.confidence < DOUBTFUL:
        rival = "" if where.runner_up is None else f", another place scores {where.runner_up:.3f}"
        said.append(
            f"the placement is right with probability {where.confidence:.2f} (score {where.score:.3f}{rival}): "
            "check it, or use --at"
        )
    if unmatched.any():
        said.append(f"{unmatched.sum()} FG frames resemble no BG frame, first at {_first(unmatched, fg)}")
    if (unmatched & unsure).any():
        said.append(f"{(unmatched & unsure).sum()} of these do resemble some, but out of order: try --reorder")
    unsure = unsure & ~unmatched
    if unsure.any():
        said.append(
            f"{unsure.sum()} FG frames fit other BG frames about as well{_width(frame_map, unsure)}, "
            f"first at {_first(unsure, fg)}"
        )
    return said


def _pinned(frame_map: FrameMap, pins: Sequence[tuple[int, int]]) -> list[str]:
    if frame_map.score is None:
        return []
    unlike = [(i, j) for i, j in pins if frame_map.score[i] <= UNLIKE]
    more = f", nor do {len(unlike) - 1} other pinned ones" if len(unlike) > 1 else ""
    return [f"pinned FG frame {i} does not look like BG frame {j}{more}" for i, j in unlike[:1]]


def _heard(sound: AudioOffset | None) -> list[str]:
    if sound is None or not sound.is_clear:
        return []
    when = "late" if sound.late_ms > 0 else "early"
    return [f"FG's sound comes {abs(sound.late_ms):.0f} ms {when} against its picture, by BG's sound"]


def _width(frame_map: FrameMap, which: Flags) -> str:
    """How many BG frames come into question."""
    if frame_map.low is None or frame_map.high is None:
        return ""
    width = (frame_map.high - frame_map.low)[which]
    return f" (up to {width.max()} in a row)" if width.max() > 1 else ""


def _first(flags: Flags, clip: Clip) -> str:
    i = int(np.argmax(flags))
    return f"frame {i} ({clip.seconds(i):.2f} s)"


def _refusal(frame_map: FrameMap, where: Placement, fg: Clip, bg: Clip, confidence: float | None, least: float) -> str:
    matched = int((frame_map.bg != UNMATCHED).sum())
    if confidence is not None and confidence < least:
        what = (
            f"the best answer, at {where.x:.6g},{where.y:.6g} with {matched} of {fg.frames} frames matched, is right "
        )
        what += f"with probability {confidence:.2f} < {least:g} only"
    else:
        what = f"only {matched} of {fg.frames} frames resemble a BG frame at the best placement"
    return f"'{fg.path}' was not found in '{bg.path}': {what}; check that both show the same content, or use --force"
