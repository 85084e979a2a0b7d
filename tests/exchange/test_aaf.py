"""AAF: what pyaaf2 and OpenTimelineIO's adapter read in it, frame by frame; how it links files, and what it refuses."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import aaf2
import numpy as np
import olefile
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import constructed_maps, pictureless_pairs
from support.aaf_timelines import read_aaf, read_by_adapter
from support.invented_sidecars import FILM, FILM_PAIRS, NTSC, FilmPair, invented
from support.program_runs import Vidkompy, as_process, refused

from vidkompy import export as export_function
from vidkompy import write_sidecar
from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import SidecarError
from vidkompy.exchange.exports import aaf
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import media_of
from vidkompy.media.file_urls import path_of_url
from vidkompy.model import Placement, Sidecar, Track

CASES = FILM_PAIRS | {
    "late start": FilmPair(constructed_maps.offset(120, 40), Fraction(25), Fraction(25)),
    "30 in 24": FilmPair(constructed_maps.ratio(300, 5, 4, start=4), Fraction(24), Fraction(30), "", "00:00:10:00"),
    "30 in 24, later": FilmPair(constructed_maps.ratio(200, 5, 4, start=6, phase=3), Fraction(24), Fraction(30)),
    "60 in 30": FilmPair(constructed_maps.ratio(201, 2, 1, start=7), NTSC, 2 * NTSC, "", "01:00:00;00"),
    "removed scene": FilmPair(constructed_maps.without(constructed_maps.offset(150, 5), 60, 33), FILM, FILM),
    "title first": FilmPair(constructed_maps.with_foreign(constructed_maps.offset(80, 2), 0, 24), NTSC, FILM),
    "FG goes on": FilmPair(constructed_maps.with_foreign(constructed_maps.offset(50), 50, 30), FILM, NTSC),
    "backwards": FilmPair(np.arange(60, 3, -1), Fraction(24), Fraction(30)),
    "irregular": FilmPair(constructed_maps.irregular(90, start=3), Fraction(24), Fraction(60)),
    "odd rates": FilmPair(constructed_maps.offset(70, 3), Fraction(25, 2), Fraction(1799, 97)),
}
RATES = (Fraction(30), Fraction(25), NTSC, FILM, Fraction(24), Fraction(60))


def exported(sidecar: Sidecar, folder: Path, is_exact: bool = False) -> tuple[Path, tuple[Loss, ...]]:
    """x.aaf, and what is lost."""
    request = ExportRequest(sidecar, folder / "x.json", folder, "a & ö", ".aaf", DrawingOptions(), is_exact, None)
    result = aaf.export(request)
    (content,) = result.contents
    assert isinstance(content, bytes)
    (folder / "x.aaf").write_bytes(content)
    return folder / "x.aaf", result.losses


# ---- frames


@pytest.mark.parametrize("is_exact", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_every_frame_is_that_of_the_map(name: str, is_exact: bool, tmp_path: Path) -> None:
    sidecar, films = invented(CASES[name]), CASES[name]
    path, losses = exported(sidecar, tmp_path, is_exact)
    by_library = np.array(read_aaf(path))
    by_adapter, timeline = read_by_adapter(path, media_of(sidecar.bg).start, films.bg_rate)
    assert [int((frames != films.bg).sum()) for frames in (by_library, np.array(by_adapter))] == [0, 0]
    assert [track.kind for track in timeline.tracks] == ["Video", "Video", "Audio", "Audio"]
    assert {round(track.duration().value) for track in timeline.tracks} == {len(films.bg)}
    assert "map" not in {loss.kind for loss in losses}


@given(
    bg_numbers=st.lists(st.integers(-1, 30), min_size=2, max_size=40)
    | st.builds(
        lambda p, q, n: [p * k // q for k in range(n)], st.integers(1, 300), st.integers(100, 300), st.integers(2, 150)
    ),
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    is_exact=st.booleans(),
)
@settings(max_examples=30)
def test_any_map_is_read_as_it_is(bg_numbers: list[int], rates: tuple[Fraction, Fraction], is_exact: bool) -> None:
    with tempfile.TemporaryDirectory() as home:
        sidecar = pictureless_pairs.pair(Path(home), np.array([*bg_numbers, 1], np.int64), rates)
        assert read_aaf(exported(sidecar, Path(home), is_exact)[0]) == [*bg_numbers, 1]


@pytest.mark.parametrize("name", ["equal rates", "double speed", "25 in 30", "24 in 30", "30 in 24", "60 in 30"])
def test_speeds_are_not_cut_up(name: str, tmp_path: Path) -> None:
    (path, _), films = exported(invented(CASES[name]), tmp_path), CASES[name]
    (clip,) = read_by_adapter(path, 0, films.bg_rate)[1].tracks[0]
    assert bool(clip.effects) == (name == "double speed")


def test_a_hold_is_a_still(tmp_path: Path) -> None:
    path, _ = exported(invented("long hold"), tmp_path)
    _, still, _ = read_by_adapter(path, 0, Fraction(25))[1].tracks[0]
    assert isinstance(still.effects[0], otio.schema.FreezeFrame)
    assert still.source_range.duration.value == 60


# ---- what else it holds


def test_unmatched_and_unsure_frames_are_marked(tmp_path: Path) -> None:
    levels = np.full(len(CASES["drops, a title, and back"].bg), 0.9, np.float32)
    levels[40:44] = 0.1
    sidecar = invented("drops, a title, and back")
    path, losses = exported(replace(sidecar, frame_map=replace(sidecar.frame_map, confidence=levels)), tmp_path)
    start = media_of(sidecar.fg).start
    (fg,) = read_by_adapter(path, 0, FILM)[1].tracks[1]
    marks = [(m.name, m.color, m.marked_range.start_time.value, m.marked_range.duration.value) for m in fg.markers]
    assert marks == [("unmatched", "RED", start + 20, 7), ("unsure", "YELLOW", start + 40, 4)]
    assert not [loss for loss in losses if loss.kind == "unsure"]


def test_rates_and_drop_frame_timecode_are_kept(tmp_path: Path) -> None:
    sidecar = invented("equal rates")
    path, _ = exported(sidecar, tmp_path)
    with aaf2.open(str(path)) as file:
        (composition,) = file.content.toplevel()
        *tracks, timecode = composition.slots
        assert {Fraction(slot.edit_rate) for slot in composition.slots} == {NTSC}
        assert [(t.name, t["PhysicalTrackNumber"].value) for t in tracks] == [
            ("BG", 1),
            ("FG", 2),
            ("FG sound 1", 1),
            ("FG sound 2", 2),
        ]
        kept = timecode.segment
        assert (kept.start, kept.fps, kept.drop, kept.length) == (107892, 30, True, sidecar.fg.frames)
    _, timeline = read_by_adapter(path, 107892 - 58, NTSC)
    assert timeline.global_start_time.to_timecode() == "01:00:00;00"
    (below,), (above,), *_ = timeline.tracks
    starts = [clip.media_reference.available_range.start_time.to_timecode() for clip in (below, above)]
    assert starts == ["00:59:58;02", "01:00:00;00"]


def test_rates_stay_fractions_of_their_own(tmp_path: Path) -> None:
    path, _ = exported(invented("24 in 30"), tmp_path)
    with aaf2.open(str(path)) as file:
        rates = {mob.name: {Fraction(slot.edit_rate) for slot in mob.slots} for mob in file.content.mobs}
    assert rates == {"a & ö": {NTSC}, "fg.mp4": {NTSC}, "bg.mp4": {FILM}, "bg.mp4 from frame 3": {FILM}}


def test_a_file_is_described_by_what_the_sidecar_knows(tmp_path: Path) -> None:
    sidecar = invented("equal rates")
    turned = replace(sidecar.bg, rotation=90, pix_fmt="yuv422p10le", field_order="tff", sar=Fraction(4, 3), audio=())
    path, _ = exported(replace(sidecar, bg=turned), tmp_path)
    with aaf2.open(str(path)) as file:
        described = {m.name: m.descriptor for m in file.content.sourcemobs() if len(m.descriptor["Locator"])}
        bg, fg = described["bg.mp4"], described["fg.mp4"]
        names = ("StoredWidth", "StoredHeight", "ComponentWidth", "HorizontalSubsampling", "VerticalSubsampling")
        assert [bg[name].value for name in names] == [720, 1280, 10, 2, 1]
        assert (bg["FrameLayout"].value, bg["ImageAspectRatio"].value) == ("MixedFields", Fraction(64, 27))
        assert (bg["SampleRate"].value, bg["Length"].value) == (NTSC, sidecar.bg.frames)
        picture, sound = fg["FileDescriptors"].value
        assert [picture[name].value for name in names] == [640, 360, 8, 2, 2]
        assert (sound["Channels"].value, sound["AudioSamplingRate"].value) == (2, 48000)
        (master,) = (m for m in file.content.mastermobs() if m.name == "fg.mp4")
        assert master.comments["Placement"] == "640x360 at 101,53"


@pytest.mark.parametrize(
    "name", ["a b.mp4", "ü 画.mp4", "50%25.mp4", "a&b'\"<c>.mp4", "C:d.mp4", "#1?.mp4", "new\nline.mp4"]
)
def test_any_name_can_be_linked(name: str, tmp_path: Path) -> None:
    names = (f"fg/{name}", f"bg/{name}")
    films = constructed_maps.offset(20, 3)
    path, _ = exported(pictureless_pairs.pair(tmp_path, films, names=names), tmp_path)
    shown, timeline = read_by_adapter(path, 0, Fraction(30))
    assert shown == films.tolist()
    found = [clip.media_reference.target_url for clip in timeline.find_clips()[:2]]
    assert [path_of_url(url) for url in found] == [str(tmp_path / names[1]), str(tmp_path / names[0])]
    with aaf2.open(str(path)) as file:
        assert {mob.name for mob in file.content.mastermobs()} == {name}


def test_a_name_that_is_no_text_is_linked_by_its_bytes(tmp_path: Path) -> None:
    path, _ = exported(invented("equal rates", prefix="\udcff "), tmp_path)
    clip = read_by_adapter(path, 107892 - 58, NTSC)[1].tracks[0][0]
    assert (clip.name, clip.media_reference.target_url) == ("? bg.mp4", "file:///clips/%FF%20bg.mp4")


@pytest.mark.parametrize("name", ["equal rates", "drift", "ramp", "backwards"])
def test_the_container_is_whole_for_a_reader_of_its_own(name: str, tmp_path: Path) -> None:
    path, _ = exported(invented(CASES[name]), tmp_path)
    with olefile.OleFileIO(str(path)) as container:
        entries = container.listdir()
        assert sum(len(container.openstream(entry).read()) - container.get_size(entry) for entry in entries) == 0
        issues = {str(issue) for _, issue in container.parsing_issues}
    assert issues <= {  # what the Object Specification asks of the header, and no other container has
        "incorrect CLSID in OLE header",
        "incorrect OLE header (transaction_signature_number>0)",
    }
    assert path.stat().st_size % 4096 == 0


def test_the_same_sidecar_gives_the_same_file(tmp_path: Path) -> None:
    sidecar = pictureless_pairs.pair(tmp_path, CASES["irregular"].bg, (Fraction(24), Fraction(60)))
    write_sidecar(sidecar, tmp_path / "x.json")
    outputs = [tmp_path / seed / "cut.aaf" for seed in "12"]
    for path in outputs:
        path.parent.mkdir()
        words = ("export", "x.json", "--to", "aaf", "-o", str(path), "--quiet")
        environment = os.environ | {"PYTHONHASHSEED": path.parent.name}
        subprocess.run([sys.executable, "-m", "vidkompy", *words], cwd=tmp_path, env=environment, check=True)
    first, second = (path.read_bytes() for path in outputs)
    assert first == second
    assert read_aaf(outputs[0]) == CASES["irregular"].bg.tolist()


def test_identifiers_say_what_is_the_same(tmp_path: Path) -> None:
    """A program that has a file's clips already takes those of another cut for the same, and the cut for another."""

    def identifiers(sidecar: Sidecar) -> dict[str, set[str]]:
        with aaf2.open(str(exported(sidecar, tmp_path)[0])) as file:
            mobs = list(file.content.mobs)
            kinds = {type(mob).__name__ for mob in mobs}
            return {kind: {str(mob.mob_id) for mob in mobs if type(mob).__name__ == kind} for kind in kinds}

    sidecar = invented("equal rates")
    other = sidecar.frame_map.bg.copy()
    other[30] = 3
    one, again, edited = (
        identifiers(s) for s in (sidecar, sidecar, replace(sidecar, frame_map=replace(sidecar.frame_map, bg=other)))
    )
    assert one == again
    assert {kind: len(found) for kind, found in one.items()} == {"CompositionMob": 1, "MasterMob": 2, "SourceMob": 4}
    assert [one[kind] == edited[kind] for kind in ("SourceMob", "MasterMob", "CompositionMob")] == [True, True, False]


