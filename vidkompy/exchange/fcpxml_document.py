"""An FCPXML document: FG on the storyline, BG's runs connected below it.

Version 1.10, in which files are named in `media-rep` and events lie in a `library`; on request 1.8, in which they are
not: programs of before 2021 read no newer one.

The format holds clips with time maps, a place and a size, markers and timecode, in exact rationals. It cannot hold
pixels that are not square, and has words for some frame rates only.

At timeline frame k of a clip BG's frame floor(value(k) * BG's rate) is shown: `timeMap` says seconds of the media, goes
straight between its two points, and samples by "floor", its default; without one the clip plays from `start` on. Points
of a time map lie half a step into what is to be seen, so that no rounding in a reader leads to its neighbour. A clip at
another rate than the timeline has a `conform-rate` that leaves its speed alone. Position is in percent of the canvas's
height from its centre, y upwards; scale is of FG's own pixels, which `adjust-conform` "none" keeps; turns go counter-
clockwise. Where FG moves, each has a keyframe a frame, in times of FG.
Source: Apple, "FCPXML Reference" (timeMap, timept, conform-rate, adjust-transform),
https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.format_contract import FcpxmlVersion
from vidkompy.exchange.frame_sampling import entry_point
from vidkompy.exchange.keyframes import placed_frames
from vidkompy.exchange.timeline import Media, Timeline, forward_runs
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import file_url
from vidkompy.model import Run, Sidecar

NTSC_RATE_NAMES = {
    Fraction(n * 1000, 1001): name for n, name in ((24, "23.98"), (30, "29.97"), (48, "47.95"), (60, "59.94"))
}
WHOLE_RATE_NAMES = {Fraction(n): str(n) for n in (24, 25, 30, 48, 50, 60, 90, 100, 120)}
RATE_NAMES = NTSC_RATE_NAMES | WHOLE_RATE_NAMES  # that conform-rate has a word for
COLOUR_SPACES = {  # by ffmpeg's name of the primaries
    "bt709": "1-1-1 (Rec. 709)",
    "bt2020": "9-1-9 (Rec. 2020)",
    "smpte170m": "6-1-6 (Rec. 601 (NTSC))",
}
BELOW = "-1"  # lane of clips that are connected below the storyline


def fcpxml_text(timeline: Timeline, sidecar: Sidecar, name: str, version: FcpxmlVersion) -> str:
    """name: of the event and its project. Raises UsageError where XML cannot hold a name."""
    root = Element("fcpxml", {"version": version})
    root.append(_resources(timeline, sidecar, version))
    events = root if version == "1.8" else SubElement(root, "library")
    project = SubElement(SubElement(events, "event", {"name": name}), "project", {"name": name})
    project.append(_sequence(timeline, sidecar))
    return document(root, '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>')


def _resources(timeline: Timeline, sidecar: Sidecar, version: FcpxmlVersion) -> Element:
    """What clips refer to: the timeline's format, and for each clip its format and its file."""
    bg = sidecar.bg
    resources = Element("resources")
    resources.append(_format("r1", timeline.fg, bg.width, bg.height, bg.colour.primaries))
    for name, media in (("fg", timeline.fg), ("bg", timeline.bg)):
        clip = media.clip
        resources.append(_format(f"{name}-format", media, clip.width, clip.height, clip.colour.primaries))
        resources.append(_asset(name, media, version))
    return resources


def _format(name: str, media: Media, width: int, height: int, primaries: str) -> Element:
    """media: whose rate it has."""
    attributes = {"id": name, "frameDuration": _fcpxml_time(1 / media.rate), "width": str(width), "height": str(height)}
    if primaries in COLOUR_SPACES:
        attributes["colorSpace"] = COLOUR_SPACES[primaries]
    return Element("format", attributes)


def _asset(name: str, media: Media, version: FcpxmlVersion) -> Element:
    source = {"src": file_url(media.clip.path)}
    attributes = {
        "id": name,
        "name": media.clip.path.name,
        "start": _start(media),
        "duration": _fcpxml_time(media.length / media.rate),
        "hasVideo": "1",
        "format": f"{name}-format",
    }
    if media.clip.audio:
        attributes |= {"hasAudio": "1", "audioSources": "1"}
    if version == "1.8":
        return Element("asset", attributes | source)
    asset = Element("asset", attributes)
    SubElement(asset, "media-rep", {"kind": "original-media", **source})
    return asset


