"""Both clips as a non-linear editor sees them: media at even rates, and a time map in runs of constant speed.

A sidecar maps FG frame indices to BG frame indices, and timestamps say when each is shown. An editor counts otherwise:
a clip has one even rate, and its **frame numbers** count the steps of that rate from its first frame on. The timeline
has FG's rate and FG's frame numbers. `Timeline.bg_numbers` is the time map: BG's frame number under each of them, and
`Timeline.runs` is the same cut into clip items of one speed. Where a clip is not even, its frames go to the nearest
frame numbers, and `Timeline.losses` says what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np

from vidkompy.counts import count_text
from vidkompy.errors import UsageError
from vidkompy.exchange.losses import Loss
from vidkompy.media.frame_rates import constant_rate, grid_slots, offsets_from_slots
from vidkompy.media.timecode import format_timecode, is_drop_frame, parse_timecode, supports_drop_frame
from vidkompy.model import I64, UNMATCHED, Clip, Run, Sidecar, runs_of
from vidkompy.parameters import tuned
from vidkompy.records import Record

Ranges = tuple[tuple[int, int], ...]  # of frame numbers, [first, stop) each


class TimelineParameters(Record):
    """When a map becomes a retime, and when a frame is marked."""

    unsure_confidence: float = tuned(
        0.5,
        unit="probability that the frame is right",
        raising="more frames are marked as unsure",
        source="below it a frame is more likely wrong than right, as in the sidecar's quality",
    )
    min_retime_s: int = tuned(
        2,
        unit="s of the timeline",
        raising="more speeds are cut into runs at speed 1",
        source="chosen by eye: a speed that lasts less is a few drops or repeats",
    )
    most_clips: int = tuned(
        50_000,
        unit="clip items of a timeline",
        raising="larger timelines are written than editors open",
        source="measured with 200 000: xmeml takes more memory than there is, otio 228 MB and 30 s",
    )


class Media(Record, eq=False):
    """A clip at an even rate.

    rate           frames per second
    numbers        i64 [n]   frame number of each frame of the clip, from 0 on; two frames can share one, and one can
                             stay empty
    start          timecode of frame number 0 as a count of frames from 00:00:00:00; 0 if the file has none
    is_drop_frame  whether its timecode is drop-frame
    """

    clip: Clip
    rate: Fraction
    numbers: I64
    start: int
    is_drop_frame: bool

    @property
    def length(self) -> int:
        """Frame numbers, the last frame's included."""
        return int(self.numbers[-1]) + 1

    @property
    def visible(self) -> I64:
        """i64 [length]: index of the clip's frame that is seen at each frame number."""
        return np.searchsorted(self.numbers, np.arange(self.length), side="right") - 1

    def timecode(self, number: int) -> str:
        return format_timecode(self.start + number, self.rate, self.is_drop_frame)


