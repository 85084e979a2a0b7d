"""Proxies of a clip, from the cache or decoded from its file."""

from __future__ import annotations

from dataclasses import replace

from vidkompy.errors import MediaError
from vidkompy.measuring.clip_pair import ClipPair
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.concurrent_work import run_at_once
from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies, ProxyParameters
from vidkompy.media.proxy_decoding import kept_frames, make_proxies
from vidkompy.media.proxy_segments import clip_key
from vidkompy.model import Clip, FrameSpan
from vidkompy.placement.candidates import CandidateParameters

MIN_SIDE = 8  # px of a frame's width and height; smaller pictures are refused
MAX_ASPECT_RATIO = 32  # of a frame, either way; longer or taller pictures are refused


def obtain_both(
    pair: ClipPair,
    cache: Cache = NO_CACHE,
    on_progress: ProgressCallback | None = None,
    needs_large: bool = False,
    held_frames: int = CandidateParameters.large_frames,
    parameters: ProxyParameters = ProxyParameters(),
) -> tuple[Proxies, Proxies]:
    """Proxies of FG, and of the part of BG that is searched, as `obtain_proxies` has them; both are decoded at once."""
    numbers = needs_large, held_frames, parameters

    def of_bg(report: ProgressCallback) -> Proxies:
        in_a_row = parameters.consecutive_frames
        return obtain_proxies(pair.bg, "background", cache, report, pair.bg_part, in_a_row, *numbers)

    def of_fg(report: ProgressCallback) -> Proxies:
        return obtain_proxies(pair.fg, "foreground", cache, report, None, 1, *numbers)

    bg, fg = run_at_once(of_bg, of_fg, on_progress)
    return replace(fg, ignored=pair.ignored), bg


def obtain_proxies(
    clip: Clip,
    stage: str,
    cache: Cache = NO_CACHE,
    on_progress: ProgressCallback | None = None,
    span: FrameSpan | None = None,
    in_a_row: int = 1,
    needs_large: bool = False,
    held_frames: int = CandidateParameters.large_frames,
    parameters: ProxyParameters = ProxyParameters(),
) -> Proxies:
    """Proxies from the cache; what that does not have is decoded and stored there, by one run at a time.

    stage         name under which decoding is reported, and waiting for another run that decodes the same
    span          frames to take; None: all
    in_a_row      large copies that are kept of consecutive frames, see `make_proxies`
    needs_large   large copies are needed in memory: a search for the placement needs them
    held_frames   large copies that are kept, at least
    The cache holds proxies of the default numbers only.
    Raises MediaError, also for pictures that are too small or too narrow to be placed.
    """
    _check_shape(clip)
    is_default = held_frames == CandidateParameters.large_frames and parameters == ProxyParameters()
    wanted = clip, held_frames, span, in_a_row, parameters, cache if is_default else NO_CACHE, needs_large
    total = clip.frames if span is None else span.stop - span.first

    def report_waiting() -> None:
        report_progress(on_progress, f"{stage} (another run)", kept_frames(*wanted), total)

    def report_decoded(n: int) -> None:
        report_progress(on_progress, stage, n, total)

    if not is_default or kept_frames(*wanted) == total:
        return make_proxies(*wanted, on_frame=report_decoded)
    with cache.exclusive(f"proxies {clip_key(clip, span)}", report_waiting):
        return make_proxies(*wanted, on_frame=report_decoded)


def kept_proxies(clip: Clip, cache: Cache) -> Proxies | None:
    """Proxies of all frames if the cache has them, whether or not the file is there; None if it has not."""
    wanted = clip, CandidateParameters.large_frames, None, 1, ProxyParameters(), cache, False
    if kept_frames(*wanted) < clip.frames:
        return None
    try:
        return make_proxies(*wanted)
    except (MediaError, OSError):  # an entry is damaged, and the file is not as it was
        return None


def _check_shape(clip: Clip) -> None:
    short_side, long_side = sorted((clip.width, clip.height))
    if short_side < MIN_SIDE or long_side > MAX_ASPECT_RATIO * short_side:
        raise MediaError(
            f"'{clip.path}' is {clip.width}x{clip.height}: too little of a picture to place; wanted at least "
            f"{MIN_SIDE} px either way, and at most {MAX_ASPECT_RATIO} times as long as wide"
        )
