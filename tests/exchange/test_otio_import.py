"""Timelines that an editor saved, edited through opentimelineio itself: taken over, or refused with clip and line."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from support import constructed_maps, pictureless_pairs
from support.otio_timelines import NTSC, exported_timeline
from support.program_runs import Vidkompy, refused

from vidkompy import read_sidecar

SHOWN = np.concatenate([constructed_maps.offset(40, 10), constructed_maps.offset(90, 60)])  # 30 frames, a cut, 30 more


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    exported_timeline(folder, pictureless_pairs.pair(folder, SHOWN, (NTSC, NTSC), ("", "01:00:00;00")))
    return folder


@pytest.fixture
def here(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """x.vidkompy.json and x.otio, in a folder of the test's own: URLs in x.otio name another."""
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frames(value: float) -> Any:
    return otio.opentime.RationalTime(value, float(NTSC))


def span(start: float, count: float) -> Any:
    return otio.opentime.TimeRange(frames(start), frames(count))


FIRST = 107892  # what 01:00:00;00 counts


def roll(t: Any) -> None:
    t.tracks[0][0].source_range = span(FIRST + 10, 25)
    t.tracks[0][1].source_range = span(FIRST + 55, 35)


def slip(t: Any) -> None:
    t.tracks[0][1].source_range = span(FIRST + 63, 30)


def trim(t: Any) -> None:
    t.tracks[0][0].source_range = span(FIRST + 14, 22)
    t.tracks[0].insert(0, otio.schema.Gap(duration=frames(4)))
    t.tracks[0].insert(2, otio.schema.Gap(duration=frames(4)))


def freeze(t: Any) -> None:
    t.tracks[0][1].effects.append(otio.schema.FreezeFrame())


def slow(t: Any) -> None:
    t.tracks[0][0].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.9))


def reverse(t: Any) -> None:
    t.tracks[0][0].source_range = span(FIRST + 39, 30)
    t.tracks[0][0].effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))


def disable(t: Any) -> None:
    t.tracks[0][0].enabled = False


def lay_over(t: Any) -> None:
    patch = t.tracks[0][0].clone()
    patch.source_range = span(FIRST + 3, 5)
    t.tracks.insert(1, otio.schema.Track(children=[otio.schema.Gap(duration=frames(20)), patch]))


def delay_fg(t: Any) -> None:
    t.tracks[1].insert(0, otio.schema.Gap(duration=frames(2)))


def in_seconds(t: Any) -> None:
    clip = t.tracks[0][1]
    seconds = otio.opentime.RationalTime(clip.source_range.start_time.to_seconds(), 1)
    clip.source_range = otio.opentime.TimeRange(seconds, clip.source_range.duration)


def colour(t: Any) -> None:
    t.tracks[0][0].effects.append(otio.schema.Effect(effect_name="warmer"))


def relink(t: Any) -> None:
    for clip in t.find_clips():
        clip.media_reference.target_url = f"file:///C:/Some%20where/{clip.name}"


