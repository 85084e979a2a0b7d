"""Results of an analysis, a search for a picture and a verification, in lines of text."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidkompy.cli.facts import quality_limits
from vidkompy.counts import count_text
from vidkompy.drawing.margins import margin_px, margins_of
from vidkompy.media.ignored_area import compared_share
from vidkompy.media.swapped_clips import SWAPPED
from vidkompy.model import Sidecar

if TYPE_CHECKING:  # summaries are told after work that had them loaded
    from vidkompy.location import LocatedPicture
    from vidkompy.verification.alignment_check import AlignmentVerdict
    from vidkompy.verification.frame_comparison import Verdict


def analysis_lines(sidecar: Sidecar, path: Path, is_drawn_next: bool = False) -> Iterator[str]:
    """Lines on where FG lies, when, what is doubtful, and what to do next.

    path            of the sidecar
    is_drawn_next   whether the command goes on to draw it: then only a doubt asks for something
    """
    reasons = sorted(sidecar.quality.reasons, key=lambda reason: not reason.startswith(SWAPPED))
    if reasons and reasons[0].startswith(SWAPPED):
        yield f"doubt  {reasons.pop(0)}"
    yield from _place_lines(sidecar)
    yield from _time_lines(sidecar)
    if sidecar.quality.is_forced:
        yield "doubt  less sure than wanted: this answer was forced"
    for reason in reasons:
        yield f"doubt  {reason}"
    is_doubtful = bool(sidecar.quality.reasons) or sidecar.quality.is_forced
    if is_doubtful or not is_drawn_next:
        yield f"next   vidkompy {'review' if is_doubtful else 'render'} {shlex.quote(str(path))}"


def _place_lines(sidecar: Sidecar) -> Iterator[str]:
    where, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    size = f"{_px(where.width)}x{_px(where.height)}"
    scaled = "unscaled" if where.drawn_size == (fg.width, fg.height) else f"scaled from {fg.width}x{fg.height}"
    yield f"where  FG at {_px(where.x)},{_px(where.y)} of {bg.width}x{bg.height}, {size}, {scaled}"
    if where.score is not None:
        rival = "no other place came close" if where.runner_up is None else f"next best place {where.runner_up:.3f}"
        sure = "" if where.confidence is None else f"right with probability {_probability_text(where.confidence)}, "
        yield f"       {sure}score {where.score:.3f}, {rival}"
    if sidecar.content is not None:
        fg_size = fg.width, fg.height
        words, margins = margins_of(sidecar.content, fg_size), margin_px(sidecar.content, fg_size)
        sides = ", ".join(f"{px} px at the {side}" for side, px in margins.items() if px)
        yield f"       its {words.are} not drawn, {sides} (--keep-bars draws {words.them})"
    if sidecar.ignored:
        share = 1 - compared_share(sidecar.ignored, fg.width, fg.height)
        yield f"       {share:.1%} of FG ignored, as asked for, in {count_text(len(sidecar.ignored), 'box', 'boxes')}"


def _time_lines(sidecar: Sidecar) -> Iterator[str]:
    fg, bg = sidecar.fg, sidecar.bg
    matched = sidecar.frame_map.bg[sidecar.frame_map.bg >= 0]
    runs = len(sidecar.frame_map.runs())
    on = f"on BG frames {matched.min()}..{matched.max()} of 0..{bg.frames - 1}" if len(matched) else "match"
    rates = f", {float(bg.frame_rate):.4g} to {float(fg.frame_rate):.4g} fps" if bg.frame_rate != fg.frame_rate else ""
    yield f"when   {len(matched)} of {fg.frames} FG frames {on}, in {count_text(runs, 'run')}{rates}"
    levels = sidecar.frame_map.confidence
    if levels is None or not len(matched):
        return
    mean, placed, limits = float(np.nanmean(levels)), sidecar.placement.confidence, quality_limits()
    is_doubtful = placed is not None and placed < min(mean, limits.min_placement_confidence)
    if_placed = ", if the place is right" if is_doubtful else ""
    yield f"       a frame is right, or looks it, with probability {_probability_text(mean)} on average{if_placed}"
    unsure = np.flatnonzero(levels < limits.min_frame_confidence)
    if len(unsure):
        first, count = int(unsure[0]), count_text(len(unsure), "frame is", "frames are")
        yield f"       {count} unsure, first at {_clock(fg.seconds(first))} ({first})"


def located_lines(located: LocatedPicture) -> Iterator[str]:
    """Lines on where a picture lies, and which BG frame shows it."""
    where = located.placement
    sure = "" if where.confidence is None else f", right with probability {_probability_text(where.confidence)}"
    yield (
        f"where  {_px(where.x)},{_px(where.y)} of {located.bg.width}x{located.bg.height}, "
        f"{_px(where.width)}x{_px(where.height)}, score {where.score or 0:.3f}{sure}"
    )
    for s in located.matches:
        of = f"frame {s.fg}" if len(located.matches) > 1 else "the picture"
        if s.bg is None:
            yield f"when   {of}: resembles no BG frame (score {s.score:.3f})"
            continue
        range_ = f", {s.low}..{s.high - 1} alike" if s.high - s.low > 1 else ""
        yield (
            f"when   {of}: BG frame {s.bg} ({s.seconds:.3f} s{range_}), score {s.score:.3f}, "
            f"right with probability {_probability_text(s.confidence)}"
        )


def _px(value: float) -> str:
    """Canvas px as people read them.

    >>> _px(-0.1666667), _px(720.25), _px(40.0)
    ('-0.17', '720.25', '40')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _clock(seconds: float) -> str:
    """H:MM:SS.s

    >>> _clock(64.26)
    '0:01:04.3'
    """
    tenths = round(seconds * 10)
    return f"{tenths // 36000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _probability_text(p: float) -> str:
    """A probability as text; never 1, as nothing is certain."""
    return f"{min(p, 0.999):.3f}" if p > 0.99 else f"{p:.2f}"


