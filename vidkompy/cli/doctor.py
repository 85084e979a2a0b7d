"""What `doctor` says: which ffmpeg is used, and what it can do."""

from __future__ import annotations

from collections.abc import Iterator


def ffmpeg_lines(named: str | None) -> Iterator[str]:
    """named: path of a binary. Raises RenderError where it does not do."""
    from vidkompy.ffmpeg.binary import find_ffmpeg, hwaccels, list_ffmpegs
    from vidkompy.ffmpeg.encoder_presets import DEFAULT_ENCODER, PRESETS

    ffmpeg = find_ffmpeg(named, DEFAULT_ENCODER)
    encoders = ", ".join(name for name in PRESETS if name in ffmpeg.encoders)
    yield f"using     {ffmpeg.path} (from {ffmpeg.origin})"
    yield f"version   {ffmpeg.banner}"
    yield f"filters   all {len(ffmpeg.filters)} known, none of those needed is missing"
    yield f"encoders  {encoders} ({len(ffmpeg.encoders)} in all)"
    yield f"hwaccels  {', '.join(hwaccels(ffmpeg)) or 'none'}"
    for other in list_ffmpegs():
        if other.path != ffmpeg.path:
            missing = other.missing_features(DEFAULT_ENCODER)
            yield f"also here {other.path} (from {other.origin}): {missing or 'capable too'}"
