"""What the command line says of an analysis -> AnalysisOptions: of a new one, and of one made again from a sidecar."""

from __future__ import annotations

from pathlib import Path

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.analysis import AnalysisOptions
from vidkompy.cli.commands import Matching, Refine
from vidkompy.cli.parsing import (
    check_numbers,
    parse_boxes,
    parse_engine,
    parse_pins,
    parse_placement,
    parse_scales,
    parse_seconds_range,
    parse_stream,
)
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.model import Sidecar
from vidkompy.placement.search_parameters import ScaleRange
from vidkompy.sidecar.pins import pinned_frames


def analysis_options(m: Matching, fg: Path) -> AnalysisOptions:
    """fg: its size stands for that of --at where none is given. Raises UsageError, MediaError."""
    check_numbers(m)
    return AnalysisOptions(
        engine=m.engine,
        search=SearchOptions(window=m.window, margin=m.margin, reorder=m.reorder, pins=parse_pins(m.pin)),
        at=None if m.at is None else parse_placement(m.at, fg, m.fg_stream),
        scale_range=scale_range(m.scale_range, m.no_scale) or ScaleRange(),
        search_seconds=parse_seconds_range(m.search),
        min_confidence=m.min_confidence,
        force=m.force,
        keep_damaged=m.damaged == "keep",
        bg_stream=parse_stream("--bg-stream", m.bg_stream),
        fg_stream=parse_stream("--fg-stream", m.fg_stream),
        ignore=parse_boxes(m.ignore),
        mask=m.mask,
    )


def refined_options(before: Sidecar, c: Refine) -> AnalysisOptions:
    """As the sidecar was measured, but for what the command says. Raises UsageError, SidecarError."""
    pins = tuple(sorted((pinned_frames(before.pins) | dict(parse_pins(c.pin))).items()))
    engine = c.engine or parse_engine(before.engine, c.sidecar)
    return AnalysisOptions(
        engine,
        SearchOptions(reorder=c.reorder or before.frame_map.goes_back, pins=pins),
        before.placement,
        may_move=before.track is not None,
        search_seconds=before.searched if c.search is None else parse_seconds_range(c.search),
        force=True,
        keep_damaged=bool(before.fg.damage or before.bg.damage),
        bg_stream=StreamSelector(before.bg.stream),
        fg_stream=StreamSelector(before.fg.stream),
        ignore=(*before.ignored, *parse_boxes(c.ignore)),
        mask=c.mask,
    )


def scale_range(text: str | None, is_unscaled: bool) -> ScaleRange | None:
    """None where neither --scale-range nor --no-scale is given. Raises UsageError."""
    scales = parse_scales(text, is_unscaled)
    return None if scales is None else ScaleRange(*scales)
