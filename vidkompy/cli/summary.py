"""Results of an analysis, a search for a picture and a verification, in lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vidkompy.media.ignored_area import compared_share
from vidkompy.media.swapped_clips import SWAPPED
from vidkompy.model import Sidecar

if TYPE_CHECKING:  # summaries are told after work that had them loaded
    from vidkompy.location import LocatedPicture
    from vidkompy.verification.frame_comparison import Verdict


def analysis_lines(sidecar: Sidecar) -> Iterator[str]:
    """Lines on where FG lies, when, and what is doubtful."""
    where, bg = sidecar.placement, sidecar.bg
    reasons = sorted(sidecar.quality.reasons, key=lambda reason: not reason.startswith(SWAPPED))
    if reasons and reasons[0].startswith(SWAPPED):
        yield f"doubt  {reasons.pop(0)}"
    scaled = where.drawn_size != (sidecar.fg.width, sidecar.fg.height)
    size = f"{where.width:.6g}x{where.height:.6g}, {'scaled' if scaled else 'unscaled'}"
    yield f"where  FG at x={where.x:.6g} y={where.y:.6g} of {bg.width}x{bg.height}, {size}"
    if where.score is not None:
        rival = "no other place came close" if where.runner_up is None else f"next best place {where.runner_up:.3f}"
        sure = "" if where.confidence is None else f"right with probability {_probability_text(where.confidence)}, "
        yield f"       {sure}score {where.score:.3f}, {rival}"
    if sidecar.ignored:
        share = 1 - compared_share(sidecar.ignored, sidecar.fg.width, sidecar.fg.height)
        yield f"       {share:.1%} of FG ignored, as asked for, in {_count(len(sidecar.ignored), 'box', 'boxes')}"
    matched = sidecar.frame_map.bg[sidecar.frame_map.bg >= 0]
    runs = len(sidecar.frame_map.runs())
    on = f"on BG frames {matched.min()}..{matched.max()} of 0..{bg.frames - 1}" if len(matched) else "match"
    yield f"when   {len(matched)} of {sidecar.fg.frames} FG frames {on}, in {_count(runs, 'run', 'runs')}"
    levels = sidecar.frame_map.confidence
    if levels is not None and len(matched):
        mean = _probability_text(float(levels.mean()))
        yield f"       a frame is right, or looks it, with probability {mean} on average"
    if sidecar.quality.is_forced:
        yield "doubt  less sure than wanted: this answer was forced"
    for reason in reasons:
        yield f"doubt  {reason}"


def located_lines(located: LocatedPicture) -> Iterator[str]:
    """Lines on where a picture lies, and which BG frame shows it."""
    where = located.placement
    sure = "" if where.confidence is None else f", right with probability {_probability_text(where.confidence)}"
    yield f"where  x={where.x:.6g} y={where.y:.6g} of {located.bg.width}x{located.bg.height}, " + (
        f"{where.width:.6g}x{where.height:.6g}, score {where.score or 0:.3f}{sure}"
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


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _probability_text(p: float) -> str:
    """A probability as text; never 1, as nothing is certain."""
    return f"{min(p, 0.999):.3f}" if p > 0.99 else f"{p:.2f}"


def verdict_lines(v: Verdict) -> Iterator[str]:
    """Which frames of a render are not what the sidecar says."""
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
        yield (
            f"damage  {len(v.concealed)} frames show what a decoder made up: not checked: {format_ranges(v.concealed)}"
        )
    late = f"off by more than 1 ms at {format_ranges(v.wrong_time)}" if v.wrong_time else "all as in FG"
    yield f"times   {late}"
    yield f"result  {'right' if v.is_right else 'WRONG'}"


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
