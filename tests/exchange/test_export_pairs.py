"""The script that writes FG and the BG below it, run: both sides are what the clips show."""

import os
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import picked
from support.export_readers import reader
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, seconds, sidecar_of
from support.truth_cases import Case

from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar

AT = (62, 36)
MAP = [-1, *range(5, 12), 12, 12, 15, *[-1] * 4, 20, *range(3, 8), *range(30, 42), 46, 47, -1]  # of 36


@pytest.fixture
def mapped(pair: Case) -> Path:
    """FG at an even place: between chroma samples BG's would be new ones."""
    sidecar = sidecar_of(pair)
    sidecar.frame_map.bg[:] = MAP
    path = pair.fg.with_name("x.vidkompy.json")
    write_sidecar(replace(sidecar, placement=replace(sidecar.placement, x=AT[0], y=AT[1])), path)
    return path


def run(script: str, *words: str, ffmpeg: str = EMBEDDED, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    ours = os.environ | {"FFMPEG": ffmpeg}
    return subprocess.run([shell, script, *words], env=ours, capture_output=True, text=True, timeout=60)


def lumas(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray()[: frame.height] for frame in container.decode(video=0)])


@pytest.mark.parametrize("shell", ["sh", "zsh"])
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_videos_of_both_sides_are_exact(vidkompy: Vidkompy, mapped: Path, pair: Case, ffmpeg: str, shell: str) -> None:
    assert vidkompy("export", mapped, "--to", "pairs", "-o", "p.sh").code == 0
    done = run("p.sh", ffmpeg=ffmpeg, shell=reader(shell, shell))
    assert done.returncode == 0, done.stderr
    matched = [i for i, j in enumerate(MAP) if j >= 0]
    np.testing.assert_array_equal(lumas(Path("pairs/fg.mkv")), lumas(pair.fg)[matched])
    below = lumas(pair.bg)[[MAP[i] for i in matched], AT[1] : AT[1] + 110, AT[0] : AT[0] + 192]
    np.testing.assert_array_equal(lumas(Path("pairs/bg.mkv")), below)
    times = [seconds(Path(f"pairs/{side}.mkv")) for side in ("fg", "bg")]
    assert times[0] == times[1]
    assert max(abs(t - Fraction(n, 24)) for n, t in enumerate(times[0])) <= Fraction(1, 1000)  # Matroska's tick
    again = run("p.sh", ffmpeg=ffmpeg)
    assert (again.returncode, "exists; name another folder" in again.stderr) == (1, True)


def test_pictures_are_numbered_by_frames_of_fg(vidkompy: Vidkompy, mapped: Path, pair: Case) -> None:
    assert vidkompy("export", mapped, "--to", "pairs", "-o", "p.sh").code == 0
    done = run("p.sh", "of both", "png")
    assert done.returncode == 0, done.stderr
    for side in ("fg", "bg"):
        names = {path.name for path in Path("of both", side).iterdir()}
        assert names == {f"{i}.png" for i, j in enumerate(MAP) if j >= 0}
    with av.open("of both/bg/20.png") as container:
        (picture,) = (frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0))
    (wanted,) = (frame for frame in picked(pair.bg, np.array([MAP[20]])) if frame is not None)
    crop = wanted[0, AT[1] : AT[1] + 110, AT[0] : AT[0] + 192]
    assert np.corrcoef(picture.mean(2).ravel(), crop.ravel())[0, 1] > 0.98  # colours weigh otherwise in luma
    assert run("p.sh", "of%d", "png").returncode == 2


def test_bg_is_scaled_as_fg_is(vidkompy: Vidkompy, mapped: Path, pair: Case) -> None:
    sidecar = sidecar_of(pair)
    write_sidecar(replace(sidecar, placement=Placement(60, 36, 96, 55)), mapped)
    lost = vidkompy("export", mapped, "--to", "pairs", "-o", "p.sh").err
    assert "loss   BG is scaled as FG is" in lost
    assert "loss   pairs are pictures: no sound is in them" in lost
    assert run("p.sh").returncode == 0
    assert lumas(Path("pairs/bg.mkv")).shape == lumas(Path("pairs/fg.mkv")).shape == (36, 110, 192)
