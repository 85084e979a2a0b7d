"""Final Cut 7 XML: read back frame by frame by its own rule, and by the OpenTimelineIO adapter."""

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import opentimelineio as otio
import pytest
from support.invented_sidecars import FILM_PAIRS, FilmPair, invented

from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import SidecarError
from vidkompy.exchange.exports import xmeml
from vidkompy.exchange.format_contract import ExportName, ExportRequest, load_exporter
from vidkompy.exchange.losses import Loss
from vidkompy.media.file_urls import path_of_url
from vidkompy.model import UNMATCHED, Placement, Sidecar

EXACT = {"equal rates", "drops, a title, and back", "the same at 25", "long hold"}  # without speeds, at equal rates


def exported(sidecar: Sidecar, is_exact: bool = False) -> tuple[str, tuple[Loss, ...]]:
    request = ExportRequest(
        sidecar, Path("/clips/x.json"), Path("/clips"), "a & b", ".xml", DrawingOptions(), is_exact, None
    )
    done = xmeml.export(request)
    return done.texts[0], done.losses


def text_of(element: Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""


def rate_of(element: Element) -> Fraction:
    base = int(text_of(element, "rate/timebase"))
    return Fraction(base * 1000, 1001) if text_of(element, "rate/ntsc") == "TRUE" else Fraction(base)


def read_frames(text: str) -> np.ndarray:
    """BG frame at each frame of the timeline."""
    root = ElementTree.fromstring(text)
    sequence = root.find("sequence")
    assert sequence is not None
    bg_numbers = np.full(int(text_of(sequence, "duration")), UNMATCHED)
    for item in root.findall(".//video/track[1]/clipitem"):
        start, end, first = (int(text_of(item, name)) for name in ("start", "end", "in"))
        pace = rate_of(item) / rate_of(sequence)
        parameter = item.find(".//parameter[parameterid='speed']/value")
        speed = Fraction(1) if parameter is None else Fraction(parameter.text or "") / 100
        if item.find("stillframe") is not None:
            pace, speed = Fraction(0), Fraction(1)
        assert (bg_numbers[start:end] == UNMATCHED).all()
        bg_numbers[start:end] = [int((first + k * pace) * speed // 1) for k in range(end - start)]
    return bg_numbers


@pytest.mark.parametrize("is_exact", [False, True])
@pytest.mark.parametrize("name", FILM_PAIRS)
def test_frames_are_those_of_the_map_or_off_as_the_loss_says(name: str, is_exact: bool) -> None:
    text, losses = exported(invented(name), is_exact)
    off = np.abs(read_frames(text) - FILM_PAIRS[name].bg)
    map_losses = [loss for loss in losses if loss.kind == "map"]
    assert [(loss.frame_count, loss.max_error, loss.frame) for loss in map_losses] == (
        [(int((off > 0).sum()), int(off.max()), int(off.argmax()))] if off.any() else []
    )
    assert off.max() <= (0 if is_exact or name in EXACT else 1)


@pytest.mark.parametrize("name", ["equal rates", "double speed", "25 in 30", "24 in 30", "drift"])
def test_speeds_are_not_cut_up(name: str) -> None:
    assert len(ElementTree.fromstring(exported(invented(name))[0]).findall(".//video/track[1]/clipitem")) == 1


def test_opentimelineio_reads_clips_ranges_files_markers_and_effects() -> None:
    name = "drops, a title, and back"
    text, losses = exported(invented(name, prefix="it's 100% «ö» "), is_exact=True)
    timeline = otio.adapters.read_from_string(text, "fcp_xml")
    below, above, *sounds = timeline.tracks
    assert [track.kind for track in timeline.tracks] == ["Video", "Video", "Audio", "Audio"]
    assert [len(list(track.find_clips())) for track in sounds] == [1, 1]
    bg_numbers: list[int] = []
    for item in below:
        count = round(item.source_range.duration.value)
        if isinstance(item, otio.schema.Gap):
            bg_numbers += [UNMATCHED] * count
            continue
        assert path_of_url(item.media_reference.target_url) == "/clips/it's 100% «ö» bg.mp4"
        bg_numbers += [round(item.source_range.start_time.value) + k for k in range(count)]
    assert bg_numbers == FILM_PAIRS[name].bg.tolist()
    assert [(m.name, round(m.marked_range.start_time.value)) for m in timeline.tracks.markers] == [("unmatched", 20)]
    assert [effect.name for clip in above for effect in clip.effects] == ["Basic Motion"]
    assert [loss.message for loss in losses] == [
        "7 unmatched frames lie over a gap in BG",
        "BG's sound is muted, FG's is heard",
        "FG's sound is laid as its channels 1 and 2, whatever it has",
    ]


def test_each_channel_of_fg_has_a_track_and_all_are_linked_to_the_picture() -> None:
    root = ElementTree.fromstring(exported(invented("equal rates"))[0])
    tracks = root.findall(".//audio/track")
    assert [(t.findtext(".//sourcetrack/trackindex"), t.findtext("outputchannelindex")) for t in tracks] == [
        ("1", "1"),
        ("2", "2"),
    ]
    laid = [item for item in root.iter("clipitem") if item.get("id", "").startswith("fg-")]
    names = [item.get("id") for item in laid]
    assert len(names) == 3
    assert [[link.text for link in item.iter("linkclipref")] for item in laid] == [names] * 3


def test_timecode_is_kept() -> None:
    root = ElementTree.fromstring(exported(invented("equal rates"))[0])
    timecodes = [
        (text_of(t, "string"), text_of(t, "frame"), text_of(t, "displayformat")) for t in root.iter("timecode")
    ]
    assert timecodes[0] == ("01:00:00;00", "107892", "DF")
    assert ("00:59:58;02", str(107892 - 58), "DF") in timecodes


def test_fg_lies_where_it_belongs() -> None:
    where = Placement(101.5, 53.25, 492.8, 277.2)
    motion = ElementTree.fromstring(exported(invented("drift", placement=where))[0])
    values = {p.findtext("parameterid"): p for p in motion.iter("parameter")}
    assert float(values["scale"].findtext("value", "")) == pytest.approx(77)
    centre = [float(values["center"].findtext(f"value/{axis}", "")) for axis in ("horiz", "vert")]
    assert centre == pytest.approx([(101.5 + 246.4) / 1280 - 0.5, (53.25 + 138.6) / 720 - 0.5], abs=1e-6)


def test_two_scales_are_a_loss() -> None:
    messages = [loss.message for loss in exported(invented("drift", placement=Placement(0, 0, 640, 400)))[1]]
    assert messages[-1] == "FG is scaled by 1 both ways; it should be 1.111 in height"


def test_a_rate_without_a_time_base_is_refused() -> None:
    slow = FilmPair(np.arange(60), Fraction(25, 2), Fraction(25))
    with pytest.raises(SidecarError, match=r"xmeml has no word for FG's 12\.5 frames per second") as refusal:
        exported(invented(slow))
    advised: list[ExportName] = ["otio", "kdenlive", "mlt"]
    assert str(refusal.value).endswith("such as otio, kdenlive or mlt")
    request = ExportRequest(invented(slow), Path("x.json"), Path(), "x", "", DrawingOptions(), False, None)
    for name in advised:
        losses = load_exporter(name).export(request).losses
        assert not [loss.kind for loss in losses if loss.kind in ("map", "rate")]


def test_a_hold_is_a_still_only_where_it_is_long() -> None:
    sidecar = invented("long hold")
    request = ExportRequest(sidecar, Path("x.json"), Path(), "x", ".xml", DrawingOptions(), False, None)
    (still,) = xmeml.export(request).texts
    (cut,) = xmeml.export(request, xmeml.XmemlParameters(min_still=1000)).texts
    assert (still.count("<stillframe>"), cut.count("<stillframe>")) == (1, 0)
    assert read_frames(still).tolist() == read_frames(cut).tolist()
