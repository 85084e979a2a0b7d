"""BG brought to FG's colours: curves and a matrix on red, green and blue, amid the conversion to FG's format.

`lut` takes the curves and `colorchannelmixer` the matrix, in planar RGB of 12 bits and more, so that dark gradients
keep their steps; what goes back to 8 bits is dithered by swscale. Measured at 1080p: 12 ms of CPU a frame, by `lut3d`
38; `haldclut` swaps channels of planar formats (5.1 and 9.0).
Where curves leave 0..1 their colours are stored with HEADROOM on both sides, which a matrix whose rows sum to 1 leaves
where it is, and a third filter takes away.
Where a matrix mixes light, between curves, `lut` squares behind the first ones and takes the root before the second.
That takes 16 bits: the darkest step is then 1.0 level of 8 bits, the next 0.4. Light itself would make it 2.5 and 0.8.
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
    has_light = any(grade.output_curves for grade in c.bg_grades)
    least = _DEPTHS[-1] if has_light else max(depth(c.bg.pix_fmt), depth(working_format(c)))
    bits = next((bits for bits in _DEPTHS if bits >= least), _DEPTHS[-1])
    return Source(c.bg.path, c.bg.width, c.bg.height, f"gbrp{bits}le", c.bg.sar, colour_range="pc")


def _matrix(source: Source, other: Source) -> str:
    """Name of the matrix: who says nothing has the other's; "" where that does not either."""
    names = (known_name(s.colour_space) for s in (source, other) if is_yuv(s.pix_fmt))
    return next((name for name in names if name), "")


def _changed(bg: Stream, grade: Grade, bits: int, when: dict[str, str]) -> Stream:
    """Frames in planar RGB of so many bits. when: option of all filters."""
    full = 2**bits - 1
    if grade.output_curves:
        into = [f"pow(clip({polyline(_scaled(curve, full, 1), 'val')},0,1),2)*{full}+0.5" for curve in grade.curves]
        root = f"0*st(0,sqrt(val/{full}))"
        back = [f"{root}+{polyline(_scaled(curve, 1, full), 'ld(0)')}+0.5" for curve in grade.output_curves]
        return _mapped(_mixed(_mapped(bg, into, when), grade, when), back, when)
    values = [value for curve in grade.curves for _, value in curve]
    is_inside = min(values) >= -_NO_HEADROOM and max(values) <= 1 + _NO_HEADROOM
    room = 0.0 if is_inside else HEADROOM
    stored = ([(x, (y + room) / (1 + 2 * room)) for x, y in curve] for curve in grade.curves)
    bg = _mapped(bg, [f"{polyline(_scaled(curve, full, full), 'val')}+0.5" for curve in stored], when)
    bg = _mixed(bg, grade, when)
    return _mapped(bg, [f"(val/{full}*{1 + 2 * room}-{room})*{full}+0.5"] * 3, when) if room else bg


def _mapped(bg: Stream, expressions: Sequence[str], when: dict[str, str]) -> Stream:
    """Through an expression for each channel, in levels, which are cut off to whole ones."""
    return bg.filter("lut", **{f"c{k}": expression for k, expression in enumerate(expressions)}, **when)


def _mixed(bg: Stream, grade: Grade, when: dict[str, str]) -> Stream:
    names = [f"{to}{of}" for to in "rgb" for of in "rgb"]
    shares = {name: f"{share:.6f}" for name, share in zip(names, chain(*grade.matrix), strict=True)}
    return bg.filter("colorchannelmixer", **shares, **when)


def _scaled(curve: Sequence[tuple[float, float]], full_in: int, full_out: int) -> list[tuple[float, float]]:
    return [(x * full_in, y * full_out) for x, y in curve]
