"""What melt draws of an exported project: the right BG frame around every FG frame, FG in its place."""

import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from support import constructed_maps
from support.clips import GOOD, encode
from support.numbered_films import CANVAS, INSET, MAPS, lumas, melted, numbered, numbers, paired
from support.program_runs import EMBEDDED, Vidkompy, refused, run_ffmpeg
from support.shotcut import saved_by_shotcut

from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar, Track
from vidkompy.sidecar.document import write_sidecar


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_melt_shows_the_bg_frame_of_the_map(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    write_sidecar(paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""), tmp_path / "x.json")
    outcome = vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt")
    assert (outcome.code, "runs approximated" in outcome.err) == (0, False)
    assert numbers(melted("x.mlt", tmp_path)) == bg_numbers.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("where", [Placement(51, 43, *INSET), Placement(-9, 70, *INSET), Placement(30, 30, 96, 60)])
def test_melt_draws_fg_in_its_place(vidkompy: Vidkompy, tmp_path: Path, where: Placement) -> None:
    sidecar = paired(tmp_path, constructed_maps.offset(14, 4), where, Fraction(25), Fraction(25), "")
    write_sidecar(sidecar, tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").code == 0
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        wanted = lumas(container)
    off = np.abs(melted("x.mlt", tmp_path).astype(int) - wanted)
    assert off.mean() < 2  # levels: RGB and back, and another scaler where FG is scaled
    assert np.percentile(off, 99) <= (3 if where.width == INSET[0] else 40)


@pytest.mark.slow
@pytest.mark.parametrize("names", ["it's & <so> ", "Füße 東 ", "a:b %20 # ", 'say "so" = ', ":,[{ ", "{[,: "])
def test_any_name_is_found_from_anywhere(
    vidkompy: Vidkompy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    sidecar = paired(
        tmp_path, constructed_maps.offset(12, 4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), names
    )
    write_sidecar(sidecar, tmp_path / "x.json")
    (tmp_path / "else where").mkdir()
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "else where/x.mlt").code == 0
    monkeypatch.chdir("/")
    assert numbers(melted(str(tmp_path / "else where" / "x.mlt"), tmp_path)) == list(range(4, 12))


@pytest.mark.parametrize("format_name", ["mlt", "kdenlive"])
def test_a_name_that_mlt_cannot_open_is_refused(vidkompy: Vidkompy, tmp_path: Path, format_name: str) -> None:
    sidecar = paired(tmp_path, np.arange(4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), "a")
    for role in ("fg", "bg"):
        Path(f"a{role}.mp4").rename(f"a\\?{role}.mp4")
    fg, bg = (replace(clip, path=Path(f"a\\?{r}.mp4")) for r, clip in (("fg", sidecar.fg), ("bg", sidecar.bg)))
    write_sidecar(Sidecar(fg, bg, sidecar.placement, sidecar.frame_map), "x.json")
    said = refused(vidkompy, "export", "x.json", "--to", format_name, code=2)
    assert said.startswith("MLT cannot open 'a\\?")


@pytest.mark.slow
def test_shotcut_opens_two_tracks_and_keeps_them(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS["drops, a title, and back"]
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, "")
    write_sidecar(sidecar, "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").code == 0
    before = melted("x.mlt", tmp_path)
    after = melted(saved_by_shotcut(tmp_path / "x.mlt", tmp_path), tmp_path)
    assert numbers(after) == bg_numbers.tolist()
    np.testing.assert_array_equal(after, before)
    root = ElementTree.parse(tmp_path / "x.mlt").getroot()
    properties = [{p.get("name"): p.text for p in of.findall("property")} for of in root.findall("playlist")]
    assert [p["shotcut:name"] for p in properties if "shotcut:video" in p] == ["BG", "FG"]


@pytest.mark.slow
def test_a_place_that_moves_has_keyframes(vidkompy: Vidkompy, tmp_path: Path) -> None:
    sidecar = paired(
        tmp_path, constructed_maps.offset(14, 4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), ""
    )
    at = np.array([[40 + 3 * i, 30 + i, *INSET, 0] for i in range(10)], float)
    write_sidecar(replace(sidecar, track=Track(at)), "x.json")
    assert "moves" not in vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").err
    frames = melted("x.mlt", tmp_path)
    for frame, (x, y) in zip(frames, at[:, :2].astype(int), strict=True):
        np.testing.assert_array_equal(frame[y : y + INSET[1], x : x + INSET[0]], frames[0][30:70, 40:104])


@pytest.mark.slow
def test_a_colour_picture_stays_in_its_matrix(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """Clips that say no matrix: MLT takes small ones for Rec. 601."""
    for name, picture, count in (("fg", "testsrc2=s=64x40", 10), ("bg", "testsrc=s=160x96", 14)):
        words = (
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            f"{picture}:r=25,hue=s=0.5",
            "-frames:v",
            str(count),
            "-pix_fmt",
            "yuv420p",
        )
        subprocess.run([EMBEDDED, *words, "-c:v", "ffv1", f"{name}.mkv"], check=True)
    clips = probe(Path("fg.mkv")), probe(Path("bg.mkv"))
    write_sidecar(Sidecar(*clips, Placement(50, 42, *INSET), FrameMap(np.arange(4, 14))), "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").code == 0
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        wanted = lumas(container).astype(int)
    off = np.abs(melted("x.mlt", tmp_path) - wanted)
    assert (off > 1).mean() < 0.05  # levels; 0.76 in the other matrix


UNEVEN = {  # BG's times in ticks of 1/90000 s
    "jitter": np.arange(110) * 3600 + np.random.default_rng(5).integers(800, 3200, 110),
    "two rates": 2970 + np.cumsum(np.where(np.arange(110) < 60, 3000, 3600)),
    "any": np.cumsum(np.random.default_rng(6).integers(1500, 9000, 110)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", UNEVEN)
def test_frames_of_uneven_times_are_right_but_for_those_that_are_reported(
    vidkompy: Vidkompy, tmp_path: Path, name: str
) -> None:
    grey = np.full((CANVAS[1], CANVAS[0]), 128, np.uint8)
    encode(Path("bg.mp4"), [np.stack([y, grey, grey]) for y in numbered(110)], Fraction(25), GOOD, pts=UNEVEN[name])
    even = paired(tmp_path, np.arange(10, 100), Placement(51, 43, *INSET), Fraction(25), Fraction(25), "even ")
    write_sidecar(replace(even, bg=probe(Path("bg.mp4"))), "x.json")
    report = json.loads(vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt", "--json").out)
    off = np.abs(np.array(numbers(melted("x.mlt", tmp_path))) - np.arange(10, 100))
    lost = [loss for loss in report["losses"] if loss["kind"] == "map"]
    assert [(loss["frames"], loss["largest"]) for loss in lost] == [(int((off > 0).sum()), int(off.max()))]
    assert (off > 0).mean() < 0.3


@pytest.mark.slow
def test_frames_before_a_clock_wraps_are_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    even = paired(tmp_path, np.arange(60), Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    wrapping = ("-c:v", "libx264", "-crf", "4", "-g", "12", "-bf", "2", "-output_ts_offset", "95442.2")
    run_ffmpeg("-i", even.bg.path, *wrapping, "bg.ts")
    bg = probe(Path("bg.ts"))
    write_sidecar(replace(even, bg=bg), "x.json")
    lost = vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").err
    early = int((bg.pts < 0).sum())
    assert 0 < early < 12
    assert f"loss   BG begins {early} frames before its clock wraps" in lost
    assert "even" not in lost
    assert numbers(melted("x.mlt", tmp_path))[24:] == list(range(24, 60))


def test_what_mlt_loses_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.offset(20, 4), 5, 3)
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    sure = np.where(np.arange(len(bg_numbers)) < 2, 0.25, 1).astype(np.float32)
    known = replace(sidecar.frame_map, confidence=sure)
    fg = replace(sidecar.fg, timecode="01:00:00:00")
    write_sidecar(replace(sidecar, fg=fg, frame_map=known, content=(0, 4, 64, 36)), tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt").err.splitlines() == [
        "loss   FG's rim is shown: crop it in the editor",
        "loss   3 unmatched frames lie over a gap in BG",
        "loss   timecode is left out: MLT counts from 0",
        "loss   2 unsure frames are not marked",
        "loss   MLT lays FG over BG in 8-bit RGB: most samples stay, saturated ones can be some levels off",
    ]