class Timeline(Record, eq=False):
    """FG from its first frame to its last, at FG's rate.

    bg_numbers  i64 [fg.length]   BG's frame number under each of FG's; UNMATCHED where none belongs
    runs        the same in runs of frame numbers; a run's rate is BG's frame numbers per frame number of FG
    unmatched   FG's frame numbers without a BG frame
    unsure      FG's frame numbers whose BG frame is more likely wrong than right
    """

    fg: Media
    bg: Media
    bg_numbers: I64
    runs: tuple[Run, ...]
    unmatched: Ranges
    unsure: Ranges

    def speed(self, run: Run) -> Fraction:
        """Seconds of BG per second of the timeline."""
        return run.rate * self.fg.rate / self.bg.rate

    def losses(self, sidecar: Sidecar) -> Iterator[Loss]:
        """What no editor can hold of these clips, whatever the format."""
        media = (("FG", self.fg), ("BG", self.bg))
        for role, one in media:
            yield from _uneven_losses(role, one)
        rotated = [role for role, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)) if clip.rotation]
        if rotated:
            verb = "are turned by their" if len(rotated) > 1 else "is turned by its"
            yield Loss("rotation", f"{' and '.join(rotated)} {verb} metadata, as the editor must do too")
        for role, one in media:
            yield from _timecode_losses(role, one)

    def map_losses(self, read_numbers: I64) -> Iterator[Loss]:
        """Losses of the map; none if a reader shows it as it is.

        read_numbers   i64 [fg.length]   BG's frame numbers that a reader of the export will show
        """
        is_matched = self.bg_numbers != UNMATCHED
        errors = np.where(is_matched, np.abs(read_numbers - self.bg_numbers), 0)
        if not errors.any():
            return
        wrong_runs = sum(bool(errors[run.fg : run.fg + run.count].any()) for run in self.runs)
        wrong_frames, largest, worst = int((errors > 0).sum()), int(errors.max()), int(errors.argmax())
        yield Loss(
            "map",
            f"{wrong_runs} of {len(self.runs)} runs approximated: {wrong_frames} of {len(errors)} frames, "
            f"largest error {count_text(largest, 'frame')} at FG {self.fg.timecode(worst)}",
            wrong_frames,
            largest,
            worst,
        )


def build_timeline(
    sidecar: Sidecar,
    is_exact: bool = False,
    fg: Media | None = None,
    bg: Media | None = None,
    parameters: TimelineParameters = TimelineParameters(),
) -> Timeline:
    """The sidecar's clips on a timeline.

    is_exact   runs step by whole frames, cut at each drop and repeat of a speed between
    fg, bg     FG and BG as a program counts them; None: as most editors do

    Raises SidecarError where a clip is too long to be counted.
    """
    fg, bg = fg or media_of(sidecar.fg), bg or media_of(sidecar.bg)
    bg_indices = sidecar.frame_map.bg[fg.visible]
    bg_numbers = np.where(bg_indices == UNMATCHED, UNMATCHED, bg.numbers[bg_indices])
    never = len(bg_numbers) + 1
    runs = _runs(bg_numbers, never if is_exact else parameters.min_retime_s * fg.rate)
    confidence = sidecar.frame_map.confidence
    is_matched = bg_numbers != UNMATCHED
    is_unsure = np.zeros_like(is_matched)
    if confidence is not None:
        is_unsure = is_matched & (confidence[fg.visible] < parameters.unsure_confidence)
    return Timeline(fg, bg, bg_numbers, tuple(runs), true_ranges(~is_matched), true_ranges(is_unsure))


def _runs(bg_numbers: I64, min_retime: Fraction | int) -> list[Run]:
    """Speeds between whole steps where they last at least `min_retime` frame numbers; whole steps elsewhere."""
    runs: list[Run] = []
    end = 0  # of what is in runs
    for run in runs_of(bg_numbers):
        if run.rate.denominator > 1 and run.count >= min_retime:
            runs += [*integer_step_runs(bg_numbers[end : run.fg], end), run]
            end = run.fg + run.count
    return [*runs, *integer_step_runs(bg_numbers[end:], end)]


def integer_step_runs(bg_numbers: I64, start: int = 0) -> list[Run]:
    """Runs of one whole step each that give these frame numbers, from the timeline's frame number `start` on.

    Two frame numbers alone are a speed only if it is 1: else they are a cut between two runs.

    >>> [(run.fg, run.bg, run.count, int(run.rate)) for run in integer_step_runs(np.array([4, 5, 6, 8, 10, 12, -1, 3]))]
    [(0, 4, 3, 1), (3, 8, 3, 2), (6, None, 1, 1), (7, 3, 1, 1)]
    """
    values, runs, first = bg_numbers.tolist(), [], 0
    while first < len(values):
        is_unmatched = values[first] == UNMATCHED
        stop, step = _unmatched_stop(values, first) if is_unmatched else _step_stop(values, first)
        runs.append(Run(start + first, None if is_unmatched else values[first], stop - first, Fraction(step)))
        first = stop
    return runs


