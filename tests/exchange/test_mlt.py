"""What melt draws of an exported project: the right BG frame around every FG frame, FG in its place."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support import constructed_maps
from support.numbered_films import INSET, MAPS, lumas, melted, numbers, paired
from support.program_runs import Vidkompy

from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_melt_shows_the_bg_frame_of_the_map(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    write_sidecar(paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""), tmp_path / "x.json")
    outcome = vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt")
    assert (outcome.code, "runs approximated" in outcome.err) == (0, False)
    assert numbers(melted("x.mlt", tmp_path)) == bg_numbers.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("where", [Placement(51, 43, *INSET), Placement(-9, 70, *INSET), Placement(30, 30, 96, 60)])
def test_melt_draws_fg_in_its_place(vidkompy: Vidkompy, tmp_path: Path, where: Placement) -> None:
    sidecar = paired(tmp_path, constructed_maps.offset(14, 4), where, Fraction(25), Fraction(25), "")
    write_sidecar(sidecar, tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "x.mlt").code == 0
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        wanted = lumas(container)
    off = np.abs(melted("x.mlt", tmp_path).astype(int) - wanted)
    assert off.mean() < 2  # levels: RGB and back, and another scaler where FG is scaled
    assert np.percentile(off, 99) <= (3 if where.width == INSET[0] else 40)


@pytest.mark.slow
@pytest.mark.parametrize("names", ["it's & <so> ", "Füße 東 ", "a:b %20 # ", 'say "so" = '])
def test_any_name_is_found_from_anywhere(
    vidkompy: Vidkompy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    sidecar = paired(
        tmp_path, constructed_maps.offset(12, 4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), names
    )
    write_sidecar(sidecar, tmp_path / "x.json")
    (tmp_path / "else where").mkdir()
    assert vidkompy("export", "x.json", "--to", "mlt", "-o", "else where/x.mlt").code == 0
    monkeypatch.chdir("/")
    assert numbers(melted(str(tmp_path / "else where" / "x.mlt"), tmp_path)) == list(range(4, 12))


def test_what_mlt_loses_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.offset(20, 4), 5, 3)
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    sure = np.where(np.arange(len(bg_numbers)) < 2, 0.25, 1).astype(np.float32)
    known = replace(sidecar.frame_map, confidence=sure)
    fg = replace(sidecar.fg, timecode="01:00:00:00")
    write_sidecar(replace(sidecar, fg=fg, frame_map=known, content=(0, 4, 64, 36)), tmp_path / "x.json")
    assert vidkompy("export", "x.json", "--to", "mlt").err.splitlines() == [
        "loss   FG's letterbox bars are shown: crop them in the editor",
        "loss   3 unmatched frames lie over a gap in BG",
        "loss   timecode is left out: MLT counts from 0",
        "loss   2 unsure frames are not marked",
        "loss   MLT lays FG over BG in 8-bit RGB: samples can be a level off",
    ]
