"""What was edited in a sidecar is known, is pinned, and keeps no number that was measured before."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import pictureless_pairs

from vidkompy.model import UNMATCHED, Json, Placement, Quality, Run, Sidecar
from vidkompy.sidecar.document import read_sidecar, write_sidecar
from vidkompy.sidecar.pins import pinned_frames, pinned_runs, repinned

SHOWN = np.r_[np.arange(3, 23), np.full(5, UNMATCHED), np.arange(40, 65)]  # runs of 20, 5 and 25 frames
DOUBT = "the placement is right with probability 0.80 (score 0.900): check it, or use --at"


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A sidecar as an analysis leaves it: with confidences everywhere, and doubts."""
    sidecar = pictureless_pairs.pair(tmp_path, SHOWN)
    frame_map = replace(
        sidecar.frame_map,
        low=np.where(SHOWN == UNMATCHED, UNMATCHED, SHOWN - 1),
        high=np.where(SHOWN == UNMATCHED, UNMATCHED, SHOWN + 2),
        confidence=np.full(50, 0.9, np.float32),
    )
    quality = Quality(5, 0, 0.72, reasons=(DOUBT, "5 FG frames resemble no BG frame, first at frame 20 (0.67 s)", "x"))
    placement = Placement(8, 4, 32, 24, 0.9, None, 0.8)
    path = tmp_path / "x.vidkompy.json"
    write_sidecar(replace(sidecar, frame_map=frame_map, quality=quality, placement=placement), path)
    return path


def edited(path: Path, edit: Callable[[Json], None]) -> Sidecar:
    document = orjson.loads(path.read_bytes())
    edit(document)
    path.write_bytes(orjson.dumps(document))
    return read_sidecar(path)


def test_what_was_not_edited_keeps_its_numbers(measured: Path) -> None:
    found = edited(measured, lambda document: document.update(engine="fast"))
    assert (found.placement.score, found.placement.confidence, found.quality.confidence) == (0.9, 0.8, 0.72)
    assert found.pins == ()
    assert found.frame_map.confidence is not None
    assert not np.isnan(found.frame_map.confidence).any()


def test_an_edited_place_has_no_score_and_is_said_to_be_set_by_hand(measured: Path) -> None:
    found = edited(measured, lambda document: document["placement"].update(x=12))
    assert found.placement == Placement(12, 4, 32, 24)
    assert found.quality.confidence is None
    assert found.quality.reasons[0] == "the placement was set by hand"
    assert DOUBT not in found.quality.reasons
    assert "x" in found.quality.reasons
    assert found.frame_map.confidence is not None  # when is as it was measured


def test_an_edited_run_is_pinned_and_nothing_is_claimed_of_its_frames(measured: Path) -> None:
    found = edited(measured, lambda document: document["runs"][2].update(bg=41))
    assert pinned_frames(found.pins) == {i: i + 16 for i in range(25, 50)}
    assert found.frame_map.confidence is not None
    assert np.flatnonzero(np.isnan(found.frame_map.confidence)).tolist() == list(range(25, 50))
    assert (found.frame_map.low is not None and found.frame_map.low[30], found.frame_map.high[30]) == (46, 47)  # type: ignore[index]
    assert found.quality.reasons[0] == "25 FG frames were set by hand, first frame 25"
    assert found.quality.confidence is None
    assert found.placement.confidence == 0.8


def test_an_unmatched_run_that_was_set_is_pinned_as_such(measured: Path) -> None:
    def split(document: Json) -> None:
        document["runs"][2]["count"] = 20
        document["runs"].append({"fg": 45, "bg": None, "count": 5})

    found = edited(measured, split)
    assert [run for run in found.pins if run.bg is None] == [Run(45, None, 5)]
    assert pinned_frames(found.pins) == {i: i + 15 for i in range(25, 45)} | dict.fromkeys(range(45, 50), UNMATCHED)
    assert found.quality.unmatched == 10


def test_pins_stay_where_the_sidecar_is_written_again(measured: Path) -> None:
    found = edited(measured, lambda document: document["runs"][2].update(bg=41))
    write_sidecar(found, measured)
    again = read_sidecar(measured)
    assert (again.pins, again.frame_map.bg.tolist()) == (found.pins, found.frame_map.bg.tolist())
    assert again.quality.reasons == found.quality.reasons  # said once


def test_a_sidecar_without_fingerprints_is_taken_as_measured(measured: Path) -> None:
    def edit(document: Json) -> None:
        del document["measured"]
        document["placement"]["x"] = 12

    assert edited(measured, edit).placement.confidence == 0.8


@given(st.dictionaries(st.integers(0, 60), st.integers(-1, 90), max_size=40))
def test_runs_hold_the_frames_that_were_pinned(frames: dict[int, int]) -> None:
    runs = pinned_runs(frames)
    assert pinned_frames(runs) == frames
    assert [run.fg for run in runs] == sorted(run.fg for run in runs)


@given(
    st.dictionaries(st.integers(0, 20), st.integers(-1, 30), max_size=9),
    st.dictionaries(st.integers(0, 20), st.integers(-1, 30), max_size=9),
)
def test_new_pins_count_where_both_name_a_frame(old: dict[int, int], new: dict[int, int]) -> None:
    assert pinned_frames(repinned(pinned_runs(old), pinned_runs(new))) == old | new


@pytest.mark.parametrize(
    "stale",
    [
        "1 FG frame resembles no BG frame, first at frame 20 (0.67 s)",
        "1,234 FG frames resemble no BG frame, first at frame 20 (0.67 s)",
        "1 of these does resemble some, but out of order: try --reorder",
        "1 FG frame fits other BG frames about as well, first at frame 7 (0.23 s)",
        "so does 1 other pin",
        "so do 2 other pins",
    ],
)
def test_doubts_about_one_frame_and_about_many_go_with_the_map_they_are_about(measured: Path, stale: str) -> None:
    def edit(document: Json) -> None:
        document["quality"]["reasons"] = [stale, "x"]
        document["runs"][0]["bg"] += 1

    reasons = edited(measured, edit).quality.reasons
    assert stale not in reasons
    assert "x" in reasons
