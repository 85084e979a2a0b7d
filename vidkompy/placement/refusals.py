"""Why a pair of clips is refused: what was looked for, the best that was found, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from vidkompy.media.proxies import Proxies
from vidkompy.model import Clip, FrameSpan, Placement

CHECK_CONTENT = "check that both show the same content"
CHECK_OR_FORCE = f"{CHECK_CONTENT}, or take it with --force"


def confidence_refusal(
    placement: Placement, fg: Clip, bg: Clip, span: FrameSpan, min_confidence: float, notes: Sequence[str] = ()
) -> str:
    """Why a placement is refused.

    span    frames of BG that were searched
    notes   what else is known of the pair, in words
    """
    reason = "; ".join((confidence_reason(placement, fg, min_confidence), *notes))
    return _refusal_text(fg, bg, span.stop - span.first, reason, CHECK_OR_FORCE)


def refusal(fg: Proxies, bg: Proxies, reason: str, advice: str) -> str:
    return _refusal_text(fg.clip, bg.clip, bg.clip.frames, reason, advice)


def confidence_reason(placement: Placement, fg: Clip, min_confidence: float) -> str:
    scale = placement.width / fg.width
    size = f" at {scale:.0%} of its size" if abs(scale - 1) > 1e-6 else ""
    return (
        f"the best place is {round(placement.x)},{round(placement.y)}{size}, score {placement.score:.2f}, right with "
        f"probability {placement.confidence:.2f}, wanted at least {min_confidence:g}"
    )


def _refusal_text(fg: Clip, bg: Clip, bg_frames: int, reason: str, advice: str) -> str:
    compared = f"{fg.frames} against {bg_frames} frames looked at"
    return f"'{fg.path}' was not found in '{bg.path}': {reason} ({compared}); {advice}"
