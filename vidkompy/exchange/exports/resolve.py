"""A Python script for DaVinci Resolve: a project with the timeline, FG in its place, marks.

Resolve's scripting has no word for speeds. So the script has Resolve import an FCPXML of version 1.8, which it carries,
and then sets what Resolve may read otherwise from it: the canvas, clips in their own size, FG's place, marks. Pan and
Tilt are px of the canvas to the right and upwards, zooms are of FG's own pixels where clips of another size are not
resized. It runs in Resolve's console, or outside, where Resolve's folder of scripting modules is on PYTHONPATH.
Source: Blackmagic Design, DaVinci Resolve, Developer, Scripting, README.txt
"""

from collections.abc import Iterator

from vidkompy.exchange.editor_losses import editor_losses, pixel_aspect_losses
from vidkompy.exchange.fcpxml_document import fcpxml_text
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult, FcpxmlVersion
from vidkompy.exchange.keyframes import placed_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline, build_timeline
from vidkompy.model import Sidecar

OPTIONS: frozenset[ExportOption] = frozenset({"is_exact"})

MARKER_COLOURS = {"unmatched": "Red", "unsure": "Yellow"}
READ_VERSION: FcpxmlVersion = "1.8"  # which Resolves of before 2021 read, too


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name."""
    timeline, sidecar = build_timeline(request.sidecar, request.is_exact), request.sidecar
    fg, bg = sidecar.fg, sidecar.bg
    text = _SCRIPT.format(
        name=request.name,
        size=(bg.width, bg.height),
        rate=f"{float(timeline.fg.rate):.6g}",
        fg=fg.path.name,
        place=_place(sidecar, timeline),
        marks=[*_marks(timeline)],
        fcpxml=fcpxml_text(timeline, sidecar, request.name, READ_VERSION),
    )
    return ExportResult((text,), tuple(_losses(timeline, sidecar)))


def _place(sidecar: Sidecar, timeline: Timeline) -> dict[str, float | bool]:
    """Properties of FG's item; none where it moves."""
    fg, bg = sidecar.fg, sidecar.bg
    (x, y, width, height, degrees), *others = placed_frames(sidecar, timeline).tolist()
    if others:
        return {}
    return {
        "Pan": x + width / 2 - bg.width / 2,
        "Tilt": bg.height / 2 - y - height / 2,
        "ZoomGang": False,
        "ZoomX": width / fg.width,
        "ZoomY": height / fg.height,
        "RotationAngle": -degrees + 0.0,
    }


def _marks(timeline: Timeline) -> Iterator[tuple[int, str, str, int]]:
    """Frame of the timeline, colour, name, frames."""
    for name, ranges in (("unmatched", timeline.unmatched), ("unsure", timeline.unsure)):
        for first, stop in ranges:
            yield first, MARKER_COLOURS[name], name, stop - first


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar, has_keyframes=True)
    yield from pixel_aspect_losses(sidecar)
    if sidecar.track is not None:
        yield Loss("placement", "how FG moves stands in the FCPXML only: Resolve's scripting sets no keyframes")


_SCRIPT = '''\
"""One video over another in DaVinci Resolve: run it in its console (Py3), or outside while Resolve runs."""

import tempfile
from pathlib import Path

NAME, FG = {name!r}, {fg!r}
SIZE, RATE = {size}, {rate!r}
PLACE = {place}
MARKS = {marks}  # frame, colour, name, frames
FCPXML = {fcpxml!r}


def running_resolve():
    if "resolve" in globals():  # in the console
        return globals()["resolve"]
    import DaVinciResolveScript  # in Resolve's folder Developer/Scripting/Modules

    return DaVinciResolveScript.scriptapp("Resolve")


def wanted(value, what):
    """Resolve answers None or False where it fails."""
    if not value:
        raise RuntimeError(f"Resolve did not {{what}}")
    return value


application = wanted(running_resolve(), "answer: start it, and allow scripting in its preferences")
project = wanted(application.GetProjectManager().CreateProject(NAME), f"create project {{NAME!r}}: is there one?")
for key, value in (
    ("timelineFrameRate", RATE),
    ("timelineResolutionWidth", str(SIZE[0])),
    ("timelineResolutionHeight", str(SIZE[1])),
    ("timelineInputResMismatchBehavior", "centerCrop"),  # clips in their own size
):
    wanted(project.SetSetting(key, value), f"set {{key}} to {{value}}")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "cut.fcpxml"
    path.write_text(FCPXML, encoding="utf-8")
    timeline = project.GetMediaPool().ImportTimelineFromFile(str(path), {{"timelineName": NAME}})
wanted(timeline, "import the timeline")
for item in timeline.GetItemListInTrack("video", timeline.GetTrackCount("video")):  # the upper one: BG's lie below it
    if item.GetName() == FG:
        for key, value in PLACE.items():
            wanted(item.SetProperty(key, value), f"set {{key}} to {{value}}")
for frame, colour, name, count in MARKS:
    timeline.AddMarker(frame, colour, name, "", count)
'''
