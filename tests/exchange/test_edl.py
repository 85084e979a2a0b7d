"""Edit decision lists: otio's cmx_3600 adapter reads the sidecar's map in them, or is off by what the loss says."""

import tempfile
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import constructed_maps, pictureless_pairs
from support.pictureless_pairs import I64
from support.program_runs import Vidkompy, refused

from vidkompy import Sidecar, write_sidecar
from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.export import export
from vidkompy.exchange.exports import edl
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.media.timecode import labels_per_second, parse_timecode
from vidkompy.model import UNMATCHED

NTSC = Fraction(30000, 1001)
FILM = Fraction(24000, 1001)
HAIR = 1e-9  # frames: what a reader that counts in doubles may be off


def written(folder: Path, sidecar: Sidecar, is_exact: bool = False, name: str = "x.edl") -> ExportResult:
    write_sidecar(sidecar, folder / "x.vidkompy.json")
    return export("edl", folder / "x.vidkompy.json", folder / name, is_exact=is_exact, overwrite=True)


def parsed(text: str, rate: Fraction) -> Any:
    return otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))


def read_frames(exported: ExportResult, sidecar: Sidecar, rates: tuple[Fraction, Fraction]) -> I64:
    """i64 [n]: BG frame of each frame of the record. The adapter knows one rate: its times are put back into labels."""
    fg, bg = rates
    one = max(rates, key=labels_per_second)

    def counted(time: Any, rate: Fraction, first: str) -> int:
        timecode = otio.opentime.to_timecode(time, float(one), drop_frame=";" in first)
        frame = parse_timecode(timecode, rate)
        assert frame is not None
        return frame - (parse_timecode(first, rate) or 0)

    frames: list[int] = []
    for text in exported.texts:
        track = parsed(text, one).tracks[0]
        start = -track.source_range.start_time if track.source_range else otio.opentime.RationalTime(0, float(one))
        for item in track:
            where = item.range_in_parent()
            a, b = (
                counted(start + time, fg, sidecar.fg.timecode)
                for time in (where.start_time, where.end_time_exclusive())
            )
            assert a == len(frames)
            if isinstance(item, otio.schema.Gap) or isinstance(item.media_reference, otio.schema.GeneratorReference):
                frames += [UNMATCHED] * (b - a)
                continue
            first = counted(item.source_range.start_time, bg, sidecar.bg.timecode)
            per_second = item.effects[0].time_scalar * float(one) if item.effects else float(fg)
            frames += [first + floor(per_second / float(fg) * k + HAIR) for k in range(b - a)]
    return np.array(frames, np.int64)


