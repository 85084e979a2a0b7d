"""Final Cut Pro 7 XML, which Premiere and DaVinci Resolve open: BG's runs on the lower track, FG placed above it.

All counts are whole frames. A clip that plays as it is shows BG's frame floor(in + k * BG's rate / FG's rate) at its
frame k; under the effect Time Remap `in` is counted after the change of speed: floor((in + k * BG's rate / FG's rate) *
speed / 100). A run is told in that one of both ways which comes nearer; one that neither tells to within a frame is cut
up. A still shows its first frame. Basic Motion scales FG's own pixels, and gives its centre from the canvas's, in
canvases. Source: Apple, "Final Cut Pro 7 XML Interchange Format" (clipitem, timeremap, basic motion, stillframe).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from vidkompy.errors import SidecarError
from vidkompy.exchange.editor_losses import editing_losses
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import stepped
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, forward, timeline
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import file_url
from vidkompy.media.timecode import labels_per_second
from vidkompy.model import I64, UNMATCHED, Run, Sidecar

LONG = 12  # frames; a shorter hold is one frame, cut in as often: readers do not all know stills
CHANNELS = (1, 2)  # of FG's sound: a track of this format holds one
DIGITS = 6  # of a speed in percent


@dataclass(frozen=True)
class _Told:
    """A run as it is written. first: what `in` says; speed: in percent, "" where it plays as it is.

    shown   i64 [run.count]   BG places that a reader makes of it
    """

    run: Run
    first: int
    speed: str
    is_still: bool
    shown: I64

    @property
    def error(self) -> int:
        return int(np.abs(self.shown - self.run.indices()).max())


def export(asked: ExportRequest) -> ExportResult:
    """Raises SidecarError where a clip's rate has no whole time base, UsageError where XML cannot hold a name."""
    film, sidecar = timeline(asked.sidecar, asked.is_exact), asked.sidecar
    for role, media in (("FG", film.fg), ("BG", film.bg)):
        if media.rate not in (labels_per_second(media.rate), labels_per_second(media.rate) * Fraction(1000, 1001)):
            raise SidecarError(
                f"xmeml has no word for {role}'s {float(media.rate):g} frames per second; wanted a whole number, "
                "or 1000/1001 of one: choose another format, such as otio or fcpxml"
            )
    told = [one for run in forward(film.runs) if run.bg is not None for one in _told(run, film, not asked.is_exact)]
    root = Element("xmeml", {"version": "5"})
    sequence = SubElement(root, "sequence", {"id": "sequence"})
    _say(sequence, name=asked.name, duration=film.fg.length)
    sequence.append(_rate(film.fg.rate))
    sequence.append(_timecode(film.fg))
    inside = SubElement(sequence, "media")
    video = SubElement(inside, "video")
    characteristics = SubElement(SubElement(video, "format"), "samplecharacteristics")
    characteristics.append(_rate(film.fg.rate))
    _say(characteristics, width=sidecar.bg.width, height=sidecar.bg.height, pixelaspectratio="square")
    below = SubElement(video, "track")
    for n, one in enumerate(told):
        below.append(_background(one, n, film))
    SubElement(video, "track").append(_foreground(film, sidecar))
    if sidecar.fg.audio:
        audio = SubElement(inside, "audio")
        for channel in CHANNELS:
            track = SubElement(audio, "track")
            track.append(_foreground(film, sidecar, channel))
            _say(track, outputchannelindex=channel)
    for name, ranges in (("unmatched", film.unmatched), ("unsure", film.unsure)):
        for a, b in ranges:
            _say(SubElement(sequence, "marker"), name=name, comment="", **{"in": a, "out": b})
    text = document(root, '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>')
    return ExportResult((text,), tuple(_losses(film, sidecar, told)))


def _told(run: Run, film: Timeline, may_err: bool) -> Iterator[_Told]:
    pace = film.bg.rate / film.fg.rate
    if run.rate == 0 and run.count > LONG:
        yield _Told(run, run.bg or 0, "", True, run.indices())
        return
    if run.rate:
        best = min(_plain(run, pace), _changed(run, pace, film.speed(run)), key=lambda one: one.error)
        if run.count == 1 or best.error <= may_err:
            yield best
            return
    for k, place in enumerate(run.indices().tolist()):
        yield _plain(Run(run.fg + k, place, 1), pace)


def _plain(run: Run, pace: Fraction) -> _Told:
    first = run.bg or 0
    return _Told(run, first, "", False, stepped(Fraction(first), pace, run.count))


