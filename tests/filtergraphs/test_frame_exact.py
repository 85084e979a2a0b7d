"""Drawn by a real ffmpeg: every sample of every frame, every timestamp and the number of frames are those asked for."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from support.drawn_films import (
    BG_FRAMES,
    CANVAS,
    FG_FRAMES,
    INSET,
    NTSC,
    REGULAR,
    TIME_BASE,
    X264,
    Film,
    Planes,
    assert_rectangle,
    check,
    composition,
    decode,
    draw,
    film,
    run,
)
from support.program_runs import in_turn
from support.timestamps import presentation_time

from filtergraphs import compose, working_format
from filtergraphs.formats import without_range_prefix

IRREGULAR = list(np.cumsum(np.random.default_rng(1).integers(1, 9000, FG_FRAMES)).tolist())
MAPS = {
    "identity": list(range(FG_FRAMES)),
    "6089_to_6000": [i * 6089 // 6000 for i in range(FG_FRAMES)],
    "steps_0_to_3": np.minimum(np.cumsum(np.random.default_rng(2).integers(0, 4, FG_FRAMES)), BG_FRAMES - 1).tolist(),
    "constant": [7] * FG_FRAMES,
    "to_the_last_bg_frame": list(range(BG_FRAMES - FG_FRAMES, BG_FRAMES)),
}
PLACES = {"even": (22, 10), "odd": (13, 7), "corner": (48, 32), "negative": (-10, -6), "odd_negative": (-7, 40)}

HD, SD, NONE = ("bt709", "tv"), ("smpte170m", "tv"), ("unknown", "unknown")
COLOURS = [(HD, SD), (HD, ("bt709", "pc")), (("smpte170m", "pc"), HD), (NONE, HD), (HD, NONE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def bg(folder: Path) -> Film:
    return film(folder / "bg.nut", CANVAS, "yuv420p", list(range(BG_FRAMES)), Fraction(1, 25))


@pytest.fixture(scope="module")
def fg(folder: Path) -> Film:
    return film(folder / "fg.nut", INSET, "yuv420p", REGULAR)


@pytest.fixture(scope="module")
def vfr(folder: Path) -> Film:
    return film(folder / "vfr.nut", INSET, "yuv420p", IRREGULAR)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place", "ffmpeg"), in_turn([*MAPS], [*PLACES]))
def test_every_sample_and_timestamp_for_maps_and_places(
    name: str, place: str, ffmpeg: str, bg: Film, fg: Film, tmp_path: Path
) -> None:
    check(ffmpeg, bg, fg, composition(bg, fg, MAPS[name], PLACES[place]), tmp_path / "out.nut")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["nut", "mov"])
@pytest.mark.parametrize("name", ["6089_to_6000", "steps_0_to_3"])
def test_irregular_timestamps_of_fg_are_kept(
    ffmpeg: str, bg: Film, vfr: Film, name: str, suffix: str, tmp_path: Path
) -> None:
    check(ffmpeg, bg, vfr, composition(bg, vfr, MAPS[name], (22, 10)), tmp_path / f"out.{suffix}")


@pytest.mark.parametrize(("size", "xy"), [(CANVAS, (0, 0)), ((110, 80), (-4, -6)), ((110, 80), (-5, -7))])
def test_fg_that_covers_the_canvas_needs_no_bg(
    ffmpeg: str, bg: Film, size: tuple[int, int], xy: tuple[int, int], tmp_path: Path
) -> None:
    cover = film(tmp_path / "cover.nut", size, "yuv420p", REGULAR[:8])
    script = check(ffmpeg, bg, cover, composition(bg, cover, list(range(8)), xy), tmp_path / "out.nut")
    assert script.inputs.count("-i") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pix_fmt", "xy", "ffmpeg"),
    in_turn(["yuv422p", "yuv444p", "yuv420p10le", "yuv411p", "yuvj420p", "gbrp10le"], [(24, 10), (13, 7)]),
)
def test_every_pixel_format_keeps_its_samples(pix_fmt: str, xy: tuple[int, int], ffmpeg: str, tmp_path: Path) -> None:
    below = film(tmp_path / "bg.nut", CANVAS, pix_fmt, list(range(12)), Fraction(1, 25))
    above = film(tmp_path / "fg.nut", INSET, pix_fmt, REGULAR[:8])
    check(ffmpeg, below, above, composition(below, above, [0, 1, 1, 4, 5, 8, 9, 11], xy), tmp_path / "out.nut")


def test_odd_sizes_of_both_clips(ffmpeg: str, tmp_path: Path) -> None:
    below = film(tmp_path / "bg.nut", (95, 63), "yuv420p", list(range(8)), Fraction(1, 25))
    above = film(tmp_path / "fg.nut", (45, 33), "yuv420p", REGULAR[:8])
    for x, y in ((50, 30), (20, 30), (10, 8)):
        c = composition(below, above, list(range(8)), (x, y))
        check(ffmpeg, below, above, c, tmp_path / "out.nut")
    assert working_format(replace(c, x=50, y=30)) == "yuv420p"
    assert working_format(replace(c, x=10, y=8)) == "yuv444p"


@pytest.mark.slow
@pytest.mark.parametrize(("fg_colour", "bg_colour"), COLOURS)
def test_bg_is_brought_to_the_colours_of_fg(
    ffmpeg: str, fg_colour: tuple[str, str], bg_colour: tuple[str, str], tmp_path: Path
) -> None:
    pts, tick = list(range(0, 240, 40)), Fraction(1, 1000)
    below = film(tmp_path / "bg.mkv", CANVAS, "yuv444p", pts, tick, bg_colour, (100, 156))
    above = film(tmp_path / "fg.mkv", INSET, "yuv444p", pts, tick, fg_colour)
    assert (above.source.colour_space, above.source.colour_range) == fg_colour
    c = composition(below, above, list(range(6)), (22, 10), tick)
    source, frames = draw(ffmpeg, compose(c), tmp_path / "out.mkv", X264)
    assert_rectangle(c, above, frames)
    assert source.colour_space == fg_colour[0]
    assert source.colour_range in (fg_colour[1], "tv" if fg_colour[1] == "unknown" else "")  # ffmpeg 9 spells it out
    for planes, before in zip(frames, below.frames, strict=True):
        for plane, want in zip(planes, recoloured(before, bg_colour, fg_colour), strict=True):
            assert np.abs(plane[:10] - 1.0 * want[:10]).max() <= 1.6  # 8-bit RGB and YUV are rounded in between


def test_labels_and_pixel_shape_are_those_of_fg(ffmpeg: str, bg: Film, tmp_path: Path) -> None:
    tick = Fraction(1, 1000)
    above = film(tmp_path / "fg.mkv", INSET, "yuv420p", [0, 40, 80], tick, ("bt709", "pc"))
    above = replace(above, source=replace(above.source, sar=Fraction(4, 3)))
    c = composition(bg, above, [0, 1, 2], (22, 10), tick)
    source, _ = draw(ffmpeg, compose(c), tmp_path / "out.mkv", X264)
    drawn = (without_range_prefix(source.pix_fmt), source.sar, source.colour_space, source.colour_range)
    assert drawn == ("yuv420p", Fraction(4, 3), "bt709", "pc")


def test_a_scaled_fg_fills_its_rectangle_and_leaves_bg_alone(ffmpeg: str, bg: Film, fg: Film, tmp_path: Path) -> None:
    c = replace(composition(bg, fg, MAPS["6089_to_6000"], (20, 10)), width=60, height=40)
    _, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut")
    for planes, j in zip(frames, c.bg_index, strict=True):
        for plane, below, step in zip(planes, bg.frames[j], (1, 2, 2), strict=True):
            inside = np.zeros(plane.shape, bool)
            inside[10 // step : 50 // step, 20 // step : 80 // step] = True
            np.testing.assert_array_equal(plane[~inside], below[~inside])
            assert (plane[inside] != below[inside]).mean() > 0.9


@pytest.mark.parametrize(
    ("time_base", "step"), [(Fraction(1, 10**7), 333_667), (Fraction(1001, 30000), 2), (Fraction(1, 1000), 33)]
)
def test_any_time_base_is_kept_exactly(ffmpeg: str, bg: Film, time_base: Fraction, step: int, tmp_path: Path) -> None:
    above = film(tmp_path / "fg.nut", INSET, "yuv420p", [5 + i * step + i % 2 for i in range(14)], time_base)
    c = composition(bg, above, MAPS["6089_to_6000"][:14], (22, 10), time_base)
    check(ffmpeg, bg, above, c, tmp_path / "out.mov")


@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_video_that_starts_after_its_audio_keeps_the_distance(
    ffmpeg: str, bg: Film, fg: Film, suffix: str, tmp_path: Path
) -> None:
    """mkv starts at 1 s, with video 1.5 s; mov has an edit list that delays the video, and one that trims the audio."""
    late, out = tmp_path / f"late.{suffix}", tmp_path / f"out.{suffix}"
    tone = ["-f", "lavfi", "-i", "sine=duration=2"]
    shift = ["-output_ts_offset", "1"] if suffix == "mkv" else []
    run(ffmpeg, *tone, "-itsoffset", "0.5", "-i", fg.source.path, "-c:v", "copy", "-c:a", "aac", *shift, str(late))
    source, frames, times, start = decode(late)
    assert times[0] - start > Fraction(2, 5)
    time_base = Fraction(1, 1000) if suffix == "mkv" else TIME_BASE
    above = Film(source, frames, [int(time / time_base) for time in times])
    fg_start_pts = round(start / time_base)
    c = replace(
        composition(bg, above, MAPS["steps_0_to_3"], (22, 10), time_base), fg_start_pts=fg_start_pts, has_audio=True
    )
    assert_rectangle(c, above, draw(ffmpeg, compose(c), out)[1])
    assert (drawn_times := decode(out)[2]) == [time - fg_start_pts * time_base for time in times]
    (sound, sound_time), (drawn_sound, drawn_sound_time) = audio(late), audio(out)
    assert drawn_sound == sound
    assert abs((drawn_sound_time - drawn_times[0]) - (sound_time - times[0])) <= Fraction(1, 1000)  # mkv's tick


def test_compressed_clips_with_b_frames(ffmpeg: str, bg: Film, fg: Film, tmp_path: Path) -> None:
    """Reordered frames, and an edit list that skips the decoder's delay."""
    lossless = ("-c:v", "libx264", "-qp", "0", "-bf", "3", "-fps_mode", "passthrough", "-enc_time_base", "1:90000")
    films = []
    for clip, suffix in ((bg, "mkv"), (fg, "mp4")):
        path = tmp_path / f"{Path(clip.source.path).stem}.{suffix}"
        run(ffmpeg, "-i", clip.source.path, *lossless, str(path))
        source, frames, times, _ = decode(path)
        films.append(Film(source, frames, [int(time / TIME_BASE) for time in times]))
    below, above = films
    check(ffmpeg, below, above, composition(below, above, MAPS["steps_0_to_3"], (22, 10)), tmp_path / "out.nut")


