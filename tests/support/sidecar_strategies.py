"""Hypothesis strategies for sidecars of all kinds."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from vidkompy import Clip, FrameMap, Placement, Sidecar
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_PICTURE,
    DAMAGED_SOUND,
    ENDS_EARLY,
    LOST_FRAMES,
    NO_END_MARK,
    UNMATCHED,
    Colour,
    Fault,
    PixelBox,
    Quality,
)
from vidkompy.sidecar.pins import pinned_runs
from vidkompy.sidecar.schemas import schema

RATIONALS = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


TICKS = st.builds(Fraction, st.integers(1, 100), st.integers(1000, 10**6))  # s: 9000 of them last 15 minutes at most


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)


CLIP = schema()["$defs"]["clip"]["properties"]


COLOURS = st.builds(
    Colour,
    *[st.sampled_from(CLIP["colour"]["properties"][n]["enum"]) for n in ("space", "range", "primaries", "transfer")],
)


SCORES = st.none() | st.floats(-1, 1)


CHANCES = st.none() | st.floats(0, 1)


REASONS = st.lists(st.text(max_size=9), max_size=2).map(tuple)


PLACES = st.floats(-5000, 5000)


SIZES = st.floats(0.5, 9000)


FAULTS = (ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES, DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND, NO_END_MARK)


@st.composite
def clips(draw: st.DrawFn, frames: int) -> Clip:
    steps = draw(st.lists(st.integers(1, 9000), min_size=frames, max_size=frames) | st.just([1001] * frames))
    folders = draw(st.lists(NAMES, max_size=2))
    return Clip(
        path=Path(*folders, draw(NAMES)),
        size=draw(st.integers(1, 2**50)),
        sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        width=draw(st.integers(1, 9000)),
        height=draw(st.integers(1, 9000)),
        time_base=draw(TICKS),
        pts=draw(st.integers(-(2**36), 2**36)) + np.cumsum(steps),
        start_pts=draw(st.integers(-(2**36), 2**36)),
        frame_rate=draw(RATIONALS),
        pix_fmt=draw(st.sampled_from(schema()["$defs"]["pix_fmt"]["enum"])),
        colour=draw(COLOURS),
        sar=draw(RATIONALS),
        rotation=draw(st.sampled_from([0, 90, 180, 270])),
        audio=tuple(draw(st.lists(st.sampled_from(["aac", "opus"]), max_size=2))),
        field_order=draw(st.sampled_from(["", "tff", "bff"])),
        side_data=tuple(draw(st.lists(st.sampled_from(["light levels", "Dolby Vision"]), max_size=2))),
        decoder=draw(st.sampled_from(["", "libvpx", "libvpx-vp9"])),
        damage=tuple(draw(st.lists(st.builds(Fault, st.floats(-9000, 9000), st.sampled_from(FAULTS)), max_size=3))),
        stream=draw(st.integers(0, 4096)),
        program=draw(st.integers(0, 65535)),
    )


@st.composite
def sidecars(draw: st.DrawFn) -> Sidecar:
    n_fg, n_bg = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    bg_index = draw(st.lists(st.integers(-1, n_bg - 1), min_size=n_fg, max_size=n_fg))
    where = Placement(draw(PLACES), draw(PLACES), draw(SIZES), draw(SIZES), draw(SCORES), draw(SCORES), draw(CHANCES))
    index = st.integers(0, 39)
    fg = draw(clips(n_fg))
    return Sidecar(
        fg=fg,
        bg=draw(clips(n_bg)),
        placement=where,
        frame_map=draw(frame_maps(bg_index, n_bg)),
        engine=draw(st.sampled_from(["", "precise", "tunnel_full", "truth"])),
        quality=draw(st.builds(Quality, index, index, CHANCES, st.booleans(), SCORES, REASONS)),
        searched=(draw(st.floats(0, 9000)), draw(st.none() | st.floats(1, 9000))),
        pins=pinned_runs(draw(st.dictionaries(st.integers(0, n_fg - 1), st.integers(-1, n_bg - 1), max_size=5))),
        ignored=tuple(draw(st.lists(boxes_in_left_half(fg), max_size=3))) if fg.width > 1 else (),
    )


@st.composite
def boxes_in_left_half(draw: st.DrawFn, clip: Clip) -> PixelBox:
    left, top = draw(st.integers(0, clip.width // 2 - 1)), draw(st.integers(0, clip.height - 1))
    return left, top, draw(st.integers(left + 1, clip.width // 2)), draw(st.integers(top + 1, clip.height))


@st.composite
def frame_maps(draw: st.DrawFn, bg_index: list[int], n_bg: int) -> FrameMap:
    """With ranges of BG frames that fit as well, or none, and with or without confidence."""
    bg = np.array(bg_index, np.int64)
    reach = np.array(draw(st.lists(st.integers(0, 3), min_size=len(bg), max_size=len(bg))))
    low = np.where(bg == UNMATCHED, UNMATCHED, np.maximum(bg - reach, 0))
    high = np.where(bg == UNMATCHED, UNMATCHED, np.minimum(bg + reach + 1, n_bg))
    levels = draw(st.none() | st.lists(st.sampled_from([0.05, 0.5, 0.999]), min_size=len(bg), max_size=len(bg)))
    return FrameMap(bg, None, None, low, high, None if levels is None else np.array(levels, np.float32))
