"""Two files -> Sidecar: probe, decode, placement, features, engine. One straight line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.audio_offset import audio_offset, frame_hints, measure_lags
from vidkompy.alignment.calibration import with_confidence
from vidkompy.alignment.crops import Features, crop_features
from vidkompy.alignment.engine_contract import EngineName, SearchOptions, load_engine
from vidkompy.alignment.plausibility import with_implausible_runs_doubted
from vidkompy.errors import DamageError, MediaError, UsageError
from vidkompy.measuring import ProgressCallback, Span, decode_proxies, report_progress, single_threaded_blas
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.cache_entries import audio_lags_from_record, audio_lags_record, placement_from_record
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.media.integrity import probe_damaged
from vidkompy.media.probe import content_hash, probe
from vidkompy.media.proxies import Proxies, ProxyParameters, evenly_spaced
from vidkompy.model import DAMAGED_SOUND, I64, UNMATCHED, AudioLags, Box, Clip, FrameMap, Placement, Sidecar
from vidkompy.numerics.correlation import unit_rows
from vidkompy.placement import search
from vidkompy.placement.candidates import Hints
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.letterbox_exact import content_of
from vidkompy.placement.search import ScaleRange
from vidkompy.sidecar.quality import assess_quality

HAND_PX, HAND_FRAMES = 32, 24  # how and on how many frames a placement set by hand is looked at
HINTS = 6  # pairs of frames that sound alike and are looked at first
LEAST = 0.2  # confidence below which clips count as unrelated


@dataclass(frozen=True)
class AnalysisOptions:
    """What is known beforehand, and how sure the answer has to be.

    at         where FG lies
    scales     of FG that are tried
    seconds    of BG that are searched, from its first frame on; None: to its end
    least      confidence below which the answer is refused
    is_forced  whatever its confidence
    keeps_damaged  of damaged clips what decodes is taken
    """

    engine: EngineName = "precise"
    search: SearchOptions = SearchOptions()
    at: Placement | None = None
    scales: ScaleRange = ScaleRange()
    seconds: tuple[float, float | None] = (0.0, None)
    least: float = LEAST
    is_forced: bool = False
    keeps_damaged: bool = False


def analyze(
    bg_path: Path,
    fg_path: Path,
    wishes: AnalysisOptions = AnalysisOptions(),
    cache: Cache = NO_CACHE,
    report: ProgressCallback | None = None,
) -> Sidecar:
    """Where and when FG lies on BG. Raises MediaError, UsageError, NoMatch."""
    try:
        return _analyzed(bg_path, fg_path, wishes, cache, report)
    except DamageError as e:
        if wishes.keeps_damaged:
            raise
        raise MediaError(f"'{e.path}' is damaged: {e.what}; {_WAYS_OUT}") from e


_WAYS_OUT = "get an intact copy of it, or let analyze or compose go on with what decodes: --damaged keep"


def _analyzed(
    bg_path: Path, fg_path: Path, wishes: AnalysisOptions, cache: Cache, report: ProgressCallback | None
) -> Sidecar:
    with single_threaded_blas():
        bg_clip, fg_clip = _read(bg_path, fg_path, wishes, cache, report)  # both, before minutes are spent on one
        span = _span(bg_clip, wishes)
        search = _checked(wishes, fg_clip, span)
        heard = _heard(fg_clip, bg_clip, cache, report)
        fg, bg, placed = _placed(fg_clip, bg_clip, span, wishes, heard, cache, report)
        report_progress(report, "aligning", 1, 2)
        ours, theirs = crops_at(fg, bg, placed, wishes.engine)
        content = content_of(fg, bg, placed.placement, placed.box)
        fg_clip = fg.clip
        bg_clip = bg.clip if bg.clip.frames == bg_clip.frames else bg_clip
        del fg, bg  # hours of proxies fill memory
        found = align(ours, theirs, wishes.engine, search)
        report_progress(report, "aligning", 2, 2)
    frame_map = _moved(found, span[0])
    offset = None if heard is None else audio_offset(heard, frame_map.bg, fg_clip, bg_clip)
    where, pins = placed.placement, wishes.search.pins
    quality = assess_quality(where, frame_map, fg_clip, bg_clip, wishes.least, wishes.is_forced, offset, pins)
    return Sidecar(fg_clip, bg_clip, where, frame_map, wishes.engine, quality, pins, wishes.seconds, content)


@dataclass(frozen=True)
class PlacementResult:
    """box: FG's content, FG px. pairs: (FG, BG) frames that match at the placement."""

    box: Box
    placement: Placement
    pairs: list[tuple[int, int]]


