"""A sidecar and its clips become a report: one page, and one picture of all plots where that is wanted."""

from __future__ import annotations

from collections.abc import Callable

from vidkompy.errors import UsageError
from vidkompy.model import Sidecar
from vidkompy.records import Record

Progress = Callable[[str, int, int], None]  # stage, done, total


class Report(Record):
    """page: HTML. png: a file of all plots; None where nobody wants it."""

    page: str
    png: bytes | None


def check_libraries() -> None:
    """Raises UsageError where the extra is not installed."""
    try:
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
    except ImportError as e:
        raise UsageError(
            f"a report is drawn by {e.name}, which is not installed: pip install 'vidkompy[report]'"
        ) from e


def make_report(sidecar: Sidecar, has_png: bool, on_progress: Progress) -> Report:
    """Raises MediaError where a frame does not decode, UsageError where the extra is not installed."""
    check_libraries()
    from vidkompy.report.map_events import events_of
    from vidkompy.report.page import page_text
    from vidkompy.report.page_data import page_data
    from vidkompy.report.pictures import canvas_picture, frame_pictures
    from vidkompy.report.plots import plots_of
    from vidkompy.report.png import png_of
    from vidkompy.report.selection import shown_frames

    shown = shown_frames(sidecar.frame_map)
    total = 3 * len(shown)  # BG frames at most
    frames = frame_pictures(sidecar, shown, lambda done: on_progress("pictures", done, total))
    events = events_of(sidecar)
    plots = plots_of(sidecar, events, canvas_picture(sidecar, shown[len(shown) // 2].fg))
    page = page_text(sidecar, events, plots, page_data(sidecar, frames))
    return Report(page, png_of(plots) if has_png else None)
