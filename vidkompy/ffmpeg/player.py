"""Which program here plays a video for people, and how it is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from vidkompy.ffmpeg.arguments import file_argument
from vidkompy.ffmpeg.process import executable_on_path, run_player

_OPTIONS = {  # over and over, until it is closed: one look at a few seconds is not enough
    "ffplay": ("-v", "error", "-loop", "0", "-window_title", "vidkompy preview"),
    "mpv": ("--really-quiet", "--loop-file=inf", "--title=vidkompy preview"),
}
PLAYERS = tuple(_OPTIONS)
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # one of them is set where a window can be opened, but on macOS and Windows


class Player(NamedTuple):
    """One of PLAYERS, and where it is."""

    name: str
    path: str

    def play(self, video: Path) -> str:
        """What it says is wrong, as it shows the video; "" if it was closed as usual."""
        file = file_argument(video.absolute()) if self.name == "ffplay" else str(video.absolute())
        ended = run_player([self.path, *_OPTIONS[self.name], file])
        return "; ".join(ended.log[-2:]) or f"exit {ended.exit_code}" if ended.exit_code else ""


def find_player() -> Player | None:
    """The first of PLAYERS that is on PATH; None also where there is no display.

    ffplay then plays all the same, unseen, until it is killed (measured).
    """
    if sys.platform not in ("darwin", "win32") and not any(map(os.environ.get, _DISPLAYS)):
        return None
    found = (Player(name, path) for name in PLAYERS if (path := executable_on_path(name)))
    return next(found, None)
