"""What the command line says of an analysis -> AnalysisOptions: of a new one, and of one made again from a sidecar."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.analysis import AnalysisOptions
from vidkompy.cli.commands import Refine
from vidkompy.cli.option_groups import Matching
from vidkompy.cli.parsing import (
    check_numbers,
    parse_boxes,
    parse_nudge,
    parse_placement,
    parse_scales,
    parse_seconds_range,
    parse_stream,
)
from vidkompy.cli.pins import parse_pins
from vidkompy.errors import UsageError
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.model import Clip, Placement, Sidecar
from vidkompy.placement.search_parameters import ScaleRange
from vidkompy.sidecar.engine import known_engine
from vidkompy.sidecar.pins import pinned_frames


def analysis_options(m: Matching, bg: Path, fg: Path) -> AnalysisOptions:
    """bg, fg: the clips, which are probed where pins are given in time. Raises UsageError, MediaError."""
    check_numbers(m)
    streams = parse_stream("--fg-stream", m.fg_stream), parse_stream("--bg-stream", m.bg_stream)
    pins = parse_pins(m.pin, partial(_probed, fg, bg, streams))
    return AnalysisOptions(
        engine=m.engine,
        search=SearchOptions(window=m.window, margin=m.margin, reorder=m.reorder, pins=pins),
        **_given_place(m.at),
        scale_range=scale_range(m.scale_range, m.no_scale) or ScaleRange(),
        search_seconds=parse_seconds_range(m.search),
        min_confidence=m.min_confidence,
        force=m.force,
        keep_damaged=m.damaged == "keep",
        bg_stream=streams[1],
        fg_stream=streams[0],
        ignore=parse_boxes(m.ignore),
        mask=m.mask,
    )


def refined_options(before: Sidecar, c: Refine) -> AnalysisOptions:
    """As the sidecar was measured, but for what the command says. Raises UsageError, SidecarError."""
    new_pins = parse_pins(c.pin, lambda: (before.fg, before.bg))
    pins = tuple(sorted((pinned_frames(before.pins) | dict(new_pins)).items()))
    engine = c.engine or known_engine(before.engine, c.sidecar)
    place = _refined_place(before, c)
    return AnalysisOptions(
        engine,
        SearchOptions(reorder=c.reorder or before.frame_map.goes_back, pins=pins),
        place,
        may_move=before.track is not None and place == before.placement,
        search_seconds=before.searched if c.search is None else parse_seconds_range(c.search),
        force=True,
        keep_damaged=bool(before.fg.damage or before.bg.damage),
        bg_stream=StreamSelector(before.bg.stream),
        fg_stream=StreamSelector(before.fg.stream),
        ignore=(*before.ignored, *parse_boxes(c.ignore)),
        mask=c.mask,
    )


def _given_place(at: str | None) -> dict[str, Any]:
    """The option of AnalysisOptions that --at stands for."""
    if at is None:
        return {}
    place = parse_placement(at)
    return {"at": place} if isinstance(place, Placement) else {"at_corner": place}


def _refined_place(before: Sidecar, c: Refine) -> Placement:
    """What --at or --nudge says, else where the sidecar has FG; a size not given is the sidecar's.

    Raises UsageError.
    """
    if c.at is not None and c.nudge is not None:
        raise UsageError(f"--at {c.at} and --nudge {c.nudge} exclude each other; wanted one of them")
    if c.nudge is not None:
        return parse_nudge(c.nudge, before.placement)
    if c.at is None:
        return before.placement
    place = parse_placement(c.at)
    if isinstance(place, Placement):
        return place
    return Placement(*place, before.placement.width, before.placement.height)


def _probed(fg: Path, bg: Path, streams: tuple[StreamSelector, StreamSelector]) -> tuple[Clip, Clip]:
    from vidkompy.media.probe import probe

    return probe(fg, selector=streams[0]), probe(bg, selector=streams[1])


def scale_range(text: str | None, is_unscaled: bool) -> ScaleRange | None:
    """None where neither --scale-range nor --no-scale is given. Raises UsageError."""
    scales = parse_scales(text, is_unscaled)
    return None if scales is None else ScaleRange(*scales)
