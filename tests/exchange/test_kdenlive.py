"""Projects of Kdenlive, opened and saved by Kdenlive and drawn by melt: every frame, in its place."""

import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import av
import numpy as np
import pytest
from support import constructed_maps
from support.desktops import desktop
from support.kdenlive import saved_by_kdenlive
from support.numbered_films import INSET, MAPS, lumas, melted, numbers, paired
from support.program_runs import EMBEDDED, Vidkompy

from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED, Placement, Sidecar, Track
from vidkompy.sidecar.document import write_sidecar

TITLE_AND_BACK = np.concatenate(  # 25 fps in 30: a scene removed, 30 title frames, a part that goes back
    [
        constructed_maps.with_foreign(constructed_maps.ratio(60, 5, 6, start=3), 20, 30),
        constructed_maps.ratio(110, 5, 6, start=80),
        np.arange(70, 40, -1),
    ]
)


def exported(vidkompy: Vidkompy, sidecar: Sidecar) -> Path:
    write_sidecar(sidecar, "x.json")
    assert vidkompy("export", "x.json", "--to", "kdenlive", "-o", "x.kdenlive").code == 0
    return Path("x.kdenlive").absolute()


def drawn(project: Path, folder: Path, count: int) -> np.ndarray:
    """u8 [count, height, width]: luma of what melt draws; Kdenlive adds black at the end, to scroll over."""
    with desktop() as surroundings:
        return melted(project, folder, surroundings, count)


def texts(element: Element | None) -> dict[str, str]:
    assert element is not None
    return {p.get("name", ""): p.text or "" for p in element.findall("property")}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_melt_shows_the_bg_frame_of_the_map(vidkompy: Vidkompy, tmp_path: Path, name: str) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS[name]
    project = exported(vidkompy, paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""))
    assert numbers(drawn(project, tmp_path, len(bg_numbers))) == bg_numbers.tolist()


@pytest.mark.slow
def test_kdenlive_opens_clips_with_time_maps_and_sound(vidkompy: Vidkompy, tmp_path: Path) -> None:
    sidecar = paired(tmp_path, TITLE_AND_BACK, Placement(30, 20, 80, 50), Fraction(30), Fraction(25), "")
    with_sound = tmp_path / "with sound.mp4"
    tone = ("-f", "lavfi", "-i", "sine=330:d=5.5", "-c:v", "copy")
    subprocess.run([EMBEDDED, "-v", "error", "-i", sidecar.fg.path, *tone, with_sound], check=True)
    project = exported(vidkompy, replace(sidecar, fg=probe(with_sound)))
    before = drawn(project, tmp_path, len(TITLE_AND_BACK))
    after = drawn(saved_by_kdenlive(project, tmp_path), tmp_path, len(TITLE_AND_BACK))
    assert numbers(after) == TITLE_AND_BACK.tolist()
    np.testing.assert_array_equal(after, before)

    root = ElementTree.parse(project).getroot()
    tracks = {track.get("id"): texts(track) for track in root.findall("tractor")}
    names = [tracks[t.get("producer")] for t in root.findall("tractor")[-1].findall("track")[1:]]
    assert [t.get("kdenlive:track_name") for t in names] == ["FG", "BG", "FG"]
    assert [t.get("kdenlive:audio_track", "0") for t in names] == ["1", "0", "0"]
    kept = texts(root.find("playlist[@id='main_bin']"))
    assert [g["pos"] for g in json.loads(kept["kdenlive:docproperties.guides"])] == [20]
    assert [g["type"] for g in json.loads(kept["kdenlive:docproperties.groups"])] == ["AVSplit"]


@pytest.mark.slow
def test_kdenlive_opens_pieces_that_can_be_trimmed(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers, fg_rate, bg_rate = MAPS["drops, a title, and back"]
    project = exported(vidkompy, paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), fg_rate, bg_rate, ""))
    assert "<chain" not in project.read_text()
    saved = saved_by_kdenlive(project, tmp_path)
    assert "timeremap" not in saved.read_text()
    assert numbers(drawn(saved, tmp_path, len(bg_numbers))) == bg_numbers.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("where", [Placement(51, 43, *INSET), Placement(-9, 70, *INSET)])
def test_fg_is_drawn_as_render_draws_it(vidkompy: Vidkompy, tmp_path: Path, where: Placement) -> None:
    sidecar = paired(tmp_path, constructed_maps.offset(14, 4), where, Fraction(25), Fraction(25), "")
    project = exported(vidkompy, sidecar)
    assert vidkompy("render", "x.json", "-o", "drawn.mkv", "--", "-c:v", "ffv1").code == 0
    with av.open("drawn.mkv") as container:
        wanted = lumas(container).astype(int)
    assert np.abs(drawn(project, tmp_path, len(wanted)) - wanted).max() <= 1  # level: RGB and back


@pytest.mark.slow
def test_a_place_that_moves_has_keyframes(vidkompy: Vidkompy, tmp_path: Path) -> None:
    sidecar = paired(
        tmp_path, constructed_maps.offset(14, 4), Placement(51, 43, *INSET), Fraction(25), Fraction(25), ""
    )
    at = np.array([[40 + 3 * i, 30 + i, *INSET, 0] for i in range(10)], float)
    frames = drawn(exported(vidkompy, replace(sidecar, track=Track(at))), tmp_path, 10)
    for i, frame in enumerate(frames):
        x, y = int(at[i, 0]), int(at[i, 1])
        np.testing.assert_array_equal(frame[y : y + INSET[1], x : x + INSET[0]], frames[0][30:70, 40:104])


def test_what_kdenlive_loses_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.offset(20, 4), 5, 3)
    sidecar = paired(tmp_path, bg_numbers, Placement(51, 43, *INSET), Fraction(25), Fraction(25), "")
    fg = replace(sidecar.fg, timecode="01:00:00:00")
    write_sidecar(replace(sidecar, fg=fg, content=(0, 4, 64, 36)), "x.json")
    assert UNMATCHED in bg_numbers
    assert vidkompy("export", "x.json", "--to", "kdenlive").err.splitlines() == [
        "loss   FG's rim is shown: crop it in the editor",
        "loss   3 unmatched frames lie over a gap in BG",
        "loss   timecode is left out: Kdenlive counts from 0",
        "loss   MLT lays FG over BG in 8-bit RGB: most samples stay, saturated ones can be some levels off",
    ]
