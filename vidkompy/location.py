"""Where and when a picture sits in BG: a still, or some frames of a clip, each located by itself."""

from __future__ import annotations

from pathlib import Path

from vidkompy.measuring.proxy_acquisition import obtain_proxies
from vidkompy.media.clock_faults import check_times_are_distinct
from vidkompy.media.probe import probe
from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import evenly_spaced
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import Clip, Placement
from vidkompy.numerics.thread_limits import single_threaded_blas
from vidkompy.parameters import tuned
from vidkompy.placement.search_parameters import ScaleRange
from vidkompy.records import Record
from vidkompy.retrieval.frame_retrieval import FrameMatch, retrieve_frames
from vidkompy.retrieval.parameters import LocationParameters
from vidkompy.retrieval.picture_placement import place_picture

PICTURE_SCALES = ScaleRange(1 / 16, 16.0)  # canvas px per picture px that are tried by default


class LocationOptions(Record):
    """What is searched, and how sure the answer has to be.

    count            frames of a clip that are located at most, evenly spaced
    scale_range      canvas px per picture px that are tried
    min_confidence   probability of the placement being right below which the answer is refused
    bg_stream, picture_stream   which of a file's video streams is looked at, where it holds several
    """

    count: int = 8
    scale_range: ScaleRange = PICTURE_SCALES
    min_confidence: float = tuned(
        0.5, unit="probability", raising="more pictures are refused as not in BG", source="chosen by eye"
    )
    bg_stream: StreamSelector = MAIN_STREAM
    picture_stream: StreamSelector = MAIN_STREAM


class LocatedPicture(Record, eq=False):
    """placement: in px of BG's frames. matches: one for each frame of the picture that was looked for."""

    picture: Clip
    bg: Clip
    placement: Placement
    matches: tuple[FrameMatch, ...]


def locate(
    bg_path: str | Path,
    picture_path: str | Path,
    options: LocationOptions = LocationOptions(),
    on_progress: ProgressCallback | None = None,
    parameters: LocationParameters = LocationParameters(),
) -> LocatedPicture:
    """Find where and when a picture sits in BG: one placement in px of BG's frames, and a BG frame for each of its.

    picture_path   a still in any format that ffmpeg reads, or a clip
    on_progress    called with the name of a stage, steps done and steps in all; stages: "reading", "picture",
                   "background", "placing", "locating"
    parameters     tuned numbers
    Raises MediaError where a file cannot be read, NoMatch where the picture was not found or not surely enough.
    """
    with single_threaded_blas():
        report_progress(on_progress, "reading", 0, 2)
        bg_clip = probe(Path(bg_path), selector=options.bg_stream)
        picture_clip = probe(Path(picture_path), selector=options.picture_stream)
        for clip in (bg_clip, picture_clip):
            check_times_are_distinct(clip)
        report_progress(on_progress, "reading", 2, 2)
        picture = obtain_proxies(picture_clip, "picture", on_progress=on_progress)
        bg = obtain_proxies(bg_clip, "background", on_progress=on_progress)
        placed = place_picture(picture, bg, options.scale_range, options.min_confidence, on_progress, parameters)
        report_progress(on_progress, "locating", 0, 1)
        matches = retrieve_frames(picture, bg, placed, evenly_spaced(picture_clip.frames, options.count), parameters)
        report_progress(on_progress, "locating", 1, 1)
    return LocatedPicture(picture.clip, bg.clip, placed.placement, tuple(matches))


def as_json(located: LocatedPicture) -> dict[str, object]:
    """Plain values. Keys: picture, background (paths); placement: x, y, width, height (canvas px), score, confidence;
    frames: fields of FrameMatch, [low, high) as `alike`."""
    placement = located.placement
    return {
        "picture": str(located.picture.path),
        "background": str(located.bg.path),
        "placement": {k: getattr(placement, k) for k in ("x", "y", "width", "height", "score", "confidence")},
        "frames": [
            {
                "picture": match.fg,
                "background": match.bg,
                "seconds": match.seconds,
                "alike": [match.low, match.high],
                "score": match.score,
                "confidence": match.confidence,
            }
            for match in located.matches
        ],
    }
