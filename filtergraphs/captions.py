"""Text in a preview: numbers of each frame, by few filters of constant text, however many frames there are.

drawtext reads the expressions in its text anew for each frame: a map of 200,000 frames would take hours. setpts and
`enable` are read once. So the number that is to be written becomes the frame's timestamp, on a clock of whole seconds,
and drawtext writes that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from filtergraphs.composition import Composition
from filtergraphs.expressions import table
from filtergraphs.preview_layout import LINE_EMS, PreviewLayout
from filtergraphs.stream_ops import Stream

NO_NUMBER = -1  # an unmatched frame, a confidence that nobody measured
FG_COLOUR, BG_COLOUR = "0xE69F00", "0x56B4E9"  # orange and sky blue, which all kinds of sight tell apart (Okabe & Ito)
WARNING_COLOUR, TEXT_COLOUR, NAME_COLOUR = "0xF0E442", "white", "0xA0A0A0"  # yellow of the same set, white, grey
UNSURE_BELOW = 50  # hundredths: below one half a frame is more likely wrong than right
_WHOLE_NUMBER, _HUNDREDTHS, _TIME = "%{eif:t:d}", "%{eif:floor(t/100):d}.%{eif:mod(t,100):d:2}", "%{pts:hms}"
# places in a half line, in em: letters of usual fonts are 0.6 em wide; hms begins with a space, or a minus
_MARGIN, _LETTER, _NUMBER_AT, _TIME_AT, _VALUE_AT, _UNSURE_AT = 0.6, 0.55, 2.0, 6.4, 6.2, 9.2


@dataclass(frozen=True)
class Captions:
    """What is written below each frame of a composition.

    fg_frames       its index in FG's file
    fg_times        ticks of FG's time base since FG's first frame
    bg_frames       the BG frame it lies on, or NO_NUMBER
    confidences     hundredths, or NO_NUMBER
    """

    fg_frames: Sequence[int]
    fg_times: Sequence[int]
    bg_frames: Sequence[int]
    confidences: Sequence[int]


@dataclass(frozen=True)
class Remark:
    """A name and a value at the end of the second line. condition: expression in t, when they are shown."""

    name: str
    value: str
    colour: str = TEXT_COLOUR
    condition: str = ""


def caption(
    stream: Stream, c: Composition, captions: Captions, remarks: Sequence[Remark], layout: PreviewLayout
) -> Stream:
    """The stream with its text. Its frames count from 0; their timestamps are lost.

    remarks   about the frames on that clock
    """
    half = layout.frame[0] // 2
    for remark in remarks:
        stream = _text(stream, layout, half, 1, _MARGIN, remark.name, NAME_COLOUR, remark.condition)
        stream = _text(
            stream,
            layout,
            half,
            1,
            _MARGIN + _LETTER * (len(remark.name) + 1),
            remark.value,
            remark.colour,
            remark.condition,
        )
    for left, name, colour, values in (
        (0, "FG", FG_COLOUR, captions.fg_frames),
        (half, "BG", BG_COLOUR, captions.bg_frames),
    ):
        stream = _text(_carrying(stream, values), layout, left, 0, _MARGIN, name, colour)
        for text, condition in _or_word(_WHOLE_NUMBER, "unmatched", values):
            is_word = text == "unmatched"
            colour = WARNING_COLOUR if is_word else TEXT_COLOUR
            stream = _text(stream, layout, left, 0, _NUMBER_AT + _MARGIN, text, colour, condition)
    stream = _text(_carrying(stream, captions.confidences), layout, 0, 1, _MARGIN, "confidence", NAME_COLOUR)
    for text, condition in _or_word(_HUNDREDTHS, "unknown", captions.confidences):
        stream = _text(stream, layout, 0, 1, _VALUE_AT + _MARGIN, text, TEXT_COLOUR, condition)
    if any(0 <= value < UNSURE_BELOW for value in captions.confidences):
        condition = f"between(t,0,{UNSURE_BELOW - 1})"
        stream = _text(stream, layout, 0, 1, _UNSURE_AT + _MARGIN, "unsure", WARNING_COLOUR, condition)
    stream = stream.filter("settb", expr=f"{c.time_base.numerator}/{c.time_base.denominator}")
    stream = stream.filter("setpts", expr=table(captions.fg_times, "N"))
    return _text(stream, layout, 0, 0, _TIME_AT + _MARGIN, _TIME, TEXT_COLOUR)


def _carrying(stream: Stream, values: Sequence[int]) -> Stream:
    """The stream with these numbers as timestamps, in seconds."""
    return stream.filter("settb", expr="1/1").filter("setpts", expr=table(values, "N"))


def _or_word(text: str, word: str, values: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Text for numbers, and a word for NO_NUMBER, each with its condition; only what is needed."""
    has_number, has_none = max(values) > NO_NUMBER, min(values) == NO_NUMBER
    if has_number:
        yield text, "gte(t,0)" if has_none else ""
    if has_none:
        yield word, "lt(t,0)" if has_number else ""


def _text(
    stream: Stream, layout: PreviewLayout, left: int, line: int, ems: float, text: str, colour: str, condition: str = ""
) -> Stream:
    """Text so many em behind `left`, on the base line of its line. y names the top of the letters."""
    _, height = layout.frame
    base = height - layout.text_height + round(layout.font * (LINE_EMS * line + LINE_EMS * 5 / 6))
    shown = {"enable": condition} if condition else {}
    return stream.filter(
        "drawtext",
        text=text,
        font="Sans",
        fontsize=layout.font,
        fontcolor=colour,
        x=left + round(layout.font * ems),
        y=f"{base}-ascent",
        **shown,
    )
