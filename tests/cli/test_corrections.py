"""Corrections by hand keep their promises: what is typed is kept, and what the pictures say to it is said."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import orjson
import pytest
from support.program_runs import Vidkompy, refused
from support.truth_cases import Case

from vidkompy.cli import demo
from vidkompy.model import UNMATCHED, FrameMap
from vidkompy.sidecar.document import read_sidecar
from vidkompy.sidecar.pins import pinned_frames

PATH = Path("fg.vidkompy.json")


@pytest.fixture
def analysed(pair: Case, vidkompy: Vidkompy) -> Vidkompy:
    """The program, run on FG at 61,37 whose 36 frames show BG frames 3 to 46."""
    assert vidkompy("analyze", pair.bg.name, pair.fg.name).code == 0
    return vidkompy


def edit(path: Path, *swaps: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def test_a_nudged_place_has_no_score(analysed: Vidkompy) -> None:
    before = read_sidecar(PATH).placement
    outcome = analysed("refine", PATH, "--nudge", "-4,0.5", "--overwrite")
    assert outcome.code == 0
    found = read_sidecar(PATH).placement
    assert (found.x, found.y, found.width, found.height) == (before.x - 4, before.y + 0.5, before.width, before.height)
    assert (found.score, found.confidence) == (None, None)
    assert "probability" not in outcome.err.splitlines()[1]
    assert "doubt  the placement was set by hand" in outcome.err


def test_an_edited_place_is_refined_without_the_score_of_the_old_one(analysed: Vidkompy) -> None:
    edit(PATH, ('"x": 61.0', '"x": 57.0'))
    outcome = analysed("refine", PATH, "--overwrite")
    assert outcome.code == 0
    assert "right with probability" not in outcome.err
    assert "doubt  the placement was set by hand" in outcome.err


def test_a_corner_alone_takes_fgs_own_size_where_that_fits(analysed: Vidkompy) -> None:
    outcome = analysed("analyze", "bg.mp4", "fg.mp4", "--at", "61,37", "-o", "at.vidkompy.json")
    assert outcome.code == 0
    size = read_sidecar(PATH).fg
    assert f"--at gives no size: FG's own is taken, {size.width}x{size.height}" in outcome.err


def test_a_refined_corner_keeps_the_size_that_was_found(analysed: Vidkompy) -> None:
    before = read_sidecar(PATH).placement
    assert analysed("refine", PATH, "--at", "60,38", "--overwrite").code == 0
    found = read_sidecar(PATH).placement
    assert (found.x, found.y, found.width, found.height) == (60, 38, before.width, before.height)


def test_at_and_nudge_exclude_each_other(analysed: Vidkompy) -> None:
    message = refused(analysed, "refine", PATH, "--at", "60,38", "--nudge", "1,0", "--overwrite", code=2)
    assert message == "--at 60,38 and --nudge 1,0 exclude each other; wanted one of them"


def test_frames_that_are_pinned_to_none_come_out_unmatched(analysed: Vidkompy) -> None:
    before = read_sidecar(PATH).frame_map.bg
    outcome = analysed("refine", PATH, "--pin", "10-14=none", "--overwrite")
    assert outcome.code == 0
    assert "resemble no BG frame" not in outcome.err  # nobody looked
    found = read_sidecar(PATH)
    assert (found.frame_map.bg[10:15] == UNMATCHED).all()
    assert found.frame_map.bg[15:].tolist() == before[15:].tolist()
    assert analysed("refine", PATH, "--overwrite").code == 0  # pins stay
    assert (read_sidecar(PATH).frame_map.bg[10:15] == UNMATCHED).all()


def test_runs_that_were_edited_survive_a_refinement_with_a_pin(analysed: Vidkompy) -> None:
    assert analysed("export", PATH, "--to", "csv", "-o", "map.csv").code == 0
    lines = Path("map.csv").read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("20,"))
    bg = int(lines[at].split(",")[1])
    cells = lines[at].split(",")
    cells[1], cells[3] = str(bg + 1), ""  # its BG frame, and that frame's time
    lines[at] = ",".join(cells)
    Path("map.csv").write_text("\n".join(lines) + "\n")
    assert analysed("import", "map.csv", "-o", PATH, "--overwrite").code == 0
    first = int(read_sidecar(PATH).frame_map.bg[3])
    assert analysed("refine", PATH, "--pin", f"3={first}", "--overwrite").code == 0
    found = read_sidecar(PATH)
    assert pinned_frames(found.pins) == {3: first, 20: bg + 1}
    assert int(found.frame_map.bg[20]) == bg + 1


def test_a_pin_that_the_pictures_contradict_is_said_with_how_much(analysed: Vidkompy) -> None:
    before = read_sidecar(PATH).frame_map.bg
    seen = int(before[20])
    outcome = analysed("refine", PATH, "--pin", f"20={seen + 4}", "--overwrite")
    said = (
        f"pin 20={seen + 4} contradicts the pictures: frame 20 shows BG frame {seen}, and the pin lies 4 frames later"
    )
    assert said in outcome.err


def test_a_pin_that_render_does_not_follow_is_said(analysed: Vidkompy) -> None:
    seen = int(read_sidecar(PATH).frame_map.bg[20])
    document = orjson.loads(PATH.read_bytes())
    document["pins"] = [{"fg": 20, "bg": seen + 4}]
    PATH.write_bytes(orjson.dumps(document))
    outcome = analysed("render", PATH, "-o", "out.mkv", "--dry-run")
    assert outcome.code == 0
    assert f"note: pin 20={seen + 4} is not followed: the map has {seen} there; vidkompy refine" in outcome.err


@pytest.mark.slow
@pytest.mark.usefixtures("pair")
def test_a_compose_that_was_stopped_goes_on_by_the_same_command(vidkompy: Vidkompy) -> None:
    words = ("compose", "bg.mp4", "fg.mp4", "-o", "out.mp4")
    assert vidkompy(*words).code == 0
    Path("out.mp4").unlink()
    text = Path("out.vidkompy.json").read_bytes()
    outcome = vidkompy(*words)
    assert (outcome.code, outcome.out) == (0, "out.mp4\n")
    assert "note: 'out.vidkompy.json' is there already, and says the same: going on with it" in outcome.err
    assert Path("out.vidkompy.json").read_bytes() == text


@pytest.mark.slow
@pytest.mark.usefixtures("pair")
def test_a_compose_replaces_no_sidecar_that_was_edited_or_is_of_other_wishes(vidkompy: Vidkompy) -> None:
    words = ("compose", "bg.mp4", "fg.mp4", "-o", "out.mp4")
    assert vidkompy(*words).code == 0
    Path("out.mp4").unlink()
    assert "'out.vidkompy.json' exists" in refused(vidkompy, *words, "--pin", "3=7", code=2)
    assert "'out.vidkompy.json' exists" in refused(vidkompy, *words, "--engine", "fast", code=2)
    edit(Path("out.vidkompy.json"), ('"x": 61.0', '"x": 57.0'))
    assert "'out.vidkompy.json' exists" in refused(vidkompy, *words, code=2)
    edit(Path("out.vidkompy.json"), ('"x": 57.0', '"x": 61.0'), ('"unsure": 0', '"unsure": 1'))
    message = refused(vidkompy, *words, code=2)
    assert "'out.vidkompy.json' exists and says something else than these options find" in message


@pytest.mark.parametrize("first", [0, 20])
def test_edited_runs_leave_the_place_its_own_confidence(first: int, vidkompy: Vidkompy) -> None:
    """The camera sways: on BG frames 6 later, FG fits better up to 15 px away from the place, which stands."""
    demo.write_pair(Path("bg.mp4"), Path("fg.mp4"), overwrite=False, frames=100)
    assert vidkompy("analyze", "bg.mp4", "fg.mp4").code == 0
    before, document = read_sidecar(PATH), orjson.loads(PATH.read_bytes())
    bg, is_edited = before.frame_map.bg, np.arange(before.fg.frames) >= first
    runs = FrameMap(bg + 6 * is_edited).runs()
    document["runs"] = [{**asdict(run), "rate": str(run.rate), "phase": str(run.phase)} for run in runs]
    PATH.write_bytes(orjson.dumps(document))
    outcome = vidkompy("refine", PATH, "--overwrite")
    assert outcome.code == 0
    found = read_sidecar(PATH)
    assert found.placement == before.placement
    assert "away from this place" not in outcome.err
    said = f"pin {first}={bg[first] + 6} contradicts the pictures: frame {first} shows BG frame {bg[first]}"
    assert f"{said}, and the pin lies 6 frames later" in outcome.err
    levels = found.frame_map.confidence
    assert levels is None if first == 0 else levels is not None and float(levels[: first - 6].min()) > 0.99
