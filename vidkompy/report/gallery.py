"""A page of many pairs: a table with a small picture of each, which sorts and filters itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from vidkompy.records import Record
from vidkompy.report.clock_text import probability_text
from vidkompy.report.html_page import html_page, resource

SIGNS = {"done": "✓", "refused": "≠", "failed": "✕", "timeout": "◷", "memory": "▲", "crashed": "✱"}
OTHER_SIGN = "?"
MAX_NOTE = 400  # characters of a message: what a process said last may be long
PICTURE_SIZE = 160, 90  # px that a picture has in the table
NOT_DONE, NOT_KNOWN = -1, 2  # ranks beside confidences: no answer is the least sure, one that was set by hand the most
MARK = "vidkompy batch"
PAGE_MARK = f'<meta name="generator" content="{MARK}">'  # near its start, tells such a page from others
SOURCES = {"img-src": "'self' file: data:"}  # 'self' means nothing in a page that is a file


class Link(NamedTuple):
    url: str
    text: str


class GalleryEntry(Record):
    """A pair.

    number      of its row in the manifest; 0: not known
    confidence  of the answer; None where it has none
    clips       names of FG and of BG, or nothing
    notes       what is doubtful, or why it failed
    picture     path from the page, or ""
    files       what is linked: paths from the page, and what they are called
    """

    name: str
    status: str
    seconds: float
    number: int = 0
    confidence: float | None = None
    clips: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    picture: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def confidence_rank(self) -> float:
        if self.status != "done":
            return NOT_DONE
        return NOT_KNOWN if self.confidence is None else self.confidence


def gallery_page(name: str, entries: Sequence[GalleryEntry], facts: Sequence[tuple[str, str]], moment: str) -> str:
    """The whole page, those without an answer and the least sure first.

    name     of the batch
    facts    of all of it, in words
    moment   when this was so
    """
    counts = Counter(entry.status for entry in entries)
    order = [*(status for status in SIGNS if status in counts), *sorted(counts.keys() - SIGNS.keys())]
    return html_page(
        "gallery.html.jinja",
        resource("gallery.css"),
        resource("gallery.js"),
        SOURCES,
        kind="Batch of pairs",
        mark=MARK,
        name=name,
        entries=[_row(entry) for entry in sorted(entries, key=lambda e: (e.confidence_rank, e.number, e.name))],
        facts=facts,
        statuses=[{"name": status, "sign": _sign(status), "count": f"{counts[status]:,}"} for status in order],
        picture_width=PICTURE_SIZE[0],
        picture_height=PICTURE_SIZE[1],
        moment=moment,
    )


def _row(entry: GalleryEntry) -> dict[str, object]:
    """What the template reads of it."""
    percent = None if entry.confidence is None else round(100 * entry.confidence)
    return {
        "name": entry.name,
        "status": entry.status,
        "sign": _sign(entry.status),
        "number": entry.number,
        "confidence_rank": f"{entry.confidence_rank:.6g}",
        "confidence_text": "" if entry.confidence is None else probability_text(entry.confidence),
        "confidence_percent": percent,
        "seconds": f"{entry.seconds:.3f}",
        "seconds_text": f"{entry.seconds:,.1f}",
        "clips": entry.clips,
        "notes": [note if len(note) <= MAX_NOTE else f"{note[:MAX_NOTE]} ..." for note in entry.notes],
        "picture": _url(entry.picture),
        "links": [Link(_url(path), text) for path, text in entry.files],
    }


def _sign(status: str) -> str:
    return SIGNS.get(status, OTHER_SIGN)


def _url(path: str) -> str:
    """Relative, of a path with slashes. A name may hold what means something in a URL, or be no text.

    >>> _url("100% #1/caf\\u00e9?.html")
    '100%25%20%231/caf%C3%A9%3F.html'
    """
    return quote(path.encode("utf-8", "surrogateescape"))