def test_colour_tags_that_change_midway_do_not_restart_the_count(
    ffmpeg: str, bg: Film, fg: Film, tmp_path: Path
) -> None:
    whole, late = tmp_path / "whole.h264", tmp_path / "whole.mkv"
    with whole.open("wb") as both:
        for matrix in ("bt709", "smpte170m"):
            tags = ("-vf", f"setparams=colorspace={matrix}", "-frames:v", "20", "-c:v", *X264)
            run(ffmpeg, "-i", fg.source.path, *tags, str(tmp_path / "half.h264"))
            both.write((tmp_path / "half.h264").read_bytes())
    run(ffmpeg, "-r", "25", "-i", str(whole), "-c", "copy", str(late))
    source, frames, times, _ = decode(late)
    above = Film(source, frames, [int(time * 1000) for time in times])
    c = composition(bg, above, MAPS["steps_0_to_3"], (22, 10), Fraction(1, 1000))
    check(ffmpeg, bg, above, c, tmp_path / "out.nut")


def test_encoder_learns_the_frame_rate(ffmpeg: str, bg: Film, fg: Film, tmp_path: Path) -> None:
    draw(ffmpeg, compose(composition(bg, fg, MAPS["steps_0_to_3"], (22, 10))), tmp_path / "out.mp4", ("libx264",))
    with av.open(str(tmp_path / "out.mp4")) as container:
        video = container.streams.video[0]
        assert video.average_rate == NTSC
        assert video.duration == FG_FRAMES * 3003
        assert video.codec_context.extradata is not None
        assert video.codec_context.extradata[3] <= 13  # avcC: level 1.3; without a rate x264 signals 6.2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": 96}, "FG 48x32 at 96,10 lies outside the 96x64 canvas; wanted at least one pixel on it"),
        ({"bg_index": [-1], "fg_pts": [0]}, "BG index -1 at FG frame 0; wanted 0 or more"),
        ({"bg_index": [0]}, "1 BG indices for 40 FG timestamps; wanted one each"),
        ({"fg_pts": [5] * 40}, "FG timestamp goes from 5 to 5 at frame 1; wanted increasing timestamps"),
    ],
)
def test_what_cannot_be_drawn_is_refused(bg: Film, fg: Film, changes: dict[str, Any], message: str) -> None:
    c = composition(bg, fg, MAPS["identity"], (22, 10))
    with pytest.raises(ValueError, match=re.escape(message)):
        compose(replace(c, **changes))


