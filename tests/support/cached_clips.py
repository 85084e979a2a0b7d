"""Clips and small copies of them to keep in a cache, and what comes back compared with them."""

from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidkompy.media.cache import Cache
from vidkompy.media.proxies import Proxies
from vidkompy.model import Clip, Colour

SIZE = 10_000  # bytes of small copies in `proxies_of`; an entry of them takes a little more


def clip_of(content: str) -> Clip:
    return Clip(
        path=Path("clip.mp4"),
        size=len(content),
        sha256=content,
        width=1601,
        height=400,
        time_base=Fraction(1001, 30000),
        pts=np.array([-3, 0, 1, 2**40], np.int64),
        start_pts=-3,
        frame_rate=Fraction(30000, 1001),
        pix_fmt="yuv420p10le",
        colour=Colour("bt2020nc", "tv", "bt2020", "smpte2084"),
        sar=Fraction(16, 15),
        rotation=270,
        audio=("aac", "opus"),
        field_order="bff",
        side_data=("light levels", "mastering display"),
        program=2,
    )


def proxies_of(content: str) -> Proxies:
    """SIZE bytes of noise that follow from `content`, decoded at other times than the packets promised."""
    rng = np.random.default_rng(list(content.encode()))
    small = rng.integers(0, 256, (4, 25, 100), dtype=np.uint8)
    clip = replace(clip_of(content), pts=np.array([7, 8, 9, 100], np.int64))
    return Proxies(clip, small, 16, {2: np.zeros((400, 800), np.uint8)}, 2)


def part_of(whole: Proxies) -> Proxies:
    """Its second and third frame."""
    return replace(whole, clip=replace(whole.clip, sha256="a", size=1, pts=whole.clip.pts[1:3]), small=whole.small[1:3])


def assert_equal(a: Clip | None, b: Clip) -> None:
    assert a is not None
    np.testing.assert_array_equal(a.pts, b.pts)
    assert a.pts.dtype == b.pts.dtype
    for field in fields(Clip):
        if field.name != "pts":
            assert (field.name, getattr(a, field.name)) == (field.name, getattr(b, field.name))
            assert type(getattr(a, field.name)) is type(getattr(b, field.name))


def assert_kept(found: Proxies | None, stored: Proxies) -> None:
    assert found is not None
    assert_equal(found.clip, stored.clip)
    assert found.small.dtype == np.uint8
    np.testing.assert_array_equal(found.small, stored.small)
    assert (found.small_factor, found.large_factor) == (stored.small_factor, stored.large_factor)


def entry(cache: Cache) -> Path:
    """The only file in the cache."""
    assert cache.folder is not None
    (path,) = cache.folder.iterdir()
    return path