def measure_placement(
    fg: Proxies,
    bg: Proxies,
    scales: ScaleRange = ScaleRange(),
    least: float = LEAST,
    heard: Hints = (),
    report: ProgressCallback | None = None,
) -> PlacementResult:
    """Raises NoMatch."""
    box = content_box(fg)
    told = partial(report_progress, report, "placing")
    return PlacementResult(box, *search.find_placement(fg, bg, box, scales, least, hints=heard, told=told))


def given_placement(fg: Proxies, bg: Proxies, at: Placement) -> PlacementResult:
    """At a known placement, with the pairs that match best there. Raises UsageError."""
    left, top, right, bottom = at.drawn
    if right <= 0 or bottom <= 0 or left >= bg.clip.width or top >= bg.clip.height:
        raise UsageError(
            f"--at puts FG outside the canvas: {right - left}x{bottom - top} at {left},{top} on "
            f"{bg.clip.width}x{bg.clip.height}; wanted a place that shows some of it"
        )
    box = content_box(fg)
    ours, theirs = crop_features(fg, bg, at, box, HAND_PX)
    sampled = evenly_spaced(len(ours), HAND_FRAMES)
    score = unit_rows(ours.luma[sampled]) @ unit_rows(theirs.luma).T
    best = np.argsort(-score.max(axis=1))[: HAND_FRAMES // 2]
    return PlacementResult(box, at, sorted((sampled[k], int(score[k].argmax())) for k in best))


def match(fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, search: SearchOptions) -> FrameMap:
    """Raises NoMatch where the engine cannot tell."""
    return align(*crops_at(fg, bg, placed, engine), engine, search)


def crops_at(fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName) -> tuple[Features, Features]:
    """FG, and BG at its place, as the engine wants to see them, without what was altered in FG."""
    ours, theirs = crop_features(fg, bg, placed.placement, placed.box, load_engine(engine).SIDE)
    mask = unaltered_mask(ours, theirs, placed.pairs)
    return replace(ours, mask=mask), replace(theirs, mask=mask)


def align(fg: Features, bg: Features, engine: EngineName, search: SearchOptions) -> FrameMap:
    """Raises NoMatch where the engine cannot tell."""
    chosen = load_engine(engine)
    return with_implausible_runs_doubted(
        with_confidence(chosen.align(fg, bg, search), chosen.SURENESS, search), fg, bg, search
    )


def _read(
    bg: Path, fg: Path, wishes: AnalysisOptions, cache: Cache, report: ProgressCallback | None
) -> tuple[Clip, Clip]:
    report_progress(report, "reading", 0, 2)
    bg_clip = _probed(bg, wishes, cache)
    report_progress(report, "reading", 1, 2)
    fg_clip = _probed(fg, wishes, cache)
    report_progress(report, "reading", 2, 2)
    if fg_clip.has_damaged_sound and not wishes.keeps_damaged:  # it is copied; BG's is drawn if that is asked for
        raise DamageError(
            fg, describe_faults([DetailedFault(fault) for fault in fg_clip.damage if fault.what == DAMAGED_SOUND])
        )
    return bg_clip, fg_clip


def _probed(path: Path, wishes: AnalysisOptions, cache: Cache) -> Clip:
    sha256 = content_hash(path)
    clip = cache.load_clip(path, sha256, wishes.keeps_damaged)
    if clip is None:
        clip = probe_damaged(path, sha256) if wishes.keeps_damaged else probe(path, sha256)
        cache.store_clip(clip, wishes.keeps_damaged)
    if clip.frames < 2:
        raise MediaError(f"'{path}' has 1 frame; wanted a video of at least 2 to align in time")
    return clip


def _span(bg: Clip, wishes: AnalysisOptions) -> Span:
    """BG frames that are shown within the seconds to search. Raises UsageError if fewer than 2 are."""
    first, last = wishes.seconds
    at = (bg.pts - bg.pts[0]) * float(bg.time_base)
    start = int(np.searchsorted(at, first - 1e-6))
    stop = bg.frames if last is None else int(np.searchsorted(at, last - 1e-6))
    if stop - start < 2:
        wanted = f"{first:g}-" if last is None else f"{first:g}-{last:g}"
        raise UsageError(
            f"--search {wanted} leaves {max(stop - start, 0)} BG frames; wanted at least 2 of the "
            f"{bg.frames} that '{bg.path}' shows from 0 to {bg.seconds(bg.frames - 1):.2f} s"
        )
    return start, stop


def _checked(wishes: AnalysisOptions, fg: Clip, span: Span) -> SearchOptions:
    """The search as the engine sees it, which counts BG frames from span[0]. Raises UsageError."""
    pins = sorted(set(wishes.search.pins))
    for i, j in pins:
        if not (0 <= i < fg.frames and span[0] <= j < span[1]):
            raise UsageError(
                f"pin {i}={j} is out of range; wanted an FG frame of 0..{fg.frames - 1} and a BG frame of "
                f"{span[0]}..{span[1] - 1}"
            )
    for (i, j), (k, m) in pairwise(pins):
        if i == k or (m < j and not wishes.search.reorder):
            raise UsageError(
                f"pins {i}={j} and {k}={m} exclude each other: "
                + ("one frame has one place" if i == k else "time goes back between them; --reorder allows that")
            )
    if wishes.search.reorder and wishes.engine.startswith("tunnel"):
        raise UsageError(f"--engine {wishes.engine} walks through BG in its order; with --reorder use --engine precise")
    return replace(wishes.search, pins=tuple((i, j - span[0]) for i, j in pins))


def _placed(
    fg_clip: Clip,
    bg_clip: Clip,
    span: Span,
    wishes: AnalysisOptions,
    heard: AudioLags | None,
    cache: Cache,
    report: ProgressCallback | None,
) -> tuple[Proxies, Proxies, PlacementResult]:
    """Both decoded, and where FG lies: from the cache what is there, but a search needs the large copies it lacks."""
    part = None if span == (0, bg_clip.frames) else span
    concealed = [clip.is_concealed for clip in (fg_clip, bg_clip)]
    key = f"placed {fg_clip.sha256} in {bg_clip.sha256} {part} {wishes.scales} {concealed}"
    known = None
    if wishes.at is None:
        known = cache.load_record(
            key, lambda record: placement_from_record(record, fg_clip, bg_clip, span[1] - span[0])
        )
    is_known = known is not None or wishes.at is not None
    bg = cache.load_proxies(bg_clip, part) if is_known else None
    bg = bg or _decoded(bg_clip, "background", part, cache, report, ProxyParameters().consecutive_frames)
    fg = cache.load_proxies(fg_clip) if is_known else None
    fg = fg or _decoded(fg_clip, "foreground", None, cache, report)
    if wishes.at is not None:
        return fg, bg, given_placement(fg, bg, wishes.at)
    if known is None:
        hinted = [] if heard is None else frame_hints(heard, fg_clip, bg_clip, HINTS, sorted(fg.large_frames))
        inside = [(i, j - span[0]) for i, j in hinted if span[0] <= j < span[1]]
        placed = measure_placement(fg, bg, wishes.scales, 0.0 if wishes.is_forced else wishes.least, inside, report)
        cache.store_record(key, asdict(placed))
        return fg, bg, placed
    return fg, bg, PlacementResult(*known)


def _decoded(
    clip: Clip, role: str, span: Span | None, cache: Cache, report: ProgressCallback | None, in_a_row: int = 1
) -> Proxies:
    done = decode_proxies(clip, role, report, span, in_a_row)
    cache.store_proxies(done, span)
    return done


def _heard(fg: Clip, bg: Clip, cache: Cache, report: ProgressCallback | None) -> AudioLags | None:
    """Where FG's sound is heard in BG: a witness to what the pictures said, which decide."""
    key = f"sound of {fg.sha256} in {bg.sha256}"
    kept = cache.load_record(key, audio_lags_from_record)
    if kept is not None:
        return kept[0]
    shown = report if fg.audio and bg.audio else None  # nobody listens where there is nothing to hear
    report_progress(shown, "listening", 0, 1)
    heard = measure_lags(fg, bg)
    report_progress(shown, "listening", 1, 1)
    cache.store_record(key, audio_lags_record(heard))
    return heard


def _moved(found: FrameMap, first: int) -> FrameMap:
    """The map of a part of BG that begins at this frame, as one of the whole."""

    def moved(v: I64) -> I64:
        return np.where(v == UNMATCHED, v, v + first)

    low, high = (None if v is None else moved(v) for v in (found.low, found.high))
    return replace(found, bg=moved(found.bg), low=low, high=high)
