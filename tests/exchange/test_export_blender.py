"""Blender's script, run by Blender without a window: each frame, in its place."""

import json
import os
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import GOOD, encode
from support.export_readers import reader
from support.numbered_films import CANVAS, INSET, MAPS, lumas, numbered, numbers, paired
from support.program_runs import EMBEDDED, Vidkompy, refused, run_ffmpeg

from vidkompy.media.probe import probe
from vidkompy.model import Clip, FrameMap, Placement, Sidecar, Track
from vidkompy.sidecar.document import write_sidecar


def rendered(vidkompy: Vidkompy, sidecar: Sidecar, folder: Path) -> np.ndarray:
    """f64 [n, height, width]: luma of what Blender renders, from RGB; the clips are grey."""
    write_sidecar(sidecar, folder / "x.json")
    assert vidkompy("export", "x.json", "--to", "blender", "-o", "x.py").code == 0
    words = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", f"{folder}/x.py"]
    ours = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}  # Blender's is another
    words = [reader("blender", "blender"), *words, "-o", f"{folder}/out/####", "-F", "PNG", "-a"]
    done = subprocess.run(words, capture_output=True, text=True, env=ours, timeout=200)
    assert done.returncode == 0, done.stdout
    pictures: list[np.ndarray] = []
    for path in sorted((folder / "out").iterdir()):
        with av.open(str(path)) as container:
            pictures += [frame.to_ndarray(format="rgb24")[..., 1] for frame in container.decode(video=0)]
    return np.stack(pictures).astype(np.float64) * (219 / 255) + 16


@pytest.mark.slow
@pytest.mark.parametrize("name", ["drops, a title, and back", "slower than BG lasts"])
def test_blender_shows_every_frame_in_its_place(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, "it's ")
    shown = rendered(vidkompy, sidecar, tmp_path)
    assert numbers(shown) == sidecar.frame_map.held_indices().tolist()
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        assert np.abs(shown - lumas(container)).max() <= 1  # level: RGB has other steps


@pytest.mark.slow
def test_a_place_that_moves_has_keyframes(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS["25 in 30"]
    sidecar = paired(tmp_path, bg_numbers[:12], Placement(51, 43, *INSET), fg_rate, bg_rate, "")
    at = np.array([[40 + 4 * i, 30 + 2 * i, *INSET, 0] for i in range(12)], float)
    shown = rendered(vidkompy, replace(sidecar, track=Track(at)), tmp_path)
    assert numbers(shown) == bg_numbers[:12].tolist()
    for frame, (x, y) in zip(shown, at[:, :2].astype(int), strict=True):
        inside = frame[y + 1 : y + INSET[1] - 1, x + 1 : x + INSET[0] - 1]
        np.testing.assert_allclose(inside, shown[0][31:69, 41:103], atol=1)  # level


RARE = np.flatnonzero(np.arange(73) % 5 != 3)  # 25 fps, of which each fifth frame is gone
JITTER = np.arange(80) * 3600 + np.random.default_rng(5).integers(0, 900, 80)  # ticks of 1/90000 s


def numbered_clip(path: Path, pts: np.ndarray) -> Clip:
    grey = np.full((CANVAS[1], CANVAS[0]), 128, np.uint8)
    encode(path, [np.stack([y, grey, grey]) for y in numbered(len(pts))], Fraction(25), GOOD, pts=pts)
    return probe(path)


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 4])
def test_frames_of_uneven_times_lie_where_blender_looks_for_them(vidkompy: Vidkompy, tmp_path: Path, step: int) -> None:
    """FG says its number too, below BG's. step: px by which FG moves."""
    fg, bg = numbered_clip(tmp_path / "fg.mp4", RARE * 3600), numbered_clip(tmp_path / "bg.mp4", JITTER)
    tops = 16 + step * (np.arange(fg.frames) % 3)
    track = Track(np.array([[0, top, *CANVAS, 0] for top in tops], float)) if step else None
    sidecar = Sidecar(fg, bg, Placement(0, 16, *CANVAS), FrameMap(np.arange(10, 10 + fg.frames)), track=track)
    shown = rendered(vidkompy, sidecar, tmp_path)
    on = np.searchsorted(RARE, np.arange(RARE[-1] + 1), side="right") - 1  # at each position of FG's clock
    assert [numbers(picture[None, tops[i] :])[0] for picture, i in zip(shown, on, strict=True)] == on.tolist()
    off = np.abs(np.array(numbers(shown)) - (on + 10))
    report = json.loads(vidkompy("export", "x.json", "--to", "blender", "--json").out)
    lost = [(loss["frames"], loss["largest"]) for loss in report["losses"] if loss["kind"] == "map"]
    assert lost == [(int((off > 0).sum()), int(off.max()))]
    assert off.max() == 1


def test_a_file_that_tells_no_duration_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """Blender 3.4.1 takes it for one frame."""
    sidecar = paired(tmp_path, np.arange(4, 9), Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    piped = subprocess.run(
        [EMBEDDED, "-v", "error", "-i", "bg.mp4", "-c", "copy", "-f", "matroska", "-"], capture_output=True, check=True
    )
    Path("piped.mkv").write_bytes(piped.stdout)
    run_ffmpeg("-i", "piped.mkv", "-c", "copy", "copied.mkv")
    for name, is_lost in (("piped.mkv", True), ("copied.mkv", False)):
        write_sidecar(replace(sidecar, bg=probe(Path(name))), "x.json")
        lost = vidkompy("export", "x.json", "--to", "blender").err
        assert ("loss   Blender shows one frame of BG, whose file does not say how long it is" in lost) == is_lost


def test_what_blender_loses_is_reported(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("export", sidecar, "--to", "blender")
    compile(outcome.out, "x.py", "exec")
    assert "loss   BG's sound is left out, FG's is heard" in outcome.err.splitlines()
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["audio"] = ["aac", "aac"]
    sidecar.write_text(json.dumps(document))
    lost = vidkompy("export", sidecar, "--to", "blender").err.splitlines()
    assert "loss   of FG's 2 sound tracks the first is laid" in lost


def test_clips_that_are_gone_are_named_with_what_to_do(vidkompy: Vidkompy, sidecar: Path) -> None:
    """Blender's clock is that of the files."""
    Path("moved").mkdir()
    Path("moved/x.json").write_bytes(sidecar.read_bytes())
    message = refused(vidkompy, "export", "moved/x.json", "--to", "blender")
    assert "vidkompy relink moved/x.json --fg FILE" in message
