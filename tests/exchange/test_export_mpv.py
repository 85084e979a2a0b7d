"""mpv's script, run without a window: what the player shows is what render draws."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from support.export_readers import reader
from support.numbered_films import INSET, MAPS, lumas, paired
from support.program_runs import Vidkompy, seconds

from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar

PLACES = {"unscaled": Placement(51, 43, *INSET), "scaled by 1.25": Placement(30, 30, 80, 50)}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["25 in 30", "drops, a title, and back"])
def test_mpv_shows_what_render_draws(vidkompy: Vidkompy, tmp_path: Path, name: str, place: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    (tmp_path / "it's").mkdir()
    sidecar = paired(tmp_path / "it's", bg_numbers, PLACES[place], fg_rate, bg_rate, "$HOME ")
    write_sidecar(sidecar, tmp_path / "it's" / "x.json")
    assert vidkompy("export", "it's/x.json", "--to", "mpv", "-o", "it's/x.sh").code == 0
    words = ["sh", "it's/x.sh", "--no-config", "--o=shown.mkv", "--ovc=ffv1", "--really-quiet"]
    subprocess.run(words, check=True, timeout=60, env={"MPV": reader("mpv", "mpv"), "PATH": "/usr/bin:/bin"})
    assert vidkompy("render", "it's/x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("shown.mkv") as shown, av.open("drawn.mkv") as drawn:
        np.testing.assert_array_equal(lumas(shown), lumas(drawn))
    off = [abs(a - b) for a, b in zip(seconds(Path("shown.mkv")), seconds(Path("drawn.mkv")), strict=True)]
    assert max(off) <= 1 / 500  # two of Matroska's ticks


def test_what_mpv_loses_is_reported(vidkompy: Vidkompy, sidecar: Path) -> None:
    lost = vidkompy("export", sidecar, "--to", "mpv").err.splitlines()
    assert "loss   BG's sound is left out, FG's is heard" in lost
    assert lost[-1].startswith("loss   the graph counts frames")
    assert not [line for line in lost if "--encoder" in line]
