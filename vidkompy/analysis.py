"""Two clips -> Sidecar, in one line: probe, audio lags, proxies, placement, crops, engine, quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from vidkompy.alignment.audio_offset import audio_offset, frame_hints, measure_lags
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.interlacing import relation_reasons
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.errors import DamageError, MediaError, NoMatch, UsageError
from vidkompy.measuring.clip_pair import ClipPair, check_search, probe_pair
from vidkompy.measuring.colour_measurement import measure_colours
from vidkompy.measuring.full_size_answer import doubt_at_full_size
from vidkompy.measuring.given_placement import (
    Corner,
    GivenPlacementParameters,
    adopt_placement,
    placement_at_corner,
    size_note,
)
from vidkompy.measuring.moving_places import moving_place_check
from vidkompy.measuring.pinned_frames import ask_pins, with_unmatched_pins
from vidkompy.measuring.placement_search import search_placement
from vidkompy.measuring.proxy_acquisition import obtain_both
from vidkompy.measuring.proxy_alignment import RevisedAnswer, align_and_revise
from vidkompy.measuring.rim_content import content_without_rim
from vidkompy.measuring.track_acquisition import obtain_track
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.cache_entries import audio_lags_from_record, audio_lags_record, placement_from_record
from vidkompy.media.mask_picture import ignored_boxes
from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies, ProxyParameters
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import (
    AudioLags,
    FrameMap,
    PixelBox,
    Placement,
    PlacementResult,
    Quality,
    Sidecar,
)
from vidkompy.numerics.thread_limits import single_threaded_blas
from vidkompy.parameters import tuned
from vidkompy.placement.candidates import FrameIndexPairs
from vidkompy.placement.letterbox_exact import exact_content_box
from vidkompy.placement.refusals import confidence_refusal
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange
from vidkompy.records import Record
from vidkompy.sidecar.pins import pinned_runs
from vidkompy.sidecar.quality import QualityParameters, assess_quality
from vidkompy.sidecar.rounding import rounded
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.revision import Revision

DAMAGE_ADVICE = "get an intact copy of it, or let analyze or compose go on with what decodes: --damaged keep"


class AnalysisOptions(Record):
    """What the user knows beforehand, and how sure the answer has to be. Named as options of the command line.

    engine          way to match frames
    search          what the engine may assume; BG frames of its pins count from BG's first frame
    at              placement, if it is known: then it is not searched
    at_corner       FG's left upper corner, canvas px, if only that is known: its size is its own, or found there
    may_move        FG's place may move: it is followed where the pixels say so; None: unless it is given
    scale_range     canvas px per FG px that are tried
    search_seconds  s of BG after its first frame, [from, to) that is searched; None: to its end
    min_confidence  probability of being right below which the answer is refused
    force           take the best answer whatever its confidence
    keep_damaged    go on with what decodes of damaged clips
    bg_stream, fg_stream   which of a file's video streams is the clip, where it holds several
    ignore          FG px: boxes of what is not BG's
    mask            picture in the shape of FG's frames, white where FG is looked at, black where it is not BG's
    """

    engine: EngineName = "precise"
    search: SearchOptions = SearchOptions()
    at: Placement | None = None
    at_corner: Corner | None = None
    may_move: bool | None = None
    scale_range: ScaleRange = ScaleRange()
    search_seconds: tuple[float, float | None] = (0.0, None)
    min_confidence: float = tuned(
        0.2, unit="probability", raising="more pairs of clips are refused as unrelated", source="chosen by eye"
    )
    force: bool = False
    keep_damaged: bool = False
    bg_stream: StreamSelector = MAIN_STREAM
    fg_stream: StreamSelector = MAIN_STREAM
    ignore: tuple[PixelBox, ...] = ()
    mask: Path | None = None

    @property
    def is_placed(self) -> bool:
        """Whether the user says where FG lies."""
        return self.at is not None or self.at_corner is not None


class AnalysisParameters(Record):
    """Tuned numbers of the analysis and of its stages."""

    proxies: ProxyParameters = ProxyParameters()
    placement: PlacementParameters = PlacementParameters()
    alignment: AlignmentParameters = AlignmentParameters()
    tracking: TrackingParameters = TrackingParameters()
    given: GivenPlacementParameters = GivenPlacementParameters()
    audio_hints: int = tuned(
        6,
        unit="pairs of frames that sound alike and are tried first as candidates of the placement",
        raising="more of FG is covered by the first candidates, at more CPU",
        source="chosen by eye",
    )
    colours: ColourParameters = ColourParameters()
    quality: QualityParameters = QualityParameters()


def analyze(
    bg_path: str | Path,
    fg_path: str | Path,
    options: AnalysisOptions = AnalysisOptions(),
    cache: Cache = NO_CACHE,
    on_progress: ProgressCallback | None = None,
    parameters: AnalysisParameters = AnalysisParameters(),
) -> Sidecar:
    """Find where and when FG lies on BG: its placement in px of BG's frames, and the BG frame of each FG frame.

    options      what is known beforehand, and how sure the answer has to be
    cache        of what earlier analyses measured on the same clips; the default neither reads nor writes one
    on_progress  called with the name of a stage, steps done and steps in all; stages: "reading", "listening",
                 "background", "foreground", "placing", "aligning", "following"; those that need not run are left out.
                 "background (another run)" and "foreground (another run)" wait for another run that decodes the clip.
                 Both clips are decoded at once, their reports come in turn, and all in the thread of the caller
    parameters   tuned numbers
    Raises MediaError where a clip cannot be read or is damaged, UsageError where the options exclude each other or do
    not fit the clips, NoMatch where the answer is not as sure as `options` want.
    """
    if options.search.parameters != AlignmentParameters():
        raise UsageError(
            "SearchOptions.parameters would be overwritten; give AnalysisParameters(alignment=...) instead"
        )
    try:
        with single_threaded_blas():
            return _analyze(Path(bg_path), Path(fg_path), options, cache, on_progress, parameters)
    except DamageError as e:
        if options.keep_damaged:
            raise
        raise MediaError(f"'{e.path}' is damaged: {e.problem}; {DAMAGE_ADVICE}") from e


def _analyze(
    bg_path: Path,
    fg_path: Path,
    options: AnalysisOptions,
    cache: Cache,
    on_progress: ProgressCallback | None,
    parameters: AnalysisParameters,
) -> Sidecar:
    pair = _probe(bg_path, fg_path, options, cache, on_progress)
    search_options = replace(check_search(options.search, options.engine, pair), parameters=parameters.alignment)
    lags = _obtain_audio_lags(pair, cache, on_progress, parameters)
    fg, bg, placed, answer = _obtain_answer(pair, lags, search_options, options, cache, on_progress, parameters)
    letterboxes = parameters.placement.letterbox, parameters.placement.exact_letterbox
    content = exact_content_box(fg, bg, placed.placement, placed.box, answer.revision.frame_map.bg, *letterboxes)
    pair = pair.as_decoded(fg, bg)
    tracking, clips = parameters.tracking, f"{_pair_key(pair)}{_changed_numbers(parameters)}"
    answer = doubt_at_full_size(answer, fg, bg, placed.box, search_options, clips, cache, tracking)
    rim = parameters.placement.rim
    content = content_without_rim(content, answer, fg, bg, clips, cache, rim, tracking)
    asked = fg, bg, placed, options.engine, search_options, pair.span.first, tracking
    (revision, kind, repeats), pinned = ask_pins(answer, *asked)
    relation = relation_reasons(fg.clip, bg.clip, kind, (fg.lost_order, bg.lost_order))
    sized = [] if options.at_corner is None else [size_note(placed.placement, pair.fg)]
    notes = (*sized, *revision.reasons, *pinned, *relation, *repeats)
    colours = measure_colours(fg, bg, placed.box, revision, parameters.colours)
    del fg, bg
    frame_map = with_unmatched_pins(pair.counted_from_bg_start(revision.frame_map), options.search.pins)
    report_progress(on_progress, "aligning", 2, 2)
    _require_confidence(revision, placed, pair, options, notes)
    quality = _assess(pair, revision, frame_map, lags, notes, options, parameters)
    is_forced = quality.is_forced and not options.is_placed  # nobody forces what is set by hand
    quality = replace(quality, is_forced=is_forced)
    pins, searched = pinned_runs(dict(options.search.pins)), options.search_seconds
    answer_values = rounded(revision.placement), frame_map, options.engine, quality, pins, searched
    return Sidecar(pair.fg, pair.bg, *answer_values, content, pair.ignored, revision.track, colours)


def _probe(
    bg_path: Path, fg_path: Path, options: AnalysisOptions, cache: Cache, on_progress: ProgressCallback | None
) -> ClipPair:
    """The clips, and what is ignored of FG."""
    seconds, streams = options.search_seconds, (options.bg_stream, options.fg_stream)
    pair = probe_pair(bg_path, fg_path, seconds, options.keep_damaged, cache, on_progress, *streams)
    return replace(pair, ignored=ignored_boxes(options.ignore, options.mask, pair.fg))


def _require_confidence(
    revision: Revision, placed: PlacementResult, pair: ClipPair, options: AnalysisOptions, notes: Sequence[str]
) -> None:
    """Raises NoMatch where neither one place nor a moving one is as sure as the options want."""
    confidence = revision.place_confidence
    if options.force or revision.is_recognised or confidence is None or confidence >= options.min_confidence:
        return
    refusal = confidence_refusal(placed.placement, pair.fg, pair.bg, pair.span, options.min_confidence, notes)
    raise NoMatch(refusal)


def _obtain_audio_lags(
    pair: ClipPair, cache: Cache, on_progress: ProgressCallback | None, parameters: AnalysisParameters
) -> AudioLags | None:
    """Lags of FG's sound against BG's, from the cache or measured. They give hints; the pictures decide."""
    key = f"sound of {pair.fg.content_key} in {pair.bg.content_key}{_changed_numbers(parameters)}"
    cached = cache.load_record(key, audio_lags_from_record)
    if cached is not None:
        (cached_lags,) = cached
        return cached_lags
    if not (pair.fg.audio and pair.bg.audio):
        on_progress = None
    report_progress(on_progress, "listening", 0, 1)
    track_of = partial(obtain_track, cache=cache)
    lags = measure_lags(pair.fg, pair.bg, parameters.alignment.audio_offset, track_of)
    report_progress(on_progress, "listening", 1, 1)
    cache.store_record(key, audio_lags_record(lags))
    return lags


def _obtain_answer(
    pair: ClipPair,
    lags: AudioLags | None,
    search: SearchOptions,
    options: AnalysisOptions,
    cache: Cache,
    on_progress: ProgressCallback | None,
    parameters: AnalysisParameters,
) -> tuple[Proxies, Proxies, PlacementResult, RevisedAnswer]:
    """FG's and BG's proxies, the placement, and the answer there.

    A search that ended as FG's place seemed to move is done to its end where the place stands after all, and is unsure.
    """
    may_move = not options.is_placed if options.may_move is None else options.may_move
    tracking = parameters.tracking
    for ends_early in (may_move, False):
        fg, bg, placed = _obtain_placement(pair, lags, options, ends_early, cache, on_progress, parameters)
        report_progress(on_progress, "aligning", 1, 2)
        answer = align_and_revise(fg, bg, placed, options.engine, may_move, search, tracking, on_progress)
        revision = answer.revision
        is_sure = (revision.place_confidence or 0.0) >= tracking.check.sure_placement
        if not placed.ended_early or is_sure or revision.track is not None or revision.is_recognised:
            break
    return fg, bg, placed, answer


def _obtain_placement(
    pair: ClipPair,
    lags: AudioLags | None,
    options: AnalysisOptions,
    ends_early: bool,
    cache: Cache,
    on_progress: ProgressCallback | None,
    parameters: AnalysisParameters,
) -> tuple[Proxies, Proxies, PlacementResult]:
    """FG's and BG's proxies, and the placement: given, from the cache, or searched, which takes large copies.

    ends_early   where the place seems to move, no better one that stands is looked for
    """
    key = _placement_key(pair, options.scale_range, parameters) + ("" if ends_early else " standing")
    cached = None if options.is_placed else _cached_placement(pair, key, cache)
    is_searched = not options.is_placed and cached is None
    needs_large = is_searched or options.at_corner is not None
    held_frames = parameters.placement.candidates.large_frames
    fg, bg = obtain_both(pair, cache, on_progress, needs_large, held_frames, parameters.proxies)
    placed = cached or _place(fg, bg, pair, lags, options, ends_early, on_progress, parameters)
    if is_searched:
        cache.store_record(key, asdict(placed))
    for proxies in (fg, bg):
        proxies.release()
    return fg, bg, placed


def _cached_placement(pair: ClipPair, key: str, cache: Cache) -> PlacementResult | None:
    start, stop = pair.span
    fields = cache.load_record(key, lambda record: placement_from_record(record, pair.fg, pair.bg, stop - start))
    return None if fields is None else PlacementResult(*fields)


def _placement_key(pair: ClipPair, scale_range: ScaleRange, parameters: AnalysisParameters) -> str:
    return f"placed {_pair_key(pair)} {scale_range}{_changed_numbers(parameters)}"


def _pair_key(pair: ClipPair) -> str:
    concealed = [clip.is_concealed for clip in (pair.fg, pair.bg)]
    ignored = f" without {pair.ignored}" if pair.ignored else ""
    return f"{pair.fg.content_key} in {pair.bg.content_key} {pair.bg_part} {concealed}{ignored}"


def _changed_numbers(parameters: AnalysisParameters) -> str:
    """Numbers that are not the defaults, for keys of the cache: those of the default numbers follow the code that
    states them.
    """
    return "" if parameters == AnalysisParameters() else f" {parameters}"


def _place(
    fg: Proxies,
    bg: Proxies,
    pair: ClipPair,
    lags: AudioLags | None,
    options: AnalysisOptions,
    ends_early: bool,
    on_progress: ProgressCallback | None,
    parameters: AnalysisParameters,
) -> PlacementResult:
    """The placement that the user gave, or that is found from the proxies. Raises UsageError, NoMatch."""
    given = parameters.placement.letterbox, parameters.alignment.crops, parameters.given
    if options.at is not None:
        return adopt_placement(fg, bg, options.at, *given)
    if options.at_corner is not None:
        search = partial(_search, fg, bg, pair, lags, options, ends_early, on_progress, parameters)
        return adopt_placement(
            fg, bg, placement_at_corner(fg, bg, options.at_corner, search, options.force, *given), *given
        )
    return _search(fg, bg, pair, lags, options, ends_early, on_progress, parameters)


def _search(
    fg: Proxies,
    bg: Proxies,
    pair: ClipPair,
    lags: AudioLags | None,
    options: AnalysisOptions,
    ends_early: bool,
    on_progress: ProgressCallback | None,
    parameters: AnalysisParameters,
) -> PlacementResult:
    """Raises NoMatch."""
    audio_pairs: FrameIndexPairs = ()
    if lags is not None:
        start, stop = pair.span
        pairs = frame_hints(lags, pair.fg, pair.bg, parameters.audio_hints, sorted(fg.large_frames))
        audio_pairs = [(i, j - start) for i, j in pairs if start <= j < stop]
    wanted, numbers = (0.0 if options.force else options.min_confidence), parameters.placement
    is_moving = moving_place_check(ends_early, numbers.registration.coarse_fit, parameters.tracking)
    return search_placement(fg, bg, options.scale_range, 0.0, audio_pairs, on_progress, numbers, wanted, is_moving)


def _assess(
    pair: ClipPair,
    revision: Revision,
    frame_map: FrameMap,
    lags: AudioLags | None,
    notes: Sequence[str],
    options: AnalysisOptions,
    parameters: AnalysisParameters,
) -> Quality:
    """Raises NoMatch where the answer is less sure than the options want."""
    numbers = parameters.alignment.audio_offset
    offset = None if lags is None else audio_offset(lags, frame_map.bg, pair.fg, pair.bg, numbers)
    return assess_quality(
        replace(revision.placement, confidence=revision.place_confidence),
        frame_map,
        pair.fg,
        pair.bg,
        options.min_confidence,
        options.force,
        offset,
        parameters.quality,
        pair.span,
        notes,
        revision.is_recognised,
        options.search.pins,
    )
