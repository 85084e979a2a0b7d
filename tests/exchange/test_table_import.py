"""Tables as other programs write them."""

import re
from pathlib import Path

from support.program_runs import Vidkompy

from vidkompy.sidecar.document import read_sidecar


def test_whole_numbers_with_a_point_are_taken(vidkompy: Vidkompy, sidecar: Path) -> None:
    """As pandas writes all of a column that has gaps."""
    table = vidkompy("export", sidecar, "--to", "csv").out
    Path("map.csv").write_text(re.sub(r"(?<=\d)(?=[,\n])", ".0", table))
    assert "0.0,3.0,0.0,1536.0\n" in Path("map.csv").read_text()
    outcome = vidkompy("import", "map.csv", "-o", "y.vidkompy.json", "--sidecar", sidecar)
    assert (outcome.code, outcome.err) == (0, "none of 36 FG frames changed\n")
    assert read_sidecar("y.vidkompy.json").frame_map.bg.tolist() == read_sidecar(sidecar).frame_map.bg.tolist()
