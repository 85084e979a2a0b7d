"""--ignore and --mask, from the command line to the sidecar and back; what does not do is refused at once."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import constructed_maps
from support.clips import Encoding, encode
from support.overlaid_films import OVERLAY, moving_late
from support.picture_edits import U8, Bars, Box
from support.placed_proxies import H, W, X, Y
from support.program_runs import Vidkompy, refused
from support.truth_cases import Recipe, build, write_bg

from vidkompy import read_sidecar, write_sidecar
from vidkompy.analysis import AnalysisOptions, analyze
from vidkompy.errors import SidecarError
from vidkompy.media.cache import Cache
from vidkompy.model import PixelBox

FIRST: PixelBox = (10, 20, 60, 50)
SECOND: PixelBox = (100, 8, 150, 60)
WORDS = ("--ignore", "10,20,50x30", "--ignore", "100,8,50x52")


def write_mask(*black: PixelBox, size: tuple[int, int] = (192, 110)) -> str:
    picture = np.full((size[1], size[0]), 255, np.uint8)
    for x0, y0, x1, y1 in black:
        picture[y0:y1, x0:x1] = 0
    assert cv2.imwrite("mask.png", picture)
    return "mask.png"


# ---- sidecars


@pytest.mark.usefixtures("pair")
def test_boxes_and_a_mask_stand_in_the_sidecar_and_refine_keeps_and_adds(vidkompy: Vidkompy) -> None:
    """The picture is not needed again."""
    done = vidkompy("analyze", "bg.mp4", "fg.mp4", "--ignore", "10,20,50x30", "--mask", write_mask(SECOND))
    assert done.code == 0
    assert "of FG ignored, as asked for, in 2 boxes" in done.err
    Path("mask.png").unlink()
    path = Path("fg.vidkompy.json")
    found = read_sidecar(path)
    assert found.ignored == (FIRST, SECOND)
    assert (found.placement.x, found.placement.y) == (61, 37)
    assert json.loads(path.read_text())["ignored"][0] == {"left": 10, "top": 20, "right": 60, "bottom": 50}
    assert vidkompy("refine", path, "--overwrite").code == 0
    assert read_sidecar(path).ignored == (FIRST, SECOND)
    third = write_mask((0, 90, 192, 110), FIRST)
    assert vidkompy("refine", path, "--overwrite", "--ignore", "0,0,4x4", "--mask", third).code == 0
    assert read_sidecar(path).ignored == (FIRST, SECOND, (0, 0, 4, 4), (0, 90, 192, 110))


@pytest.mark.usefixtures("pair")
def test_nothing_ignored_leaves_no_word_in_the_sidecar(vidkompy: Vidkompy) -> None:
    assert vidkompy("analyze", "bg.mp4", "fg.mp4").code == 0
    assert "ignored" not in json.loads(Path("fg.vidkompy.json").read_text())


@pytest.mark.slow
@pytest.mark.usefixtures("pair")
def test_compose_ignores_too_and_what_it_draws_is_verified(vidkompy: Vidkompy) -> None:
    assert vidkompy("compose", "bg.mp4", "fg.mp4", "-o", "out.mp4", *WORDS).code == 0
    assert read_sidecar("out.vidkompy.json").ignored == (FIRST, SECOND)
    verdict = vidkompy("verify", "out.vidkompy.json", "out.mp4")
    assert verdict.code == 0
    assert "of FG ignored: not checked" in verdict.out


@pytest.mark.parametrize("form", ["json", "csv", "otio"])
def test_an_edited_map_that_comes_back_still_ignores(vidkompy: Vidkompy, sidecar: Path, form: str) -> None:
    write_sidecar(replace(read_sidecar(sidecar), ignored=(FIRST, SECOND)), sidecar)
    assert vidkompy("export", sidecar, "--to", form, "-o", f"map.{form}").code == 0
    base = ("--sidecar", sidecar) if form != "json" else ()
    assert vidkompy("import", f"map.{form}", "-o", "back.vidkompy.json", *base).code == 0
    assert read_sidecar("back.vidkompy.json").ignored == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("ignored", "problem"),
    [
        ([{"left": 0, "top": 0, "right": 193, "bottom": 10}], r"0,0 to 193,10 reaches beyond FG.* @ \$\.ignored\[0\]"),
        ([{"left": 9, "top": 0, "right": 9, "bottom": 10}], r"9,0 to 9,10 is empty.* @ \$\.ignored\[0\]"),
        ([{"left": 0, "top": 0, "right": 192, "bottom": 110}], r"only 0\.0% of FG is left.* @ \$\.ignored"),
        ([{"left": 0, "top": -1, "right": 2, "bottom": 10}], r"@ \$\.ignored\[0\]\.top"),
        ([{"left": 0, "top": 0, "right": 2}], r"@ \$\.ignored\[0\]"),
        ([{"left": 0.5, "top": 0, "right": 2, "bottom": 3}], r"@ \$\.ignored\[0\]\.left"),
        ("all of it", r"@ \$\.ignored"),
    ],
)
def test_a_sidecar_that_ignores_nonsense_is_refused_at_its_place(sidecar: Path, ignored: object, problem: str) -> None:
    document = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**document, "ignored": ignored}))
    with pytest.raises(SidecarError, match=problem):
        read_sidecar(sidecar)


# ---- messages


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("command", ["analyze", "compose"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--ignore", "1,2,3"), "--ignore is '1,2,3'; wanted X,Y,WxH in px of FG, such as 20,10,200x60"),
        (("--ignore", "-1,2,3x4"), "--ignore is '-1,2,3x4'; wanted X,Y,WxH in px of FG, such as 20,10,200x60"),
        (
            ("--ignore", "180,2,30x4"),
            "--ignore 180,2,30x4 reaches beyond FG, which is 192x110; wanted a box inside it, in FG px",
        ),
        (("--ignore", "0,0,192x108"), "--ignore: only 1.8% of FG is left to look at; wanted at least 5%: ignore less"),
    ],
)
def test_a_box_that_does_not_do_is_refused(
    vidkompy: Vidkompy, command: str, words: tuple[str, str], message: str
) -> None:
    option = (f"{words[0]}={words[1]}",)
    assert refused(vidkompy, command, "bg.mp4", "fg.mp4", *option, code=2).endswith(message)


@pytest.mark.usefixtures("pair")
def test_a_mask_that_does_not_do_is_refused(vidkompy: Vidkompy) -> None:
    words = ("analyze", "bg.mp4", "fg.mp4", "--mask")
    assert "'none.png'" in refused(vidkompy, *words, "none.png", code=1)
    Path("bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno chunk of any kind")
    assert "'bad.png'" in refused(vidkompy, *words, "bad.png", code=1)
    other = write_mask(size=(320, 180))
    assert "is 320x180, which does not scale to FG's 192x110" in refused(vidkompy, *words, other, code=2)
    black = write_mask((0, 0, 192, 110))
    assert "only 0.0% of FG is left to look at" in refused(vidkompy, *words, black, code=2)
    assert "--mask 'bg.mp4' has 48 frames; wanted one picture" in refused(vidkompy, *words, "bg.mp4", code=2)


# ---- bars


@pytest.mark.slow
def test_a_bar_that_holds_what_is_ignored_is_drawn(tmp_path: Path) -> None:
    """What is ignored, such as subtitles, is FG's own: only the bar above is cut off."""
    bg = write_bg(tmp_path / "bg.mp4", "tripod", 40, size=(320, 180))
    recipe = Recipe(Box(61, 37, 192, 80), constructed_maps.offset(40, 4, 34), bars=Bars(top=16, bottom=16))
    case = build(recipe, bg, tmp_path / "pair")
    plain, masked = (
        analyze(case.bg, case.fg, AnalysisOptions(ignore=ignore)) for ignore in ((), ((40, 98, 150, 110),))
    )
    assert plain.content is not None
    assert masked.content is not None
    assert plain.content[1] == masked.content[1] >= 16
    assert plain.content[3] <= 96
    assert masked.content[3] == 112
    assert plain.placement.drawn == masked.placement.drawn == (61, 21, 253, 133)


