"""The revised answer held against large copies of some frames, which the cache spares a second run to decode."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from typing import Literal

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.measuring.proxy_alignment import RevisedAnswer
from vidkompy.media.cache import Cache
from vidkompy.media.cache_entries import full_size_fields
from vidkompy.media.proxies import Proxies
from vidkompy.model import Box
from vidkompy.tracking.full_size_check import FullSizeCheck, check_full_size
from vidkompy.tracking.parameters import TrackingParameters


def doubt_at_full_size(
    answer: RevisedAnswer,
    fg: Proxies,
    bg: Proxies,
    box: Box,
    search: SearchOptions,
    key: str,
    cache: Cache,
    parameters: TrackingParameters,
) -> RevisedAnswer:
    """The answer, with less confidence and the reason where frames fit better elsewhere.

    key   names what the proxies follow from
    Views of interlaced clips mix two moments, and of frames between two of BG's neither is right: none is asked. Nor is
    where frames are pinned: who pins them has looked, and waits for no clip to be decoded again.
    Raises MediaError where frames that are needed do not decode.
    """
    if fg.field_order or bg.field_order or answer.kind or search.pins:
        return answer
    revision = answer.revision
    one = revision.placement
    still = [one.x, one.y, one.width, one.height, 0.0]
    at = np.tile(np.array(still), (len(fg.small), 1)) if revision.track is None else revision.track.at
    bg_of_fg = revision.frame_map.bg
    digest = sha256(at.tobytes() + bg_of_fg.tobytes()).hexdigest()
    record_key = f"full size of {key} at {digest}"
    fields = cache.load_record(record_key, full_size_fields)
    if fields is None:
        check = check_full_size(fg, bg, box, at, bg_of_fg, parameters.registration, parameters.full_size)
        cache.store_record(record_key, asdict(check))
    else:
        check = FullSizeCheck(*fields)
    found = check.contradiction(parameters.full_size)
    if found is None:
        return answer
    of: Literal["both", "time"] = "time" if found.in_time_only else "both"
    return answer._replace(revision=revision.capped(parameters.check.contradicted, found.words, of))
