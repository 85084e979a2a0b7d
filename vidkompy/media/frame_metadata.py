"""Metadata of a decoded frame, in ffmpeg's words: colour tags, side data, field order, and the display matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.error import BlockingIOError, EOFError
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from vidkompy.model import Colour

# libavutil's pixfmt.h numbers the tags like ISO/IEC 23091-2; ffmpeg's filters want names.
_SPACES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "tv", 2: "pc"}
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"} | {
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"} | {
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
_SIDE_DATA = {
    Type.MASTERING_DISPLAY_METADATA: "mastering display",
    Type.CONTENT_LIGHT_LEVEL: "light levels",
    Type.DYNAMIC_HDR_PLUS: "HDR10+",
    Type.DOVI_METADATA: "Dolby Vision",
    Type.DOVI_RPU_BUFFER: "Dolby Vision",
    Type.A53_CC: "closed captions",
}


def colour_of(frame: VideoFrame) -> Colour:
    return Colour(
        _SPACES.get(int(frame.colorspace), "unknown"),
        _RANGES.get(int(frame.color_range), "unknown"),
        _PRIMARIES.get(int(frame.color_primaries), "unknown"),
        _TRANSFERS.get(int(frame.color_trc), "unknown"),
    )


def side_data_of(frame: VideoFrame) -> tuple[str, ...]:
    """Kinds of side data that the frame carries, in words, sorted."""
    present = _side_data_by_type(frame)
    return tuple(sorted({name for kind, name in _SIDE_DATA.items() if kind in present}))


def is_turned_by_quarters(frame: VideoFrame) -> bool:
    """Whether it is shown as stored or turned by quarters: not mirrored, not at another angle."""
    side_data = _side_data_by_type(frame)
    if Type.DISPLAYMATRIX not in side_data:
        return True
    a, b, _, c, d, *_ = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), np.int32).tolist()
    return (a, b) == (d, -c) and 0 in (a, b)


def field_order_of(frame: VideoFrame) -> str:
    """Top or bottom field first as "tff" or "bff"; "" for a progressive frame.

    PyAV says only that there are fields; ffmpeg's select knows which comes first.
    """
    if not frame.interlaced_frame:
        return ""
    graph = Graph()
    source = graph.add_buffer(None, frame.width, frame.height, frame.format, time_base=frame.time_base)
    graph.link_nodes(source, graph.add("select", "eq(interlace_type,1)"), graph.add("buffersink")).configure()
    graph.push(frame)
    graph.push(None)
    try:
        graph.pull()
    except (BlockingIOError, EOFError):
        return "bff"
    return "tff"


def _side_data_by_type(frame: VideoFrame) -> Any:
    """Side data by kind.

    Nothing where PyAV has no name for one of them, such as Exif, which pictures have and videos do not.
    """
    try:
        return frame.side_data
    except ValueError:
        return {}
