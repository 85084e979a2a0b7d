"""In words, how FG's frames were made from BG's: blended, interpolated, of single fields, telecined."""

from __future__ import annotations

from vidkompy.model import Clip

ONE_FILE = "FG and BG are one file, byte for byte: if another one was meant, name that"
FIELDS = {"tff": "upper", "bff": "lower"}


def relation_reasons(fg: Clip, bg: Clip, kind: str, lost_orders: tuple[str, str] = ("", "")) -> list[str]:
    """Sentences; none where FG shows BG's own frames, is another file, and the files say what they hold.

    kind          what FG's frames are, as `blended_frames` names it: fields look like blends of frames
    lost_orders   field order of FG and of BG where the frames show one and the file says none
    """
    if fg.content_key == bg.content_key:
        return [ONE_FILE]
    rates = f"{float(bg.frame_rate):.5g} -> {float(fg.frame_rate):.5g} fps"
    lost = [
        f"{name}'s frames hold two moments each, {FIELDS[order]} field first, though its file calls them progressive"
        for name, order in zip(("FG", "BG"), lost_orders, strict=True)
        if order
    ]
    fg_order, bg_order = fg.field_order or lost_orders[0], bg.field_order or lost_orders[1]
    if not (fg_order or bg_order):
        return [f"FG's frames are {kind}: {rates}"] if kind else []
    if fg_order and bg_order:
        return lost
    if fg_order:
        return [f"FG is interlaced, BG is not: {rates}", *lost]
    shows_fields = 2 * fg.frame_rate > 3 * bg.frame_rate
    return [f"BG is interlaced, FG {'shows single fields' if shows_fields else 'is not'}: {rates}", *lost]
