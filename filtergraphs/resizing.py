"""Pictures in another size, their chroma where the format says that it lies, and on the canvas between px if need be.

swscale takes chroma samples for the middle of the px that share them, unless it is told where they lie. 4:2:0 and 4:2:2
of limited range have them at the left px (H.264, annex E; mpv takes clips that do not say for such, too).
"""

from typing import Any

from filtergraphs.colour import RESIZING_FLAGS, replication
from filtergraphs.composition import Composition, Source
from filtergraphs.formats import chroma_grid, depth, has_alpha, planar_equivalent
from filtergraphs.geometry import Rect
from filtergraphs.resampling import Resampling, ResamplingStep
from filtergraphs.stream_ops import Borders, Stream, crop, draw_out

_PIXEL = 256  # of swscale's positions of chroma
_MIDDLE = 128
_LUMA, _CHROMA = 0, 1  # inputs of a merger


def is_resized(c: Composition) -> bool:
    """Whether BG is scaled for the canvas. One that moves is scaled on its way."""
    return c.bg_motion is None and (c.bg_resampling is not None or c.canvas != (c.bg.width, c.bg.height))


def fit_to_canvas(c: Composition, bg: Stream, target: str, options: dict[str, Any]) -> Stream:
    """BG's frames where they lie on the canvas, in pixel format `target`. options: of scale, to convert them."""
    if c.bg_resampling is not None:
        return resample(bg, c.bg, c.bg_resampling, Rect(0, 0, *c.canvas), target, replication(c.bg) | options)
    if is_resized(c):
        return resize(bg, c.bg, c.canvas, target, replication(c.bg) | options)
    return bg.filter("scale", **options).filter("format", pix_fmts=target)


def resize(stream: Stream, source: Source, size: tuple[int, int], target: str, options: dict[str, Any]) -> Stream:
    """In another size and in pixel format `target`. options: of scale, with the ranges of both sides."""
    width, height = size
    positions = _chroma_positions("in", options, source.pix_fmt) | _chroma_positions("out", options, target)
    scaled = stream.filter("scale", width=width, height=height, **(options | RESIZING_FLAGS | positions))
    return scaled.filter("format", pix_fmts=target)


def resample(
    stream: Stream, source: Source, how: Resampling, part: Rect, target: str, options: dict[str, Any]
) -> Stream:
    """`part` of the canvas, of what `how` makes of a clip, in pixel format `target`.

    options   of the last step's scale, with the ranges of both sides
    """
    own = planar_equivalent(source.pix_fmt)  # the only formats that fillborders knows
    stream = stream.filter("format", pix_fmts=own)
    size, x, y = (source.width, source.height), part.x - how.x, part.y - how.y
    for k, step in enumerate(how.steps):
        stream, shift = _padded(stream, own, size, step)
        is_last = k == len(how.steps) - 1
        made, wanted = (target, options) if is_last else (own, replication(source))
        grid_x, grid_y = chroma_grid(made)
        crop_shift = (x % grid_x, y % grid_y) if is_last else (0, 0)
        positions = _chroma_positions("in", wanted, own, (-shift[0], -shift[1]))
        positions |= _chroma_positions("out", wanted, made, crop_shift)
        size = step.width, step.height
        stream = stream.filter("scale", width=size[0], height=size[1], **(wanted | RESIZING_FLAGS | positions))
        stream = stream.filter("format", pix_fmts=made)
    return _crop(stream, target, part.relative_to(how.x, how.y), size)


def _padded(
    stream: Stream, pix_fmt: str, size: tuple[int, int], step: ResamplingStep
) -> tuple[Stream, tuple[int, int]]:
    """The padded picture, and px by which its first chroma sample lies before its first px.

    pad pads by whole chroma samples only: by more than is wanted, which is cut off again, but of luma alone.
    """
    (width, height), (grid_x, grid_y) = size, chroma_grid(pix_fmt)
    left, top = step.left + -step.left % grid_x, step.top + -step.top % grid_y
    wanted = Rect(left - step.left, top - step.top, step.left + width + step.right, step.top + height + step.bottom)
    whole_width, whole_height = wanted.right + -wanted.right % grid_x, wanted.bottom + -wanted.bottom % grid_y
    if (whole_width, whole_height) == size:
        return stream, (0, 0)
    borders = Borders(left, top, whole_width - width - left, whole_height - height - top)
    stream = draw_out(stream, size, borders)
    return _crop(stream, pix_fmt, wanted, (whole_width, whole_height)), (wanted.x, wanted.y)


def _crop(stream: Stream, pix_fmt: str, part: Rect, size: tuple[int, int]) -> Stream:
    """A part of the picture; chroma begins with the sample that its first px has.

    crop miscounts where chroma of more than 8 bits begins, if a part begins within a sample (measured, 5.1 and 9.0).
    """
    import ffmpeg

    if part == Rect(0, 0, *size):
        return stream
    grid_x, _ = chroma_grid(pix_fmt)
    if depth(pix_fmt) == 8 or not part.x % grid_x:
        return crop(stream, part)
    both = stream.split()
    luma, chroma = crop(both[0], part), crop(both[1], part._replace(x=part.x - part.x % grid_x))
    planes = {"map0s": _LUMA, "map0p": 0, "map1s": _CHROMA, "map1p": 1, "map2s": _CHROMA, "map2p": 2}
    alpha = {"map3s": _LUMA, "map3p": 3} if has_alpha(pix_fmt) else {}
    return ffmpeg.filter([luma, chroma], "mergeplanes", format=pix_fmt, **planes, **alpha)


def _chroma_positions(
    side: str, options: dict[str, Any], pix_fmt: str, shift: tuple[int, int] = (0, 0)
) -> dict[str, int]:
    """Options of scale that say where chroma lies.

    side      in or out
    options   of scale: the range of that side
    shift     px, right and down, by which it lies elsewhere
    """
    (grid_x, grid_y), (right, down) = chroma_grid(pix_fmt), shift
    is_left = options[f"{side}_range"] != "full"
    across = (0 if is_left else _MIDDLE * (grid_x - 1)) + right * _PIXEL
    return ({f"{side}_h_chr_pos": across} if grid_x > 1 else {}) | (
        {f"{side}_v_chr_pos": _MIDDLE * (grid_y - 1) + down * _PIXEL} if grid_y > 1 else {}
    )
