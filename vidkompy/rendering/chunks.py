"""A render in parts: drawn at the same time, kept until all are there, and joined without encoding anything again.

Each part draws FG frames [a, b) by an ffmpeg of its own, from 0 on and in FG's ticks; FG is entered midway like BG. The
parts are QuickTime or MP4 files: those hold any time base, and the order in which frames are decoded.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray

from filtergraphs import Composition, compose, join
from vidkompy.drawing.seek_points import fg_seek, with_seeks
from vidkompy.errors import OutputError, RenderError, UsageError
from vidkompy.ffmpeg.binary import Progress, encoder_in
from vidkompy.media.atomic_outputs import StagedFile, staged_parts
from vidkompy.media.probe import keyframes
from vidkompy.media.work_folders import FILE_PREFIX, WorkFolder
from vidkompy.model import I64, Sidecar
from vidkompy.rendering.job import Job, draw, render

MOST = 64  # parts
FEWEST_FRAMES = 16  # of a part
REORDERED = 16  # frames: the most by which an encoder holds one back
FINEST = Fraction(1, 500_000)  # s: lists of files to join are told in microseconds
_MP4 = frozenset(("libsvtav1", "libaom-av1", "libvpx-vp9"))  # which QuickTime does not take
_WHOLE = frozenset(  # output options that mean something else for a part
    ("-f", "-ss", "-t", "-to", "-fs", "-frames", "-vframes", "-pass", "-passlogfile", "-bsf", "-vbsf", "-r", "-map")
) | frozenset(("-force_key_frames", "-shortest", "-output_ts_offset"))


_OF_VIDEO = frozenset(("-c", "-codec", "-vcodec", "-profile", "-level", "-pix_fmt", "-vtag", "-flags", "-threads"))
_OF_FILE = frozenset(("-tag", "-disposition"))  # options of the video that are not the encoder's


class _Stopped(Exception):  # noqa: N818 - nothing went wrong here, but elsewhere
    pass


@dataclass(frozen=True)
class Piece:
    """FG frames first to last of the output; name: of its file, by all that decides what is in it."""

    job: Job
    first: int
    last: int
    name: str
    seconds: Fraction


def check_chunks(chunks: int, passed: Sequence[str]) -> None:
    """Raises UsageError."""
    if not 1 <= chunks <= MOST:
        raise UsageError(f"--chunks is {chunks}; wanted 1 to {MOST}")
    if chunks > 1 and (whole := [word for word in passed if word.partition(":")[0] in _WHOLE]):
        raise UsageError(
            f"'{whole[0]}' behind -- does not go with --chunks: parts would not fit; leave one of them out"
        )


def render_in_parts(
    job: Job,
    sidecar: Sidecar,
    output: Path,
    chunks: int,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Writes `output` as `render` does. Parts that are finished survive a failure: they are not drawn again.

    Raises RenderError, OutputError, KeyboardInterrupt.
    """
    if chunks == 1:
        return render(job, output, overwrite, on_progress)
    parts = _parts(job, sidecar, chunks)
    try:
        with staged_parts(output, {part.name for part in parts}, overwrite) as (folder, whole):
            _write(job, parts, folder, whole, on_progress or (lambda _: None))
    except OSError as e:
        raise RenderError(f"cannot write '{output}' in parts: {(e.strerror or str(e)).lower()}") from e


def _write(
    job: Job, parts: Sequence[Piece], folder: WorkFolder, whole: StagedFile, on_progress: Callable[[Progress], None]
) -> None:
    try:
        _draw(parts, folder, on_progress)
        listing = folder.path / f"{FILE_PREFIX}-list.ffconcat"
        listing.write_text(_listing(parts, folder.path), encoding="utf-8")
        script = join(job.planned, str(listing))
        copied = replace(job.how, device=(), words=(*_without_video(job.encoding), "-c:v", "copy"))
        draw(replace(job, script=script, how=copied, labels=()), whole)
    except (OutputError, RenderError) as e:
        raise type(e)(f"{e}{_kept(parts, folder)}") from e
    except KeyboardInterrupt as e:
        raise KeyboardInterrupt(_kept(parts, folder).removeprefix("; ")) from e


def chunk_bounds(pts: I64, chunks: int, wanted: Sequence[int]) -> list[int]:
    """Frames at which parts begin, 0 and the last end included; fewer parts where frames do not allow as many.

    pts      i64 [n]   ticks of the frames
    wanted   frames at which a cut is welcome: encoders put keyframes at those anyway
    The wanted frame nearest to an even cut, if it is nearer than a quarter of a part, else the nearest one.
    """
    n, found, clean, welcome = len(pts), [0], _clean(pts), set(wanted)
    reach = n // chunks // 4
    for even in (round(k * n / chunks) for k in range(1, chunks)):
        first, last = max(even - reach, found[-1] + FEWEST_FRAMES), min(even + reach, n - FEWEST_FRAMES)
        near = [i for i in range(first, last + 1) if clean[i]]
        if near:
            found.append(min([i for i in near if i in welcome] or near, key=lambda i: (abs(i - even), i)))
    return [*found, n]


