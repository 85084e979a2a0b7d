"""AAF (Advanced Authoring Format), which Avid Media Composer, DaVinci Resolve, Premiere and Pro Tools are said to open.

BG's runs lie on the lower picture track, FG on the upper one, and FG's sound in two tracks. The format holds clips that
start at a whole number of the timeline's frames, constant speeds as ratios, gaps, markers and timecode, in exact rates.
How a picture is laid over another in a place is left to effects of each program's own.

At frame k of a clip a reader shows BG's frame floor(first + (start + speed * k) * BG's rate / FG's rate): `first` is
where its master clip begins, `start` is in frames of the timeline, as all times in a track are. Where BG's rate is
higher than FG's, no whole `start` leads to some of BG's frames, and where it is another one, not to each phase between
two; a master clip that begins some frames later does. A run that no pair of them gives is cut up, so that each frame is
that of the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from vidkompy.errors import SidecarError
from vidkompy.exchange.aaf_document import SAMPLING_RATE, SOUND_CHANNELS, BgClip, Composition, Mark, aaf_bytes, is_ratio
from vidkompy.exchange.editor_losses import editor_losses, placement_text
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry_window
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline, build_timeline, forward_runs, integer_step_runs
from vidkompy.media.timecode import labels_per_second
from vidkompy.model import Run, Sidecar
from vidkompy.sidecar.document import text_of

OPTIONS: frozenset[ExportOption] = frozenset({"is_exact"})

MAX_LABELS = 2**16 - 1  # of a second of timecode


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where pyaaf2 is not installed, SidecarError where timecode cannot count one of the clips."""
    timeline, sidecar = build_timeline(request.sidecar, request.is_exact), request.sidecar
    for role, media in (("FG", timeline.fg), ("BG", timeline.bg)):
        if labels_per_second(media.rate) > MAX_LABELS:
            raise SidecarError(
                f"{role} has {float(media.rate):g} frames per second, which no aaf has timecode for; "
                f"wanted {MAX_LABELS} at most: use --to otio"
            )
    clips = tuple(clip for run in forward_runs(timeline.runs) for clip in _bg_clips(run, timeline))
    key = f"{request.name} {request.is_exact} {text_of(sidecar, request.sidecar_path)}"
    place = placement_text(sidecar.placement)
    marks = (("unmatched", timeline.unmatched), ("unsure", timeline.unsure))
    marked = tuple(Mark(name, first, stop) for name, ranges in marks for first, stop in ranges)
    content = aaf_bytes(Composition(request.name, timeline.fg, timeline.bg, clips, marked, place, key))
    return ExportResult((content,), tuple(_losses(sidecar, timeline)))


def _bg_clips(run: Run, timeline: Timeline) -> list[BgClip]:
    """The run as one clip; as clips of whole steps, or of a frame each, where none gives all of its frames."""
    if run.bg is None:
        return [BgClip(run.count, None)]
    whole = _bg_clip(run, timeline)
    if whole:
        return [whole]
    indices = run.indices()
    steps = [_bg_clip(part, timeline) for part in integer_step_runs(indices, run.fg)]
    clips = steps if all(steps) else [_bg_clip(Run(run.fg, int(bg), 1), timeline) for bg in indices]
    return [clip for clip in clips if clip]


def _bg_clip(run: Run, timeline: Timeline) -> BgClip | None:
    """None where no clip gives the run's frames; one gives each frame alone."""
    pace = timeline.bg.rate / timeline.fg.rate  # BG frames per edit unit of the timeline
    speed = timeline.speed(run) if run.count > 1 else Fraction(1)
    if not speed:  # a still: one edit unit, or less where that is more than a frame of BG
        speed = Fraction(1, run.count * ceil(pace))
    entry = _entry(entry_window(run.indices(), speed * pace), pace)
    return BgClip(run.count, *entry, speed) if entry is not None and is_ratio(speed) else None


def _entry(window: tuple[Fraction, Fraction], pace: Fraction) -> tuple[int, int] | None:
    """`first` and `start` that lead into the window, in frames of BG; the least `first`.

    BG is entered at first + start * pace, a multiple of 1/q with pace = p/q: `start` modulo q follows from its phase.
    """
    low, high = window
    start = ceil(low / pace)
    if start * pace < high:
        return 0, start
    p, q = pace.as_integer_ratio()
    entered = ceil(low * q)
    start = entered * pow(p, -1, q) % q
    first = (entered - start * p) // q
    if first < 0 or entered >= high * q:
        return None
    return first % p, start + first // p * q


def _losses(sidecar: Sidecar, timeline: Timeline) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar)
    if sidecar.fg.audio:
        channels = " and ".join(map(str, SOUND_CHANNELS))
        sampling = f"{SAMPLING_RATE} samples a second"
        yield Loss("sound", f"FG's sound is laid as its channels {channels} at {sampling}, whatever it has")
    place = placement_text(sidecar.placement)
    yield Loss(
        "placement",
        f"where FG lies ({place}) stands in a comment of its master clip only: scale and move it in the editor by hand",
    )