def verdict_lines(v: Verdict, sidecar: Path, video: Path) -> Iterator[str]:
    """Which frames of a render are not what the sidecar says.

    sidecar, video   paths
    """
    yield f"proves  that '{video}' is what '{sidecar}' says; whether that is true of the clips: --alignment"
    yield f"frames  {v.frames} in the output, {v.expected} wanted"
    if v.is_fg_compared or v.wrong_fg:
        yield _verdict_line("FG", v.expected, v.fg_exact, v.wrong_fg)
    else:
        yield f"FG      {'mixed with BG' if v.compared_share == 1 else 'mixed with BG, or ignored'}: not checked"
    if v.is_fg_compared and v.compared_share < 1:
        yield f"        {1 - v.compared_share:.1%} of FG ignored: not checked"
    if v.is_bg_visible:
        yield _verdict_line("BG", v.expected, v.bg_exact, v.wrong_bg)
    else:
        yield "BG      hidden under FG: not checked"
    if v.concealed:
        frames = count_text(len(v.concealed), "frame shows", "frames show")
        yield f"damage  {frames} what a decoder made up: not checked: {format_ranges(v.concealed)}"
    late = f"off by more than 1 ms at {format_ranges(v.wrong_time)}" if v.wrong_time else "all as in FG"
    yield f"times   {late}"
    yield f"result  {'right' if v.is_right else 'WRONG'}"


def alignment_lines(v: AlignmentVerdict, sidecar: Sidecar) -> Iterator[str]:
    """What the pictures say to a sidecar."""
    yield "asks    the pictures: both clips were analyzed anew"
    found = f"{_px(v.found.x)},{_px(v.found.y)}, {_px(v.found.width)}x{_px(v.found.height)}"
    if not v.is_place_sure:
        yield f"place   they do not tell (best: {found})"
    elif v.is_placed:
        yield f"place   the same, to {max(v.place_off, 0.01):.2f} px"
    else:
        yield f"place   {v.place_off:.1f} px off: they have FG at {found}"
    if v.wrong_frames:
        far = f", by up to {count_text(v.frames_off, 'frame')}" if v.frames_off else ""
        count = count_text(len(v.wrong_frames), "frame")
        yield f"times   {count} elsewhere{far}: {format_ranges(v.wrong_frames)}"
    else:
        told = "" if v.is_time_sure else ", but they hardly tell"
        yield f"times   all {sidecar.fg.frames} frames the same, or alike{told}"
    said = "right" if v.is_right else "WRONG" if v.is_contradicted else "not contradicted, and not proven"
    yield f"result  {said}"


def format_ranges(indices: Sequence[int]) -> str:
    """Ascending frame indices as "3, 7..12"."""
    parts: list[list[int]] = []
    for i in indices:
        if parts and i == parts[-1][-1] + 1:
            parts[-1][-1:] = [i] if len(parts[-1]) == 2 else [parts[-1][-1], i]
        else:
            parts.append([i])
    return ", ".join("..".join(map(str, part)) for part in parts)


def _verdict_line(name: str, frames: int, exact: int, wrong: Sequence[int]) -> str:
    exactness = f"{exact} of {frames} bit-exact" if exact else "lossy, judged by the nearest frame"
    return f"{name:7} {exactness}; {f'{len(wrong)} wrong: {format_ranges(wrong)}' if wrong else 'none wrong'}"