def _clean(pts: I64) -> NDArray[np.bool_]:
    """bool [n]: whether decoding times go on rising where a part begins there, however many frames are held back.

    The first of them lies before pts[i] by what lies between it and the first frame that needs no waiting.
    """
    n, clean = len(pts), np.ones(len(pts), np.bool_)
    for d in range(1, min(REORDERED, n // 2 - 1) + 1):
        clean[d + 1 : n - d] &= 2 * pts[d + 1 : n - d] - pts[2 * d + 1 :] > pts[: n - 2 * d - 1]
    return clean


def _parts(job: Job, sidecar: Sidecar, chunks: int) -> list[Piece]:
    planned, fg = job.planned, sidecar.fg
    if planned.time_base < FINEST:
        raise RenderError(
            f"FG's time base is {planned.time_base} s, too fine to join parts exactly; leave out --chunks"
        )
    jumps = [i for i, (a, b) in enumerate(pairwise(planned.bg_index), 1) if not 0 <= b - a <= 2]
    keys = np.searchsorted(fg.pts, keyframes(fg.path)) - planned.fg_first
    bounds = chunk_bounds(np.array(planned.fg_pts), chunks, [*jumps, *keys.tolist()])
    threads = ("-threads", str(max(1, -(-(os.cpu_count() or 1) // chunks))))
    suffix = "mp4" if encoder_in(job.encoding) in _MP4 else "mov"
    found = []
    for k, (a, b) in enumerate(pairwise(bounds)):
        drawn = _piece(planned, sidecar, a, b)
        script = compose(drawn)
        part = replace(job, planned=drawn, script=script, company=threads)
        words = (*part.inputs, *part.output_options, *part.encoding)
        decisive = (job.tool.banner, *words, script.graph, fg.sha256, sidecar.bg.sha256)
        key = hashlib.sha256("\0".join(decisive).encode()).hexdigest()[:20]
        ends = planned.fg_pts[b] if b < len(planned.fg_pts) else planned.fg_pts[-1]
        seconds = (int(ends) - int(planned.fg_pts[a])) * planned.time_base
        found.append(
            Piece(part, planned.fg_first + a, planned.fg_first + b - 1, f"{FILE_PREFIX}-{k}-{key}.{suffix}", seconds)
        )
    return found


def _piece(planned: Composition, sidecar: Sidecar, a: int, b: int) -> Composition:
    """Frames [a, b) without sound, from 0 on."""
    fg = sidecar.fg
    first = planned.fg_first + a
    piece = replace(
        planned,
        bg_index=planned.bg_index[a:b],
        fg_pts=planned.fg_pts[a:b],
        unmatched=planned.unmatched[a:b],
        fg_first=first,
        fg_start=int(planned.fg_pts[a]),
        fg_end=planned.fg_pts[b] if b < len(planned.fg_pts) else planned.fg_end,
        fg_entry=fg_seek(fg, first),
        has_audio=False,
        sound=None,
    )
    return with_seeks(piece, sidecar.bg)


def _draw(parts: Sequence[Piece], folder: WorkFolder, on_progress: Callable[[Progress], None]) -> None:
    """Those that are not there yet, all at the same time. One that fails ends the others."""
    there = folder.complete_files({part.name for part in parts})
    done = [Progress(part.job.frames) if part.name in there else Progress() for part in parts]
    stop = Event()

    def draw_part(k: int) -> None:
        def tell(now: Progress) -> None:
            if stop.is_set():
                raise _Stopped
            done[k] = now
            on_progress(Progress(*(sum(getattr(p, name) for p in done) for name in ("frames", "fps", "size"))))

        path = folder.path / parts[k].name
        begun = StagedFile(path.with_name(f"{FILE_PREFIX}-begun-{k}{path.suffix}"), path, True, folder.handles)
        try:
            draw(parts[k].job, begun, tell)
        except (RenderError, OSError) as e:
            said = f"cannot write it: {(e.strerror or str(e)).lower()}" if isinstance(e, OSError) else e
            raise RenderError(
                f"part {k + 1} of {len(parts)}, FG frames {parts[k].first} to {parts[k].last}: {said}"
            ) from e

    left = [k for k, part in enumerate(parts) if part.name not in there]
    with ThreadPoolExecutor(max(len(left), 1)) as pool:
        try:
            running = [pool.submit(draw_part, k) for k in left]
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
    errors = [error for future in running if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda e: isinstance(e, _Stopped)):
        raise error


def _listing(parts: Sequence[Piece], folder: Path) -> str:
    """For ffmpeg's concat demuxer. Where each part begins comes from sums: rounding each by itself would add up.

    Names are told from the list's own folder, unless that would be taken for a URL with something behind it.
    """
    place = str(folder.absolute()).replace("'", r"'\''")
    before = f"file:{place}/" if re.search("[#?]", place) else ""
    lines, begins = ["ffconcat version 1.0"], Fraction(0)
    for part in parts:
        ends = begins + part.seconds
        lines += [f"file '{before}{part.name}'", f"duration {round(ends * 10**6) - round(begins * 10**6)}us"]
        begins = ends
    return "\n".join([*lines, ""])


def _without_video(encoding: Sequence[str]) -> list[str]:
    """Options of sound and file. Those of a video encoder can stop ffmpeg where there is none ('-profile:v hq')."""
    kept, is_kept = [], True
    for word in encoding:
        if re.match(r"-/?[A-Za-z]", word):
            option, _, stream = word.partition(":")
            is_kept = option in _OF_FILE or not (stream.startswith("v") or word in _OF_VIDEO)
        kept += [word] * is_kept
    return kept


def _kept(parts: Sequence[Piece], folder: WorkFolder) -> str:
    count = len(folder.complete_files({part.name for part in parts}))
    there = f"; {count} of {len(parts)} parts are kept in '{folder.path}': the same command goes on from there"
    return there * bool(count)
