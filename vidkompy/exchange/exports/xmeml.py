"""Final Cut Pro 7 XML ("xmeml"), which Premiere and DaVinci Resolve open: BG's runs on the lower track, FG above it.

The format holds clip items with in and out points, one constant speed each, a place and a size, markers, timecode and
sound by channels. All its counts are whole frames. It cannot hold two scales, pixels that are not square, in points
between frames, or rates without a whole time base.

A clip item that plays as it is shows BG's frame floor(in + k * BG's rate / FG's rate) at its frame k. Under the effect
Time Remap `in` is counted after the change of speed: floor((in + k * BG's rate / FG's rate) * speed / 100). A run is
written in that one of both ways which comes nearer; one that neither gives to within a frame is cut up. A still shows
its first frame. Basic Motion scales FG's own pixels, and gives its centre from the canvas's, in canvases.
Source: Apple, "Final Cut Pro XML Interchange Format" (Speed XML; clipitem, timeremap, basic motion, stillframe),
https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/FinalCutPro_XML/
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from vidkompy.errors import SidecarError
from vidkompy.exchange.editor_losses import editor_losses, pixel_aspect_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import sampled_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, forward_runs
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import file_url
from vidkompy.media.timecode import labels_per_second
from vidkompy.model import I64, UNMATCHED, Run, Sidecar
from vidkompy.parameters import tuned
from vidkompy.records import Record

OPTIONS: frozenset[ExportOption] = frozenset({"is_exact"})

NTSC = Fraction(1000, 1001)  # what <ntsc> multiplies a time base by
SOUND_CHANNELS = (1, 2)  # of FG's sound that are laid: a track of this format holds one
PICTURE = 0  # in place of a channel
SPEED_DIGITS = 6  # decimals of a speed in percent: of a 30-minute clip the last frame is off by less than 0.001
SPEED_LIMITS = ("-100000", "100000")  # percent
SCALE_LIMITS = ("0", "1000")  # percent
VISIBLE_PX = 0.5  # px of FG's height by which its one scale may be wrong


class XmemlParameters(Record):
    min_still: int = tuned(
        13,
        unit="frames of a hold",
        raising="more holds are one frame, cut in as often, which readers know that know no stills",
        source="chosen by eye",
    )


class XmemlItem(Record):
    """A run as it is written.

    in_point   what `in` says
    speed      in percent; "" where it plays as it is
    read       i64 [run.count]   BG's frame numbers that a reader makes of it
    """

    run: Run
    in_point: int
    speed: str
    is_still: bool
    read: I64

    @property
    def max_error(self) -> int:
        return int(np.abs(self.read - self.run.indices()).max())


def export(request: ExportRequest, parameters: XmemlParameters = XmemlParameters()) -> ExportResult:
    """Raises SidecarError where a clip's rate has no whole time base, UsageError where XML cannot hold a name."""
    timeline, sidecar = build_timeline(request.sidecar, request.is_exact), request.sidecar
    for role, media in (("FG", timeline.fg), ("BG", timeline.bg)):
        _check_rate(role, media.rate)
    max_error = 0 if request.is_exact else 1
    items = [
        item
        for run in forward_runs(timeline.runs)
        if run.bg is not None
        for item in _xmeml_items(run, timeline, max_error, parameters)
    ]
    root = Element("xmeml", {"version": "5"})
    root.append(_sequence_element(request.name, timeline, sidecar, items))
    text = document(root, '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>')
    return ExportResult((text,), tuple(_losses(timeline, sidecar, items)))


def _check_rate(role: str, rate: Fraction) -> None:
    if rate not in (labels_per_second(rate), labels_per_second(rate) * NTSC):
        raise SidecarError(
            f"xmeml has no word for {role}'s {float(rate):g} frames per second; wanted a whole number, "
            "or 1000/1001 of one: choose a format that has, such as otio, kdenlive or mlt"
        )


def _xmeml_items(run: Run, timeline: Timeline, max_error: int, parameters: XmemlParameters) -> Iterator[XmemlItem]:
    """Items of one run. max_error: BG frames that it may be off; else each of its frames is an item."""
    pace = timeline.bg.rate / timeline.fg.rate  # BG frames per timeline frame, of a clip that plays as it is
    if run.rate == 0 and run.count >= parameters.min_still:
        yield XmemlItem(run, run.bg or 0, "", True, run.indices())
        return
    if run.rate:
        ways = (_unscaled_item(run, pace), _remapped_item(run, pace, timeline.speed(run)))
        best = min(ways, key=lambda item: item.max_error)
        if run.count == 1 or best.max_error <= max_error:
            yield best
            return
    for k, number in enumerate(run.indices().tolist()):
        yield _unscaled_item(Run(run.fg + k, number, 1), pace)