def _sequence(timeline: Timeline, sidecar: Sidecar) -> Element:
    fg = timeline.fg
    attributes = {
        "format": "r1",
        "duration": _fcpxml_time(fg.length / fg.rate),
        "tcStart": _start(fg),
        "tcFormat": _timecode_format(fg),
        "audioLayout": "stereo",
        "audioRate": "48k",
    }
    sequence = Element("sequence", attributes)
    SubElement(sequence, "spine").append(_fg_clip(timeline, sidecar))
    return sequence


def _fg_clip(timeline: Timeline, sidecar: Sidecar) -> Element:
    """FG as it is, with all that hangs on it: its place, BG's clips, markers."""
    fg = timeline.fg
    attributes = {
        "ref": "fg",
        "name": fg.clip.path.name,
        "offset": _start(fg),
        "start": _start(fg),
        "format": "fg-format",
        "duration": _fcpxml_time(fg.length / fg.rate),
        "tcFormat": _timecode_format(fg),
    }
    clip = Element("asset-clip", attributes)
    SubElement(clip, "adjust-conform", {"type": "none"})
    clip.append(_transform(sidecar, timeline))
    for run in forward_runs(timeline.runs):
        if run.bg is not None:
            clip.append(_bg_clip(run, timeline))
    for name, ranges in (("unmatched", timeline.unmatched), ("unsure", timeline.unsure)):
        for first, stop in ranges:
            start, duration = _fcpxml_time((fg.start + first) / fg.rate), _fcpxml_time((stop - first) / fg.rate)
            SubElement(clip, "marker", {"start": start, "duration": duration, "value": name})
    return clip


def _transform(sidecar: Sidecar, timeline: Timeline) -> Element:
    fg, bg = sidecar.fg, sidecar.bg
    values = [
        {
            "position": f"{100 * (x + width / 2 - bg.width / 2) / bg.height:.9g} "
            f"{100 * (bg.height / 2 - y - height / 2) / bg.height:.9g}",
            "scale": f"{width / fg.width:.9g} {height / fg.height:.9g}",
            "rotation": f"{-degrees + 0:.9g}",
        }
        for x, y, width, height, degrees in placed_frames(sidecar, timeline).tolist()
    ]
    first = {name: text for name, text in values[0].items() if name != "rotation" or text != "0"}
    transform = Element("adjust-transform", first)
    for name in values[0]:
        if any(value[name] != values[0][name] for value in values):
            keyframes = SubElement(SubElement(transform, "param", {"name": name}), "keyframeAnimation")
            for k, value in enumerate(values):
                time = _fcpxml_time((timeline.fg.start + k) / timeline.fg.rate)
                SubElement(keyframes, "keyframe", {"time": time, "value": value[name], "curve": "linear"})
    return transform


def _bg_clip(run: Run, timeline: Timeline) -> Element:
    fg, bg, speed = timeline.fg, timeline.bg, timeline.speed(run)
    start, duration = Fraction(bg.start + (run.bg or 0)) / bg.rate, run.count / fg.rate
    attributes = {
        "ref": "bg",
        "lane": BELOW,
        "name": bg.clip.path.name,
        "offset": _fcpxml_time((fg.start + run.fg) / fg.rate),
        "start": _fcpxml_time(start),
        "duration": _fcpxml_time(duration),
        "format": "bg-format",
        "tcFormat": _timecode_format(bg),
        "srcEnable": "video",
    }
    clip = Element("asset-clip", attributes)
    if bg.rate != fg.rate and bg.rate in RATE_NAMES:
        SubElement(clip, "conform-rate", {"scaleEnabled": "0", "srcFrameRate": RATE_NAMES[bg.rate]})
    if speed != 1 or run.phase or bg.rate != fg.rate:
        value = (bg.start + entry_point(run, is_step_exact=False)) / bg.rate
        time_map = SubElement(clip, "timeMap", {"frameSampling": "floor"})
        for time, media_time in ((start, value), (start + duration, value + speed * duration)):
            attributes = {"time": _fcpxml_time(time), "value": _fcpxml_time(media_time), "interp": "linear"}
            SubElement(time_map, "timept", attributes)
    return clip


def _start(media: Media) -> str:
    return _fcpxml_time(media.start / media.rate)


def _timecode_format(media: Media) -> str:
    return "DF" if media.is_drop_frame else "NDF"


def _fcpxml_time(seconds: Fraction) -> str:
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"
