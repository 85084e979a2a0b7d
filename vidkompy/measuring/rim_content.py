"""FG's content without its rim, measured on the large copies that the full-size check has, and kept in the cache."""

from __future__ import annotations

from vidkompy.measuring.proxy_alignment import RevisedAnswer
from vidkompy.media.cache import Cache
from vidkompy.media.cache_entries import rim_depths_of
from vidkompy.media.proxies import Proxies
from vidkompy.model import PixelBox
from vidkompy.placement.rim import Copy, RimPair, RimParameters, rim_depths
from vidkompy.tracking.full_size_check import chosen_frames
from vidkompy.tracking.parameters import TrackingParameters


def content_without_rim(
    content: PixelBox | None,
    answer: RevisedAnswer,
    fg: Proxies,
    bg: Proxies,
    key: str,
    cache: Cache,
    rim: RimParameters,
    tracking: TrackingParameters,
) -> PixelBox | None:
    """FG px with a picture, bars and rim left out: left, top, right, bottom; None if that is all.

    content   the same without bars alone
    key       names what the proxies follow from
    Of interlaced clips, whose copies are of one field, and of frames that mix two of BG's, no rim is looked for. Nor is
    where parts of FG are ignored: a bar that holds subtitles is kept, and looks like a rim where these end.
    Raises MediaError where frames that are needed do not decode.
    """
    if fg.field_order or bg.field_order or answer.kind or fg.ignored:
        return content
    record_key = f"rim of {key} at {answer.revision.placement}"
    depths = cache.load_record(record_key, rim_depths_of)
    width, height = fg.clip.width, fg.clip.height
    left, top, right, bottom = without_bars = content or (0, 0, width, height)
    if depths is None:
        depths = _measured(answer, fg, bg, without_bars, rim, tracking)
        cache.store_record(record_key, {"depths": list(depths)})
    inside = left + depths[0], top + depths[1], right - depths[2], bottom - depths[3]
    is_all = inside == (0, 0, width, height)
    return None if is_all else inside


def _measured(
    answer: RevisedAnswer, fg: Proxies, bg: Proxies, box: PixelBox, rim: RimParameters, tracking: TrackingParameters
) -> tuple[int, int, int, int]:
    revision = answer.revision
    bg_of_fg, track = revision.frame_map.bg, revision.track
    frames = list(chosen_frames(fg, bg, bg_of_fg, tracking.full_size))
    if track is not None:
        frames = [i for i in frames if abs(track.at[i, 4]) <= rim.most_degrees]
    pairs = [
        RimPair(above, below, revision.placement if track is None else track.placement(i))
        for i, above, below in zip(frames, fg.large(frames), bg.large([int(bg_of_fg[i]) for i in frames]), strict=True)
    ]
    if not pairs:
        return 0, 0, 0, 0
    fg_copy, bg_copy = (Copy((clip.clip.width, clip.clip.height), clip.large_factor) for clip in (fg, bg))
    black = 0.0 if fg.clip.colour.range == "pc" or fg.levels is not None else rim.black
    compared = fg.compared(pairs[0].fg.shape, fg.large_factor)
    return rim_depths(pairs, fg_copy, bg_copy, box, black, compared, rim)