# ---- the answers, and what the cache keeps of them


def written(path: Path, luma: U8) -> Path:
    encode(path, (np.stack([f, *[np.full_like(f, 128)] * 2]) for f in luma), Fraction(30), Encoding(crf=12))
    return path


@pytest.mark.slow
def test_files_are_placed_and_timed_by_what_is_not_ignored_with_and_without_a_cache(tmp_path: Path) -> None:
    """38 % of FG, where most moves, show BG 12 frames late."""
    film = moving_late()
    bg, fg = written(tmp_path / "bg.mp4", film.bg), written(tmp_path / "fg.mp4", film.fg)
    plain, masked = AnalysisOptions(force=True), AnalysisOptions(ignore=(OVERLAY,))
    cache = Cache(tmp_path / "cache", 2**30)
    first, second = (analyze(bg, fg, options, cache) for options in (plain, masked))
    again = [analyze(bg, fg, options, cache) for options in (masked, plain)]
    uncached = analyze(bg, fg, masked)
    assert (first.frame_map.bg == film.truth).mean() < 0.1
    for found in (second, again[0], uncached):
        assert (found.placement.x, found.placement.y, found.placement.width) == (X, Y, W)
        assert (found.frame_map.bg == film.truth).mean() >= 0.98
        assert found.placement == second.placement
        np.testing.assert_array_equal(found.frame_map.bg, second.frame_map.bg)
        assert found.quality.confidence is not None
        assert found.quality.confidence > 0.9
    assert second.fg.height == H
    assert again[1].placement == first.placement
    np.testing.assert_array_equal(again[1].frame_map.bg, first.frame_map.bg)
