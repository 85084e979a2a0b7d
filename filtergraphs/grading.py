"""BG brought to FG's colours: curves and a matrix on red, green and blue, amid the conversion to FG's format.

`lut` takes the curves and `colorchannelmixer` the matrix, in planar RGB of 12 bits and more, so that dark gradients
keep their steps; what goes back to 8 bits is dithered by swscale. Measured at 1080p: 12 ms of CPU a frame, by `lut3d`
38; `haldclut` swaps channels of planar formats (5.1 and 9.0).
Where curves leave 0..1 their colours are stored with HEADROOM on both sides, which a matrix whose rows sum to 1 leaves
where it is, and a third filter takes away.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from filtergraphs.colour import conversion, known_name
from filtergraphs.composition import Composition, Grade, Source
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import polyline, table
from filtergraphs.formats import depth, is_yuv
from filtergraphs.stream_ops import Stream

HEADROOM = 0.25  # below black and above white, between the curves and the matrix
_NO_HEADROOM = 0.01  # by which curves may leave 0..1 without: it is cut off, and the matrix hardly makes use of it
# flags of scale: each chroma sample counts for all of its pixels, and theirs are averaged. What no grade changes comes
# out as it was
REPEATED_CHROMA = {"flags": "neighbor+accurate_rnd+full_chroma_int+full_chroma_inp"}
AVERAGED_CHROMA = {"flags": "area+accurate_rnd+full_chroma_int+full_chroma_inp"}
_DEPTHS = (12, 14, 16)  # of planar RGB


def graded(c: Composition, bg: Stream, grade_of_frame: Sequence[int]) -> Stream:
    """BG with FG's colours, in the size and the format of `graded_source`.

    bg               frames as they are decoded, or the same part of each
    grade_of_frame   index in c.bg_grades for each of them
    """
    rgb = graded_source(c)
    own = replace(c.bg, colour_space=_matrix(c.bg, c.fg))
    bg = bg.filter("scale", **(conversion(own, rgb, rgb.pix_fmt) | REPEATED_CHROMA)).filter(
        "format", pix_fmts=rgb.pix_fmt
    )
    for k, grade in enumerate(c.bg_grades):
        flags = [int(which == k) for which in grade_of_frame]
        if any(flags):
            bg = _changed(bg, grade, depth(rgb.pix_fmt), {} if all(flags) else {"enable": table(flags, "n")})
    return bg


def with_graded_source(c: Composition) -> Composition:
    """The composition with what `graded` makes in BG's place; FG has BG's matrix if it does not say any."""
    return replace(c, bg=graded_source(c), fg=replace(c.fg, colour_space=_matrix(c.fg, c.bg)))


def graded_source(c: Composition) -> Source:
    """BG in planar RGB, deep enough for both clips."""
    least = max(depth(c.bg.pix_fmt), depth(working_format(c)))
    bits = next((bits for bits in _DEPTHS if bits >= least), _DEPTHS[-1])
    return Source(c.bg.path, c.bg.width, c.bg.height, f"gbrp{bits}le", c.bg.sar, colour_range="pc")


def _matrix(source: Source, other: Source) -> str:
    """Name of the matrix: who says nothing has the other's; "" where that does not either."""
    names = (known_name(s.colour_space) for s in (source, other) if is_yuv(s.pix_fmt))
    return next((name for name in names if name), "")


def _changed(bg: Stream, grade: Grade, bits: int, when: dict[str, str]) -> Stream:
    """Frames in planar RGB of so many bits. when: option of all filters."""
    full = 2**bits - 1
    values = [value for curve in grade.curves for _, value in curve]
    is_inside = min(values) >= -_NO_HEADROOM and max(values) <= 1 + _NO_HEADROOM
    room = 0.0 if is_inside else HEADROOM
    curves = (_stored(curve, full, room) for curve in grade.curves)
    names = [f"{to}{of}" for to in "rgb" for of in "rgb"]
    shares = {name: f"{share:.6f}" for name, share in zip(names, chain(*grade.matrix), strict=True)}
    bg = bg.filter("lut", **{f"c{k}": f"{curve}+0.5" for k, curve in enumerate(curves)}, **when)
    bg = bg.filter("colorchannelmixer", **shares, **when)
    if not room:
        return bg
    back = f"(val/{full}*{1 + 2 * room}-{room})*{full}+0.5"
    return bg.filter("lut", c0=back, c1=back, c2=back, **when)


def _stored(curve: Sequence[tuple[float, float]], full: int, room: float) -> str:
    """Expression of lut: the curve's value with headroom, in levels, which are cut off to whole ones."""
    points = [(x * full, (y + room) / (1 + 2 * room) * full) for x, y in curve]
    return polyline(points, "val")
