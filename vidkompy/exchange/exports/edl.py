"""CMX 3600 edit decision lists (EDL): an event for each run of BG on the one video track, black where nothing matches.

The oldest and plainest interchange format, which nearly every editor and colour grading system opens. It holds 999
events of one video track, with timecode in whole frames; longer lists go on in the next file. It cannot hold a second
picture, so FG is a comment only, nor a place, markers, or clips whose rate has no timecode.

An M2 line below an event gives the frames of the source that pass in a second of the record, 000.0 for a hold: n
frames into an event a reader shows floor(source in + speed * n / the list's rate). So reads otio-cmx3600-adapter 1.0,
for which an M2 counts only where the source lasts longer or shorter than the record (source outs are rounded so that it
does), and whose pattern for it wants colons in its timecode, drop-frame or not. Speeds get as many decimals as they
need, three at most, and are rounded up: rounded down, each whole step would fall one short. A run that begins between
two frames of BG is led to one by a few cuts. Timecodes count BG's frames in the source, at BG's rate, and FG's in the
record. CMX publishes no specification any more; source: SMPTE ST 258 (Transfer of Edit Decision Lists), and
https://github.com/OpenTimelineIO/otio-cmx3600-adapter
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from vidkompy.errors import UsageError
from vidkompy.exchange.editor_losses import gap_losses, marker_losses, placement_text, stream_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import sampled_frames
from vidkompy.exchange.losses import Loss, motion_losses
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, forward_runs, integer_step_runs
from vidkompy.media.file_urls import relative_path
from vidkompy.media.timecode import format_timecode
from vidkompy.model import I64, UNMATCHED, Run, Sidecar
from vidkompy.parameters import tuned
from vidkompy.records import Record

OPTIONS: frozenset[ExportOption] = frozenset({"is_exact"})

MAX_EVENTS = 999  # of a list: event numbers have three digits
REEL_LENGTH = 8  # letters and digits
BLACK = "BL"
RESERVED_REELS = (BLACK, "BLACK", "BARS", "AX")  # that mean something else
SPEED_DECIMALS = 3  # of an M2 line
WHOLE_RATES = tuple(map(Fraction, (24, 25, 30, 48, 50, 60)))
NTSC_RATES = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60))
TIMECODE_RATES = WHOLE_RATES + NTSC_RATES


class EdlParameters(Record):
    """How near an event comes to a run that no M2 line gives exactly."""

    lead_in_cuts: int = tuned(
        3,
        unit="events",
        raising="more runs start on a frame of BG, with more cuts before",
        source="chosen by eye",
    )
    lead_in_frames: int = tuned(
        1000, unit="frames of a run", raising="a start is looked for further on", source="chosen by eye"
    )
    speed_excess: tuple[int, ...] = tuned(
        (1, 2, 4, 8, 16, 32, 64),
        unit="thousandths of a frame per second that are tried on top of a rounded speed",
        raising="larger phases are made up for, and long runs drift more",
        source="tests/exchange/test_edl.py",
    )


class Event(NamedTuple):
    """lines: without the number. read: i64 [count], BG's frame numbers that a reader sees in it."""

    lines: list[str]
    read: I64


def export(request: ExportRequest, parameters: EdlParameters = EdlParameters()) -> ExportResult:
    """Raises UsageError where timecode cannot count one of the clips."""
    timeline = build_timeline(request.sidecar, request.is_exact)
    for role, media in (("FG", timeline.fg), ("BG", timeline.bg)):
        if media.rate not in TIMECODE_RATES:
            raise UsageError(
                f"{role} has {float(media.rate):g} frames per second, which no edl has timecode for; "
                "wanted 24, 25, 30, 48, 50 or 60, or their NTSC rates: use --to otio"
            )
    runs = [part for run in forward_runs(timeline.runs) for part in _led_in(run, parameters)]
    comments = _source_comments(timeline.bg, request)
    events = [_event(run, timeline, comments, parameters) for run in runs]
    parts = [events[n : n + MAX_EVENTS] for n in range(0, len(events), MAX_EVENTS)]
    texts = [_edit_list(request, timeline, part, n, len(parts)) for n, part in enumerate(parts, 1)]
    read = np.concatenate([event.read for event in events])
    losses = (*_losses(request.sidecar, timeline, read), *_further_files(request.name, len(events), len(parts)))
    return ExportResult(tuple(texts), losses)


def _edit_list(request: ExportRequest, timeline: Timeline, events: list[Event], number: int, count: int) -> str:
    """The list with this number, of `count` lists."""
    part = f" {number} of {count}" if count > 1 else ""
    mode = "DROP FRAME" if timeline.fg.is_drop_frame else "NON-DROP FRAME"
    lines = [f"TITLE: {one_line(request.name)}{part}", f"FCM: {mode}", ""]
    for event_number, event in enumerate(events, 1):
        head, *notes = event.lines
        lines += [f"{event_number:03d}  {head}", *notes]
        if event_number == 1:
            lines.append(_foreground_comment(request.sidecar, timeline.fg))
    return "\n".join(lines) + "\n"


def _foreground_comment(sidecar: Sidecar, fg: Media) -> str:
    placement = sidecar.placement
    place = f"{placement.width:g}X{placement.height:g} AT {placement.x:g},{placement.y:g}"
    return f"* FOREGROUND: {one_line(fg.clip.path.name)} FROM {fg.timecode(0)} {place}"


