"""CMX 3600 edit decision lists: an event for each run of BG on the one video track, black where nothing matches.

An M2 line below an event gives the frames of the source that pass in a second of the record, 000.0 for a hold: n
frames into an event a reader shows floor(source in + speed * n / the list's rate). So reads otio-cmx3600-adapter 1.0,
for which an M2 counts only where the source lasts longer or shorter than the record (source outs are rounded so that it
does), and whose pattern for it wants colons in its timecode, drop-frame or not. Speeds get as many decimals as they
need, three at most, and are rounded up: rounded down, each whole step would fall one short. A run that begins between
two frames of BG is led to one by a few cuts.

Timecodes count BG's frames in the source, at BG's rate, and FG's in the record. FG is not in the list: another picture
would need another one. A list holds 999 events; longer ones go on in the next file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

import numpy as np

from vidkompy.errors import UsageError
from vidkompy.exchange.editor_losses import gap_losses
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import stepped
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, forward, in_whole_steps, timeline
from vidkompy.media.file_urls import relative_path
from vidkompy.media.timecode import format_timecode
from vidkompy.model import I64, UNMATCHED, Run, Sidecar

MOST = 999
CUTS, NEAR = 3, 1000  # pieces and frames of a run within which it is put in phase
MORE = (1, 2, 4, 8, 16, 32, 64)  # thousandths of a frame per second, which make up for a phase
LABELLED = tuple(
    Fraction(n) * pull for n in (24, 25, 30, 48, 50, 60) for pull in (1, Fraction(1000, 1001)) if n % 25 or pull == 1
)
TAKEN = ("BL", "BLACK", "BARS", "AX")  # reels that mean something else


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError where timecode cannot count one of the clips."""
    view = timeline(asked.sidecar, asked.is_exact)
    for role, media in (("FG", view.fg), ("BG", view.bg)):
        if media.rate not in LABELLED:
            raise UsageError(
                f"{role} has {float(media.rate):g} frames per second, which no edl has timecode for; "
                "wanted 24, 25, 30, 48, 50 or 60, or their NTSC rates: use --to otio"
            )
    events, shown = _events(view, asked)
    parts = [events[n : n + MOST] for n in range(0, len(events), MOST)]
    texts = [_list(asked, view, part, n, len(parts)) for n, part in enumerate(parts)]
    return ExportResult(tuple(texts), tuple(_losses(asked.sidecar, view, np.concatenate(shown))))


def _list(asked: ExportRequest, view: Timeline, events: list[list[str]], n: int, count: int) -> str:
    part = f" {n + 1} of {count}" if count > 1 else ""
    mode = "DROP FRAME" if view.fg.is_drop else "NON-DROP FRAME"
    lines = [f"TITLE: {one_line(asked.name)}{part}", f"FCM: {mode}", ""]
    for number, (head, *notes) in enumerate(events, 1):
        lines += [f"{number:03d}  {head}", *notes]
        if number == 1:
            where = asked.sidecar.placement
            place = f"{where.width:g}X{where.height:g} AT {where.x:g},{where.y:g}"
            lines.append(f"* FOREGROUND: {one_line(asked.sidecar.fg.path.name)} FROM {view.fg.label(0)} {place}")
    return "\n".join(lines) + "\n"