@given(
    bg_numbers=st.lists(st.integers(-1, 30), min_size=2, max_size=40)
    | st.builds(
        lambda p, q, n: [p * k // q for k in range(n)], st.integers(1, 300), st.integers(100, 300), st.integers(2, 150)
    ),
    rate=st.sampled_from([Fraction(25), NTSC, FILM, Fraction(60)]),
    is_exact=st.booleans(),
)
@example([0, 2, 5], Fraction(25), False)  # single frames of a faster line
@settings(max_examples=30)
def test_the_reader_sees_the_map_or_what_the_loss_says(bg_numbers: list[int], rate: Fraction, is_exact: bool) -> None:
    with tempfile.TemporaryDirectory() as home:
        sidecar = pictureless_pairs.pair(
            Path(home), np.array([*bg_numbers, 1], np.int64), (rate, rate), ("", "10:00:00:00")
        )
        exported = written(Path(home), sidecar, is_exact)
        off = np.abs(read_frames(exported, sidecar, (rate, rate)) - sidecar.frame_map.bg)
        map_losses = [(loss.frame_count, loss.max_error) for loss in exported.losses if loss.kind == "map"]
        assert map_losses == ([(int((off > 0).sum()), int(off.max()))] if off.any() else [])
        assert not (is_exact and off.any())


@pytest.mark.parametrize(
    ("bg_numbers", "rates", "timecodes"),
    [
        (constructed_maps.ratio(300, 25, 30), (Fraction(30), Fraction(25)), ("", "01:00:00:00")),
        (constructed_maps.ratio(300, 30, 25), (Fraction(25), Fraction(30)), ("01:00:00:00", "")),
        (constructed_maps.ratio(300, 9, 10), (NTSC, NTSC), ("00:59:59;28", "01:00:00;00")),
        (constructed_maps.ratio(300, 2, 1), (NTSC, NTSC), ("00:09:59;00", "00:00:58;00")),
        (constructed_maps.ratio(300, 2, 1), (NTSC, Fraction(60)), ("", "")),
        (constructed_maps.offset(200), (NTSC, Fraction(30)), ("01:00:00:00", "22:59:59:00")),
        (constructed_maps.drops(constructed_maps.offset(200)), (2 * NTSC, 2 * NTSC), ("00:59:58;58", "01:09:59;00")),
        (constructed_maps.drops(constructed_maps.offset(200)), (FILM, FILM), ("", "01:00:00:00")),
        (
            constructed_maps.reordered(constructed_maps.frozen(constructed_maps.offset(90), 20, 70), (2, 0, 1)),
            (Fraction(50), Fraction(50)),
            ("", ""),
        ),
        (np.arange(60, -1, -1), (NTSC, NTSC), ("", "")),
    ],
    ids=[
        "25to30",
        "30to25",
        "slow-drop",
        "double-drop",
        "60to30",
        "ntsc",
        "fast-drop",
        "film",
        "reordered",
        "backwards",
    ],
)
def test_conversions_holds_and_jumps_are_exact(
    bg_numbers: I64, rates: tuple[Fraction, Fraction], timecodes: tuple[str, str], tmp_path: Path
) -> None:
    bg_numbers = constructed_maps.with_foreign(bg_numbers, 5, 4)
    sidecar = pictureless_pairs.pair(tmp_path, bg_numbers, rates, timecodes)
    exported = written(tmp_path, sidecar)
    zero = "00:00:00:00"
    dated = pictureless_pairs.pair(tmp_path, bg_numbers, rates, (timecodes[0] or zero, timecodes[1] or zero))
    assert read_frames(exported, dated, rates).tolist() == bg_numbers.tolist()
    converted = ["rate"] if rates[0] != rates[1] else []
    assert [loss.kind for loss in exported.losses] == ["unmatched", "placement", "sound", *converted]


def test_a_speed_that_three_decimals_cannot_say_is_a_loss(tmp_path: Path) -> None:
    sidecar = pictureless_pairs.pair(
        tmp_path, constructed_maps.ratio(1500, 472, 483), (NTSC, NTSC), ("", "01:00:00:00")
    )
    loss = written(tmp_path, sidecar).losses[0]
    assert (loss.kind, loss.max_error) == ("map", 1)
    assert 0 < loss.frame_count < 0.02 * sidecar.fg.frames
    assert loss.message.startswith("1 of ")
    assert "largest error 1 frame at FG 00:00:" in loss.message
    assert [loss.kind for loss in written(tmp_path, sidecar, is_exact=True).losses] == ["placement", "sound"]


def test_the_list_reads_like_one(tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.frozen(constructed_maps.offset(60, 3), 5, 9), 20, 7)
    names = ("f g.mp4", "sub/Ein Zoo: 100% ü.mp4")
    sidecar = pictureless_pairs.pair(tmp_path, bg_numbers, (NTSC, NTSC), ("00:59:59;28", "01:00:00;00"), names)
    exported = written(tmp_path, sidecar, name="Der Schnitt.edl")
    notes = "* FROM CLIP NAME: Ein Zoo: 100% ü.mp4\n* SOURCE FILE: sub/Ein Zoo: 100% ü.mp4\n"
    assert exported.texts == (
        "TITLE: Der Schnitt\n"
        "FCM: DROP FRAME\n\n"
        "001  EINZOO10 V     C        01:00:00;03 01:00:00;09 00:59:59;28 01:00:00;04\n" + notes
        + "* FOREGROUND: f g.mp4 FROM 00:59:59;28 32X24 AT 5,6\n"
        "002  EINZOO10 V     C        01:00:00;08 01:00:00;09 01:00:00;04 01:00:00;13\n"
        "M2   EINZOO10       000.0                01:00:00:08\n" + notes
        + "003  EINZOO10 V     C        01:00:00;09 01:00:00;14 01:00:00;13 01:00:00;18\n" + notes
        + "004  BL       V     C        00:00:00;00 00:00:00;07 01:00:00;18 01:00:00;25\n"
        "005  EINZOO10 V     C        01:00:00;14 01:00:02;00 01:00:00;25 01:00:02;11\n" + notes,
    )  # fmt: skip
    clip = parsed(exported.texts[0], NTSC).tracks[0][0]
    assert clip.name == "Ein Zoo: 100% ü.mp4"
    assert clip.metadata["cmx_3600"]["reel"] == "EINZOO10"
    assert [loss.message for loss in exported.losses[:2]] == [
        "7 unmatched frames lie over a gap in BG",
        "FG is in a comment only: lay it over by hand, from 00:59:59;28 on, 32x24 at 5,6",
    ]


def test_more_than_999_events_go_on_in_more_files(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg_numbers = np.arange(1003, dtype=np.int64)[::-1].copy()
    sidecar = pictureless_pairs.pair(tmp_path, bg_numbers)
    exported = written(tmp_path, sidecar)
    assert [text.splitlines()[0] for text in exported.texts] == ["TITLE: x 1 of 2", "TITLE: x 2 of 2"]
    assert [len(parsed(text, Fraction(30)).tracks[0]) for text in exported.texts] == [999, 4]
    assert (tmp_path / "x-2.edl").read_text() == exported.texts[1]
    (loss,) = [loss for loss in exported.losses if loss.kind == "files"]
    assert loss.message == "a list holds 999 events, and these are 1003: they go on in x-2 beside it"
    dated = pictureless_pairs.pair(tmp_path, bg_numbers, timecodes=("00:00:00:00", "00:00:00:00"))
    assert read_frames(exported, dated, (Fraction(30), Fraction(30))).tolist() == bg_numbers.tolist()
    assert refused(vidkompy, "export", "x.vidkompy.json", "--to", "edl", code=2) == (
        "this takes 2 files of edl; name the first with -o"
    )


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ((Fraction(25, 2), Fraction(25)), "FG has 12.5 frames per second"),
        ((Fraction(25), Fraction(15)), "BG has 15 frames per second"),
        ((Fraction(120), Fraction(25)), "FG has 120 frames per second"),
    ],
)
def test_rates_without_timecode_are_refused(
    vidkompy: Vidkompy, tmp_path: Path, rates: tuple[Fraction, Fraction], message: str
) -> None:
    write_sidecar(pictureless_pairs.pair(tmp_path, constructed_maps.offset(30), rates), tmp_path / "x.vidkompy.json")
    assert refused(vidkompy, "export", "x.vidkompy.json", "--to", "edl", code=2) == (
        f"{message}, which no edl has timecode for; wanted 24, 25, 30, 48, 50 or 60, or their NTSC rates: use --to otio"
    )