def test_one_file_may_be_both_clips(ffmpeg: str, bg: Film, tmp_path: Path) -> None:
    c = composition(bg, bg, list(range(BG_FRAMES)), (4, 6), Fraction(1, 25))
    assert compose(c) == compose(c)
    check(ffmpeg, bg, bg, c, tmp_path / "out.nut")


def recoloured(planes: Planes, old: tuple[str, str], new: tuple[str, str]) -> Planes:
    """8-bit 4:4:4 samples of one matrix and range as another; unknown means no change."""
    if "unknown" in (*old, *new):
        return planes
    red_blue = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114)}
    scale = {"tv": np.array([219, 224, 224]), "pc": np.array([255, 255, 255])}
    offset = {"tv": np.array([16, 128, 128]), "pc": np.array([0, 128, 128])}
    ycc = (np.stack(planes, -1) - offset[old[1]]) / scale[old[1]]
    (kr, kb), (new_kr, new_kb) = red_blue[old[0]], red_blue[new[0]]
    red, blue = ycc[..., 0] + 2 * (1 - kr) * ycc[..., 2], ycc[..., 0] + 2 * (1 - kb) * ycc[..., 1]
    green = (ycc[..., 0] - kr * red - kb * blue) / (1 - kr - kb)
    luma = new_kr * red + (1 - new_kr - new_kb) * green + new_kb * blue
    out = np.stack([luma, (blue - luma) / (2 * (1 - new_kb)), (red - luma) / (2 * (1 - new_kr))], -1)
    return list(np.moveaxis(out * scale[new[1]] + offset[new[1]], -1, 0))


def audio(path: Path) -> tuple[list[bytes], Fraction]:
    """Every packet, and the time of the first."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [bytes(packet) for packet in packets], presentation_time(packets[0].pts, packets[0].time_base)
