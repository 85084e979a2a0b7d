"""What `doctor` says: which ffmpeg is used, and what it can do."""

from __future__ import annotations

from collections.abc import Iterator

from vidkompy.model import Json


def ffmpeg_facts(named: str | None) -> Json:
    """named: path of a binary. Raises RenderError where it does not do."""
    from vidkompy.ffmpeg.binary import find_ffmpeg, hwaccels, list_ffmpegs
    from vidkompy.ffmpeg.encoder_presets import DEFAULT_ENCODER, PRESETS

    ffmpeg = find_ffmpeg(named, DEFAULT_ENCODER)
    return {
        "ffmpeg": str(ffmpeg.path),
        "origin": ffmpeg.origin,
        "version": ffmpeg.banner,
        "filters": len(ffmpeg.filters),
        "encoders": [name for name in PRESETS if name in ffmpeg.encoders],
        "all_encoders": len(ffmpeg.encoders),
        "hwaccels": list(hwaccels(ffmpeg)),
        "others": [
            {"ffmpeg": str(other.path), "origin": other.origin, "missing": other.missing_features(DEFAULT_ENCODER)}
            for other in list_ffmpegs()
            if other.path != ffmpeg.path
        ],
    }


def ffmpeg_lines(facts: Json) -> Iterator[str]:
    yield f"using     {facts['ffmpeg']} (from {facts['origin']})"
    yield f"version   {facts['version']}"
    yield f"filters   all {facts['filters']} known, none of those needed is missing"
    yield f"encoders  {', '.join(facts['encoders'])} ({facts['all_encoders']} in all)"
    yield f"hwaccels  {', '.join(facts['hwaccels']) or 'none'}"
    for other in facts["others"]:
        yield f"also here {other['ffmpeg']} (from {other['origin']}): {other['missing'] or 'capable too'}"
