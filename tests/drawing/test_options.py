"""How FG is laid over BG, asked for on the command line: drawn as asked, said beforehand, judged by verify."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.clips import Encoding, encode, planes
from support.picture_edits import U8, Bars, Box
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, frame_hashes, refused, sidecar_of
from support.truth_cases import Case, Recipe, build

from vidkompy import read_sidecar
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import Placement
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.letterbox_exact import exact_content_box
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
BOTH_EXACT = ["36 of 36 bit-exact; none wrong"] * 2
LOOKS = {
    "smooth": (("--smooth",), BOTH_EXACT),
    "feather": (("--feather", "5"), BOTH_EXACT),
    "feather that leaves nothing": (("--feather", "80"), ["mixed with BG: not checked", BOTH_EXACT[1]]),
    "blend": (("--blend", "difference"), ["mixed with BG: not checked", BOTH_EXACT[1]]),
    "all": (("--smooth", "--blend", "screen", "--keep-bars"), ["mixed with BG: not checked", BOTH_EXACT[1]]),
}


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("look", LOOKS)
def test_what_is_drawn_is_right_if_it_is_verified_so(vidkompy: Vidkompy, sidecar: Path, look: str, ffmpeg: str) -> None:
    options, wanted = LOOKS[look]
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, *options, *FFV1).code == 0
    outcome = vidkompy("verify", sidecar.name, "out.mkv", *options)
    assert outcome.code == 0, outcome.out
    assert [line[8:] for line in outcome.out.splitlines()[2:4]] == wanted
    assert vidkompy("verify", sidecar.name, "out.mkv").code == 1  # it is not what is drawn without


@pytest.mark.parametrize("options", [("--smooth",), ("--blend", "difference")])
def test_a_wrong_bg_frame_is_still_detected(vidkompy: Vidkompy, sidecar: Path, options: tuple[str, ...]) -> None:
    truth = read_sidecar(sidecar)
    truth.frame_map.bg[12:20] -= 1
    write_sidecar(truth, "off.vidkompy.json")
    assert vidkompy("render", "off.vidkompy.json", "-o", "out.mkv", *options, *FFV1).code == 0
    assert "28 of 36 bit-exact; 8 wrong: 12..19" in vidkompy("verify", sidecar.name, "out.mkv", *options).out


def test_a_faded_fg_in_the_wrong_place_is_wrong(vidkompy: Vidkompy, sidecar: Path) -> None:
    truth = read_sidecar(sidecar)
    write_sidecar(replace(truth, placement=replace(truth.placement, x=63.0)), "off.vidkompy.json")
    assert vidkompy("render", "off.vidkompy.json", "-o", "out.mkv", "--smooth", *FFV1).code == 0
    assert vidkompy("verify", sidecar.name, "out.mkv", "--smooth").code == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--smooth",), "FG fades into BG over the outermost 16 px: its pixels are exact within"),
        (("--smooth", "--feather", "3"), "FG fades into BG over the outermost 3 px: its pixels are exact within"),
        (("--blend", "multiply"), "FG is blended with BG (multiply, in RGB): its pixels are new ones"),
    ],
)
def test_looks_are_reported_before_they_are_drawn(
    vidkompy: Vidkompy, sidecar: Path, options: tuple[str, ...], message: str
) -> None:
    assert f"note: {message}\n" in vidkompy("render", sidecar.name, "--dry-run", *options).err


@pytest.mark.parametrize("command", [("render",), ("compose", "bg.mp4", "fg.mp4"), ("verify",)])
@pytest.mark.parametrize("px", ["0", "-3", "10001"])
def test_a_feather_of_no_width_is_refused(vidkompy: Vidkompy, sidecar: Path, command: tuple[str, ...], px: str) -> None:
    words = {"render": (sidecar.name,), "verify": (sidecar.name, "out.mkv")}.get(command[0], ())
    message = refused(vidkompy, *command, *words, "--feather", px, code=2)
    assert message == f"--feather is {px}; wanted 1 to 10000 px"


def test_an_unknown_mode_is_refused(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("render", sidecar.name, "--blend", "psychedelic")
    assert outcome.code == 2
    assert "difference" in outcome.err


def test_an_ffmpeg_without_the_filters_of_a_look_is_refused(vidkompy: Vidkompy, sidecar: Path, tmp_path: Path) -> None:
    """geq is only in builds under the GPL."""
    poor = tmp_path / "poor"
    poor.write_text(f"#!/bin/sh\nexec '{EMBEDDED}' \"$@\" | sed 's/ geq  / gone /'\n")
    poor.chmod(0o755)
    words = ("render", sidecar.name, "--ffmpeg", str(poor), "--dry-run")
    assert vidkompy(*words).code == 0
    assert "lacks filter geq; name a fuller build" in refused(vidkompy, *words, "--smooth")


# ---- bars


@pytest.fixture(scope="module")
def letterboxed(made: Case, tmp_path_factory: pytest.TempPathFactory) -> Case:
    bars = Bars(left=14, top=20, bottom=17)
    recipe = Recipe(Box(80, 50, 160, 90), constructed_maps.ratio(48, 5, 4, start=3), rate=Fraction(24), bars=bars)
    return build(recipe, made.bg, tmp_path_factory.mktemp("bars") / "pair")


def measured(case: Case) -> tuple[int, int, int, int] | None:
    fg, bg = (make_proxies(probe(path), 48) for path in (case.fg, case.bg))
    where = Placement(case.truth.x, case.truth.y, case.truth.width, case.truth.height)
    return exact_content_box(fg, bg, where, content_box(fg), case.truth.map)


def test_bars_are_found_to_the_pixel(letterboxed: Case) -> None:
    """And two px more, which compression smears."""
    assert measured(letterboxed) == (14 + 2, 20 + 2, 14 + 160, 20 + 90 - 2)


def test_a_plain_margin_that_bg_has_too_is_no_bar(tmp_path: Path, made: Case) -> None:
    frames = [framed(frame) for frame in planes(made.bg)]
    encode(tmp_path / "bg.mp4", frames, Fraction(30), Encoding(crf=18))
    bars = Box(60, 0, 200, 180)
    case = build(Recipe(bars, np.arange(40), rate=Fraction(30)), tmp_path / "bg.mp4", tmp_path / "pair")
    assert content_box(make_proxies(probe(case.fg), 48))[1] > 0
    assert measured(case) is None


def test_a_plain_margin_is_none_in_other_light_either(tmp_path: Path, made: Case) -> None:
    """After FG's last frame, the light of BG's scene changes."""
    frames = [framed(frame, 180 if i < 20 else 140) for i, frame in enumerate(planes(made.bg))]
    encode(tmp_path / "bg.mp4", frames, Fraction(30), Encoding(crf=18))
    case = build(Recipe(Box(60, 0, 200, 180), np.arange(20), rate=Fraction(30)), tmp_path / "bg.mp4", tmp_path / "pair")
    assert content_box(make_proxies(probe(case.fg), 48))[1] > 0
    assert measured(case) is None


def test_bars_above_a_plain_margin_whose_light_changes_are_bars(tmp_path: Path, made: Case) -> None:
    frames = [framed(frame, 20 + i % 2 * 8) for i, frame in enumerate(planes(made.bg))]
    encode(tmp_path / "bg.mp4", frames, Fraction(30), Encoding(crf=18))
    recipe = Recipe(Box(60, 24, 200, 150), np.arange(40), rate=Fraction(30), bars=Bars(top=20))
    assert measured(build(recipe, tmp_path / "bg.mp4", tmp_path / "pair")) == (0, 22, 200, 170)


def test_a_plain_margin_between_bars_of_another_colour_is_none(tmp_path: Path, made: Case) -> None:
    """A letterboxed page: its bars are black and cover a picture, its margin is as light as BG's."""
    frames = np.stack(list(planes(made.bg)))
    frames[:, 0, 24:144, :90], frames[:, 1:, 24:144, :90] = 235, 128
    encode(tmp_path / "bg.mp4", frames, Fraction(30), Encoding(crf=18))
    recipe = Recipe(Box(60, 24, 200, 120), np.arange(40), rate=Fraction(30), bars=Bars(top=20, bottom=20))
    case = build(recipe, tmp_path / "bg.mp4", tmp_path / "pair")
    assert measured(case) == (0, 22, 200, 138)


