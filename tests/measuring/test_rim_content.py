"""A rim goes the way of a bar: into the sidecar, the summary and the notes, out of the drawing, back by an option."""

import re
from pathlib import Path

import pytest
from support.program_runs import Vidkompy, run_ffmpeg
from support.truth_cases import Case

from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.sidecar.document import read_sidecar

RIM = "drawbox=x=0:y=0:w=3:h=ih:color=black:t=fill,drawbox=x=0:y=ih-2:w=iw:h=2:color=black@0.6:t=fill"
X264 = ("-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p")


@pytest.fixture
def rimmed(vidkompy: Vidkompy, pair: Case) -> Path:
    """The sidecar of a pair whose FG has a black rim at the left and a dark one below."""
    run_ffmpeg("-i", pair.fg, "-vf", RIM, *X264, "rimmed.mp4")
    outcome = vidkompy("analyze", pair.bg.name, "rimmed.mp4", "-o", "rimmed.json")
    assert outcome.code == 0, outcome.err
    said = r"its rim is not drawn, [34] px at the left, 2 px at the bottom \(--keep-bars draws it\)"
    assert re.search(said, outcome.err)
    return Path("rimmed.json").absolute()


def test_a_rim_is_measured_said_and_left_out(vidkompy: Vidkompy, rimmed: Path) -> None:
    sidecar = read_sidecar(rimmed)
    width, height = sidecar.fg.width, sidecar.fg.height
    assert sidecar.content in ((3, 0, width, height - 2), (4, 0, width, height - 2))  # the codec smears the edge
    rendered = vidkompy("render", rimmed.name, "-o", "out.mkv", "--", "-c:v", "ffv1")
    assert "note: FG's rim is left out: it shows on" in rendered.err
    assert "(--keep-bars draws it)" in rendered.err
    assert vidkompy("verify", rimmed.name, "out.mkv").code == 0
    assert plan_layout(sidecar, DrawingOptions(keep_bars=True)).fg_crop is None
    assert "FG's rim is shown: crop it in the editor" in vidkompy("export", rimmed.name, "--to", "mlt").err


def test_a_clean_pair_has_no_rim(vidkompy: Vidkompy, pair: Case) -> None:
    outcome = vidkompy("analyze", pair.bg.name, pair.fg.name, "-o", "clean.json")
    assert outcome.code == 0, outcome.err
    assert "rim" not in outcome.err
    assert read_sidecar(Path("clean.json").absolute()).content is None


def test_a_second_analysis_takes_the_rim_from_the_cache(
    vidkompy: Vidkompy, pair: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    run_ffmpeg("-i", pair.fg, "-vf", RIM, *X264, "rimmed.mp4")
    words = ("analyze", pair.bg.name, "rimmed.mp4", "--overwrite", "-o", "rimmed.json")
    assert vidkompy(*words).code == 0
    first = Path("rimmed.json").read_text()
    monkeypatch.setattr("vidkompy.measuring.rim_content.rim_depths", None)  # would fail if it were called
    assert vidkompy(*words).code == 0
    assert Path("rimmed.json").read_text() == first
