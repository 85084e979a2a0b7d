"""FCPXML rendered by bladeworks: every frame, in its place."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from support.export_readers import bladeworks
from support.numbered_films import INSET, MAPS, lumas, numbers, paired
from support.program_runs import Vidkompy

from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar


@pytest.mark.slow
@pytest.mark.parametrize("name", ["25 in 30", "drops, a title, and back"])
def test_bladeworks_draws_every_frame_in_its_place(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    write_sidecar(paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""), "x.json")
    assert vidkompy("export", "x.json", "--to", "fcpxml", "-o", "x.fcpxml").code == 0
    subprocess.run([bladeworks(), "render", "x.fcpxml", "--output", "out.mp4"], check=True, capture_output=True)
    with av.open("out.mp4") as container:
        shown = lumas(container)
    assert numbers(shown) == bg_numbers.tolist()
    with av.open("fg.mp4") as container:
        wanted = lumas(container).astype(int)
    assert np.abs(shown[:, 43:83, 51:115] - wanted).mean() < 3  # levels: it encodes with losses
