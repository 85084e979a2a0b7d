"""A frame map row by row, as tables and scripts leave it, checked against the clips it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vidkompy.counts import count_text
from vidkompy.errors import MapError
from vidkompy.model import I64, UNMATCHED, Clip, Sidecar
from vidkompy.records import Record
from vidkompy.sidecar.pins import pinned_frames

RowError = Callable[[int, str, str], MapError]  # the error of row n, about one of its fields: what is wrong


class MapRow(Record):
    """What a row says of an FG frame.

    fg, bg          frame indices; bg is UNMATCHED where none belongs
    fg_pts, bg_pts  ticks; None where they are left out
    """

    fg: int
    bg: int
    fg_pts: int | None = None
    bg_pts: int | None = None


def bg_indices(rows: Sequence[MapRow], clips: Sidecar, error: RowError) -> I64:
    """i64 [n_fg]: BG frames of rows that stand for each FG frame of the sidecar's clips once, in order.

    Raises what `error` makes of the first row that cannot be.
    """
    fg, bg = clips.fg, clips.bg
    for n, row in enumerate(rows):
        _check_order(n, row, rows, fg, error)
        if row.bg != UNMATCHED and not 0 <= row.bg < bg.frames:
            raise error(n, "bg", f"is {row.bg}, but BG '{bg.path}' has frames 0..{bg.frames - 1}")
        _check_pts(n, "fg", row.fg, row.fg_pts, fg, error)
        _check_pts(n, "bg", row.bg, row.bg_pts, bg, error)
    if len(rows) < fg.frames:
        end = f"of the last row is {len(rows) - 1}" if rows else "is nowhere"
        last = max(len(rows) - 1, 0)
        raise error(last, "fg", f"{end}, but FG '{fg.path}' has {count_text(fg.frames, 'frame')}: say them all")
    return np.array([row.bg for row in rows], np.int64)


def with_edits_settled(rows: Sequence[MapRow], exported: Sidecar) -> tuple[list[MapRow], int]:
    """The rows without each bg_pts that was left as it was when bg, an index, was edited; and how many these are.

    exported   the sidecar that the rows were written from, or imported into since: frames that were edited are pinned
    """
    known, pts, pinned = exported.frame_map.bg, exported.bg.pts, pinned_frames(exported.pins)
    settled = []
    for row in rows:
        before = int(known[row.fg]) if 0 <= row.fg < len(known) else UNMATCHED
        is_left = before != UNMATCHED and row.bg != before and row.bg_pts == int(pts[before])
        is_taken_before = row.fg in pinned and row.bg == (UNMATCHED if pinned[row.fg] is None else pinned[row.fg])
        agrees = row.bg_pts is None or (0 <= row.bg < len(pts) and row.bg_pts == int(pts[row.bg]))
        settled.append(replace(row, bg_pts=None) if not agrees and (is_left or is_taken_before) else row)
    return settled, sum(a is not b for a, b in zip(rows, settled, strict=True))


def _check_order(n: int, row: MapRow, rows: Sequence[MapRow], fg: Clip, error: RowError) -> None:
    """Row n is about FG frame n."""
    if 0 <= row.fg < n:
        raise error(n, "fg", f"is {row.fg} again, wanted {n}: one row for each FG frame, in order")
    if row.fg >= fg.frames:
        raise error(n, "fg", f"is {row.fg}, but FG '{fg.path}' has frames 0..{fg.frames - 1}")
    if row.fg != n:
        comes_later = any(other.fg == n for other in rows[n + 1 :])
        absence = "which comes later" if comes_later else "which is missing"
        raise error(n, "fg", f"is {row.fg}, wanted {n}, {absence}: one row for each FG frame, in order")


def _check_pts(n: int, role: str, index: int, pts: int | None, clip: Clip, error: RowError) -> None:
    if pts is None:
        return
    if index == UNMATCHED:
        raise error(n, f"{role}_pts", f"is {pts}, but the row shows no {role.upper()} frame: leave it empty")
    actual = int(clip.pts[index])
    if pts != actual:
        problem = f"is {pts}, but {role.upper()} frame {index} is at {actual} (ticks of {clip.time_base} s)"
        raise error(n, f"{role}_pts", f"{problem}: correct one of them, or leave this one empty")
