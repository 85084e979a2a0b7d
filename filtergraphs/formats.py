"""Pixel formats, by their names in ffmpeg: where chroma samples lie, how deep they are, and which formats are kin."""

import re

_PLANAR = re.compile(r"(?P<family>yuvj|yuva|yuv)(?P<subsampling>410|411|420|422|440)p(?P<depth>\d*(?:le|be|))")
_CHROMA_GRIDS = {"410": (4, 4), "411": (4, 1), "420": (2, 2), "422": (2, 1), "440": (1, 2)}  # px per chroma sample
_SEMIPLANAR = {  # subsampling, planar format with as many bits and chroma everywhere
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
    "y210le": ("422", "yuv444p10le"),
    "y212le": ("422", "yuv444p12le"),
}
_PACKED = {  # planar format of the same samples
    **dict.fromkeys(("rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr"), "gbrp"),
    **dict.fromkeys(("rgb555le", "rgb555be", "rgb565le", "rgb565be", "bgr555le", "bgr565le"), "gbrp"),
    **dict.fromkeys(("monow", "monob"), "gray"),
    **dict.fromkeys(("rgba", "bgra", "argb", "abgr", "pal8"), "gbrap"),
    **dict.fromkeys(("rgb48le", "bgr48le", "rgb48be", "bgr48be"), "gbrp16le"),
    **dict.fromkeys(("rgba64le", "bgra64le", "rgba64be", "bgra64be"), "gbrap16le"),
    "ya8": "yuva444p",
    "ya16le": "yuva444p16le",
    "ya16be": "yuva444p16le",
}


def chroma_grid(pix_fmt: str) -> tuple[int, int]:
    """Width and height in px that share one chroma sample: (2, 2) in 4:2:0, (1, 1) without subsampling."""
    if pix_fmt in _SEMIPLANAR:
        subsampling, _ = _SEMIPLANAR[pix_fmt]
        return _CHROMA_GRIDS[subsampling]
    planar = _PLANAR.fullmatch(pix_fmt)
    return _CHROMA_GRIDS[planar["subsampling"]] if planar else (1, 1)


def has_alpha(pix_fmt: str) -> bool:
    return planar_equivalent(pix_fmt).startswith(("yuva", "gbrap"))


def with_alpha(pix_fmt: str) -> str:
    """The format with a plane for alpha behind the planes of this one."""
    return pix_fmt.replace("yuv", "yuva").replace("gbrp", "gbrap")


def opaque(pix_fmt: str) -> str:
    """The planar format of the same samples without alpha."""
    return planar_equivalent(pix_fmt).replace("yuva", "yuv").replace("gbrap", "gbrp")


def planar_rgb(pix_fmt: str) -> str:
    """The planar RGB format of the same depth."""
    return "gbrp" if depth(pix_fmt) == 8 else f"gbrp{depth(pix_fmt)}le"


def depth(pix_fmt: str) -> int:
    """Bits of each sample.

    >>> depth("p010le"), depth("rgb24")
    (10, 8)
    """
    bits = re.search(r"(\d+)[lb]e$", planar_equivalent(pix_fmt))
    return int(bits[1]) if bits else 8


def shallow(pix_fmt: str) -> str:
    """The format of 8 bits with the same planes.

    >>> shallow("yuv420p10le"), shallow("gbrp12le"), shallow("gray")
    ('yuv420p', 'gbrp', 'gray')
    """
    return re.sub(r"\d+[lb]e$", "", pix_fmt)


def planar_equivalent(pix_fmt: str) -> str:
    """The planar format of the same samples: nv12 is yuv420p in another order, p010le is yuv420p10le."""
    if pix_fmt in _SEMIPLANAR:
        subsampling, full = _SEMIPLANAR[pix_fmt]
        return full.replace("444", subsampling)
    return _PACKED.get(pix_fmt, without_range_prefix(pix_fmt))


def without_range_prefix(pix_fmt: str) -> str:
    """The same samples without a range in the name (yuvj420p is yuv420p) and without a palette."""
    return "bgra" if pix_fmt == "pal8" else pix_fmt.replace("yuvj", "yuv")


def full_chroma(pix_fmt: str) -> str:
    """The 4:4:4 format of the same depth and alpha; formats without subsampled chroma are their own."""
    if pix_fmt in _SEMIPLANAR:
        _, full = _SEMIPLANAR[pix_fmt]
        return full
    planar = _PLANAR.fullmatch(pix_fmt)
    return without_range_prefix(f"{planar['family']}444p{planar['depth']}" if planar else pix_fmt)


def is_yuv(pix_fmt: str) -> bool:
    return pix_fmt.startswith(("yuv", "yuyv", "yvyu", "uyvy", "nv", "p0", "p2", "p4", "y2", "ayuv", "vuy", "xv"))


def is_rgb(pix_fmt: str) -> bool:
    return opaque(pix_fmt).startswith("gbrp")


def is_full_by_name(pix_fmt: str) -> bool:
    """Whether a clip of this format has full range without saying so: yuvj and RGB."""
    return pix_fmt.startswith("yuvj") or not (is_yuv(pix_fmt) or pix_fmt.startswith(("gray", "ya")))
