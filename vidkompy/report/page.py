"""A report as one HTML page: what is found in words, plots, and pictures of frames that can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from vidkompy.counts import count_text
from vidkompy.drawing.rounding import rounding_error, rounding_text
from vidkompy.model import UNMATCHED, Clip, Json, Sidecar
from vidkompy.records import Record
from vidkompy.report.clock_text import clock_text, probability_text
from vidkompy.report.crops import AMPLIFICATION, LONGEST_SIDE
from vidkompy.report.findings import px_text
from vidkompy.report.html_page import html_page, resource, script_json
from vidkompy.report.map_events import MapEvents
from vidkompy.report.plots import Plot
from vidkompy.report.svg import role_rules, svg_of

SCRIPTS = ("pictures.js", "viewer.js", "actions.js")  # in the order of their use
OWN_SOURCES = {"img-src": "data:"}  # pictures that the page holds
SERVED_SOURCES = {"img-src": "'self' data:", "connect-src": "'self'"}  # and what its server has
HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
KEYS = (
    ("→ or N", "next frame"),
    ("← or P", "previous frame"),
    ("L", "least sure frame; again: the next one"),
    ("space", "FG or BG at the same place"),
    ("F", "flicker between FG and BG"),
    ("W", "wipe; drag its edge, or , and ."),
    ("D", "difference"),
    ("1 2 3", "BG one before, chosen, one after"),
    ("?", "these keys"),
)


class DrawnPlot(Record):
    """A plot in the page, for a desk and for a phone."""

    name: str
    title: str
    finding: str
    wide: Markup
    narrow: Markup


class PageKind(Record):
    """What a page is beside a report: one that is served live edits, too.

    name              above its title
    sources           script that says where frames come from
    script, css       behind those of a report
    editor            HTML behind the viewer
    keys              of the editor, and what they do
    is_served         pictures and answers come from the server that the page comes from
    """

    name: str = "Alignment report"
    sources: str = ""
    script: str = ""
    css: str = ""
    editor: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    is_served: bool = False


REPORT = PageKind()


def page_text(sidecar: Sidecar, events: MapEvents, plots: Sequence[Plot], data: Json, kind: PageKind = REPORT) -> str:
    """The whole page. data: what its scripts read."""
    css = f"{resource('page.css')}\n{role_rules()}\n{kind.css}"
    sources, *others = SCRIPTS
    scripts = (kind.sources or resource(sources), *(resource(name) for name in others), kind.script)
    return html_page(
        "page.html.jinja",
        css,
        "\n".join(scripts),
        SERVED_SOURCES if kind.is_served else OWN_SOURCES,
        kind=kind.name,
        editor=Markup(kind.editor),  # noqa: S704 - our own files
        data=script_json(data),
        plots=[_drawn(plot) for plot in plots],
        facts=list(_facts(sidecar, events)),
        reasons=sidecar.quality.reasons,
        note=_note(sidecar),
        keys=(*KEYS, *kind.keys),
        fg_name=sidecar.fg.path.name,
        bg_name=sidecar.bg.path.name,
        fg_facts=_clip_facts(sidecar.fg),
        bg_facts=_clip_facts(sidecar.bg),
    )


def _drawn(plot: Plot) -> DrawnPlot:
    wide, narrow = (Markup(svg_of(plot, is_narrow)) for is_narrow in (False, True))  # noqa: S704 - no text of the sidecar
    return DrawnPlot(plot.name, plot.title, plot.finding, wide, narrow)


def _facts(sidecar: Sidecar, events: MapEvents) -> Iterator[tuple[str, str]]:
    where, quality, frame_map = sidecar.placement, sidecar.quality, sidecar.frame_map
    moves = ", and moves" if sidecar.track is not None else ""
    sure = "" if where.confidence is None else f", right with probability {probability_text(where.confidence)}"
    at = f"{px_text(where.x)}, {px_text(where.y)}"
    rounding = (
        "" if moves else rounding_text(where.drawn[:2], rounding_error(where, (sidecar.fg.width, sidecar.fg.height)))
    )
    drawn = f"; {rounding}" if rounding else ""
    yield "Place", f"{at} of {sidecar.bg.width} x {sidecar.bg.height} px{moves}{sure}{drawn}"
    matched = int((frame_map.bg != UNMATCHED).sum())
    runs = count_text(len(events.runs), "run")
    yield "Frames", f"{matched:,} of {sidecar.fg.frames:,} FG frames lie on a BG frame, in {runs}"
    if quality.confidence is not None:
        unsure = f"{quality.unsure:,} unsure" if quality.unsure else "none unsure"
        forced = "; less than wanted, and forced" if quality.is_forced else ""
        yield "Confidence", f"{probability_text(quality.confidence)} for place and time together, {unsure}{forced}"
    if quality.sound_late_ms is not None:
        yield "Sound", f"{quality.sound_late_ms:+.0f} ms against FG's picture"


def _note(sidecar: Sidecar) -> str:
    is_hdr = any(clip.colour.transfer in HDR_TRANSFERS for clip in (sidecar.fg, sidecar.bg))
    hdr = " High dynamic range is shown as stored, without tone mapping." if is_hdr else ""
    return (
        f"BG is cropped, turned and scaled to where FG lies, at most {LONGEST_SIDE} px long. Differences are taken "
        f"once BG has FG's brightness and contrast, and are amplified {AMPLIFICATION} times; of the right BG frame "
        f"they are darkest. Frames with a ? are those that the alignment is least sure of. "
        f"A click on a plot over time shows the frame of that time, or the nearest that has pictures.{hdr}"
    )


def _clip_facts(clip: Clip) -> str:
    rate = f"{float(clip.frame_rate):.5g} frames a second"
    length = clock_text(clip.seconds(clip.frames - 1))
    frames = count_text(clip.frames, "frame")
    return f"{clip.width} x {clip.height}, {frames} to {length}, {rate}, sha256 {clip.sha256[:12]}"
