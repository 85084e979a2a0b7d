"""What lies around unmatched FG frames, and what is cut off: each sample, timestamp and packet is the one asked for."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.drawn_films import CANVAS, INSET, REGULAR, Film, composition, decode, draw, film, overlaid
from support.program_runs import Vidkompy, sidecar_of
from support.timestamps import presentation_time
from support.truth_cases import Case
from support.unmatched_films import COUNT, FRAMES, UNMATCHED, in_two_colours

from filtergraphs import Composition, compose
from vidkompy.media.probe import probe
from vidkompy.model import Sidecar
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
LEFT_OUT, KEPT = 5, slice(5, 30)  # FG frames of the pair


# ---- the graph


def drawn(ffmpeg: str, bg: Film, fg: Film, c: Composition, out: Path) -> list[list[np.ndarray]]:
    """What is drawn: FG's rectangle and what lies over matched frames are checked."""
    frames = draw(ffmpeg, compose(c), out)[1]
    assert decode(out)[2] == [pts * c.time_base for pts in c.fg_pts]
    for i, planes in enumerate(frames):
        below = planes if c.unmatched[i] else bg.frames[c.bg_index[i]]
        for plane, want in zip(planes, overlaid(c, below, fg.frames[i]), strict=True):
            np.testing.assert_array_equal(plane, want, err_msg=f"frame {i}")
    return frames


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pix_fmt", "black"),
    [
        ("yuv420p", (16, 128, 128)),
        ("yuv422p", (16, 128, 128)),
        ("yuv420p10le", (64, 512, 512)),
        ("gbrp10le", (0, 0, 0)),
        ("gray", (0,)),
    ],
)
def test_black_is_black_in_every_format(ffmpeg: str, pix_fmt: str, black: tuple[int, ...], tmp_path: Path) -> None:
    bg = film(tmp_path / "bg.nut", CANVAS, pix_fmt, list(range(COUNT)), Fraction(1, 25))
    fg = film(tmp_path / "fg.nut", INSET, pix_fmt, REGULAR)
    c = replace(composition(bg, fg, FRAMES, (22, 10)), unmatched=UNMATCHED, unmatched_fill="black")
    for planes, is_unmatched in zip(drawn(ffmpeg, bg, fg, c, tmp_path / "out.nut"), UNMATCHED, strict=True):
        for plane, level in zip(planes, black, strict=True):
            assert (plane[-8:] == level).all() == is_unmatched


def test_black_of_full_range_is_zero(ffmpeg: str, tmp_path: Path) -> None:
    pts, tick = [40 * i for i in range(COUNT)], Fraction(1, 1000)
    bg = film(tmp_path / "bg.mkv", CANVAS, "yuv444p", pts, tick, ("bt709", "pc"))
    fg = film(tmp_path / "fg.mkv", INSET, "yuv444p", pts, tick, ("bt709", "pc"))
    c = composition(bg, fg, FRAMES, (22, 10), tick)
    c = replace(c, unmatched=UNMATCHED, unmatched_fill="black")
    _, frames = draw(ffmpeg, compose(c), tmp_path / "out.mkv", ("libx264", "-qp", "0"))
    assert [(planes[0][-8:] == 0).all() for planes in frames] == UNMATCHED


@pytest.mark.slow
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "gbrp10le"])
@pytest.mark.parametrize(("size", "xy"), [((48, 32), (22, 10)), ((48, 16), (20, 10)), ((16, 32), (8, 8))])
def test_fg_covers_the_canvas_in_its_own_shape(
    ffmpeg: str, pix_fmt: str, size: tuple[int, int], xy: tuple[int, int], tmp_path: Path
) -> None:
    """FG's left half has another colour than its right, each frame others: flat colours stay so if scaled."""
    bg = film(tmp_path / "bg.nut", CANVAS, pix_fmt, list(range(COUNT)), Fraction(1, 25))
    fg = in_two_colours(tmp_path / "fg.nut", size, pix_fmt)
    c = replace(composition(bg, fg, FRAMES, xy), unmatched=UNMATCHED, unmatched_fill="foreground")
    frames = drawn(ffmpeg, bg, fg, c, tmp_path / "out.nut")
    for i in np.flatnonzero(UNMATCHED):
        for plane, source in zip(frames[i], fg.frames[i], strict=True):
            middle, edge = plane.shape[1] // 2, plane.shape[1] // 3  # lanczos rings near the middle
            assert (plane[-4:, : middle - edge] == source[0, 0]).all(), i
            assert (plane[-4:, middle + edge :] == source[0, -1]).all(), i