def _events(view: Timeline, asked: ExportRequest) -> tuple[list[list[str]], list[I64]]:
    """The lines of each event without its number, and i64 [count]: the BG places that a reader sees in it."""
    reel = _reel(view.bg)
    names = [
        f"* FROM CLIP NAME: {one_line(view.bg.clip.path.name)}",
        f"* SOURCE FILE: {one_line(relative_path(view.bg.clip.path, asked.folder))}",
    ]
    events, shown = [], []
    for run in (piece for whole in forward(view.runs) for piece in _entered(whole)):
        record = f"{view.fg.label(run.fg)} {view.fg.label(run.fg + run.count)}"
        if run.bg is None:
            start, stop = (format_timecode(n, view.fg.rate, view.fg.is_drop) for n in (0, run.count))
            events.append([f"{'BL':8} V     C        {start} {stop} {record}"])
            shown.append(np.full(run.count, UNMATCHED, np.int64))
            continue
        start, stop = view.bg.label(run.bg), view.bg.label(run.bg + _length(run))
        lines = [f"{reel:8} V     C        {start} {stop} {record}"]
        step = Fraction(1)
        if run.count > 1 and (run.rate != 1 or view.fg.rate != view.bg.rate):
            said, step = _speed(run, view.fg.rate)
            lines.append(f"M2   {reel:8}       {said}                {start.replace(';', ':')}")
        events.append([*lines, *names])
        shown.append(stepped(Fraction(run.bg), step, run.count))
    return events, shown


def _entered(run: Run) -> list[Run]:
    """The run, or the same with its head cut off where BG is nearer to the start of a frame: labels know no phases."""
    if run.bg is None or run.rate.denominator == 1:
        return [run]
    reach = in_whole_steps(run.indices()[:NEAR], run.fg)[:CUTS]
    ahead = [(run.rate * k + run.phase) % 1 for k in range(sum(piece.count for piece in reach))]
    k = ahead.index(min(ahead))
    tail = Run(run.fg + k, run.bg + floor(run.rate * k + run.phase), run.count - k, run.rate, ahead[k])
    return [*in_whole_steps(run.indices()[:k], run.fg), tail] if k else [run]


def _length(run: Run) -> int:
    """Frames of the source between in and out."""
    if run.count == 1:
        return 1  # whatever the speed
    whole = run.count * run.rate
    return max(floor(whole) if run.rate < 1 else ceil(whole), 1)


def _speed(run: Run, rate: Fraction) -> tuple[str, Fraction]:
    """As M2 says it, and the step from frame to frame that this means: the one with the fewest frames wrong."""
    rounded = [Fraction(ceil(run.rate * rate * 10**n), 10**n) for n in (1, 2, 3)]
    more = [rounded[-1] + Fraction(n, 1000) for n in MORE]
    best, fewest = Fraction(0), run.count + 1
    for value in [*rounded, *more]:
        wrong = int((stepped(Fraction(run.bg or 0), value / rate, run.count) != run.indices()).sum())
        if wrong < fewest:
            best, fewest = value, wrong
        if not wrong:
            break
    said = f"{float(best):07.3f}".rstrip("0")
    return said + "0" * said.endswith("."), best / rate


def _reel(media: Media) -> str:
    """Eight letters and digits at most."""
    name = re.sub(r"[^A-Z0-9]", "", media.clip.path.stem.upper())[:8]
    return name if name and name not in TAKEN else "BG"


def one_line(name: str) -> str:
    """A name as part of a comment: spaces in place of all that ends a line, or steers a terminal that shows it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", name)


def _losses(sidecar: Sidecar, view: Timeline, shown: I64) -> Iterator[Loss]:
    yield from view.losses(sidecar)
    yield from view.approximations(shown)
    yield from gap_losses(view)
    where = sidecar.placement
    at = f"{where.width:g}x{where.height:g} at {where.x:g},{where.y:g}"
    yield Loss("placement", f"FG is in a comment only: lay it over by hand, from {view.fg.label(0)} on, {at}")
    if sidecar.fg.audio or sidecar.bg.audio:
        yield Loss("sound", "sound is left out")
    if view.fg.rate != view.bg.rate:
        rates = f"{float(view.bg.rate):.6g} a second in the source, {float(view.fg.rate):.6g} in the record"
        yield Loss("rate", f"timecode counts frames at two rates, {rates}: programs that know one rate misread it")
    if count := sum(b - a for a, b in view.unsure):
        yield Loss("unsure", f"{count} unsure frames are not marked", count, 0, view.unsure[0][0])
