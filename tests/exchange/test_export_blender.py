"""Blender's script, run by Blender without a window: each frame, in its place."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from support.export_readers import reader
from support.numbered_films import INSET, MAPS, lumas, numbers, paired
from support.program_runs import Vidkompy, refused

from vidkompy.model import Placement, Sidecar, Track
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


def test_what_blender_loses_is_reported(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("export", sidecar, "--to", "blender")
    compile(outcome.out, "x.py", "exec")
    assert "loss   BG's sound is left out, FG's is heard" in outcome.err.splitlines()
    assert refused(vidkompy, "export", sidecar, "--to", "blender", "-o", "x.blend", code=2).startswith(
        "Blender is told"
    )
