"""What other tools find is read as they say it: a script's JSON, the original's pairs of frames, ffmpeg's log."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks import cost, peers
from support.truth_cases import Case

from vidkompy.model import UNMATCHED

HERE = Path(peers.__file__).parent


def test_the_script_of_opencv_finds_a_cut_out_part_of_a_still_shot(made: Case, tmp_path: Path) -> None:
    words = [sys.executable, *map(str, (HERE / "template_way.py", made.bg, made.fg, tmp_path / "found.json"))]
    subprocess.run(words, check=True)
    exact, within_one, place = peers.judged(made, peers.template_of(tmp_path / "found.json"))
    assert (exact, within_one, place) == ("100%", "100%", "0.00")


def test_frames_that_the_original_leaves_out_are_unmatched(made: Case, tmp_path: Path) -> None:
    true = made.truth.map.tolist()
    held = {"x": 61, "y": 37, "scale": 1.0, "map": [[i, j] for i, j in enumerate(true) if i]}
    (tmp_path / "found.json").write_text(json.dumps(held))
    found = peers.original_of(tmp_path / "found.json", made)
    assert found.map.tolist() == [UNMATCHED, *true[1:]]
    assert peers.judged(made, found) == [f"{1 - 1 / len(true):.0%}", f"{1 - 1 / len(true):.0%}", "0.00"]


@pytest.mark.parametrize(("at", "count", "right"), [("0.100000", 999, 1), ("0.133333", 999, 0), ("0.100000", 1, 1)])
def test_a_signature_is_one_offset_for_frames_that_match(made: Case, at: str, count: int, right: int) -> None:
    log = f"[Parsed_signature_1 @ 0x5] matching of video 0 at {at} and 1 at 0.000000, {count} frames matching\n"
    found = peers.signed(log, made)
    assert found is not None
    assert found.place is None
    assert (found.map[:1] == made.truth.map[:1]).sum() == right
    assert (np.diff(found.map[found.map != UNMATCHED]) == 1).all()
    assert (found.map != UNMATCHED).sum() == min(count, len(made.truth.map), 48 - round(float(at) * 30))
    assert peers.signed("no matching of video 0 and 1\n", made) is None


def test_what_a_tool_spends_is_that_of_all_that_it_starts(tmp_path: Path) -> None:
    work = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7)); print(1, file=sys.stderr)'"
    )
    tool = peers.Tool("x", [sys.executable, "-c", work.replace("sum", "import sys; sum") + "])"], lambda _: None)
    spent = cost.run(tool.words, peers.environment(tmp_path, tool))
    assert (spent.log, spent.cpu > 0, spent.wall >= 0) == ("1\n", True, True)
    with pytest.raises(SystemExit, match="failed"):
        cost.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_original_does_not_see_this_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "here")
    ours = peers.Tool("ours", cost.vidkompy("--help"), lambda _: None)
    original = peers.Tool("original", ["python"], lambda _: None)
    assert peers.environment(tmp_path, ours)["PYTHONPATH"] == "here"
    assert "PYTHONPATH" not in peers.environment(tmp_path, original)