def _changed(run: Run, pace: Fraction, speed: Fraction) -> _Told:
    """`in` is the one after the change that comes nearest, a little behind rather than before it."""
    said = f"{float(100 * speed):.{DIGITS}f}".rstrip("0").rstrip(".")
    factor = Fraction(said) / 100
    first = -int(-((run.bg or 0) + run.phase) // factor)
    return _Told(run, first, said, False, stepped(first * factor, pace * factor, run.count))


def _background(one: _Told, n: int, film: Timeline) -> Element:
    run, bg = one.run, film.bg
    item = _item(f"bg-{n}", bg, run.fg, run.count, one.first, Fraction(run.count) * bg.rate / film.fg.rate)
    if one.is_still:
        _say(item, stillframe="TRUE", stillframeoffset=one.first)
    item.append(_file("bg", bg, is_first=n == 0))
    if one.speed:
        effect = _effect(item, "Time Remap", "timeremap", "motion")
        _parameter(effect, "variablespeed", "0", "0", "1")
        _parameter(effect, "speed", one.speed, "-100000", "100000")
        for name in ("reverse", "frameblending"):
            _parameter(effect, name, "FALSE")
    return item


def _foreground(film: Timeline, sidecar: Sidecar, channel: int = 0) -> Element:
    """channel: the one of FG's sound that is laid, from 1 on; 0: its picture."""
    fg, bg, where = film.fg, sidecar.bg, sidecar.placement
    item = _item(_name(channel), fg, 0, fg.length, 0, Fraction(fg.length))
    item.append(_file("fg", fg, is_first=not channel))
    if not channel:
        effect = _effect(item, "Basic Motion", "basic", "motion")
        _parameter(effect, "scale", f"{100 * where.width / fg.clip.width:.6f}", "0", "1000")
        centre = SubElement(_parameter(effect, "center"), "value")
        _say(
            centre,
            horiz=f"{(where.x + where.width / 2 - bg.width / 2) / bg.width:.9f}",
            vert=f"{(where.y + where.height / 2 - bg.height / 2) / bg.height:.9f}",
        )
    source = SubElement(item, "sourcetrack")
    _say(source, mediatype=_kind(channel), **({"trackindex": channel} if channel else {}))
    for other in (0, *CHANNELS) if sidecar.fg.audio else ():
        _say(SubElement(item, "link"), linkclipref=_name(other), mediatype=_kind(other))
    return item


def _name(channel: int) -> str:
    return f"fg-audio-{channel}" if channel else "fg-video"


def _kind(channel: int) -> str:
    return "audio" if channel else "video"


def _item(name: str, media: Media, start: int, count: int, first: int, played: Fraction) -> Element:
    """A clip that shows `count` frames of the timeline from `start` on, and `played` of the media."""
    item = Element("clipitem", {"id": name})
    _say(item, name=media.clip.path.name, enabled="TRUE", duration=media.length)
    item.append(_rate(media.rate))
    _say(item, start=start, end=start + count, **{"in": first, "out": first + max(round(played), 1)})
    return item


def _file(name: str, media: Media, is_first: bool) -> Element:
    """All of it the first time, its name alone afterwards."""
    file = Element("file", {"id": name})
    if is_first:
        clip = media.clip
        _say(file, name=clip.path.name, pathurl=file_url(clip.path).replace("file:///", "file://localhost/", 1))
        file.append(_rate(media.rate))
        _say(file, duration=media.length)
        file.append(_timecode(media))
        inside = SubElement(file, "media")
        picture = SubElement(SubElement(inside, "video"), "samplecharacteristics")
        _say(picture, width=clip.width, height=clip.height)
        if clip.audio:
            _say(SubElement(inside, "audio"), channelcount=2)
    return file


def _rate(rate: Fraction) -> Element:
    said = Element("rate")
    _say(said, timebase=labels_per_second(rate), ntsc="FALSE" if rate.denominator == 1 else "TRUE")
    return said


def _timecode(media: Media) -> Element:
    said = Element("timecode")
    said.append(_rate(media.rate))
    _say(said, string=media.label(0), frame=media.start, displayformat="DF" if media.is_drop else "NDF")
    return said


def _effect(item: Element, name: str, effect_id: str, category: str) -> Element:
    effect = SubElement(SubElement(item, "filter"), "effect")
    _say(effect, name=name, effectid=effect_id, effectcategory=category, effecttype="motion", mediatype="video")
    return effect


def _parameter(effect: Element, name: str, value: str = "", low: str = "", high: str = "") -> Element:
    parameter = SubElement(effect, "parameter")
    _say(parameter, parameterid=name, name=name, **({"valuemin": low, "valuemax": high} if low else {}))
    if value:
        _say(parameter, value=value)
    return parameter


def _say(parent: Element, **values: object) -> None:
    for name, value in values.items():
        SubElement(parent, name).text = str(value)


def _losses(film: Timeline, sidecar: Sidecar, told: list[_Told]) -> Iterator[Loss]:
    shown = np.full(film.fg.length, UNMATCHED, np.int64)
    for one in told:
        shown[one.run.fg : one.run.fg + one.run.count] = one.shown
    yield from editing_losses(film, sidecar)
    yield from film.approximations(shown)
    if sidecar.fg.audio:
        yield Loss("sound", f"FG's sound is laid as its channels {' and '.join(map(str, CHANNELS))}, whatever it has")
    where, fg = sidecar.placement, sidecar.fg
    across, down = where.width / fg.width, where.height / fg.height
    if abs(across * fg.height - down * fg.height) >= 0.5:
        yield Loss("placement", f"FG is scaled by {across:.4g} both ways; it should be {down:.4g} in height")
    if sidecar.bg.sar != 1 or sidecar.fg.sar != 1:
        yield Loss("placement", "pixels that are not square are taken for square ones")