# ---- what it loses and refuses


def test_losses_say_what_to_do_by_hand(tmp_path: Path) -> None:
    sidecar = invented("drops, a title, and back", placement=Placement(101.5, 53.25, 492.8, 277.2))
    assert [loss.message for loss in exported(sidecar, tmp_path)[1]] == [
        "7 unmatched frames lie over a gap in BG",
        "BG's sound is muted, FG's is heard",
        "FG's sound is laid as its channels 1 and 2 at 48000 samples a second, whatever it has",
        "where FG lies (492.8x277.2 at 101.5,53.25) stands in a comment of its master clip only: "
        "scale and move it in the editor by hand",
    ]


def test_a_place_that_moves_is_a_loss(tmp_path: Path) -> None:
    sidecar = invented("equal rates")
    at = np.tile([101.0, 53, 640, 360, 0], (sidecar.fg.frames, 1))
    at[:, 0] += np.arange(sidecar.fg.frames)
    losses = [loss.message for loss in exported(replace(sidecar, track=Track(at)), tmp_path)[1]]
    (moving,) = (message for message in losses if "frames lie elsewhere" in message)
    assert "59 of 60 frames lie elsewhere, by up to 59.0 px" in moving


def test_shapes_of_pixels_beyond_a_ratio_are_taken_for_squares(tmp_path: Path) -> None:
    sidecar = invented("equal rates")
    path, _ = exported(replace(sidecar, bg=replace(sidecar.bg, sar=Fraction(2**31 - 1), audio=())), tmp_path)
    with aaf2.open(str(path)) as file:
        (bg,) = (m.descriptor for m in file.content.sourcemobs() if m.descriptor.get("StoredWidth"))
        assert bg["ImageAspectRatio"].value == Fraction(16, 9)


