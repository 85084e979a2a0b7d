"""VapourSynth scripts, run by VapourSynth: each frame is what render draws, and lasts as long."""

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import GOOD, encode, planes
from support.export_readers import vapoursynth
from support.program_runs import EMBEDDED, Vidkompy, environment, sidecar_of
from support.script_maps import EVERY_STEP
from support.truth_cases import Case

from vidkompy import Placement, Sidecar
from vidkompy.exchange.frame_server import frame_rates_of
from vidkompy.media.probe import probe
from vidkompy.sidecar.document import write_sidecar

LOSSLESS = ("--audio", "none", "--", "-c:v", "ffv1")
MAP = [*EVERY_STEP, 4, 3, 1, -1]  # 36
PLACES = {  # x, y, part of FG inside its bars
    "even": (62, 36, None),
    "between chroma samples": (61, 37, None),
    "off the canvas": (-21, 101, None),
    "with bars": (128, 60, (0, 12, 190, 97)),
}
SERVE = """
import runpy, sys, vapoursynth as vs
runpy.run_path(sys.argv[1])
with open(sys.argv[2], "wb") as pixels:
    for frame in vs.get_output(0).clip.frames():
        for plane in frame:
            pixels.write(bytes(plane))
        print(frame.props["_DurationNum"], frame.props["_DurationDen"])
"""


@pytest.fixture
def mapped_sidecar(pair: Case) -> Sidecar:
    sidecar = sidecar_of(pair)
    sidecar.frame_map.bg[:] = MAP
    return sidecar


def served(vidkompy: Vidkompy, sidecar: Sidecar, script: str = "x.vpy") -> tuple[np.ndarray, list[Fraction], str]:
    """Samples, u8 [frames, samples], lengths of frames in s, and what the export says it loses."""
    write_sidecar(sidecar, "x.vidkompy.json")
    exported = vidkompy("export", "x.vidkompy.json", "--to", "vapoursynth", "-o", script)
    assert exported.code == 0, exported.err
    words = [vapoursynth(), "-c", SERVE, script, "served.raw"]
    ours = environment() | {"XDG_CACHE_HOME": str(Path.cwd()), "PYTHONPATH": ""}  # where BestSource leaves its index
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=ours)
    assert done.returncode == 0, done.stderr
    times = [Fraction(*map(int, line.split())) for line in done.stdout.splitlines()]
    return np.fromfile("served.raw", np.uint8).reshape(len(times), -1), times, exported.err


def drawn(vidkompy: Vidkompy) -> np.ndarray:
    assert vidkompy("render", "x.vidkompy.json", "-o", "drawn.mkv", *LOSSLESS).code == 0
    with av.open("drawn.mkv") as video:
        return np.stack([frame.to_ndarray().ravel() for frame in video.decode(video=0)])


@pytest.mark.parametrize("place", PLACES)
def test_every_sample_is_what_render_draws(vidkompy: Vidkompy, mapped_sidecar: Sidecar, place: str) -> None:
    x, y, content = PLACES[place]
    sidecar = replace(mapped_sidecar, placement=replace(mapped_sidecar.placement, x=x, y=y), content=content)
    pixels, times, lost = served(vidkompy, sidecar)
    np.testing.assert_array_equal(pixels, drawn(vidkompy))
    assert times == [Fraction(1, 24)] * 36
    assert lost.startswith(
        "loss   the script serves pictures: no sound is in it\n"
        "loss   4 unmatched FG frames lie over the BG frame before them\n"
    )
    assert ("full chroma" in lost) == (place in ("between chroma samples", "off the canvas"))
    assert ("FG's bars are left out: it shows on 190x84 at 128,72" in lost) == (place == "with bars")


def test_clips_are_found_from_the_script_and_uneven_times_are_kept(
    vidkompy: Vidkompy, mapped_sidecar: Sidecar, tmp_path: Path
) -> None:
    folder = tmp_path / 'it\'s "%d" & 映画: {x}\\'
    folder.mkdir()
    steps = np.random.default_rng(5).integers(1500, 9000, 36)
    uneven = folder / "fg'\"{0}.mp4"
    encode(uneven, planes(mapped_sidecar.fg.path), Fraction(24), GOOD, pts=np.concatenate([[0], np.cumsum(steps[:-1])]))
    sidecar = replace(mapped_sidecar, fg=probe(uneven))
    pixels, times, _ = served(vidkompy, sidecar, str(folder / "of uneven.vpy"))
    np.testing.assert_array_equal(pixels, drawn(vidkompy))
    assert times == [*(Fraction(int(step), 90000) for step in steps[:-1]), 1 / sidecar.fg.frame_rate]


