"""The sound of a clip, from the cache or decoded from its file."""

from __future__ import annotations

from functools import partial

import numpy as np

from vidkompy.alignment.audio_track import I16, decode_track, track_length
from vidkompy.alignment.parameters import AudioOffsetParameters
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.cache_entries import sound_body_size
from vidkompy.model import U8, Clip, Json


def obtain_track(clip: Clip, parameters: AudioOffsetParameters, cache: Cache) -> I16:
    """As `decode_track`, from the cache; what that does not have is decoded and stored there, by one run at a time.

    The cache holds tracks of the default numbers only.
    """
    kept = cache if parameters == AudioOffsetParameters() else NO_CACHE
    key = f"sound {clip.content_key} program {clip.program}"
    samples = track_length(clip, parameters)
    track = _kept_track(kept, key, samples)
    if track is not None:
        return track
    with kept.exclusive(key):
        track = _kept_track(kept, key, samples)  # of another run, if that was waited for
        if track is None:
            track = decode_track(clip, parameters)
            body = np.frombuffer(track.astype("<i2", copy=False).tobytes(), np.uint8)
            kept.store("sound", key, {"samples": samples}, body)
    return track


def _kept_track(cache: Cache, key: str, samples: int) -> I16 | None:
    def read(_: Json, body: U8) -> I16:
        return body.view("<i2").astype(np.int16, copy=False)

    return cache.load("sound", key, partial(sound_body_size, samples=samples), read)