def _unscaled_item(run: Run, pace: Fraction) -> XmemlItem:
    in_point = run.bg or 0
    return XmemlItem(run, in_point, "", False, sampled_frames(Fraction(in_point), pace, run.count))


def _remapped_item(run: Run, pace: Fraction, speed: Fraction) -> XmemlItem:
    """`in` is the one after the change that comes nearest, a little behind rather than before it."""
    percent = f"{float(100 * speed):.{SPEED_DIGITS}f}".rstrip("0").rstrip(".")
    factor = Fraction(percent) / 100  # as a reader has it
    in_point = ceil(((run.bg or 0) + run.phase) / factor)
    return XmemlItem(run, in_point, percent, False, sampled_frames(in_point * factor, pace * factor, run.count))


def _sequence_element(name: str, timeline: Timeline, sidecar: Sidecar, items: list[XmemlItem]) -> Element:
    sequence = Element("sequence", {"id": "sequence"})
    _add(sequence, name=name, duration=timeline.fg.length)
    sequence.append(_rate(timeline.fg.rate))
    sequence.append(_timecode_element(timeline.fg))
    media = SubElement(sequence, "media")
    media.append(_video(timeline, sidecar, items))
    if sidecar.fg.audio:
        media.append(_audio(timeline, sidecar))
    for marker, ranges in (("unmatched", timeline.unmatched), ("unsure", timeline.unsure)):
        for first, stop in ranges:
            _add(SubElement(sequence, "marker"), name=marker, comment="", **{"in": first, "out": stop})
    return sequence


def _video(timeline: Timeline, sidecar: Sidecar, items: list[XmemlItem]) -> Element:
    video = Element("video")
    characteristics = SubElement(SubElement(video, "format"), "samplecharacteristics")
    characteristics.append(_rate(timeline.fg.rate))
    _add(characteristics, width=sidecar.bg.width, height=sidecar.bg.height, pixelaspectratio="square")
    lower = SubElement(video, "track")
    for n, item in enumerate(items):
        lower.append(_bg_item(item, n, timeline))
    SubElement(video, "track").append(_fg_item(timeline, sidecar))
    return video


def _audio(timeline: Timeline, sidecar: Sidecar) -> Element:
    audio = Element("audio")
    for channel in SOUND_CHANNELS:
        track = SubElement(audio, "track")
        track.append(_fg_item(timeline, sidecar, channel))
        _add(track, outputchannelindex=channel)
    return audio


def _bg_item(item: XmemlItem, n: int, timeline: Timeline) -> Element:
    run, bg = item.run, timeline.bg
    played = Fraction(run.count) * bg.rate / timeline.fg.rate
    element = _clip_item_element(f"bg-{n}", bg, run.fg, run.count, item.in_point, played)
    if item.is_still:
        _add(element, stillframe="TRUE", stillframeoffset=item.in_point)
    element.append(_file("bg", bg, is_first=n == 0))
    if item.speed:
        effect = _effect(element, "Time Remap", "timeremap", "motion")
        _parameter(effect, "variablespeed", "0", ("0", "1"))
        _parameter(effect, "speed", item.speed, SPEED_LIMITS)
        for name in ("reverse", "frameblending"):
            _parameter(effect, name, "FALSE")
    return element


def _fg_item(timeline: Timeline, sidecar: Sidecar, channel: int = PICTURE) -> Element:
    """channel: the one of FG's sound that is laid, from 1 on; or PICTURE."""
    fg, is_picture = timeline.fg, channel == PICTURE
    element = _clip_item_element(_fg_id(channel), fg, 0, fg.length, 0, Fraction(fg.length))
    element.append(_file("fg", fg, is_first=is_picture))
    if is_picture:
        _add_motion(element, sidecar)
    source = SubElement(element, "sourcetrack")
    _add(source, mediatype=_media_type(channel))
    if not is_picture:
        _add(source, trackindex=channel)
    linked = (PICTURE, *SOUND_CHANNELS) if sidecar.fg.audio else ()
    for other in linked:
        _add(SubElement(element, "link"), linkclipref=_fg_id(other), mediatype=_media_type(other))
    return element


