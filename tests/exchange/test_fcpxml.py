"""FCPXML: valid, read back frame by frame by what its time maps say, and by the OpenTimelineIO adapter."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest
from lxml import etree
from support.invented_sidecars import FILM_PAIRS, invented

from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.exports import fcpxml
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.media.file_urls import path_of_url
from vidkompy.model import UNMATCHED, Placement, Sidecar

DTD = Path(__file__).with_name("fcpxml_1_8.dtd")


def exported(sidecar: Sidecar, is_exact: bool = False) -> tuple[str, list[str]]:
    request = ExportRequest(
        sidecar, Path("/clips/x.json"), Path("/clips"), "a & b", ".fcpxml", DrawingOptions(), is_exact, None
    )
    done = fcpxml.export(request)
    return done.texts[0], [loss.message for loss in done.losses]


def seconds(duration: str) -> Fraction:
    return Fraction(duration.removesuffix("s"))


def read_frames(text: str) -> list[int]:
    """BG frame at each frame of the timeline."""
    root = ElementTree.fromstring(text)
    rates = {f.get("id"): 1 / seconds(f.get("frameDuration", "")) for f in root.iter("format")}
    assets = {a.get("id"): a for a in root.iter("asset")}
    fg = root.find(".//spine/asset-clip")
    assert fg is not None
    rate, bg_rate = rates["r1"], rates[assets["bg"].get("format")]
    start = seconds(fg.get("start", ""))
    bg_numbers = [UNMATCHED] * int(seconds(fg.get("duration", "")) * rate)
    for clip in fg.findall("asset-clip"):
        at, length, first = (seconds(clip.get(name, "")) for name in ("offset", "duration", "start"))
        points = [(seconds(p.get("time", "")), seconds(p.get("value", ""))) for p in clip.iter("timept")]
        (a, u), (b, v) = points or [(first, first), (first + length, first + length)]
        frame = int((at - start) * rate)
        for k in range(int(length * rate)):
            value = u + (v - u) * (first + k / rate - a) / (b - a)
            assert bg_numbers[frame + k] == UNMATCHED
            bg_numbers[frame + k] = int((value - seconds(assets["bg"].get("start", ""))) * bg_rate // 1)
    return bg_numbers


@pytest.mark.parametrize("is_exact", [False, True])
@pytest.mark.parametrize("name", FILM_PAIRS)
def test_every_frame_is_the_one_of_the_map(name: str, is_exact: bool) -> None:
    text, losses = exported(invented(name), is_exact)
    assert read_frames(text) == FILM_PAIRS[name].bg.tolist()
    assert not [loss for loss in losses if "approximated" in loss]


@pytest.mark.parametrize("name", FILM_PAIRS)
def test_it_is_valid(name: str) -> None:
    with DTD.open() as file:
        dtd = etree.DTD(file)
    assert dtd.validate(etree.fromstring(exported(invented(name))[0].encode())), dtd.error_log


@pytest.mark.parametrize("name", ["equal rates", "double speed", "25 in 30"])
def test_speeds_are_not_cut_up(name: str) -> None:
    assert exported(invented(name))[0].count('ref="bg"') == 1


@pytest.mark.parametrize(
    ("where", "position", "scale"),
    [
        (Placement(320, 180, 640, 360), (0, 0), (1, 1)),
        (Placement(0, 0, 640, 360), (-320 / 7.2, 25), (1, 1)),
        (
            Placement(101.5, 53.25, 492.8, 277.2),
            (100 * (101.5 + 246.4 - 640) / 720, 100 * (360 - 53.25 - 138.6) / 720),
            (0.77, 0.77),
        ),
    ],
)
def test_fg_lies_where_it_belongs(where: Placement, position: tuple[float, float], scale: tuple[float, float]) -> None:
    transform = ElementTree.fromstring(exported(invented("drift", placement=where))[0]).find(".//adjust-transform")
    assert transform is not None
    for name, wanted in (("position", position), ("scale", scale)):
        assert [float(v) for v in transform.get(name, "").split()] == pytest.approx(list(wanted), abs=1e-6)


def test_opentimelineio_reads_clips_ranges_and_files() -> None:
    """Its adapter knows no time maps, takes rates for whole numbers, and can cut off a frame of 251/25 s * 25."""
    name = "the same at 25"
    text, losses = exported(invented(name, prefix="it's 100% «ö» "), is_exact=True)
    timeline = otio.adapters.read_from_string(text, "fcpx_xml")
    found = (
        next(t for t in (timeline if isinstance(timeline, otio.schema.Timeline) else list(timeline)[0:1]) if t)
        if not isinstance(timeline, otio.schema.Timeline)
        else timeline
    )
    clips = [c for c in found.find_clips() if c.name.endswith("bg.mp4")]
    bg_numbers: list[int] = []
    for c in clips:
        assert path_of_url(c.media_reference.target_url) == "/clips/it's 100% «ö» bg.mp4"
        first = c.source_range.start_time.rescaled_to(c.source_range.duration.rate)
        bg_numbers += [round(first.value) - 8 * 25 + k for k in range(round(c.source_range.duration.value))]
    wanted = [j for j in FILM_PAIRS[name].bg.tolist() if j != UNMATCHED]
    assert len(bg_numbers) == len(wanted)
    assert set(np.subtract(wanted, bg_numbers).tolist()) <= {0, 1}
    assert losses == ["7 unmatched frames lie over a gap in BG", "BG's sound is muted, FG's is heard"]


def test_a_rate_that_final_cut_does_not_know_and_more_sound_tracks_are_losses() -> None:
    sidecar = invented("the same at 25")
    pts, rate = np.arange(sidecar.fg.frames) * 7200, Fraction(25, 2)
    _, losses = exported(replace(sidecar, fg=replace(sidecar.fg, pts=pts, frame_rate=rate, audio=("aac", "ac3"))))
    assert "Final Cut has no timelines of FG's 12.5 frames per second" in losses
    assert "of FG's 2 sound tracks the first is laid" in losses


def test_unmatched_frames_are_marked() -> None:
    root = ElementTree.fromstring(exported(invented("drops, a title, and back"))[0])
    (marker,) = root.iter("marker")
    at = [round(seconds(marker.get(name, "")) * 24000 / 1001) for name in ("start", "duration")]
    assert (at, marker.get("value")) == ([24 + 20, 7], "unmatched")
    assert np.flatnonzero(FILM_PAIRS["drops, a title, and back"].bg == UNMATCHED)[0] == 20