def test_times_are_kept_where_each_frame_has_a_place_of_its_own_and_lies_beside_it(mapped_sidecar: Sidecar) -> None:
    """25 fps of which each fifth frame is gone. Times that are rounded to 1 ms are one rate all the same."""
    rare = np.flatnonzero(np.arange(45) % 5 != 3)
    fg = replace(mapped_sidecar.fg, pts=rare * 3600, time_base=Fraction(1, 90000), frame_rate=Fraction(20))
    assert [1 / rate for count, rate in frame_rates_of(fg) for _ in range(count)] == [
        *(Fraction(int(step), 25) for step in np.diff(rare)),
        Fraction(1, 20),
    ]
    rounded = np.round(np.arange(36) * 1001 / 24).astype(np.int64)
    film = Fraction(24000, 1001)
    fg = replace(fg, pts=rounded, time_base=Fraction(1, 1000), frame_rate=film)
    assert frame_rates_of(fg) == ((36, film),)


def test_clips_are_found_by_a_relative_path_from_another_folder(
    vidkompy: Vidkompy, mapped_sidecar: Sidecar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """vspipe enters the script's folder, and leaves the path as it was typed. Its wheel has no vspipe that runs."""
    write_sidecar(mapped_sidecar, "x.vidkompy.json")
    for name in ("within", "else where"):
        (tmp_path / name).mkdir()
    assert vidkompy("export", "x.vidkompy.json", "--to", "vapoursynth", "-o", "within/x.vpy").code == 0
    monkeypatch.chdir("else where")
    run = (
        "import os, sys, vapoursynth; text = open(sys.argv[1]).read(); os.chdir(os.path.dirname(sys.argv[1]))\n"
        "exec(compile(text, sys.argv[1], 'exec'), {'__file__': sys.argv[1]}); print(vapoursynth.get_output(0).clip)"
    )
    ours = environment() | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": ""}
    words = [vapoursynth(), "-c", run, "../within/x.vpy"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=ours)
    assert done.returncode == 0, done.stderr
    assert "Num Frames: 36" in done.stdout


def test_a_scaled_fg_lies_where_render_puts_it(vidkompy: Vidkompy, mapped_sidecar: Sidecar) -> None:
    """240x138 instead of 192x110, off the canvas to the right; grey levels between two Lanczos."""
    sidecar = replace(mapped_sidecar, placement=Placement(130.3, 20, 240, 138))
    pixels, _, lost = served(vidkompy, sidecar)
    off = np.abs(pixels.astype(np.int16) - drawn(vidkompy))
    assert off.max() <= 5  # in one sample of 10,000 above 3: what lies between px is sharper in one of the two
    assert off.mean() < 0.2
    assert "whole px" not in lost
    assert "loss   FG is scaled from 192x110 to 240x138, not quite as render does\n" in lost


def test_bg_of_another_format_is_brought_to_that_of_fg(
    vidkompy: Vidkompy, mapped_sidecar: Sidecar, tmp_path: Path
) -> None:
    words = (
        "-v",
        "error",
        "-i",
        mapped_sidecar.bg.path,
        "-an",
        "-pix_fmt",
        "yuv444p10le",
        "-c:v",
        "ffv1",
        tmp_path / "full.mkv",
    )
    subprocess.run([EMBEDDED, *words], check=True)
    pixels, _, lost = served(vidkompy, replace(mapped_sidecar, bg=probe(tmp_path / "full.mkv")))
    off = np.abs(pixels.astype(np.int16) - drawn(vidkompy))
    assert off.max() <= 1
    assert "loss   BG is converted from yuv444p10le" in lost
    assert "not quite as render does" in lost


def test_a_script_names_runs_that_give_the_map(vidkompy: Vidkompy, mapped_sidecar: Sidecar) -> None:
    """As text, whatever is installed."""
    write_sidecar(mapped_sidecar, "x.vidkompy.json")
    script = vidkompy("export", "x.vidkompy.json", "--to", "vapoursynth").out
    compile(script, "x.vpy", "exec")
    runs = re.findall(r"^    \((\d+), (\d+), (-?\d+)\),$", script.partition("RUNS")[2].partition("\n)\n")[0], re.M)
    bg_numbers = [int(first) + int(step) * k for first, count, step in runs for k in range(int(count))]
    assert bg_numbers == mapped_sidecar.frame_map.held_indices().tolist()
    assert len(runs) < 24  # for 36 frames
    assert "fg = source(HERE / 'fg.mp4', 36, 192, 110)\nbg = source(HERE / 'bg.mp4', 48, 320, 180)\n" in script
