"""Pixel formats: where chroma samples lie, and the format in which a composition is exact."""

import re

from filtergraphs.composition import Composition

_PLANAR = re.compile(r"(yuvj|yuva|yuv)(410|411|420|422|440)p(\d*)(le|be|)")
_GRID = {"410": (4, 4), "411": (4, 1), "420": (2, 2), "422": (2, 1), "440": (1, 2)}  # px per chroma sample
_SEMIPLANAR = {  # chroma grid, planar format with as many bits and chroma everywhere
    "nv12": ("420", "yuv444p"),
    "nv21": ("420", "yuv444p"),
    "nv16": ("422", "yuv444p"),
    "nv20le": ("422", "yuv444p10le"),
    "p010le": ("420", "yuv444p10le"),
    "p210le": ("422", "yuv444p10le"),
    "p012le": ("420", "yuv444p12le"),
    "p212le": ("422", "yuv444p12le"),
    "p016le": ("420", "yuv444p16le"),
    "p216le": ("422", "yuv444p16le"),
    "yuyv422": ("422", "yuv444p"),
    "yvyu422": ("422", "yuv444p"),
    "uyvy422": ("422", "yuv444p"),
}


def working_format(c: Composition) -> str:
    """Pixel format that keeps every sample: FG's own, or its 4:4:4 sibling if an edge of FG splits a chroma sample.

    Never a yuvj format: ffmpeg turns it into limited range for every encoder that does not list it (measured).
    An odd edge in 4:2:0 makes xstack abort (5.1) or write wrong chroma (9.0), and overlay round the position.
    """
    grid_x, grid_y = chroma_grid(c.fg.pix_fmt)
    is_split = (
        c.x % grid_x
        or c.y % grid_y
        or (c.x + c.width < c.bg.width and (c.x + c.width) % grid_x)
        or (c.y + c.height < c.bg.height and (c.y + c.height) % grid_y)
    )
    return full_chroma(c.fg.pix_fmt) if is_split else plain(c.fg.pix_fmt)


def chroma_grid(pix_fmt: str) -> tuple[int, int]:
    """Width and height in px that share one chroma sample: (2, 2) in 4:2:0, (1, 1) without subsampling."""
    if pix_fmt in _SEMIPLANAR:
        return _GRID[_SEMIPLANAR[pix_fmt][0]]
    planar = _PLANAR.fullmatch(pix_fmt)
    return _GRID[planar[2]] if planar else (1, 1)


def plain(pix_fmt: str) -> str:
    """The same samples without a range in the name (yuvj420p is yuv420p) and without a palette."""
    return "bgra" if pix_fmt == "pal8" else pix_fmt.replace("yuvj", "yuv")


def full_chroma(pix_fmt: str) -> str:
    """The 4:4:4 format of the same depth and alpha; formats without subsampled chroma are their own."""
    if pix_fmt in _SEMIPLANAR:
        return _SEMIPLANAR[pix_fmt][1]
    planar = _PLANAR.fullmatch(pix_fmt)
    return plain(f"{planar[1]}444p{planar[3]}{planar[4]}" if planar else pix_fmt)


def depth(pix_fmt: str) -> int:
    """Bits of a sample, by the name of a planar format: 10 for yuv420p10le, 8 where it names none."""
    named = re.search(r"p0?(\d+)(?:le|be)$", pix_fmt)
    return int(named[1]) if named else 8


def is_yuv(pix_fmt: str) -> bool:
    return pix_fmt.startswith(("yuv", "yuyv", "yvyu", "uyvy", "nv", "p0", "p2", "p4", "y2", "ayuv", "vuy", "xv"))


def is_full_by_name(pix_fmt: str) -> bool:
    """Whether a clip of this format has full range without saying so: yuvj and RGB."""
    return pix_fmt.startswith("yuvj") or not (is_yuv(pix_fmt) or pix_fmt.startswith(("gray", "ya")))
