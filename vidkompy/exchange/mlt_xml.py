"""MLT XML as all its readers take it: media, profile, the time map of a clip, FG's place.

At timeline frame k the link `timeremap` with image_mode "nearest" shows BG's frame floor(map(k) * BG's rate) (measured
with melt 7.12). The map says seconds; between its keys it is straight. A run has a key at its first and at its last
frame, half a step into what is to be seen, so that no rounding leads to its neighbour: frames are exact, whatever the
rates of both clips. Source: https://www.mltframework.org/docs/mltxml, and MLT's link_timeremap,
https://www.mltframework.org/plugins/LinkTimeremap/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.frame_sampling import entry_point
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline
from vidkompy.media.file_urls import relative_path
from vidkompy.media.probe import number_in_file
from vidkompy.model import Clip, Run, Sidecar

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
KEY_DIGITS = 12  # of a second: less than the thousandth part of what would show another frame, in hours of film
COLOUR_SPACES = {"bt709": "709", "bt2020nc": "2020", "smpte170m": "601", "bt470bg": "601"}  # by ffmpeg's matrix
MOST_SD_PIXELS = 750_000  # up to which MLT takes a clip of unknown matrix for 601, above for 709 (producer_avformat.c)


def root_element(request: ExportRequest, producer: str) -> Element:
    """producer: the id of the element that a player plays."""
    return Element("mlt", {"LC_NUMERIC": "C", "version": "7.0.0", "producer": producer, "title": request.name})


def add_properties(parent: Element, **values: str) -> None:
    for name, value in values.items():
        SubElement(parent, "property", {"name": name}).text = value


def range_of(length: int) -> dict[str, str]:
    """First and last frame, as `in` and `out`."""
    return {"in": "0", "out": str(length - 1)}


def media_properties(clip: Clip, request: ExportRequest) -> dict[str, str]:
    """A path that cannot be taken for an address, as one could that has a colon in its first part.

    Raises UsageError for a name that MLT cannot open: it takes the backslash off "\\?".
    """
    path = relative_path(clip.path, request.folder)
    if "\\?" in path:
        raise UsageError(f"MLT cannot open '{path}', as \\? is in its name; rename that file or folder")
    resource = path if Path(path).is_absolute() else f"./{path}"
    stream = {"video_index": str(number_in_file(clip))} if clip.stream else {}
    return {"mlt_service": "avformat", "resource": resource, **stream}


def profile(fg: Media, bg: Clip) -> Element:
    """BG's canvas at FG's rate, in the matrix that MLT takes BG's samples to be in: BG then stays as it is."""
    sar = bg.sar or Fraction(1)
    display = Fraction(bg.width, bg.height) * sar
    unknown = "601" if bg.width * bg.height <= MOST_SD_PIXELS else "709"
    return Element(
        "profile",
        {
            "description": "vidkompy",
            "width": str(bg.width),
            "height": str(bg.height),
            "progressive": "1",
            "sample_aspect_num": str(sar.numerator),
            "sample_aspect_den": str(sar.denominator),
            "display_aspect_num": str(display.numerator),
            "display_aspect_den": str(display.denominator),
            "frame_rate_num": str(fg.rate.numerator),
            "frame_rate_den": str(fg.rate.denominator),
            "colorspace": COLOUR_SPACES.get(bg.colour.space, unknown),
        },
    )


def add_time_map(chain: Element, runs: Iterable[Run], timeline: Timeline) -> None:
    """A link that shows these runs of BG; frames are counted from the chain's first one on.

    Older MLTs call `time_map` `map`.
    """
    keys = ";".join(_keys(runs, timeline))
    remap = {"mlt_service": "timeremap", "map": keys, "time_map": keys, "image_mode": "nearest", "pitch": "0"}
    add_properties(SubElement(chain, "link"), **remap)


def pixel_losses(sidecar: Sidecar) -> Iterator[Loss]:
    yield Loss("pixels", "MLT lays FG over BG in 8-bit RGB: most samples stay, saturated ones can be some levels off")
    fg = sidecar.fg
    if sidecar.track is not None or (sidecar.placement.width, sidecar.placement.height) != (fg.width, fg.height):
        yield Loss("pixels", "FG is scaled by MLT, as the program's interpolation says, not quite as render does")


def _keys(runs: Iterable[Run], timeline: Timeline) -> Iterator[str]:
    """frame=seconds of BG."""
    for run in runs:
        if run.bg is None:
            continue
        for k in sorted({0, run.count - 1}):
            position = entry_point(run, is_step_exact=False) + run.rate * k
            yield f"{run.fg + k}={float(position / timeline.bg.rate):.{KEY_DIGITS}f}"
