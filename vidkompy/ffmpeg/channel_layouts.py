"""Channel layouts: the one that each sound is drawn in, so that filters and encoders of every ffmpeg take it."""

from __future__ import annotations

import re

from vidkompy.ffmpeg.sound_preflight import FirstSound
from vidkompy.records import Record

# ffmpeg's name: its channels. What aac and libvorbis take, from ffmpeg 5.1 on (tests/ffmpeg/test_channel_layouts.py).
# Of layouts above 8 channels, and of those with height channels, aformat drops some without a message.
LAYOUTS = {
    "mono": "FC",
    "stereo": "FL+FR",
    "2.1": "FL+FR+LFE",
    "3.0": "FL+FR+FC",
    "3.0(back)": "FL+FR+BC",
    "4.0": "FL+FR+FC+BC",
    "quad": "FL+FR+BL+BR",
    "quad(side)": "FL+FR+SL+SR",
    "3.1": "FL+FR+FC+LFE",
    "5.0": "FL+FR+FC+BL+BR",
    "5.0(side)": "FL+FR+FC+SL+SR",
    "4.1": "FL+FR+FC+LFE+BC",
    "5.1": "FL+FR+FC+LFE+BL+BR",
    "5.1(side)": "FL+FR+FC+LFE+SL+SR",
    "6.0": "FL+FR+FC+BC+SL+SR",
    "6.0(front)": "FL+FR+FLC+FRC+SL+SR",
    "hexagonal": "FL+FR+FC+BL+BR+BC",
    "6.1": "FL+FR+FC+LFE+BC+SL+SR",
    "6.1(back)": "FL+FR+FC+LFE+BL+BR+BC",
    "6.1(front)": "FL+FR+LFE+FLC+FRC+SL+SR",
    "7.0": "FL+FR+FC+BL+BR+SL+SR",
    "7.0(front)": "FL+FR+FC+FLC+FRC+SL+SR",
    "7.1": "FL+FR+FC+LFE+BL+BR+SL+SR",
    "7.1(wide)": "FL+FR+FC+LFE+BL+BR+FLC+FRC",
    "7.1(wide-side)": "FL+FR+FC+LFE+FLC+FRC+SL+SR",
    "octagonal": "FL+FR+FC+BL+BR+BC+SL+SR",
}


class Layout(Record):
    """A channel layout that is drawn.

    name        as ffmpeg calls it
    is_folded   the sound fits no layout: its channels are folded down to stereo, in turn left and right
    """

    name: str
    is_folded: bool = False

    @property
    def channels(self) -> int:
        """0 where the layout is none of LAYOUTS."""
        return LAYOUTS[self.name].count("+") + 1 if self.name in LAYOUTS else 0


def drawn_layout(sound: FirstSound) -> Layout:
    """The sound's own layout, or the one of the same channels in another order; else it is folded down.

    >>> from fractions import Fraction
    >>> start = Fraction(0)
    >>> drawn_layout(FirstSound(start, 7, "7 channels (FL+FR+FC+LFE+SL+SR+BC)"))
    Layout(name='6.1', is_folded=False)
    """
    if sound.layout in LAYOUTS:
        return Layout(sound.layout)
    listed = re.fullmatch(r"\d+ channels \((.+)\)", sound.layout)
    channels = sorted(listed[1].split("+")) if listed else []
    same_channels = [name for name, layout in LAYOUTS.items() if sorted(layout.split("+")) == channels]
    return Layout(same_channels[0]) if same_channels else Layout("stereo", is_folded=True)


def has_layout(sound: FirstSound) -> bool:
    """Whether that ffmpeg knows where its channels belong: its filters take no other sound.

    >>> from fractions import Fraction
    >>> start = Fraction(0)
    >>> has_layout(FirstSound(start, 7, "7 channels"))
    False
    """
    return not re.fullmatch(r"\d+ channels", sound.layout)


def layout_remarks(role: str, sound: FirstSound, drawn: Layout) -> list[str]:
    """What the user is to know of a layout that changes. role: FG or BG."""
    if drawn.is_folded:
        return [
            f"{role}'s sound is mixed down to stereo, as its {sound.channels} channels fit no common layout: channels "
            "1, 3 and so on are heard on the left, the others on the right"
        ]
    return [] if drawn.name == sound.layout else [f"{role}'s sound, {sound.layout}, is laid out as {drawn.name}"]