def _source_comments(bg: Media, request: ExportRequest) -> list[str]:
    path = relative_path(bg.clip.path, request.folder)
    return [f"* FROM CLIP NAME: {one_line(bg.clip.path.name)}", f"* SOURCE FILE: {one_line(path)}"]


def _event(run: Run, timeline: Timeline, source_comments: list[str], parameters: EdlParameters) -> Event:
    fg, bg = timeline.fg, timeline.bg
    record = f"{fg.timecode(run.fg)} {fg.timecode(run.fg + run.count)}"
    if run.bg is None:
        start, stop = (format_timecode(n, fg.rate, fg.is_drop_frame) for n in (0, run.count))
        return Event([_edit(BLACK, start, stop, record)], np.full(run.count, UNMATCHED, np.int64))
    reel, start, stop = _reel(bg), bg.timecode(run.bg), bg.timecode(run.bg + _source_length(run))
    lines = [_edit(reel, start, stop, record)]
    step = Fraction(1)  # source frames per record frame
    if run.count > 1 and (run.rate != 1 or fg.rate != bg.rate):
        speed, step = _speed(run, fg.rate, parameters)
        lines.append(f"M2   {reel:8}       {speed}                {start.replace(';', ':')}")
    return Event([*lines, *source_comments], sampled_frames(Fraction(run.bg), step, run.count))


def _edit(reel: str, source_in: str, source_out: str, record: str) -> str:
    """A cut on the video track."""
    return f"{reel:8} V     C        {source_in} {source_out} {record}"


def _led_in(run: Run, parameters: EdlParameters) -> list[Run]:
    """The run, or the same with its head cut off where BG is nearer to the start of a frame: labels know no phases."""
    if run.bg is None or run.rate.denominator == 1:
        return [run]
    indices = run.indices()
    cuts = integer_step_runs(indices[: parameters.lead_in_frames], run.fg)[: parameters.lead_in_cuts]
    positions = [run.rate * k + run.phase for k in range(sum(cut.count for cut in cuts))]  # frames of BG after run.bg
    phases = [position % 1 for position in positions]
    k = phases.index(min(phases))
    if k == 0:
        return [run]
    tail = Run(run.fg + k, run.bg + floor(positions[k]), run.count - k, run.rate, phases[k])
    return [*integer_step_runs(indices[:k], run.fg), tail]


def _source_length(run: Run) -> int:
    """Frames of the source between in and out."""
    if run.count == 1:
        return 1  # whatever the speed
    length = run.count * run.rate
    return max(floor(length) if run.rate < 1 else ceil(length), 1)


def _speed(run: Run, rate: Fraction, parameters: EdlParameters) -> tuple[str, Fraction]:
    """The speed as M2 writes it, and the step from frame to frame that this means: the one with the fewest frames
    wrong.
    """
    exact = run.rate * rate
    scales = [10**n for n in range(1, SPEED_DECIMALS + 1)]
    rounded = [Fraction(ceil(exact * scale), scale) for scale in scales]
    faster = [rounded[-1] + Fraction(n, 1000) for n in parameters.speed_excess]
    best, fewest = Fraction(0), run.count + 1
    for speed in [*rounded, *faster]:
        wrong = int((sampled_frames(Fraction(run.bg or 0), speed / rate, run.count) != run.indices()).sum())
        if wrong < fewest:
            best, fewest = speed, wrong
        if not wrong:
            break
    return _speed_text(best), best / rate


def _speed_text(speed: Fraction) -> str:
    """Three digits, a point, and at least one decimal.

    >>> _speed_text(Fraction(24)), _speed_text(Fraction(29971, 1000))
    ('024.0', '029.971')
    """
    text = f"{float(speed):07.3f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _reel(media: Media) -> str:
    name = re.sub(r"[^A-Z0-9]", "", media.clip.path.stem.upper())[:REEL_LENGTH]
    return name if name and name not in RESERVED_REELS else "BG"


def one_line(name: str) -> str:
    """A name as part of a comment: spaces in place of all that ends a line, or steers a terminal that shows it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", name)


def _further_files(name: str, event_count: int, list_count: int) -> Iterator[Loss]:
    if list_count > 1:
        last = f" to {name}-{list_count}" if list_count > 2 else ""
        message = (
            f"a list holds {MAX_EVENTS} events, and these are {event_count}: they go on in {name}-2{last} beside it"
        )
        yield Loss("files", message)


def _losses(sidecar: Sidecar, timeline: Timeline, read: I64) -> Iterator[Loss]:
    fg, bg = timeline.fg, timeline.bg
    yield from timeline.losses(sidecar)
    yield from stream_losses(sidecar)
    yield from timeline.map_losses(read)
    yield from gap_losses(timeline)
    yield from motion_losses(sidecar)
    place = placement_text(sidecar.placement)
    yield Loss("placement", f"FG is in a comment only: lay it over by hand, from {fg.timecode(0)} on, {place}")
    if sidecar.fg.audio or sidecar.bg.audio:
        yield Loss("sound", "sound is left out")
    if fg.rate != bg.rate:
        rates = f"{float(bg.rate):.6g} a second in the source, {float(fg.rate):.6g} in the record"
        yield Loss("rate", f"timecode counts frames at two rates, {rates}: programs that know one rate misread it")
    yield from marker_losses(timeline)
