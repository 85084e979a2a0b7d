"""Colour: FG's labels for everything, and the one conversion that makes BG's samples mean what FG's mean."""

from typing import Any

from filtergraphs.composition import Source
from filtergraphs.formats import full_chroma, is_full_by_name, is_yuv, opaque, without_range_prefix

_UNKNOWN = ("", "unknown", "unspecified", "reserved")
# options of scale: to convert samples where they are, and to bring them to another size
CONVERSION_FLAGS = {"flags": "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"}
RESIZING_FLAGS = {"flags": "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"}
_SWSCALE_MATRICES = {  # names of ffmpeg's tags: names of swscale's coefficients
    "bt709": "bt709",
    "fcc": "fcc",
    "smpte170m": "bt601",
    "bt470bg": "bt601",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}


def labels(source: Source) -> dict[str, str]:
    """Options of setparams that say how the samples of `source` are to be read."""
    return {
        "range": full_or_limited(source),
        "colorspace": known_name(source.colour_space) or "unknown",
        "color_primaries": known_name(source.colour_primaries) or "unknown",
        "color_trc": known_name(source.colour_transfer) or "unknown",
    }


def full_or_limited(source: Source) -> str:
    if source.colour_range in ("pc", "full", "jpeg"):
        return "full"
    if source.colour_range in ("tv", "limited", "mpeg"):
        return "limited"
    return "full" if is_full_by_name(source.pix_fmt) else "unknown"


def known_name(name: str) -> str:
    """The name of a matrix, of primaries or of a transfer; "" where it says nothing."""
    return "" if name in _UNKNOWN else name


def replication(source: Source) -> dict[str, Any]:
    """Options of scale that repeat each chroma sample over its pixels and change no value."""
    return {"flags": "neighbor", **_ranges(source, source)}


def conversion(bg: Source, fg: Source, target: str) -> dict[str, Any]:
    """Options of scale that bring BG into pixel format `target` with FG's matrix and range.

    {} when BG's samples are right as they are, apart from repeating chroma. An unknown matrix is taken to be the other
    clip's, an unknown range of YUV is limited. Primaries and transfer are never converted.
    """
    matrices, ranges = _matrices(bg, fg), _ranges(bg, fg)
    means_the_same = not matrices and ranges["in_range"] == ranges["out_range"] and is_yuv(bg.pix_fmt) == is_yuv(target)
    own = (bg.pix_fmt, opaque(bg.pix_fmt))
    if means_the_same and target in (*map(without_range_prefix, own), *map(full_chroma, own)):
        return {}
    return {**CONVERSION_FLAGS, **matrices, **ranges}


def _ranges(source: Source, target: Source) -> dict[str, str]:
    return {"in_range": _range_of(source), "out_range": _range_of(target)}


def _range_of(source: Source) -> str:
    return "full" if full_or_limited(source) == "full" else "limited"


def _matrices(bg: Source, fg: Source) -> dict[str, str]:
    """Options of scale for the matrix; {} when both mean the same or nothing is known."""
    names = {
        option: _SWSCALE_MATRICES.get(source.colour_space, source.colour_space)
        for option, source in (("in_color_matrix", bg), ("out_color_matrix", fg))
        if is_yuv(source.pix_fmt) and known_name(source.colour_space)
    }
    if is_yuv(bg.pix_fmt) and is_yuv(fg.pix_fmt) and (len(names) < 2 or len(set(names.values())) == 1):
        return {}
    for option, name in names.items():
        if name not in _SWSCALE_MATRICES.values():
            path = bg.path if option == "in_color_matrix" else fg.path
            raise ValueError(f"ffmpeg cannot convert colour matrix '{name}' of '{path}'; convert that clip beforehand")
    return names
