"""A frame map row by row, as tables and scripts leave it, checked against the clips it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vidkompy.errors import MapError
from vidkompy.model import I64, UNMATCHED, Clip, Sidecar

Fault = Callable[[int, str, str], MapError]  # of row n, about one of its fields: what is wrong


@dataclass(frozen=True)
class Row:
    """bg: UNMATCHED where none belongs. fg_pts, bg_pts: None where they are not said."""

    fg: int
    bg: int
    fg_pts: int | None = None
    bg_pts: int | None = None


def bg_of(rows: Sequence[Row], of: Sidecar, fault: Fault) -> I64:
    """i64 [n_fg]: BG frames of rows that stand for each FG frame of the sidecar's clips once, in order.

    Raises what `fault` makes of the first row that cannot be.
    """
    for n, row in enumerate(rows):
        _check_order(n, row, rows, of.fg, fault)
        if row.bg != UNMATCHED and not 0 <= row.bg < of.bg.frames:
            raise fault(n, "bg", f"is {row.bg}, but BG '{of.bg.path}' has frames 0..{of.bg.frames - 1}")
        _check_time(n, "fg", row.fg, row.fg_pts, of.fg, fault)
        _check_time(n, "bg", row.bg, row.bg_pts, of.bg, fault)
    if len(rows) < of.fg.frames:
        ends = f"of the last row is {len(rows) - 1}" if rows else "is nowhere"
        raise fault(
            max(len(rows) - 1, 0), "fg", f"{ends}, but FG '{of.fg.path}' has {of.fg.frames} frames: say them all"
        )
    return np.array([row.bg for row in rows], np.int64)


def _check_order(n: int, row: Row, rows: Sequence[Row], fg: Clip, fault: Fault) -> None:
    if row.fg != n and 0 <= row.fg < n:
        raise fault(n, "fg", f"is {row.fg} again, wanted {n}: one row for each FG frame, in order")
    if row.fg >= fg.frames or (row.fg == n >= fg.frames):
        raise fault(n, "fg", f"is {row.fg}, but FG '{fg.path}' has frames 0..{fg.frames - 1}")
    if row.fg != n:
        is_later = any(other.fg == n for other in rows[n + 1 :])
        where = "which comes later" if is_later else "which is missing"
        raise fault(n, "fg", f"is {row.fg}, wanted {n}, {where}: one row for each FG frame, in order")


def _check_time(n: int, role: str, i: int, said: int | None, clip: Clip, fault: Fault) -> None:
    if said is None:
        return
    if i == UNMATCHED:
        raise fault(n, f"{role}_pts", f"is {said}, but the row shows no {role.upper()} frame: leave it empty")
    known = int(clip.pts[i])
    if said != known:
        what = f"is {said}, but {role.upper()} frame {i} is at {known} (ticks of {clip.time_base} s)"
        raise fault(n, f"{role}_pts", f"{what}: correct one of them, or leave this one empty")
