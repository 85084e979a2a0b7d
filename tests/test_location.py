"""Pictures made from a known BG frame: `locate` must say which frame, and where it was cut."""

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import footage
from support.clips import GOOD, encode
from support.constructed_maps import offset
from support.picture_edits import Box, Grade, graded, to_yuv
from support.truth_cases import Recipe, build, write_bg

from vidkompy.errors import NoMatch
from vidkompy.location import LocatedPicture, LocationOptions, as_json, locate

FRAME = 30  # of BG, shown by the stills
CUT = Box(101, 53, 240, 150)
Rgb = np.ndarray


@pytest.fixture(scope="module")
def bg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames of movers before a fixed camera, 480x270 px."""
    return write_bg(tmp_path_factory.mktemp("bg") / "bg.mp4", "tripod", 60)


@pytest.fixture(scope="module")
def picture() -> Rgb:
    """BG frame FRAME before compression, u8 [270, 480, 3], blue first."""
    return list(footage.frames("tripod", 60))[FRAME][..., ::-1]


def cut(picture: Rgb, box: Box = CUT) -> Rgb:
    return picture[box.y : box.y + box.height, box.x : box.x + box.width]


def corners_off(located: LocatedPicture, box: Box) -> float:
    where = located.placement
    ends = (where.x - box.x, where.y - box.y)
    far = (where.x + where.width - box.x - box.width, where.y + where.height - box.y - box.height)
    return max(abs(v) for v in (*ends, *far))


def assert_shows_the_frame(located: LocatedPicture) -> None:
    (match,) = located.matches
    assert (match.fg, match.bg) == (0, FRAME)
    assert match.low <= FRAME < match.high
    assert match.high - match.low <= 3  # everything moves in `tripod`
    assert match.seconds == pytest.approx(FRAME / 30)
    assert match.confidence > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "q60.jpg"])
def test_a_cut_still_is_found_exactly_in_any_format(name: str, bg: Path, picture: Rgb, tmp_path: Path) -> None:
    path = tmp_path / name
    cv2.imwrite(str(path), cut(picture), [cv2.IMWRITE_JPEG_QUALITY, 60] if name == "q60.jpg" else [])
    located = locate(bg, path)
    assert corners_off(located, CUT) == 0
    assert_shows_the_frame(located)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["p%03d.png", "p*.png", "p00[1].png"])
def test_a_name_is_no_pattern(name: str, bg: Path, picture: Rgb, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "p001.png"), np.zeros((20, 20, 3), np.uint8))  # what the pattern would name
    cv2.imwrite(str(tmp_path / name), cut(picture))
    assert corners_off(locate(bg, tmp_path / name), CUT) == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grey", "16 bit", "transparent"])
def test_samples_may_be_of_any_kind(kind: str, bg: Path, picture: Rgb, tmp_path: Path) -> None:
    part = cut(picture)
    kinds = {
        "grey": cv2.cvtColor(part, cv2.COLOR_BGR2GRAY),
        "16 bit": part.astype(np.uint16) * 257,
        "transparent": np.dstack([part, np.full(part.shape[:2], 128, np.uint8)]),
    }
    cv2.imwrite(str(tmp_path / "a.png"), kinds[kind])
    located = locate(bg, tmp_path / "a.png")
    assert corners_off(located, CUT) == 0
    assert_shows_the_frame(located)


def test_the_content_decides_not_the_extension(bg: Path, picture: Rgb, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), cut(picture))
    (tmp_path / "a.png").rename(tmp_path / "a.mp4")
    assert corners_off(locate(bg, tmp_path / "a.mp4"), CUT) == 0


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1 / 4, 1 / 2, 2, 8])
def test_a_resized_frame_is_found_within_half_a_pixel(scale: float, bg: Path, picture: Rgb, tmp_path: Path) -> None:
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    whole = Box(0, 0, 480, 272)
    padded = cv2.copyMakeBorder(picture, 0, 2, 0, 0, cv2.BORDER_REFLECT)  # sizes stay whole
    cv2.imwrite(str(tmp_path / "a.png"), cv2.resize(padded, None, fx=scale, fy=scale, interpolation=interpolation))
    located = locate(bg, tmp_path / "a.png")
    assert corners_off(located, whole) <= 0.5
    assert_shows_the_frame(located)


@pytest.mark.slow
def test_an_upscaled_cut_is_found_within_half_a_pixel(bg: Path, picture: Rgb, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), cv2.resize(cut(picture), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    located = locate(bg, tmp_path / "a.png")
    assert corners_off(located, CUT) <= 0.5
    assert_shows_the_frame(located)


@pytest.mark.slow
def test_a_graded_cut_is_found_exactly(bg: Path, picture: Rgb, tmp_path: Path) -> None:
    luma = graded(to_yuv(cut(picture)[..., ::-1]), Grade(8, 1.15, 0.85))[0]
    cv2.imwrite(str(tmp_path / "a.png"), luma)
    located = locate(bg, tmp_path / "a.png")
    assert corners_off(located, CUT) == 0
    assert located.matches[0].bg == FRAME


@pytest.mark.slow
def test_bars_belong_to_the_placement(bg: Path, picture: Rgb, tmp_path: Path) -> None:
    barred = cv2.copyMakeBorder(cut(picture), 24, 24, 0, 0, cv2.BORDER_CONSTANT, value=(20, 20, 20))
    cv2.imwrite(str(tmp_path / "a.png"), barred)
    located = locate(bg, tmp_path / "a.png")
    assert corners_off(located, Box(CUT.x, CUT.y - 24, CUT.width, CUT.height + 48)) == 0
    assert_shows_the_frame(located)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["handheld", "pan", "talk"])
def test_an_unrelated_picture_is_refused(kind: str, bg: Path, tmp_path: Path) -> None:
    frame = next(footage.frames(kind, 1, seed=5))[..., ::-1]
    cv2.imwrite(str(tmp_path / "a.png"), frame)
    with pytest.raises(NoMatch, match=r"'.*a\.png' was not found in '.*bg\.mp4': .*check that both show the same"):
        locate(bg, tmp_path / "a.png")


@pytest.mark.slow
def test_a_still_of_one_shot_is_found_among_thirty(tmp_path: Path) -> None:
    """60 s at 5 fps with a cut every 2 s: evenly spaced samples need not meet the shot at all."""
    shots = [footage.frames("tripod" if n % 2 else "pan", 10, size=(320, 180), seed=n) for n in range(30)]
    frames = [frame for shot in shots for frame in shot]
    encode(tmp_path / "bg.mp4", (to_yuv(f) for f in frames), Fraction(5), GOOD)
    box = Box(61, 37, 192, 110)
    for at in (153, 236):
        cv2.imwrite(str(tmp_path / "a.png"), cut(frames[at][..., ::-1], box))
        located = locate(tmp_path / "bg.mp4", tmp_path / "a.png")
        assert corners_off(located, box) == 0
        assert located.matches[0].bg == at
        assert located.matches[0].seconds == pytest.approx(at / 5)


def test_a_standing_picture_gives_the_whole_interval(tmp_path: Path) -> None:
    """Frames 10 to 29 are one picture: which of them it was cannot be told, and is not claimed."""
    made = list(footage.frames("tripod", 24))
    frames = [*made[:10], *[made[10]] * 20, *made[11:]]
    encode(tmp_path / "bg.mp4", (to_yuv(f) for f in frames), Fraction(30), GOOD)
    cv2.imwrite(str(tmp_path / "a.png"), cut(made[10][..., ::-1]))
    (match,) = locate(tmp_path / "bg.mp4", tmp_path / "a.png").matches
    assert match.bg is not None
    assert 10 <= match.bg < 30
    assert (match.low, match.high) == (10, 30)
    assert match.confidence > 0.8


@pytest.mark.slow
def test_frames_of_a_clip_are_located_each_for_itself(bg: Path, tmp_path: Path) -> None:
    order = offset(60, 5, 55)[::-1]
    case = build(Recipe(CUT, order), bg, tmp_path / "pair")
    located = locate(bg, case.fg, LocationOptions(count=5))
    assert corners_off(located, CUT) == 0
    assert [s.fg for s in located.matches] == [5, 15, 25, 35, 45]
    assert [s.bg for s in located.matches] == [int(order[s.fg]) for s in located.matches]


def test_json_holds_plain_values(bg: Path, picture: Rgb, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), cut(picture))
    report = json.loads(json.dumps(as_json(locate(bg, tmp_path / "a.png"))))
    assert report["placement"].items() >= {"x": 101.0, "y": 53.0, "width": 240.0, "height": 150.0}.items()
    assert report["frames"][0]["background"] == FRAME
    assert report["frames"][0]["seconds"] == 1.0
