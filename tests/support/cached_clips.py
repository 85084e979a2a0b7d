"""Clips and small copies of them to keep in a cache, and what comes back compared with them."""

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidkompy.media.cache import Cache
from vidkompy.media.proxies import Proxies
from vidkompy.media.proxy_segments import KeptSegments, SmallCopies
from vidkompy.model import Clip, Colour

SIZE = 10_000  # bytes of small copies in `copies_of`; an entry of them takes a little more


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


def copies_of(content: str) -> SmallCopies:
    """SIZE bytes of noise, and some of chroma, that follow from `content`, at other times than the packets promised."""
    rng = np.random.default_rng(list(content.encode()))
    luma, chroma = (rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((4, 25, 100), (2, 2, 4, 25)))
    return SmallCopies(np.array([7, 8, 9, 100], np.int64), luma, [0.5], chroma)


def segments_of(cache: Cache, content: str) -> KeptSegments:
    """One of four frames."""
    small, chroma = np.empty((0, 25, 100), np.uint8), np.empty((0, 2, 4, 25), np.uint8)
    proxies = Proxies(
        clip_of(content), small, 16, {}, 2, kept_large=frozenset({2}), chroma=chroma, chroma_step=2, chroma_factor=64
    )
    return KeptSegments(cache, content, proxies, 1, (range(4),))


def keep(cache: Cache, content: str) -> None:
    segments_of(cache, content).store_small(range(4), copies_of(content))


def find(cache: Cache, content: str) -> SmallCopies | None:
    return segments_of(cache, content).load_small(range(4))


def assert_equal(a: Clip | None, b: Clip) -> None:
    assert a is not None
    np.testing.assert_array_equal(a.pts, b.pts)
    assert a.pts.dtype == b.pts.dtype
    for field in fields(Clip):
        if field.name != "pts":
            assert (field.name, getattr(a, field.name)) == (field.name, getattr(b, field.name))
            assert type(getattr(a, field.name)) is type(getattr(b, field.name))


def assert_kept(found: SmallCopies | None, content: str) -> None:
    assert found is not None
    wanted = copies_of(content)
    assert found.small.dtype == np.uint8
    np.testing.assert_array_equal(found.pts, wanted.pts)
    np.testing.assert_array_equal(found.small, wanted.small)
    np.testing.assert_array_equal(found.chroma, wanted.chroma)
    assert found.votes == wanted.votes


def assert_same(found: Proxies, wanted: Proxies) -> None:
    assert_equal(found.clip, wanted.clip)
    np.testing.assert_array_equal(found.small, wanted.small)
    np.testing.assert_array_equal(found.chroma, wanted.chroma)
    assert found.large_frames.keys() == wanted.large_frames.keys()
    for i, large in wanted.large_frames.items():
        np.testing.assert_array_equal(found.large_frames[i], large)


def entry(cache: Cache) -> Path:
    """The only file in the cache."""
    assert cache.folder is not None
    (path,) = cache.folder.iterdir()
    return path