def _add_motion(item: Element, sidecar: Sidecar) -> None:
    placement, bg = sidecar.placement, sidecar.bg
    effect = _effect(item, "Basic Motion", "basic", "motion")
    _parameter(effect, "scale", f"{100 * placement.width / sidecar.fg.width:.6f}", SCALE_LIMITS)
    centre = SubElement(_parameter(effect, "center"), "value")
    _add(
        centre,
        horiz=f"{(placement.x + placement.width / 2 - bg.width / 2) / bg.width:.9f}",
        vert=f"{(placement.y + placement.height / 2 - bg.height / 2) / bg.height:.9f}",
    )


def _fg_id(channel: int) -> str:
    return "fg-video" if channel == PICTURE else f"fg-audio-{channel}"


def _media_type(channel: int) -> str:
    return "video" if channel == PICTURE else "audio"


def _clip_item_element(name: str, media: Media, start: int, count: int, in_point: int, played: Fraction) -> Element:
    """A clip that shows `count` frames of the timeline from `start` on, and `played` of the media."""
    element = Element("clipitem", {"id": name})
    _add(element, name=media.clip.path.name, enabled="TRUE", duration=media.length)
    element.append(_rate(media.rate))
    out_point = in_point + max(round(played), 1)
    _add(element, start=start, end=start + count, **{"in": in_point, "out": out_point})
    return element


def _file(name: str, media: Media, is_first: bool) -> Element:
    """All of it the first time, its name alone afterwards."""
    file = Element("file", {"id": name})
    if not is_first:
        return file
    clip = media.clip
    _add(file, name=clip.path.name, pathurl=file_url(clip.path).replace("file:///", "file://localhost/", 1))
    file.append(_rate(media.rate))
    _add(file, duration=media.length)
    file.append(_timecode_element(media))
    inner = SubElement(file, "media")
    picture = SubElement(SubElement(inner, "video"), "samplecharacteristics")
    _add(picture, width=clip.width, height=clip.height)
    if clip.audio:
        _add(SubElement(inner, "audio"), channelcount=len(SOUND_CHANNELS))
    return file


def _rate(rate: Fraction) -> Element:
    element = Element("rate")
    _add(element, timebase=labels_per_second(rate), ntsc="FALSE" if rate.denominator == 1 else "TRUE")
    return element


def _timecode_element(media: Media) -> Element:
    element = Element("timecode")
    element.append(_rate(media.rate))
    display = "DF" if media.is_drop_frame else "NDF"
    _add(element, string=media.timecode(0), frame=media.start, displayformat=display)
    return element


def _effect(item: Element, name: str, effect_id: str, category: str) -> Element:
    effect = SubElement(SubElement(item, "filter"), "effect")
    _add(effect, name=name, effectid=effect_id, effectcategory=category, effecttype="motion", mediatype="video")
    return effect


def _parameter(effect: Element, name: str, value: str | None = None, limits: tuple[str, str] | None = None) -> Element:
    parameter = SubElement(effect, "parameter")
    _add(parameter, parameterid=name, name=name)
    if limits is not None:
        lowest, highest = limits
        _add(parameter, valuemin=lowest, valuemax=highest)
    if value is not None:
        _add(parameter, value=value)
    return parameter


def _add(parent: Element, **values: object) -> None:
    """A child with a text for each value."""
    for name, value in values.items():
        SubElement(parent, name).text = str(value)


def _losses(timeline: Timeline, sidecar: Sidecar, items: list[XmemlItem]) -> Iterator[Loss]:
    read = np.full(timeline.fg.length, UNMATCHED, np.int64)
    for item in items:
        read[item.run.fg : item.run.fg + item.run.count] = item.read
    yield from editor_losses(timeline, sidecar)
    yield from timeline.map_losses(read)
    if sidecar.fg.audio:
        channels = " and ".join(map(str, SOUND_CHANNELS))
        yield Loss("sound", f"FG's sound is laid as its channels {channels}, whatever it has")
    placement, fg = sidecar.placement, sidecar.fg
    scale_x, scale_y = placement.width / fg.width, placement.height / fg.height
    if abs(scale_x * fg.height - scale_y * fg.height) >= VISIBLE_PX:
        yield Loss("placement", f"FG is scaled by {scale_x:.4g} both ways; it should be {scale_y:.4g} in height")
    yield from pixel_aspect_losses(sidecar)
