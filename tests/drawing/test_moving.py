"""A track drawn, from the sidecar to the file: what is drawn where, what is said, and what `verify` finds."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from support.clips import planes
from support.drawn_films import decode
from support.drawn_motions import put
from support.program_runs import FFMPEGS, Vidkompy, in_turn, refused
from support.wave_films import RATE, STILL, WavePair, inverse, psnr, standing_track, wave_pair

from filtergraphs import Composition
from filtergraphs.formats import chroma_grid, depth
from filtergraphs.motion import Affine
from vidkompy.drawing.options import Canvas, DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.model import F64, FrameMap, Track
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
FORMATS = ("yuv420p", "yuv420p10le", "yuv422p", "yuv444p")
SIZE, COUNT = (96, 56), 24
each_ffmpeg = pytest.mark.parametrize("ffmpeg", FFMPEGS)


def jumping(count: int = COUNT) -> F64:
    """As pan and scan: left, then right, then along."""
    track = standing_track(count, 12, 20, SIZE)
    track[8:, 0] = 80
    track[16:, 0] = 20 + 4 * np.arange(count - 16)
    return track


@each_ffmpeg
def test_an_fg_that_jumps_is_drawn_where_it_lies(vidkompy: Vidkompy, ffmpeg: str, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *FFV1)
    assert (drawn.code, "FG's place moves" in drawn.err) == (0, False), drawn
    for i, (frame, below) in enumerate(zip(planes(tmp_path / "out.mkv"), planes(tmp_path / "bg.mkv"), strict=False)):
        np.testing.assert_array_equal(frame, below, err_msg=f"frame {i}")  # FG is cut from BG
    verdict = vidkompy("verify", "x.vidkompy.json", "out.mkv")
    assert (verdict.code, verdict.out.count(f"{COUNT} of {COUNT} bit-exact")) == (0, 2), verdict


def test_with_steady_one_place_is_drawn_all_the_time(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--steady", *FFV1)
    assert "note: FG's place moves, and is drawn at x=34 y=20 all the time: 24 of 24 frames lie elsewhere" in drawn.err
    (x, y), (width, height) = (34, 20), SIZE
    for frame, fg in zip(planes(tmp_path / "out.mkv"), planes(tmp_path / "fg.mkv"), strict=True):
        np.testing.assert_array_equal(frame[0, y : y + height, x : x + width], fg[0])
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv", "--steady").code == 0
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv").code == 1


@pytest.mark.parametrize("fault", ["a frame elsewhere", "a frame of another time", "all one px off"])
def test_a_moving_fg_that_lies_elsewhere_is_found_wrong(vidkompy: Vidkompy, fault: str, tmp_path: Path) -> None:
    track = jumping()
    pair = wave_pair(tmp_path, track, SIZE)
    sidecar = pair.sidecar
    if fault == "a frame of another time":
        sidecar = replace(sidecar, frame_map=replace(sidecar.frame_map, bg=np.minimum(sidecar.frame_map.bg + 1, 24)))
    else:
        wrong = track.copy()
        wrong[slice(10, 11) if fault == "a frame elsewhere" else slice(None), 0] += 1
        sidecar = replace(sidecar, track=Track(wrong))
    write_sidecar(sidecar, tmp_path / "wrong.vidkompy.json")
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    assert vidkompy("render", "wrong.vidkompy.json", "-o", "out.mkv", *FFV1).code == 0
    verdict = vidkompy("verify", "x.vidkompy.json", "out.mkv", "--json")
    assert verdict.code == 1, verdict


def test_frames_beyond_the_canvas_are_spoken_of(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = jumping()
    track[:3, 0], track[3:5, 0] = -200, -40
    pair = wave_pair(tmp_path, track, SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", *FFV1)
    assert "note: FG lies outside of the canvas in 3 of 24 frames: they show BG alone" in drawn.err
    assert "note: FG reaches beyond the canvas in 2 of 24 frames: it is cut off there" in drawn.err
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv").code == 0


def test_a_track_outside_the_canvas_is_refused(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    off = jumping()
    off[:, 0] += 300
    write_sidecar(replace(pair.sidecar, track=Track(off)), tmp_path / "x.vidkompy.json")
    assert refused(vidkompy, "render", "x.vidkompy.json") == (
        "the track puts FG outside the canvas in every frame: between 312,20 and 476,76 on 192x108; "
        "correct track in the sidecar"
    )


def test_parts_move_as_the_whole_does(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = jumping(60)
    track[40, 1] = 21  # an odd place in one part: all of them have full chroma
    pair = wave_pair(tmp_path, track, SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    for name, chunks in (("whole.mkv", "1"), ("parts.mkv", "3")):
        drawn = vidkompy("render", "x.vidkompy.json", "-o", name, "--chunks", chunks, *FFV1)
        assert drawn.code == 0, drawn
    whole, parts = ([*planes(tmp_path / name)] for name in ("whole.mkv", "parts.mkv"))
    np.testing.assert_array_equal(whole, parts)


def test_bars_of_a_moving_fg_are_cut_off(tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    sidecar = replace(pair.sidecar, content=(0, 6, 96, 50))
    layout = plan_layout(sidecar, DrawingOptions())
    assert layout.fg_crop is not None
    assert (layout.fg_crop[1] - layout.y, layout.fg_crop[3] - layout.y) == (6, 50)
    assert plan_layout(sidecar, DrawingOptions(keep_bars=True)).fg_crop is None


# ---- places that shake


def shaking(between_px: bool, count: int = COUNT) -> F64:
    """As the steadied version of a shaky BG."""
    rng = np.random.default_rng(3)
    track = standing_track(count, 48, 26, SIZE)
    track[:, :2] += rng.uniform(-8, 8, (count, 2)) if between_px else rng.integers(-8, 9, (count, 2))
    return track


@pytest.mark.parametrize(("between_px", "pix_fmt", "ffmpeg"), in_turn([False, True], FORMATS))
def test_bg_moves_where_the_place_shakes(
    vidkompy: Vidkompy, ffmpeg: str, pix_fmt: str, between_px: bool, tmp_path: Path
) -> None:
    """FG keeps its samples; BG is as if it had been seen through its place: to the last bit of luma by whole px."""
    pair = wave_pair(tmp_path, shaking(between_px), SIZE, pix_fmt=pix_fmt)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *FFV1)
    assert drawn.code == 0, drawn
    assert "note: FG stands still, and BG moves below it" in drawn.err
    assert f"BG does not reach all of the canvas in {COUNT} of {COUNT} frames: it is black there" in drawn.err
    c = plan_layout(pair.sidecar, DrawingOptions())
    source, frames, times, _ = decode(tmp_path / "out.mkv")
    _, fg, _, _ = decode(tmp_path / "fg.mkv")
    assert (source.pix_fmt, c.canvas, times) == (pix_fmt, (192, 108), [i / RATE for i in range(COUNT)])
    errors = [bg_errors(pair, c, drawing, i) for i, drawing in enumerate(frames)]
    for drawing, above in zip(frames, fg, strict=True):
        for k, (plane, samples) in enumerate(zip(drawing, above, strict=True)):
            step_x, step_y = chroma_grid(pix_fmt) if k else (1, 1)
            x, y, (height, width) = c.x // step_x, c.y // step_y, samples.shape
            np.testing.assert_array_equal(plane[y : y + height, x : x + width], samples)
    assert np.min(errors) > 50
    if not between_px:
        assert np.min([luma for luma, *_ in errors]) > 58.8  # rounding to a level of 8 bits alone: 58.92 dB
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv").code == 0


def bg_errors(pair: WavePair, c: Composition, planes: list[np.ndarray], i: int) -> list[float]:
    """PSNR, dB, of each plane against the scene as it is seen from the canvas, 6 px inside of BG's edges."""
    assert c.bg_motion is not None
    seen_from = inverse(c.bg_motion.places[i])
    left, top, right, bottom = (round(edge) for edge in c.bg_motion.extents[i])
    unit = 2 ** (depth(pair.pix_fmt) - 8)
    errors = []
    for k, (plane, ideal) in enumerate(
        zip(planes, pair.scene.picture(c.canvas, pair.pix_fmt, i, seen_from), strict=True)
    ):
        step_x, step_y = chroma_grid(pair.pix_fmt) if k else (1, 1)
        inside = (
            slice(max(top + 6, 0) // step_y, (bottom - 6) // step_y),
            slice(max(left + 6, 0) // step_x, (right - 6) // step_x),
        )
        errors.append(psnr(plane[inside] / unit, ideal[inside], 255))
    return errors


@pytest.mark.parametrize(("pix_fmt", "ffmpeg"), in_turn(FORMATS))
def test_an_fg_that_moves_between_px_is_drawn_there(
    vidkompy: Vidkompy, ffmpeg: str, pix_fmt: str, tmp_path: Path
) -> None:
    pair = wave_pair(tmp_path, shaking(between_px=True), SIZE, pix_fmt=pix_fmt)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--canvas", "bg", "--ffmpeg", ffmpeg, *FFV1)
    assert (
        "note: FG moves, scaled, turned or between px: its pixels are new ones (--canvas fg moves BG instead)"
        in drawn.err
    )
    source, frames, _, _ = decode(tmp_path / "out.mkv")
    assert (source.pix_fmt, len(frames)) == (pix_fmt, COUNT)
    unit = 2 ** (depth(pix_fmt) - 8)
    for i, drawing in enumerate(frames):
        ideal = pair.scene.picture((192, 108), pix_fmt, i)
        assert min(psnr(plane / unit, levels, 255) for plane, levels in zip(drawing, ideal, strict=True)) > 52
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv", "--canvas", "bg").code == 0


@pytest.mark.parametrize("fault", ["a frame elsewhere", "a frame of another time"])
def test_a_moving_bg_that_is_another_one_is_found_wrong(vidkompy: Vidkompy, fault: str, tmp_path: Path) -> None:
    track = shaking(between_px=True)
    pair = wave_pair(tmp_path, track, SIZE)
    wrong = track.copy()
    wrong[10, :2] += 9
    index = pair.sidecar.frame_map.bg.copy()
    index[10] += 1
    changed = {
        "a frame elsewhere": replace(pair.sidecar, track=Track(wrong)),
        "a frame of another time": replace(pair.sidecar, frame_map=FrameMap(index)),
    }
    write_sidecar(changed[fault], tmp_path / "wrong.vidkompy.json")
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    assert vidkompy("render", "wrong.vidkompy.json", "-o", "out.mkv", "--", "-crf", "16").code == 0
    assert vidkompy("verify", "wrong.vidkompy.json", "out.mkv").code == 0
    verdict = json.loads(vidkompy("verify", "x.vidkompy.json", "out.mkv", "--json").out)
    assert verdict["render"]["wrong_bg"] == [10], verdict


def test_a_preview_shows_what_each_frame_lies_on(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    shown = vidkompy("preview", "x.vidkompy.json", "-o", "p.mp4", "--style", "difference", "--no-text")
    assert (shown.code, shown.err) == (0, "")
    frames = [*planes(tmp_path / "p.mp4")]
    assert len(frames) == COUNT
    assert max(float(frame[0].mean()) for frame in frames) < 18  # black is 16


@pytest.mark.parametrize(
    ("track", "mover"),
    [
        (shaking(between_px=False), "bg"),
        (jumping(60), "fg"),
        (standing_track(60, 20, 20, SIZE) + np.outer(np.arange(60) // 3, [1, 0, 0, 0, 0]), "fg"),  # a slow pan by px
        (standing_track(60, 20, 20, SIZE) + np.outer(np.sin(1.3 * np.arange(60)), [2, 0, 0, 0, 0]), "bg"),  # weave
    ],
    ids=["shaking", "jumping", "a pan by px", "weaving"],
)
def test_who_moves_is_chosen_by_what_shakes(track: F64, mover: str, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, track, SIZE)
    layouts = {canvas: plan_layout(pair.sidecar, DrawingOptions(canvas=canvas)) for canvas in get_args(Canvas)}
    movers = {canvas: layout.motion.mover for canvas, layout in layouts.items() if layout.motion}
    assert movers == {"auto": mover, "bg": "fg", "fg": "bg"}


def test_an_fg_that_hides_bg_cannot_stand(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = standing_track(COUNT, 0, 0, (192, 108))
    track[:, 0] += (np.arange(COUNT) % 3 == 1) * 4
    pair = wave_pair(tmp_path, track, (192, 108))
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    assert refused(vidkompy, "render", "x.vidkompy.json", "--canvas", "fg") == (
        "an FG that stands still covers the canvas in every frame: --canvas fg shows nothing of BG; wanted "
        "--canvas bg, on which FG moves"
    )
    layout = plan_layout(pair.sidecar, DrawingOptions())
    assert layout.fg_motion


# ---- places that zoom and turn


def zooming(count: int = 8) -> F64:
    """1.0 to 1.3 FG px a canvas px."""
    return centred(1 / np.linspace(1, 1.3, count), 0)


def tilting(count: int = 8) -> F64:
    """By 5 degrees one way to 5 the other, as it zooms and drifts."""
    track = centred(np.linspace(0.8, 0.9, count), np.linspace(-5, 5, count))
    track[:, 0] += 0.9 * np.arange(count)
    return track


def enlarged(count: int = 8) -> F64:
    """Of an FG that was enlarged by 1.55, along a pan."""
    track = centred(np.full(count, 1 / 1.55), 0)
    track[:, :2] += np.outer(np.arange(count), [2.3, -0.7])
    return track


def turned(count: int = 8) -> F64:
    """By 1.5 degrees, all along."""
    track = centred(np.ones(count), 1.5)
    track[:, 0] += 0.3
    return track


def centred(scale: F64, degrees: F64 | float) -> F64:
    """Middles of FG and BG on each other. scale: canvas px an FG px."""
    width, height = SIZE[0] * scale, SIZE[1] * scale
    return np.column_stack([96 - width / 2, 54 - height / 2, width, height, degrees + 0 * scale])


SHAPES = [zooming, tilting, enlarged, turned]
slow = pytest.mark.slow
SHAPED = [
    pytest.param(*case, marks=() if case[:2] == (tilting, "yuv420p") or "10" in case[1] else slow)
    for case in in_turn(SHAPES, (*FORMATS, "yuv444p10le"), ("bg", "fg"))
]


@pytest.mark.parametrize(("shape", "pix_fmt", "canvas", "ffmpeg"), SHAPED)
def test_a_place_that_zooms_or_turns_is_drawn(
    vidkompy: Vidkompy, shape: Callable[[], F64], pix_fmt: str, canvas: Canvas, ffmpeg: str, tmp_path: Path
) -> None:
    """On BG's canvas BG keeps its samples, on that of FG FG does; what moves is what the scene is there."""
    pair = wave_pair(tmp_path, shape(), SIZE, pix_fmt=pix_fmt)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    options = ("--canvas", canvas, "--outside", "smear")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", *options, "--ffmpeg", ffmpeg, *FFV1)
    assert drawn.code == 0, drawn
    c = plan_layout(pair.sidecar, DrawingOptions(canvas=canvas, outside="smear"))
    assert c.motion
    (source, frames, times, _), (_, fg, _, _) = (decode(tmp_path / name) for name in ("out.mkv", "fg.mkv"))
    (_, bg, _, _) = decode(tmp_path / "bg.mkv")
    assert (source.pix_fmt, times) == (pix_fmt, [i / RATE for i in range(8)])
    for i, drawing in enumerate(frames):
        inside, beyond = (within(c.motion.places[i], c.motion.size, c.canvas, rim) for rim in (10, -4))
        seen_from = STILL if canvas == "bg" else inverse(c.motion.places[i])
        ideal = pair.scene.picture(c.canvas, pix_fmt, i, seen_from)
        for k, (plane, levels) in enumerate(zip(drawing, ideal, strict=True)):
            step_x, step_y = chroma_grid(pix_fmt) if k else (1, 1)
            counted = inside[::step_y, ::step_x]
            assert psnr(plane[counted] / 2 ** (depth(pix_fmt) - 8), levels[counted], 255) > 50
            if canvas == "bg":
                kept = ~beyond[::step_y, ::step_x]
                np.testing.assert_array_equal(plane[kept], bg[i][k][kept])
            else:
                left, top = c.x // step_x, c.y // step_y
                put(expected := plane.copy(), fg[i][k], left, top)
                np.testing.assert_array_equal(plane, expected)
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv", *options).code == 0


def within(place: Affine, size: tuple[int, int], canvas: tuple[int, int], rim: float) -> np.ndarray:
    """bool [canvas]: px that lie in a clip at a place, so far inside of its edges."""
    x, y = np.meshgrid(np.arange(canvas[0]) + 0.5, np.arange(canvas[1]) + 0.5)
    own_x, own_y = inverse(place).at(x, y)
    near = rim / np.hypot(place.xx, place.yx)
    inside = (own_x > near) & (own_x < size[0] - near) & (own_y > near) & (own_y < size[1] - near)
    return np.asarray(inside)


@pytest.mark.parametrize("shape", [zooming, tilting])
def test_one_px_beside_its_place_is_found_wrong(
    vidkompy: Vidkompy, shape: Callable[[int], F64], tmp_path: Path
) -> None:
    pair = wave_pair(tmp_path, shape(COUNT), SIZE)
    write_sidecar(
        replace(pair.sidecar, track=Track(shape(COUNT) + np.array([1, 0, 0, 0, 0]))), tmp_path / "wrong.vidkompy.json"
    )
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    assert vidkompy("render", "wrong.vidkompy.json", "-o", "out.mkv", *FFV1).code == 0
    verdict = json.loads(vidkompy("verify", "x.vidkompy.json", "out.mkv", "--json").out)
    assert len(verdict["render"]["wrong_fg"]) == COUNT, verdict


def test_parts_zoom_as_the_whole_does(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, tilting(60), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    for name, chunks in (("whole.mkv", "1"), ("parts.mkv", "3")):
        assert vidkompy("render", "x.vidkompy.json", "-o", name, "--chunks", chunks, *FFV1).code == 0
    whole, parts = ([*planes(tmp_path / name)] for name in ("whole.mkv", "parts.mkv"))
    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("options", [("--smooth",), ("--feather", "5", "--canvas", "fg"), ("--blend", "difference")])
def test_what_moves_fades_and_blends(vidkompy: Vidkompy, options: tuple[str, ...], tmp_path: Path) -> None:
    """FG is cut from BG: faded into each other they are BG, and their difference is black."""
    pair = wave_pair(tmp_path, tilting(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", *options, *FFV1)
    assert drawn.code == 0, drawn
    c = plan_layout(pair.sidecar, DrawingOptions(canvas="fg" if "fg" in options else "bg"))
    assert c.motion
    for i, frame in enumerate(planes(tmp_path / "out.mkv")):
        seen_from = inverse(c.motion.places[i]) if c.bg_motion else STILL
        near = within(c.motion.places[i], c.motion.size, c.canvas, 8)
        if "difference" in options:
            assert np.abs(frame[0][near] - 16.0).max() < 8
            continue
        counted = near if c.bg_motion else np.ones_like(near)
        assert psnr(frame[0][counted], pair.scene.picture(c.canvas, "gray", i, seen_from)[0][counted], 255) > 48
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv", *options).code == 0


@pytest.mark.parametrize("to", ["vapoursynth", "avisynth", "edl", "xmeml", "otio", "aaf"])
def test_exports_that_hold_one_place_say_so(vidkompy: Vidkompy, to: str, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    exported = vidkompy("export", "x.vidkompy.json", "--to", to, *(("-o", "x.aaf") if to == "aaf" else ()))
    assert exported.code == 0, exported
    assert "drawn at x=34 y=20 all the time: 24 of 24 frames lie elsewhere, by up to 46.0 px" in exported.err
