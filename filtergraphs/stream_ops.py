"""Operations on a stream of pictures on its way into the canvas: chroma repeated, rotated, cropped, stacked, joined."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from filtergraphs.colour import replication
from filtergraphs.composition import Source
from filtergraphs.formats import chroma_grid, without_range_prefix
from filtergraphs.geometry import COMMON_GRID, Rect, chroma_aligned_parts

Stream = Any  # ffmpeg-python has no types


class Borders(NamedTuple):
    """Widths, px, in whole chroma samples."""

    left: int
    top: int
    right: int
    bottom: int


def replicate_chroma(stream: Stream, source: Source, target: str) -> Stream:
    """The same samples in `target`, each chroma sample repeated over its pixels if `target` has one for every pixel.

    swscale repeats exactly only by whole factors, and pad loses odd edges: an odd size is done in pieces.
    """
    if target == source.pix_fmt:
        return stream.filter("format", pix_fmts=target)
    is_repeated = chroma_grid(target) != chroma_grid(source.pix_fmt)
    step_x, step_y = chroma_grid(source.pix_fmt) if is_repeated else (1, 1)
    pieces = chroma_aligned_parts(source.width, source.height, step_x, step_y)
    parts = crop_each(stream, pieces) if len(pieces) > 1 else [stream]
    return stack([_repeat(part, source, target) for part in parts], pieces)


def to_software_layout(stream: Stream, source: Source) -> Stream:
    """Frames as software decodes them: devices put the same samples in another order, such as nv12."""
    return _repeat(stream, source, without_range_prefix(source.pix_fmt))


def rotate_upright(stream: Stream, source: Source) -> Stream:
    """The stream in display orientation.

    ffmpeg alone interpolates 4:2:2 for it: transpose wants as much chroma across as down.
    """
    if not source.graph_rotation:
        return stream
    lying = replace(source, width=source.height, height=source.width, pix_fmt=source.stored_pix_fmt)
    direction = {90: "cclock", 270: "clock"}[source.graph_rotation]
    rotated = replicate_chroma(stream, lying, source.pix_fmt).filter("transpose", dir=direction)
    return rotated.filter("sidedata", mode="delete", type="DISPLAYMATRIX")  # ffmpeg 9 hands it on to the file


def crop_each(stream: Stream, parts: Sequence[Rect]) -> list[Stream]:
    """One stream for each of `parts`."""
    if len(parts) == 1:
        return [crop(stream, parts[0])]
    split = stream.split()
    return [crop(split[k], part) for k, part in enumerate(parts)]


def stack(streams: Sequence[Stream], places: Sequence[Rect]) -> Stream:
    """One picture of all, each at the corner of its place. Its clock and format are those of the first stream."""
    import ffmpeg

    if len(streams) == 1:
        return streams[0]
    corners = "|".join(f"{rect.x}_{rect.y}" for rect in places)
    return ffmpeg.filter(streams, "xstack", inputs=len(streams), layout=corners)


def merge(above: Stream, below: Stream, mask: Stream) -> Stream:
    """mask: full where `below` shows. FG comes first, or ffmpeg-python makes BG input 0."""
    import ffmpeg

    return ffmpeg.filter([above, below, mask], "maskedmerge")


def add_up(streams: Sequence[Stream]) -> Stream:
    """Sums of samples that are at the same place."""
    import ffmpeg

    return ffmpeg.filter(streams, "mix", inputs=len(streams), scale=1)


def concatenate(streams: Sequence[Stream]) -> Stream:
    """The streams one after another. Until its turn comes a stream holds its first frames only."""
    import ffmpeg

    return streams[0] if len(streams) == 1 else ffmpeg.filter(streams, "concat", n=len(streams))


def draw_out(stream: Stream, size: tuple[int, int], borders: Borders) -> Stream:
    """The picture, of that size, with its edges drawn out around it.

    fillborders fills half of a frame at most: wider borders are drawn out several times.
    """
    width, height = size
    while any(borders):
        most_x, most_y = (max(length // COMMON_GRID * COMMON_GRID, 1) for length in (width, height))
        left, right = min(borders.left, most_x), min(borders.right, most_x)
        top, bottom = min(borders.top, most_y), min(borders.bottom, most_y)
        width, height = width + left + right, height + top + bottom
        stream = stream.filter("pad", width=width, height=height, x=left, y=top)
        stream = stream.filter("fillborders", left=left, top=top, right=right, bottom=bottom, mode="smear")
        borders = Borders(borders.left - left, borders.top - top, borders.right - right, borders.bottom - bottom)
    return stream


def crop(stream: Stream, rect: Rect) -> Stream:
    """exact=1, or crop rounds odd sizes and positions of subsampled formats."""
    return stream.filter("crop", out_w=rect.width, out_h=rect.height, x=rect.x, y=rect.y, exact=1)


def _repeat(stream: Stream, source: Source, target: str) -> Stream:
    return stream.filter("scale", **replication(source)).filter("format", pix_fmts=target)