def framed(frame: U8, level: int = 180) -> U8:
    frame[0, :30], frame[1:, :30] = level, 128
    return frame


def test_fg_without_bars_has_no_content_box(vidkompy: Vidkompy, pair: Case) -> None:
    assert vidkompy("analyze", pair.bg.name, pair.fg.name, "-o", "x.vidkompy.json").code == 0
    assert read_sidecar("x.vidkompy.json").content is None
    assert '"content"' not in Path("x.vidkompy.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_bg_shows_where_the_bars_were(vidkompy: Vidkompy, letterboxed: Case, tmp_path: Path, ffmpeg: str) -> None:
    path, case = tmp_path / "bars.vidkompy.json", letterboxed
    assert vidkompy("compose", case.bg, case.fg, "-o", "out.mkv", "--ffmpeg", ffmpeg, *FFV1).code == 0
    found = read_sidecar("out.vidkompy.json")
    assert found.content == (16, 22, 174, 108)
    assert vidkompy("verify", "out.vidkompy.json", "out.mkv").out.count("36 of 36 bit-exact; none wrong") == 2
    assert vidkompy("verify", "out.vidkompy.json", "out.mkv", "--keep-bars").code == 1
    write_sidecar(found, path)
    message = vidkompy("render", path.name, "-o", "whole.mkv", "--keep-bars", "--ffmpeg", ffmpeg, *FFV1).err
    assert "bars" not in message
    assert vidkompy("verify", path.name, "whole.mkv", "--keep-bars").code == 0
    assert vidkompy("verify", path.name, "whole.mkv").code == 1


def test_bars_are_reported_with_what_is_drawn(vidkompy: Vidkompy, pair: Case) -> None:
    write_sidecar(replace(sidecar_of(pair), content=(0, 21, 192, 90)), "bars.vidkompy.json")
    assert (
        "note: FG's bars are left out: it shows on 192x68 at 61,58 of the canvas, and BG where they were "
        "(--keep-bars draws them)\n"
    ) in vidkompy("render", "bars.vidkompy.json", "--dry-run").err


@pytest.mark.parametrize("box", [(0, 0, 193, 110), (5, 0, 5, 110), (0, 80, 192, 40)])
def test_a_content_box_that_is_no_part_of_fg_is_refused(
    vidkompy: Vidkompy, pair: Case, box: tuple[int, int, int, int]
) -> None:
    write_sidecar(replace(sidecar_of(pair), content=box), "bars.vidkompy.json")
    message = refused(vidkompy, "render", "bars.vidkompy.json")
    assert message.endswith(f"{box[0]},{box[1]} to {box[2]},{box[3]} is no part of the 192x110 FG @ $.content")


# ---- canvas and alpha


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_scaled_fg_keeps_its_pixels_on_its_own_canvas(vidkompy: Vidkompy, pair: Case, ffmpeg: str) -> None:
    truth = sidecar_of(pair)
    half = replace(truth, placement=replace(truth.placement, width=96.0, height=55.0))
    write_sidecar(half, "half.vidkompy.json")
    words = ("half.vidkompy.json", "-o", "out.mkv", "--canvas", "fg", "--ffmpeg", ffmpeg)
    message = vidkompy("render", *words, *FFV1).err
    assert "note: BG is scaled from 320x180 to 640x360: its pixels are new ones, FG keeps its own\n" in message
    assert "FG is scaled" not in message
    out = probe(Path("out.mkv"))
    assert (out.width, out.height) == (640, 360)
    verdict = vidkompy("verify", "half.vidkompy.json", "out.mkv", "--canvas", "fg").out
    assert "FG      36 of 36 bit-exact; none wrong\n" in verdict
    assert "BG      lossy, judged by the nearest frame; none wrong\n" in verdict
    assert vidkompy("verify", "half.vidkompy.json", "out.mkv").code == 1


def test_an_unscaled_fg_needs_no_other_canvas(vidkompy: Vidkompy, sidecar: Path) -> None:
    for name, options in (("a", ()), ("b", ("--canvas", "fg"))):
        assert vidkompy("render", sidecar.name, "-o", f"{name}.mkv", *options, *FFV1).code == 0
    assert frame_hashes(Path("a.mkv")) == frame_hashes(Path("b.mkv"))


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(
    ("suffix", "encoder", "pix_fmt"),
    [
        ("mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"), "yuv444p12le"),
        ("mov", ("-c:v", "qtrle", "-pix_fmt", "argb"), "gbrp"),
        ("mkv", ("-c:v", "ffv1", "-pix_fmt", "yuva420p"), "yuv444p"),
    ],
)
def test_bg_shows_through_fg_where_its_alpha_is_0(
    vidkompy: Vidkompy, pair: Case, suffix: str, encoder: tuple[str, ...], pix_fmt: str, ffmpeg: str
) -> None:
    fg = Path(f"alpha.{suffix}")
    graph = "format=yuva444p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='255*lt(X,96)'"
    subprocess.run([EMBEDDED, "-v", "error", "-i", pair.fg, "-an", "-vf", graph, *encoder, fg], check=True)
    write_sidecar(sidecar_of(replace(pair, fg=fg)), "alpha.vidkompy.json")
    codec = "rawvideo" if pix_fmt == "gbrp" else "ffv1"
    words: tuple[str, ...] = ("alpha.vidkompy.json", "-o", "out.nut", "--ffmpeg", ffmpeg)
    message = vidkompy("render", *words, "--", "-c:v", codec).err
    assert "note: FG is laid over BG through its alpha: its pixels are exact where that is full" in message
    assert probe(Path("out.nut")).pix_fmt in (pix_fmt, pix_fmt.replace("12", "10"))
    assert "FG      mixed with BG: not checked\n" in vidkompy("verify", "alpha.vidkompy.json", "out.nut").out
    opaque = replace(sidecar_of(replace(pair, fg=fg)), content=(0, 0, 96, 110))
    write_sidecar(opaque, "left.vidkompy.json")
    words = ("left.vidkompy.json", "-o", "left.nut", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    assert vidkompy("render", *words).code == 0
    for ours, theirs in zip(planes(Path("out.nut")), planes(Path("left.nut")), strict=True):
        np.testing.assert_array_equal(ours[:, :, :150], theirs[:, :, :150])
        np.testing.assert_array_equal(ours[:, :, 162:], theirs[:, :, 162:])  # between, ProRes smears alpha


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("pix_fmt", ["nv12", "rgb24", "rgb565le"])
@pytest.mark.parametrize("look", ["smooth", "blend"])
def test_fg_that_is_not_stored_in_planes_is_drawn_in_planes(
    vidkompy: Vidkompy, pair: Case, pix_fmt: str, look: str, ffmpeg: str
) -> None:
    raw = ("-an", "-c:v", "rawvideo", "-pix_fmt", pix_fmt, "packed.nut")
    subprocess.run([EMBEDDED, "-v", "error", "-i", pair.fg, *raw], check=True)
    truth = sidecar_of(replace(pair, fg=Path("packed.nut")))
    assert truth.fg.pix_fmt == pix_fmt
    write_sidecar(truth, "packed.vidkompy.json")
    words = ("packed.vidkompy.json", "-o", "out.nut", "--ffmpeg", ffmpeg, *LOOKS[look][0])
    assert vidkompy("render", *words, "--", "-c:v", "rawvideo").code == 0
    assert probe(Path("out.nut")).pix_fmt == ("yuv444p" if pix_fmt == "nv12" else "gbrp")
    assert vidkompy("verify", "packed.vidkompy.json", "out.nut", *LOOKS[look][0]).code == 0


@pytest.mark.slow
def test_an_opaque_fg_with_alpha_is_judged(vidkompy: Vidkompy, pair: Case) -> None:
    raw = ("-an", "-c:v", "png", "-pix_fmt", "rgba", "alpha.mkv")
    subprocess.run([EMBEDDED, "-v", "error", "-i", pair.fg, *raw], check=True)
    truth = sidecar_of(replace(pair, fg=Path("alpha.mkv")))
    write_sidecar(truth, "alpha.vidkompy.json")
    write_sidecar(replace(truth, placement=replace(truth.placement, x=64.0)), "off.vidkompy.json")
    for name in ("alpha", "off"):
        assert vidkompy("render", f"{name}.vidkompy.json", "-o", f"{name}.nut", "--", "-c:v", "rawvideo").code == 0
    right = vidkompy("verify", "alpha.vidkompy.json", "alpha.nut")
    assert (right.code, "FG      36 of 36 bit-exact; none wrong\n" in right.out) == (0, True)
    assert vidkompy("verify", "alpha.vidkompy.json", "off.nut").code == 1
