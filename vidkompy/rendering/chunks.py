"""A render in chunks: drawn at the same time, kept until all are there, and joined without encoding anything again.

Each chunk draws FG frames [a, b) by an ffmpeg of its own, from 0 on and in FG's ticks; FG is entered midway like BG.
Chunks are QuickTime or MP4 files: those hold any time base, and the order in which frames are decoded.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np

from filtergraphs import compose, join
from vidkompy.counts import count_text
from vidkompy.drawing.seek_points import part_of
from vidkompy.errors import OutputError, RenderError, UsageError
from vidkompy.ffmpeg.arguments import concerns_whole_output, video_encoder_in, without_video_options
from vidkompy.ffmpeg.process import RenderProgress
from vidkompy.media.atomic_outputs import StagedFile, staged_parts
from vidkompy.media.probe import keyframes
from vidkompy.media.work_folders import FILE_PREFIX, WorkFolder
from vidkompy.model import I64, FrameSpan, Mask
from vidkompy.records import Record
from vidkompy.rendering.job import Job, RenderCallback, draw

MAX_CHUNKS = 64
MIN_CHUNK_FRAMES = 16
MAX_REORDERED_FRAMES = 16  # by which an encoder holds a frame back: H.264's and HEVC's bound of a decoder's pictures
FINEST_TIME_BASE = Fraction(1, 500_000)  # s: lists of files to join are told in microseconds
MAX_STEP = 2  # BG frames: a larger step of the map is a jump, at which encoders tend to put a keyframe

_MP4_ONLY_ENCODERS = frozenset(("libsvtav1", "libaom-av1", "libvpx-vp9"))  # QuickTime does not take what they write


class _Cancelled(Exception):  # noqa: N818 - nothing went wrong here, but elsewhere
    pass


class Chunk(Record):
    """FG frames first to last of the output.

    name      of its file, by a hash of all that decides what is in it
    seconds   from its first frame to that of the next chunk
    """

    job: Job
    first: int
    last: int
    name: str
    seconds: Fraction


def check_chunks(chunks: int, encoder_arguments: Sequence[str]) -> None:
    """Raises UsageError for a number out of range, and for output options that do not go with chunks."""
    if not 1 <= chunks <= MAX_CHUNKS:
        raise UsageError(f"--chunks is {chunks}; wanted 1 to {MAX_CHUNKS}")
    unfit = [word for word in encoder_arguments if concerns_whole_output(word)]
    if chunks > 1 and unfit:
        raise UsageError(
            f"'{unfit[0]}' behind -- does not go with --chunks: parts would not fit; leave one of them out"
        )


def draw_in_chunks(job: Job, overwrite: bool = False, on_progress: RenderCallback | None = None) -> None:
    """Writes the job's output. Finished chunks survive a failure: the same job goes on with them.

    Raises RenderError, OutputError, KeyboardInterrupt.
    """
    chunks = _plan_chunks(job)
    try:
        with staged_parts(job.output, {chunk.name for chunk in chunks}, overwrite) as (folder, whole):
            _draw_and_join(job, chunks, folder, whole, on_progress or (lambda _: None))
    except OSError as e:
        raise RenderError(f"cannot write '{job.output}' in parts: {(e.strerror or str(e)).lower()}") from e


def chunk_bounds(pts: I64, chunks: int, preferred: Sequence[int]) -> list[int]:
    """Frames at which chunks begin, 0 and the end of the last one included; fewer where frames do not allow as many.

    pts         i64 [n]   ticks of the frames
    preferred   frames at which encoders put keyframes anyway: a cut there costs nothing
    Each cut is the preferred frame nearest to an even cut, if it is nearer than a quarter of a chunk, else the nearest
    frame at which decoding times go on rising. Ties go to the earlier frame.

    >>> chunk_bounds(np.arange(120), 3, [43, 60])
    [0, 43, 80, 120]
    """
    n, bounds, is_joinable, at_no_cost = len(pts), [0], _is_joinable(pts), set(preferred)
    reach = n // chunks // 4
    for even in (round(k * n / chunks) for k in range(1, chunks)):
        first, last = max(even - reach, bounds[-1] + MIN_CHUNK_FRAMES), min(even + reach, n - MIN_CHUNK_FRAMES)
        near = [i for i in range(first, last + 1) if is_joinable[i]]
        if near:
            best = [i for i in near if i in at_no_cost] or near
            bounds.append(min(best, key=lambda i: (abs(i - even), i)))
    return [*bounds, n]


def _is_joinable(pts: I64) -> Mask:
    """bool [n]: whether decoding times go on rising where a chunk begins there, however many frames are held back.

    Decoding times of an encoder that holds back d frames are the presentation times of d frames before. The last frame
    before the cut at i is thus decoded at pts[i - 1 - d]. Frame i is decoded as long before pts[i] as the first frame
    that needs no waiting comes after it, at 2 pts[i] - pts[i + d].
    """
    n, rises = len(pts), np.ones(len(pts), np.bool_)
    for d in range(1, min(MAX_REORDERED_FRAMES, n // 2 - 1) + 1):
        first_decoded = 2 * pts[d + 1 : n - d] - pts[2 * d + 1 :]
        rises[d + 1 : n - d] &= first_decoded > pts[: n - 2 * d - 1]
    return rises


def _plan_chunks(job: Job) -> list[Chunk]:
    composition, fg = job.composition, job.sidecar.fg
    if composition.time_base < FINEST_TIME_BASE:
        raise RenderError(
            f"FG's time base is {composition.time_base} s, too fine to join parts exactly; leave out --chunks"
        )
    steps = enumerate(pairwise(composition.bg_index), 1)
    jumps = [i for i, (before, bg) in steps if not 0 <= bg - before <= MAX_STEP]
    fg_keyframes = np.searchsorted(fg.pts, keyframes(fg.path, fg.stream)) - composition.fg_first
    bounds = chunk_bounds(np.array(composition.fg_pts), job.chunks, [*jumps, *fg_keyframes.tolist()])
    return [_chunk(job, k, a, b) for k, (a, b) in enumerate(pairwise(bounds))]


def _chunk(job: Job, k: int, a: int, b: int) -> Chunk:
    """Chunk k: frames [a, b) of what is drawn."""
    composition, sidecar = job.composition, job.sidecar
    drawn = part_of(composition, sidecar, FrameSpan(a, b))
    threads = max(1, -(-(os.cpu_count() or 1) // job.chunks))  # its share of the processors, rounded up
    part = replace(job, composition=drawn, script=compose(drawn), track_options=("-threads", str(threads)))
    arguments = (*part.inputs, *part.output_options, *part.encoder_options)
    decisive = (job.ffmpeg.banner, *arguments, part.script.graph, sidecar.fg.sha256, sidecar.bg.sha256)
    key = hashlib.sha256("\0".join(decisive).encode()).hexdigest()[:20]
    suffix = "mp4" if video_encoder_in(job.encoder_options) in _MP4_ONLY_ENCODERS else "mov"
    pts = composition.fg_pts
    end = pts[b] if b < len(pts) else pts[-1]
    seconds = (int(end) - int(pts[a])) * composition.time_base
    first, last = composition.fg_first + a, composition.fg_first + b - 1
    return Chunk(part, first, last, f"{FILE_PREFIX}-{k}-{key}.{suffix}", seconds)


def _draw_and_join(
    job: Job, chunks: Sequence[Chunk], folder: WorkFolder, whole: StagedFile, on_progress: RenderCallback
) -> None:
    try:
        _draw_missing(chunks, folder, on_progress)
        listing = folder.path / f"{FILE_PREFIX}-list.ffconcat"
        listing.write_text(_concat_list(chunks, folder.path), encoding="utf-8")
        copied = (*without_video_options(job.encoder_options), "-c:v", "copy")
        encoder = replace(job.encoder, device_options=(), output_options=copied)
        draw(replace(job, script=join(job.composition, str(listing)), encoder=encoder, stream_labels=()), whole)
    except (OutputError, RenderError) as e:
        raise type(e)(f"{e}{_kept_note(chunks, folder)}") from e
    except KeyboardInterrupt as e:
        raise KeyboardInterrupt(_kept_note(chunks, folder).removeprefix("; ")) from e


def _draw_missing(chunks: Sequence[Chunk], folder: WorkFolder, on_progress: RenderCallback) -> None:
    """Draws the chunks that are not there yet, all at the same time. One that fails ends the others.

    The first report says how many are there.
    """
    finished = folder.complete_files({chunk.name for chunk in chunks})
    done = [RenderProgress(chunk.job.frames) if chunk.name in finished else RenderProgress() for chunk in chunks]
    on_progress(replace(_total(done), kept=len(finished)))
    stop = Event()

    def draw_chunk(k: int) -> None:
        def report(progress: RenderProgress) -> None:
            if stop.is_set():
                raise _Cancelled
            done[k] = progress
            on_progress(_total(done))

        chunk, path = chunks[k], folder.path / chunks[k].name
        begun = StagedFile(path.with_name(f"{FILE_PREFIX}-begun-{k}{path.suffix}"), path, True, folder.handles)
        try:
            draw(chunk.job, begun, report)
        except (RenderError, OSError) as e:
            reason = f"cannot write it: {(e.strerror or str(e)).lower()}" if isinstance(e, OSError) else e
            frames = f"FG frames {chunk.first} to {chunk.last}"
            raise RenderError(f"part {k + 1} of {len(chunks)}, {frames}: {reason}") from e

    missing = [k for k, chunk in enumerate(chunks) if chunk.name not in finished]
    with ThreadPoolExecutor(max(len(missing), 1)) as pool:
        try:
            running = [pool.submit(draw_chunk, k) for k in missing]
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    errors = [error for future in running if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda e: isinstance(e, _Cancelled)):
        raise error


def _total(each: Sequence[RenderProgress]) -> RenderProgress:
    return RenderProgress(sum(p.frames for p in each), sum(p.fps for p in each), sum(p.size for p in each))


def _concat_list(chunks: Sequence[Chunk], folder: Path) -> str:
    """The list of chunks for ffmpeg's concat demuxer.

    Where each chunk begins comes from sums: rounding each by itself would add up.

    Names are told from the list's own folder, unless that would be taken for a URL with something behind it.
    """
    place = str(folder.absolute()).replace("'", r"'\''")
    before = f"file:{place}/" if re.search("[#?]", place) else ""
    lines, begin = ["ffconcat version 1.0"], Fraction(0)
    for chunk in chunks:
        end = begin + chunk.seconds
        lines += [f"file '{before}{chunk.name}'", f"duration {round(end * 10**6) - round(begin * 10**6)}us"]
        begin = end
    return "\n".join([*lines, ""])


def _kept_note(chunks: Sequence[Chunk], folder: WorkFolder) -> str:
    count = len(folder.complete_files({chunk.name for chunk in chunks}))
    if not count:
        return ""
    kept = f"{count} of {count_text(len(chunks), 'part')} {'is' if count == 1 else 'are'} kept"
    return f"; {kept} in '{folder.path}': the same command goes on from there"
