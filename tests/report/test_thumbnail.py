"""Small pictures of pairs: FG at its place on BG, from frames that are soon decoded."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import Encoding, encode
from support.picture_edits import U8

from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar, Track
from vidkompy.report.crops import Place
from vidkompy.report.thumbnail import LONGEST_SIDE, overlaid, thumbnail, thumbnail_frame

DARK, BRIGHT = 40, 200  # grey levels of BG and of FG
GOP = 10


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Sidecar:
    """60 dark BG frames, of which FG, 40 bright ones, shows those from 7 on; a keyframe each GOP frames."""
    folder = tmp_path_factory.mktemp("flat")
    clips = []
    for name, size, count, level in (("bg", (640, 360), 60, DARK), ("fg", (320, 180), 40, BRIGHT)):
        encode(folder / f"{name}.mp4", (grey(size, level) for _ in range(count)), Fraction(25), Encoding(gop=GOP))
        clips.append(probe(folder / f"{name}.mp4"))
    return Sidecar(clips[1], clips[0], Placement(100, 60, 320, 180), FrameMap(np.arange(7, 47)), "truth")


def grey(size: tuple[int, int], level: int) -> U8:
    frame = np.full((3, size[1], size[0]), 128, np.uint8)
    frame[0] = level
    return frame


def decoded(data: bytes, folder: Path) -> U8:
    path = folder / "picture.webp"
    path.write_bytes(data)
    with av.open(str(path)) as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="rgb24"), np.uint8)


def test_fg_lies_at_its_place_with_an_outline(flat: Sidecar, tmp_path: Path) -> None:
    """The canvas is halved: FG lies from 50, 30 to 210, 120."""
    picture = decoded(thumbnail(flat), tmp_path)
    assert picture.shape == (180, LONGEST_SIDE, 3)
    bg, fg = picture[20, 20].astype(int), picture[75, 130].astype(int)
    assert bg.max() < 60 < 180 < fg.min()
    assert np.abs(picture[40:110, 60:200].astype(int) - fg).max() <= 3
    assert np.abs(picture[:20].astype(int) - bg).max() <= 3
    across = picture[75, :, 0].astype(int)
    assert (across[49:51] > 220).all()  # a white line,
    assert across[44:49].min() < bg[0]  # and black beside it


def test_a_picture_is_a_few_kilobytes(flat: Sidecar) -> None:
    assert len(thumbnail(flat)) < 12_000


def test_the_frame_is_near_the_least_sure_one_and_soon_decoded(flat: Sidecar) -> None:
    """FG frame i lies on BG frame i + 7. From keyframes to both it is 3 + 0 frames at best, where i is 3, 13, ..."""
    levels = np.full(40, 0.9, np.float32)
    levels[26] = 0.1
    doubtful = replace(flat, frame_map=FrameMap(flat.frame_map.bg, confidence=levels))
    assert thumbnail_frame(doubtful) == 23
    assert thumbnail_frame(flat) in (13, 23)


def test_a_frame_that_matches_nothing_is_not_shown(flat: Sidecar) -> None:
    bg = flat.frame_map.bg.copy()
    bg[:30] = -1
    assert thumbnail_frame(replace(flat, frame_map=FrameMap(bg))) >= 30
    assert 0 <= thumbnail_frame(replace(flat, frame_map=FrameMap(np.full(40, -1)))) < 40


def test_a_place_that_moves_is_that_of_the_frame(flat: Sidecar, tmp_path: Path) -> None:
    at = np.tile([0.0, 0, 320, 180, 0], (40, 1))
    i = thumbnail_frame(flat)
    at[i] = 320, 180, 320, 180, 0
    picture = decoded(thumbnail(replace(flat, track=Track(at))), tmp_path)
    assert picture[100:170, 180:300].min() > 150
    assert picture[:70, :140].max() < 80


def test_fg_is_turned_about_its_centre() -> None:
    fg, bg = np.full((20, 60, 3), 255, np.uint8), np.zeros((100, 100, 3), np.uint8)
    picture = overlaid(fg, bg, Place(20, 40, 60, 20, 90), (100, 100))
    rows, columns = np.nonzero(picture[..., 0] > 200)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == pytest.approx((20, 79, 40, 59), abs=2)


@pytest.mark.parametrize("where", [Place(-500, -500, 2000, 2000), Place(90, 90, 400, 300), Place(-900, 5, 50, 50)])
def test_fg_may_reach_beyond_the_canvas(where: Place) -> None:
    picture = overlaid(np.full((30, 40, 3), 255, np.uint8), np.zeros((100, 100, 3), np.uint8), where, (100, 100))
    assert picture.shape == (100, 100, 3)