def test_a_rate_beyond_timecode_is_refused() -> None:
    fast = FilmPair(np.arange(3), Fraction(25), Fraction(70_000))
    message = "BG has 70000 frames per second, which no aaf has timecode for; wanted 65535 at most: use --to otio"
    with pytest.raises(SidecarError, match=re.escape(message)):
        exported(invented(fast), Path())


def test_a_file_is_written_and_nothing_is_printed(vidkompy: Vidkompy, sidecar: Path) -> None:
    said = refused(vidkompy, "export", sidecar.name, "--to", "aaf", code=2)
    assert said == "aaf is no text to be printed; name its file with -o"
    done = vidkompy("export", sidecar.name, "--to", "aaf", "-o", "pair.aaf")
    assert (done.code, done.out) == (0, "")
    assert read_aaf(Path("pair.aaf")) == constructed_maps.ratio(48, 5, 4, start=3).tolist()
    assert "exists; add --overwrite" in refused(
        vidkompy, "export", sidecar.name, "--to", "aaf", "-o", "pair.aaf", code=2
    )
    result = export_function("aaf", sidecar)
    assert result.contents == (Path("pair.aaf").read_bytes(),)
    with pytest.raises(TypeError, match="the format is no text; wanted contents"):
        _ = result.texts


def test_without_the_extra_its_command_is_said(sidecar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sidecar.with_name("missing")
    folder.mkdir()
    (folder / "aaf2.py").write_text("raise ModuleNotFoundError('none here', name='aaf2')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))
    before = sorted(sidecar.parent.iterdir())
    outcome = as_process("export", sidecar.name, "--to", "aaf", "-o", "x.aaf", folder=sidecar.parent)
    wanted = "an aaf is written by pyaaf2, which is not installed: pip install 'vidkompy[aaf]'"
    assert (outcome.code, outcome.err) == (2, f"vidkompy: {wanted}\n")
    assert sorted(sidecar.parent.iterdir()) == before