def second(*parts: Any) -> list[int]:
    return np.concatenate([np.atleast_1d(part) for part in parts]).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (roll, second(np.arange(10, 35), np.arange(55, 90))),
        (slip, second(np.arange(10, 40), np.arange(63, 93))),
        (trim, second([-1] * 4, np.arange(14, 36), [-1] * 4, np.arange(60, 90))),
        (freeze, second(np.arange(10, 40), [60] * 30)),
        (slow, second([10 + 9 * k // 10 for k in range(30)], np.arange(60, 90))),
        (reverse, second(np.arange(39, 9, -1), np.arange(60, 90))),
        (disable, second([-1] * 30, np.arange(60, 90))),
        (lay_over, second(np.arange(10, 30), np.arange(3, 8), np.arange(35, 40), np.arange(60, 90))),
        (delay_fg, second(np.arange(12, 40), np.arange(60, 90), [-1] * 2)),
        (in_seconds, SHOWN.tolist()),
        (colour, SHOWN.tolist()),
        (relink, SHOWN.tolist()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_edits_are_taken_over(vidkompy: Vidkompy, here: Path, edit: Callable[[Any], None], wanted: list[int]) -> None:
    timeline = otio.adapters.read_from_file("x.otio")
    edit(timeline)
    otio.adapters.write_to_file(timeline, "x.otio")
    outcome = vidkompy("import", "x.otio", "-o", "y.vidkompy.json")
    assert outcome.code == 0, outcome.err
    found = read_sidecar(here / "y.vidkompy.json")
    assert found.frame_map.bg.tolist() == wanted
    changed = np.flatnonzero(np.array(wanted) != SHOWN)
    assert outcome.err == f"{len(changed) or 'none'} of 60 FG frames changed\n"
    levels = found.frame_map.confidence
    assert changed.tolist() == (np.flatnonzero(np.isnan(levels)).tolist() if levels is not None else list(range(60)))


@pytest.mark.usefixtures("here")
def test_a_timeline_that_lost_its_metadata_takes_a_named_sidecar(vidkompy: Vidkompy) -> None:
    timeline = otio.adapters.read_from_file("x.otio")
    timeline.metadata.clear()
    otio.adapters.write_to_file(timeline, "x.otio")
    assert refused(vidkompy, "import", "x.otio", "-o", "y.vidkompy.json") == (
        "'x.otio' line 3: the sidecar in it is gone; name the one it was exported from with --sidecar @ $.metadata"
    )
    assert vidkompy("import", "x.otio", "-o", "y.vidkompy.json", "--sidecar", "x.vidkompy.json").code == 0
    assert Path("y.vidkompy.json").read_text() == Path("x.vidkompy.json").read_text()


# ---- what cannot be taken over


def dissolve(t: Any) -> None:
    t.tracks[0].insert(1, otio.schema.Transition("d", "SMPTE_Dissolve", frames(3), frames(3)))


def ramp(t: Any) -> None:
    t.tracks[0][1].effects.append(otio.schema.TimeEffect("ramp", "curve"))


def title(t: Any) -> None:
    media = otio.schema.ExternalReference("file:///tmp/title.png", span(0, 9))
    t.tracks.append(otio.schema.Track(children=[otio.schema.Clip("t", media, span(0, 9))]))


def unlink(t: Any) -> None:
    t.tracks[0][0].media_reference = otio.schema.MissingReference()


def nest(t: Any) -> None:
    t.tracks[0][0] = otio.schema.Stack(children=[otio.schema.Track()], source_range=span(0, 30))


def cut_fg(t: Any) -> None:
    t.tracks[1][0].source_range = span(0, 50)


def fg_faster(t: Any) -> None:
    t.tracks[1][0].effects.append(otio.schema.LinearTimeWarp(time_scalar=2))


def fg_twice(t: Any) -> None:
    t.tracks[1].append(t.tracks[1][0].clone())


def too_far(t: Any) -> None:
    t.tracks[0][1].source_range = span(FIRST + 80, 30)


def trim_track(t: Any) -> None:
    t.tracks[0].source_range = span(5, 40)


def warp_track(t: Any) -> None:
    t.tracks[0].effects.append(otio.schema.LinearTimeWarp(time_scalar=2))


def trim_all(t: Any) -> None:
    t.tracks.source_range = span(5, 40)


def endless(t: Any) -> None:
    t.tracks[0][1].source_range = span(FIRST + 60, 1e9)


def no_range(t: Any) -> None:
    t.tracks[0][0].source_range = None
    t.tracks[0][0].media_reference.available_range = None


def no_track(t: Any) -> None:
    t.tracks.append(otio.schema.Clip("loose", otio.schema.MissingReference(), span(0, 9)))


ERRORS = [
    (dissolve, "track 1, clip 2 is a transition: a frame shows one BG frame or none; make it a cut"),
    (
        ramp,
        "track 1, clip 2 has the effect TimeEffect, no constant speed; wanted LinearTimeWarp or FreezeFrame: "
        "cut the clip where its speed changes",
    ),
    (title, "track 4, clip 1 is '/tmp/title.png', wanted FG 'fg.mp4' or BG 'bg.mp4': take it off, or link it again"),
    (unlink, "track 1, clip 1 is MissingReference, wanted FG 'fg.mp4' or BG 'bg.mp4': take it off, or link it again"),
    (nest, "track 1, clip 1 is Stack; take it apart into clips"),
    (cut_fg, "10 of 60 frames of FG are not there, first 50; FG is kept whole: lay all of it on the timeline"),
    (fg_faster, "track 2, clip 1 plays FG at another speed; FG is kept whole: take its effect off"),
    (fg_twice, "track 2, clip 2 shows FG from 0 on, which was there before: take one off"),
    (too_far, "track 1, clip 2 shows frames 80..109 of BG, which has 0..99; trim it"),
    (trim_track, "track 1 is trimmed as a whole; trim its clips"),
    (trim_all, "the timeline is trimmed as a whole; trim its clips"),
    (warp_track, "track 1 has another speed as a whole; give it to its clips"),
    (endless, "track 1, clip 2 lasts 1e+09 frames, wanted 0 to 10000000"),
    (no_range, "track 1, clip 1 has no source_range: say which part of its media it shows"),
    (no_track, "track 4 is Clip; take it apart into tracks"),
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("edit", "message"), ERRORS, ids=[edit.__name__ for edit, _ in ERRORS])
def test_what_cannot_be_held_is_reported_with_clip_and_line(
    vidkompy: Vidkompy, edit: Callable[[Any], None], message: str
) -> None:
    timeline = otio.adapters.read_from_file("x.otio")
    edit(timeline)
    otio.adapters.write_to_file(timeline, "x.otio")
    found = refused(vidkompy, "import", "x.otio", "-o", "y.vidkompy.json")
    error = re.fullmatch(r"'x.otio' line (\d+): (.*) @ (\$\S*)", found)
    assert error is not None
    assert error[2] == message
    assert begins_at("x.otio", int(error[1])) == kind_at("x.otio", error[3])


def kind_at(name: str, place: str) -> str:
    """Kind of the value there."""
    value: Any = json.loads(Path(name).read_text())
    for step in place.replace("[", ".").replace("]", "").split(".")[1:]:
        value = value[int(step) if step.isdigit() else step]
    return type(value).__name__


def begins_at(name: str, line: int) -> str:
    text = Path(name).read_text().splitlines()[line - 1].rstrip(",").rstrip()
    return {"{": "dict", "[": "list"}.get(text[-1], "other")


def test_a_clip_that_is_gone_is_named(vidkompy: Vidkompy, here: Path) -> None:
    (here / "bg.mp4").unlink()
    assert refused(vidkompy, "import", "x.otio", "-o", "y.vidkompy.json") == (
        "cannot read 'bg.mp4', named by 'x.otio': no such file or directory; correct its path there"
    )


NO_TIMELINES = [
    ('{"OTIO_SCHEMA": "Clip.1"}', "line 1: is Clip, wanted a Timeline @ $"),
    ('{"OTIO_SCHEMA": "Timeline.1", "tracks": 3}', "line 1: the sidecar in it is gone; name the one "),
    ('{"OTIO_SCHEMA":\n "Timeline.1"', "line 2: not JSON: "),
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("text", "message"), NO_TIMELINES, ids=["clip", "bare", "broken"])
def test_what_is_no_timeline_is_refused(vidkompy: Vidkompy, text: str, message: str) -> None:
    Path("x.otio").write_text(text)
    assert refused(vidkompy, "import", "x.otio", "-o", "y.vidkompy.json").startswith(f"'x.otio' {message}")


def first(document: Any) -> Any:
    return document["tracks"]["children"][0]["children"][0]


def lasting(**time: Any) -> Callable[[Any], None]:
    """The first clip's duration is so."""
    return lambda document: first(document)["source_range"]["duration"].update(time)


def frozen(document: Any) -> None:
    """A hold of four days, many times."""
    hold = first(document)
    hold["effects"] = [{"OTIO_SCHEMA": "FreezeFrame.1"}]
    hold["source_range"]["duration"]["value"] = 10**7
    document["tracks"]["children"][0]["children"] = [hold] * 150


def gaps(document: Any) -> None:
    gap = {"OTIO_SCHEMA": "Gap.1", "source_range": first(document)["source_range"]}
    gap["source_range"]["duration"]["value"] = 10**7
    document["tracks"]["children"][0]["children"] = [gap] * 300


def slowed(document: Any) -> None:
    first(document)["effects"] = [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 5e-324}] * 200


def bracket(document: Any) -> None:
    first(document)["media_reference"]["target_url"] = "file://[::1/x"


def keyed(document: Any) -> None:
    first(document).update(media_references={}, active_media_reference_key=[1])


HOSTILE = {
    "exponent in a text": (lasting(value="1e1000000000"), "for a time"),
    "exponent in a rate": (lasting(rate="1e-100000000"), "for a time"),
    "no rate": (lasting(rate=1e-9), "for a time"),
    "beyond floats": (lasting(value=1e308, rate=0.01), "wanted 9007199254740992 frames at most"),
    "holds": (frozen, "makes the timeline too long, wanted 20000000 frames at most"),
    "gaps": (gaps, "makes the timeline too long, wanted 20000000 frames at most"),
    "speeds": (slowed, "has the speed 4.94066e-324, wanted 1e-06 to 1e+06"),
    "open bracket": (bracket, "is 'file://[::1/x', wanted FG 'fg.mp4' or BG 'bg.mp4'"),
    "key": (keyed, "is without media, wanted FG 'fg.mp4' or BG 'bg.mp4'"),
}


@pytest.mark.slow
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_timeline_is_refused_before_it_takes_time_or_memory(vidkompy: Vidkompy, name: str) -> None:
    edit, message = HOSTILE[name]
    document = json.loads(Path("x.otio").read_text())
    edit(document)
    Path("x.otio").write_text(json.dumps(document))
    assert message in refused(vidkompy, "import", "x.otio", "-o", "y.vidkompy.json")
