"""What was found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidkompy.model import Sidecar
from vidkompy.verify import Verdict


def findings(sidecar: Sidecar) -> Iterator[str]:
    """Where, when, and what is doubtful."""
    where, bg = sidecar.placement, sidecar.bg
    scaled = where.drawn_size != (sidecar.fg.width, sidecar.fg.height)
    size = f"{where.width:.6g}x{where.height:.6g}, {'scaled' if scaled else 'unscaled'}"
    yield f"where  FG at x={where.x:.6g} y={where.y:.6g} of {bg.width}x{bg.height}, {size}"
    if where.score is not None:
        rival = "no other place came close" if where.runner_up is None else f"next best place {where.runner_up:.3f}"
        yield f"       score {where.score:.3f}, {rival}"
    shown = sidecar.frame_map.bg[sidecar.frame_map.bg >= 0]
    runs = len(sidecar.frame_map.runs())
    yield (
        f"when   {len(shown)} of {sidecar.fg.frames} FG frames on BG frames {shown.min()}..{shown.max()} "
        f"of 0..{bg.frames - 1}, in {runs} {'run' if runs == 1 else 'runs'}"
    )
    for reason in sidecar.quality.reasons:
        yield f"doubt  {reason}"


def verdict_lines(v: Verdict) -> Iterator[str]:
    """Which frames of a render are not what the sidecar says."""
    yield f"frames  {v.frames} in the output, {v.expected} wanted"
    yield _verdict_line("FG", v.expected, v.fg_exact, v.wrong_fg)
    if v.bg_visible:
        yield _verdict_line("BG", v.expected, v.bg_exact, v.wrong_bg)
    else:
        yield "BG      hidden under FG: not checked"
    late = f"off by more than 1 ms at {ranges(v.wrong_time)}" if v.wrong_time else "all as in FG"
    yield f"times   {late}"
    yield f"result  {'right' if v.is_right else 'WRONG'}"


def ranges(indices: Sequence[int]) -> str:
    """Ascending frame indices as "3, 7..12"."""
    parts: list[list[int]] = []
    for i in indices:
        if parts and i == parts[-1][-1] + 1:
            parts[-1][-1:] = [i] if len(parts[-1]) == 2 else [parts[-1][-1], i]
        else:
            parts.append([i])
    return ", ".join("..".join(map(str, part)) for part in parts)


def _verdict_line(name: str, frames: int, exact: int, wrong: Sequence[int]) -> str:
    how = f"{exact} of {frames} bit-exact" if exact else "lossy, judged by the nearest frame"
    return f"{name:7} {how}; {f'{len(wrong)} wrong: {ranges(wrong)}' if wrong else 'none wrong'}"
