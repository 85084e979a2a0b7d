"""In words, how FG's frames were made from BG's: blended, interpolated, of single fields, telecined."""

from __future__ import annotations

from vidkompy.model import Clip


def relation_reasons(fg: Clip, bg: Clip, kind: str) -> list[str]:
    """At most one sentence; none where FG shows BG's own frames.

    kind   what FG's frames are, as `blended_frames` names it: fields look like blends of frames
    """
    rates = f"{float(bg.frame_rate):.5g} -> {float(fg.frame_rate):.5g} fps"
    if not (fg.field_order or bg.field_order):
        return [f"FG's frames are {kind}: {rates}"] if kind else []
    if fg.field_order and bg.field_order:
        return []
    if fg.field_order:
        return [f"FG is interlaced, BG is not: {rates}"]
    shows_fields = 2 * fg.frame_rate > 3 * bg.frame_rate
    return [f"BG is interlaced, FG {'shows single fields' if shows_fields else 'is not'}: {rates}"]
