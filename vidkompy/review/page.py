"""The page of a review: that of a report, with frames that come when they are needed, and an editor."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment

from vidkompy.model import Json, Sidecar
from vidkompy.report.crops import AMPLIFICATION
from vidkompy.report.map_events import events_of
from vidkompy.report.page import PageKind, page_text
from vidkompy.report.page_data import frame_label, time_knots
from vidkompy.report.pictures import canvas_picture
from vidkompy.report.plots import plots_of
from vidkompy.report.selection import least_sure_frames, shown_frames

LEAST_SURE = 200  # frames that L goes through
EDITOR_KEYS = (
    ("[ ]", "look at BG frames further off"),
    ("Enter", "pin: the shown BG frame is right"),
    ("U", "the frame is not in BG"),
    ("X", "forget its pin"),
    ("shift + arrows", "move FG by 1 px; with Alt by 0.1 px"),
    ("A", "apply: align again"),
    ("Z Y", "undo, redo"),
    ("S", "save"),
)


def review_page(sidecar: Sidecar, state: Json) -> str:
    """state: what the session says of itself as the page is loaded. Raises MediaError."""
    frames, shown = sidecar.fg.frames, shown_frames(sidecar.frame_map)
    data = {
        "amplification": AMPLIFICATION,
        "frameCount": frames,
        "knots": time_knots(sidecar.fg),
        "bgCount": sidecar.bg.frames,
        "placeNumber": 0,
        "leastSure": least_sure_frames(sidecar.frame_map, LEAST_SURE),
        "strip": [{"fg": s.fg, "label": frame_label(sidecar.fg, s.fg), "reason": s.reason} for s in shown],
        "state": state,
    }
    events = events_of(sidecar)
    plots = plots_of(sidecar, events, canvas_picture(sidecar, shown[len(shown) // 2].fg))
    editor = Environment(autoescape=True).from_string(_resource("editor.html")).render(last=frames - 1)
    sources, script, css = (_resource(name) for name in ("live_source.js", "editing.js", "editor.css"))
    kind = PageKind("Review", sources, script, css, editor, EDITOR_KEYS, is_served=True)
    return page_text(sidecar, events, plots, data, kind)


def _resource(name: str) -> str:
    return files("vidkompy.review").joinpath(name).read_text("utf-8")