# ---- the program


def with_unmatched(pair: Case, sidecar: Path) -> Sidecar:
    """FG frames 0 to 4, 10 to 13 and 30 to 35 resemble no BG frame."""
    truth = sidecar_of(pair)
    truth.frame_map.bg[[*range(LEFT_OUT), *range(10, 14), *range(30, 36)]] = -1
    write_sidecar(truth, sidecar)
    return truth


@pytest.mark.parametrize("filling", ["black", "foreground"])
def test_frames_that_are_mostly_filled_do_not_make_lossy_ones_wrong(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, filling: str
) -> None:
    truth = sidecar_of(pair)
    truth.frame_map.bg[8:] = -1
    write_sidecar(truth, sidecar)
    assert vidkompy("render", sidecar, "-o", "out.mkv", "--unmatched", filling).code == 0
    outcome = vidkompy("verify", sidecar, "out.mkv", "--unmatched", filling)
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [FFV1, ("--", "-c:v", "libx264", "-crf", "23")], ids=["lossless", "crf 23"])
@pytest.mark.parametrize("filling", ["black", "foreground"])
def test_verify_judges_by_the_options_of_the_render(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, filling: str, encoding: tuple[str, ...]
) -> None:
    with_unmatched(pair, sidecar)
    assert vidkompy("render", sidecar, "-o", "out.mkv", "--unmatched", filling, *encoding).code == 0
    outcome = vidkompy("verify", sidecar, "out.mkv", "--unmatched", filling)
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out
    for other in {"hold", "black", "foreground"} - {filling}:
        outcome = vidkompy("verify", sidecar, "out.mkv", "--unmatched", other)
        assert (outcome.code, "15 wrong: 0..4, 10..13, 30..35" in outcome.out) == (1, True), outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_trimmed_output_starts_at_0_with_its_sound_in_step(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, ffmpeg: str, suffix: str
) -> None:
    truth, out = with_unmatched(pair, sidecar), Path(f"out.{suffix}")
    message = vidkompy("render", sidecar, "-o", out, "--trim", "matched", "--ffmpeg", ffmpeg).err
    assert "note: FG frames 5 to 29 of 0 to 35 are drawn\n" in message
    assert "note: copied sound starts at its first whole packet after the cut" in message
    assert "note: 4 unmatched FG frames lie over the BG frame before them\n" in message
    fg = truth.fg
    times = [int(pts - fg.pts[KEPT][0]) * fg.time_base for pts in fg.pts[KEPT]]
    drawn_clip = probe(out)
    drawn_times = [int(pts) * drawn_clip.time_base for pts in drawn_clip.pts]
    assert [abs(a - b) <= Fraction(1, 1000) for a, b in zip(drawn_times, times, strict=True)] == [True] * 25
    sound, drawn_sound = sounds(pair.fg), sounds(out)
    first = next(k for k, (_, content) in enumerate(sound) if content == drawn_sound[0][1])
    kept = sound[first : first + len(drawn_sound)]
    assert [content for _, content in drawn_sound] == [content for _, content in kept]
    cut, end = int(fg.pts[KEPT.start]) * fg.time_base, int(fg.pts[KEPT.stop]) * fg.time_base
    for (time, _), (drawn_time, _) in zip(kept, drawn_sound, strict=True):
        assert abs(time - cut - drawn_time) <= Fraction(15, 10000)  # mkv's tick, and ffmpeg 5.1's 0.7 ms for AAC
    packet = Fraction(1024, 44100)
    assert cut <= kept[0][0] + Fraction(1, 1000) < cut + packet + Fraction(1, 500)
    assert end - packet - Fraction(1, 1000) <= kept[-1][0] < end
    assert vidkompy("verify", sidecar, out, "--trim", "matched").code == 0
    assert vidkompy("verify", sidecar, out).code == 1


def test_sound_encoded_anew_starts_with_the_video(vidkompy: Vidkompy, pair: Case, sidecar: Path, ffmpeg: str) -> None:
    with_unmatched(pair, sidecar)
    words = ("render", sidecar, "-o", "out.mkv", "--trim", "matched", "--ffmpeg", ffmpeg, *FFV1, "-c:a", "flac")
    assert vidkompy(*words).code == 0
    assert sounds(Path("out.mkv"))[0][0] <= Fraction(1, 1000)
    assert vidkompy("verify", sidecar, "out.mkv", "--trim", "matched").out.count("25 of 25 bit-exact") == 2


def sounds(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(presentation_time(packet.pts, packet.time_base), bytes(packet)) for packet in packets]