def _unmatched_stop(values: list[int], first: int) -> tuple[int, int]:
    """Where the unmatched frame numbers from `first` on end, and the step that such runs have."""
    stop = first + 1
    while stop < len(values) and values[stop] == UNMATCHED:
        stop += 1
    return stop, 1


def _step_stop(values: list[int], first: int) -> tuple[int, int]:
    """Where the matched run from `first` on ends, and its step."""
    stop = first + 1
    step = values[stop] - values[first] if stop < len(values) and values[stop] != UNMATCHED else 1
    while stop < len(values) and values[stop] != UNMATCHED and values[stop] - values[stop - 1] == step:
        stop += 1
    is_pair = stop - first == 2
    if is_pair and step != 1:
        return first + 1, 1
    return stop, step


def forward_runs(runs: Iterable[Run], parameters: TimelineParameters = TimelineParameters()) -> Iterator[Run]:
    """The same frames without runs that step back, which readers differ in playing: each of their frames is a run.

    Raises UsageError where that is more clips than an editor can open.
    """
    runs = list(runs)
    count = sum(run.count if _steps_back(run) else 1 for run in runs)
    if count > parameters.most_clips:
        raise UsageError(
            f"the map takes {count} clips, more than editors open; wanted {parameters.most_clips} at most: "
            "cut FG into parts, or choose a format without clips, such as mlt"
        )
    for run in runs:
        if _steps_back(run):
            yield from (Run(run.fg + k, bg, 1) for k, bg in enumerate(run.indices().tolist()))
        else:
            yield run


def _steps_back(run: Run) -> bool:
    return run.bg is not None and run.rate < 0


def true_ranges(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ranges:
    """[first, stop) wherever the flags hold.

    >>> true_ranges(np.array([True, True, False, True]))
    ((0, 2), (3, 4))
    """
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).tolist()
    return tuple((first, stop) for first, stop in pairwise(edges) if flags[first])


def media_of(clip: Clip) -> Media:
    """The clip at its even rate, as most editors count it. Raises SidecarError where it is too long to be counted."""
    rate = constant_rate(clip)
    start = parse_timecode(clip.timecode, rate)
    is_drop = start is not None and is_drop_frame(clip.timecode) and supports_drop_frame(rate)
    return Media(clip, rate, grid_slots(clip, rate), start or 0, is_drop)


def _uneven_losses(role: str, media: Media) -> Iterator[Loss]:
    message = f"{role} has no even frame rate: editors give its frames places at {_per_second(media.rate)}"
    count = media.clip.frames
    if (np.diff(media.numbers[media.numbers > 0]) == 1).all():  # at 0 lie those, too, that a program does not reach
        offsets = np.where(media.numbers > 0, offsets_from_slots(media.clip, media.rate, media.numbers), 0)
        beside = np.flatnonzero(offsets)
        if len(beside):
            lies, most = "lies" if len(beside) == 1 else "lie", np.abs(offsets).max()
            message += f", {len(beside)} of its {count} frames {lies} beside theirs, by up to {most:.2f} of a frame"
            yield Loss("uneven", message, len(beside), 1, int(beside[0]))
        return
    shared = np.flatnonzero(np.diff(media.numbers) == 0)
    if not len(shared):
        yield Loss("uneven", message)
        return
    message += f", {len(shared)} of its {count} frames {'shares' if len(shared) == 1 else 'share'} one"
    yield Loss("uneven", message, len(shared), 1, int(shared[0]))


def _timecode_losses(role: str, media: Media) -> Iterator[Loss]:
    timecode = media.clip.timecode
    if timecode and parse_timecode(timecode, media.rate) is None:
        rate = _per_second(media.rate)
        yield Loss("timecode", f"{role}'s timecode {timecode} is no label at {rate}: 00:00:00:00 is taken")


def _per_second(rate: Fraction) -> str:
    return f"{float(rate):.6g} frames per second"
