"""What `scripts/bench cost --stages` prints adds up, for pairs that are found and for those that are refused."""

import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.clips import Encoding, encode
from support.picture_edits import Box
from support.truth_cases import Recipe, build, write_bg

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from benchmarks import cost, stages


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("pair")
    source = write_bg(work / "source.mp4", "handheld", 40, size=(320, 180))
    return build(Recipe(Box(31, 21, 192, 108), constructed_maps.offset(40, 6, 36)), source, work / "found").bg.parent


def test_stages_sum_up_to_the_whole(pair: Path) -> None:
    cells, ratio = stages.row(pair, 1)
    row = dict(zip(["pair", *stages.COLUMNS], cells, strict=True))
    assert row["pair"] == "found"
    assert float(row["answer"]) > 0.9
    parts = [float(row[f"{stage}, s"]) for stage in stages.STAGES]
    assert sum(parts) == pytest.approx(ratio * float(row["decode both, s"]), rel=0.1, abs=0.1)
    assert min(parts[0], parts[stages.STAGES.index("placing")]) > 0
    assert float(row["x decode"]) == pytest.approx(ratio, abs=0.01)


def test_a_refused_pair_costs_something_too(pair: Path, tmp_path: Path) -> None:
    (tmp_path / "bg.mp4").write_bytes((pair / "bg.mp4").read_bytes())
    grey = np.full((3, 108, 192), 90, np.uint8)
    encode(tmp_path / "fg.mp4", iter([grey] * 20), Fraction(30), Encoding())
    printed = stages.table([tmp_path], 1)
    assert "NoMatch" in printed
    found = re.search(r"median ([0-9.]+) x decode, dearest ([0-9.]+)$", printed)
    assert found is not None
    assert float(found[1]) == float(found[2]) > 0


def test_the_peak_of_a_command_is_its_own() -> None:
    """The kernel lets a process begin with the peak of the one that started it."""
    held = b"x" * (300 << 20)
    small = cost.run([sys.executable, "-c", "pass"])
    large = cost.run([sys.executable, "-c", "b'x' * (100 << 20)"])
    assert len(held) == 300 << 20
    assert small.peak < 50
    assert large.peak - small.peak == pytest.approx(100, abs=5)


def test_a_command_that_fails_is_named() -> None:
    with pytest.raises(SystemExit, match="no-such-program failed"):
        cost.run(["/no-such-program"])
