"""What editors of every kind lose of a sidecar, beside what each format does to the map.

All of them hold a timeline with BG on the lower video track, FG on the upper one, and FG's sound.
"""

from __future__ import annotations

from collections.abc import Iterator

from vidkompy.drawing.margins import margins_of
from vidkompy.exchange.losses import Loss, motion_losses
from vidkompy.exchange.timeline import Ranges, Timeline
from vidkompy.model import Placement, Sidecar


def editor_losses(
    timeline: Timeline, sidecar: Sidecar, names_streams: bool = False, has_keyframes: bool = False
) -> Iterator[Loss]:
    """What the format lacks of that.

    names_streams   whether it says which of a file's video streams is shown
    has_keyframes   whether it says where FG lies in each frame
    """
    yield from timeline.losses(sidecar)
    if not names_streams:
        yield from stream_losses(sidecar)
    if not has_keyframes:
        yield from motion_losses(sidecar)
    if sidecar.content is not None:
        are, _, them = margins_of(sidecar.content, (sidecar.fg.width, sidecar.fg.height))
        yield Loss("content", f"FG's {are} shown: crop {them} in the editor")
    yield from gap_losses(timeline)
    yield from track_losses(sidecar)
    if sidecar.bg.audio:
        yield Loss("sound", "BG's sound is muted, FG's is heard" if sidecar.fg.audio else "BG's sound is muted")


def track_losses(sidecar: Sidecar) -> Iterator[Loss]:
    if (track_count := len(sidecar.fg.audio)) > 1:
        yield Loss("sound", f"of FG's {track_count} sound tracks the first is laid")


def stream_losses(sidecar: Sidecar) -> Iterator[Loss]:
    """Losses of formats that name files, not streams."""
    for name, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)):
        if clip.stream:
            yield Loss(
                "stream",
                f"{name} is video stream {clip.stream} of its file, and editors may show another: make a file of it "
                f"and analyse that: ffmpeg -i IN -map 0:v:{clip.stream} -map 0:a? -c copy OUT.mkv",
            )


def gap_losses(timeline: Timeline) -> Iterator[Loss]:
    if timeline.unmatched:
        yield _range_loss("unmatched", "unmatched frames lie over a gap in BG", timeline.unmatched)


def marker_losses(timeline: Timeline) -> Iterator[Loss]:
    """Losses of formats that have no markers."""
    if timeline.unsure:
        yield _range_loss("unsure", "unsure frames are not marked", timeline.unsure)


def pixel_aspect_losses(sidecar: Sidecar) -> Iterator[Loss]:
    """Losses of formats whose pixels are square."""
    if sidecar.bg.sar != 1 or sidecar.fg.sar != 1:
        yield Loss("placement", "pixels that are not square are taken for square ones")


def placement_text(placement: Placement) -> str:
    return f"{placement.width:g}x{placement.height:g} at {placement.x:g},{placement.y:g}"


def _range_loss(kind: str, message: str, ranges: Ranges) -> Loss:
    count = sum(stop - first for first, stop in ranges)
    first_frame, _ = ranges[0]
    return Loss(kind, f"{count} {message}", count, 0, first_frame)
