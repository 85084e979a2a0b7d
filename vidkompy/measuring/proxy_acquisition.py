"""Proxies of a clip, from the cache or decoded from its file."""

from __future__ import annotations

from dataclasses import replace

from vidkompy.errors import MediaError
from vidkompy.media.cache import Cache
from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies, ProxyParameters, kept_large_frames, make_proxies
from vidkompy.model import Clip, FrameSpan
from vidkompy.placement.candidates import CandidateParameters

MIN_SIDE = 8  # px of a frame's width and height; smaller pictures are refused
MAX_ASPECT_RATIO = 32  # of a frame, either way; longer or taller pictures are refused


def obtain_proxies(
    clip: Clip,
    stage: str,
    cache: Cache,
    on_progress: ProgressCallback | None,
    span: FrameSpan | None = None,
    in_a_row: int = 1,
    needs_large: bool = False,
    held_frames: int = CandidateParameters.large_frames,
    parameters: ProxyParameters = ProxyParameters(),
) -> Proxies:
    """Proxies from the cache, decoded and stored there where it has none.

    stage         name under which decoding is reported
    span          frames to take; None: all
    in_a_row      large copies that are kept of consecutive frames, see `make_proxies`
    needs_large   large copies are needed: a search for the placement needs them, and the cache has none
    held_frames   large copies that are kept, at least
    The cache holds proxies of the default numbers only. Raises MediaError.
    """
    is_default = held_frames == CandidateParameters.large_frames and parameters == ProxyParameters()
    cached = cache.load_proxies(clip, span) if is_default and not needs_large else None
    if cached is not None:
        return replace(cached, kept_large=kept_large_frames(cached.clip, held_frames, in_a_row, parameters))
    decoded = decode_proxies(clip, stage, on_progress, span, in_a_row, held_frames, parameters)
    if is_default:
        cache.store_proxies(decoded, span)
    return decoded


def decode_proxies(
    clip: Clip,
    stage: str,
    on_progress: ProgressCallback | None,
    span: FrameSpan | None = None,
    in_a_row: int = 1,
    held_frames: int = CandidateParameters.large_frames,
    parameters: ProxyParameters = ProxyParameters(),
) -> Proxies:
    """Proxies from the file: of all frames of the clip, or of those of the span. Arguments as for `obtain_proxies`.

    Raises MediaError, also for pictures that are too small or too narrow to be placed.
    """
    short_side, long_side = sorted((clip.width, clip.height))
    if short_side < MIN_SIDE or long_side > MAX_ASPECT_RATIO * short_side:
        raise MediaError(
            f"'{clip.path}' is {clip.width}x{clip.height}: too little of a picture to place; wanted at least "
            f"{MIN_SIDE} px either way, and at most {MAX_ASPECT_RATIO} times as long as wide"
        )
    total = clip.frames if span is None else span.stop - span.first
    return make_proxies(
        clip, held_frames, lambda n: report_progress(on_progress, stage, n, total), span, in_a_row, parameters
    )