@pytest.mark.parametrize(("name", "reel"), [("bl.mp4", "BG"), ("画.mp4", "BG"), ("a_very-long name.mov", "AVERYLON")])
def test_reels_are_eight_plain_characters(name: str, reel: str, tmp_path: Path) -> None:
    (text,) = written(
        tmp_path, pictureless_pairs.pair(tmp_path, constructed_maps.offset(9), names=("fg.mp4", name))
    ).texts
    assert text.splitlines()[3].split()[1] == reel


def test_names_stay_on_their_line(tmp_path: Path) -> None:
    (text,) = written(
        tmp_path, pictureless_pairs.pair(tmp_path, constructed_maps.offset(9), names=("f\ng.mp4", "b\n001 g.mp4"))
    ).texts
    assert len(parsed(text, Fraction(30)).tracks[0]) == 1
    assert "* FROM CLIP NAME: b 001 g.mp4\n" in text


def test_phases_are_made_up_for_by_cuts_and_by_a_little_more_speed(tmp_path: Path) -> None:
    """Each alone leaves more frames wrong, or nothing to be made up for."""
    sidecar = pictureless_pairs.pair(
        tmp_path, constructed_maps.ratio(400, 7, 11, phase=9), (NTSC, NTSC), ("", "01:00:00:00")
    )
    request = ExportRequest(
        sidecar, tmp_path / "x.json", tmp_path, "x", ".edl", DrawingOptions(), is_exact=False, ffmpeg=None
    )

    def wrong(parameters: edl.EdlParameters) -> int:
        return sum(loss.frame_count for loss in edl.export(request, parameters).losses if loss.kind == "map")

    neither = wrong(edl.EdlParameters(lead_in_frames=1, lead_in_cuts=1, speed_excess=()))
    assert wrong(edl.EdlParameters()) == 0
    assert wrong(edl.EdlParameters(speed_excess=())) < neither
    assert wrong(edl.EdlParameters(lead_in_frames=1, lead_in_cuts=1)) < neither
