"""FCPXML: valid, read back frame by frame by what its time maps say, and by the OpenTimelineIO adapter."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest
from lxml import etree
from support.invented_sidecars import FILM_PAIRS, NTSC, invented
from support.program_runs import Vidkompy

from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.exports import fcpxml
from vidkompy.exchange.format_contract import NEWEST_FCPXML, ExportRequest, FcpxmlVersion
from vidkompy.media.file_urls import path_of_url
from vidkompy.model import UNMATCHED, Placement, Sidecar, Track

VERSIONS: tuple[FcpxmlVersion, ...] = get_args(FcpxmlVersion)


def exported(sidecar: Sidecar, is_exact: bool = False, version: FcpxmlVersion = NEWEST_FCPXML) -> tuple[str, list[str]]:
    request = ExportRequest(
        sidecar, Path("/clips/x.json"), Path("/clips"), "a & b", ".fcpxml", DrawingOptions(), is_exact, None, version
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


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FILM_PAIRS)
def test_it_is_valid(name: str, version: FcpxmlVersion) -> None:
    check_valid(exported(invented(name), version=version)[0], version)


def check_valid(text: str, version: FcpxmlVersion) -> None:
    with Path(__file__).with_name(f"fcpxml_{version.replace('.', '_')}.dtd").open() as file:
        dtd = etree.DTD(file)
    assert dtd.validate(etree.fromstring(text.encode())), dtd.error_log


@pytest.mark.parametrize("version", VERSIONS)
def test_a_place_that_moves_has_keyframes(version: FcpxmlVersion) -> None:
    """At each of FG's frames, in times of its own timecode."""
    sidecar = invented("equal rates")
    i = np.arange(sidecar.fg.frames)
    at = np.stack([101 + i, 53 + 0 * i, 640 + 2 * i, 360 + 0 * i, 0.5 * i], 1).astype(float)
    text, losses = exported(replace(sidecar, track=Track(at)), version=version)
    assert not [loss for loss in losses if "moves" in loss]
    check_valid(text, version)
    root = ElementTree.fromstring(text)
    params = {p.get("name"): list(p.iter("keyframe")) for p in root.findall(".//adjust-transform/param")}
    assert {name: len(keys) for name, keys in params.items()} == dict.fromkeys(("position", "scale", "rotation"), 60)
    fg = root.find(".//spine/asset-clip")
    assert fg is not None
    assert seconds(params["position"][7].get("time", "")) == seconds(fg.get("start", "")) + 7 / NTSC
    x, y = (float(v) for v in params["position"][7].get("value", "").split())
    assert (x, y) == pytest.approx((100 * (108 + 327 - 640) / 720, 100 * (360 - 53 - 180) / 720))
    assert [params[name][7].get("value") for name in ("scale", "rotation")] == ["1.021875 1", "-3.5"]


def test_programs_of_before_get_their_version(vidkompy: Vidkompy, sidecar: Path) -> None:
    old = vidkompy("export", sidecar, "--to", "fcpxml", "--fcpxml-version", "1.8").out
    new = vidkompy("export", sidecar, "--to", "fcpxml").out
    assert [text.count("<library>") for text in (old, new)] == [0, 1]
    assert [text.count('<media-rep kind="original-media" src="file:///') for text in (old, new)] == [0, 2]
    assert [text.count('<fcpxml version="1.8">') for text in (old, new)] == [1, 0]
    refused = vidkompy("export", sidecar, "--to", "otio", "--fcpxml-version", "1.8")
    assert (refused.code, "--fcpxml-version is for fcpxml" in refused.err) == (2, True)


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
    text, losses = exported(invented(name, prefix="it's 100% «ö» "), is_exact=True, version="1.8")
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
