"""Shotcut, on a screen that nobody sees: what it makes of a project."""

import subprocess
import time
from pathlib import Path

from support.desktops import desktop, running, take_picture, wait_for
from support.export_readers import reader


def saved_by_shotcut(project: Path, folder: Path) -> Path:
    """The project, which Shotcut has read and written over. A picture of its window is left in `folder`.

    It is asked by keys: it has no option that opens and saves.
    """
    before = project.read_bytes()
    keys = reader("xdotool", "xdotool")
    with (
        desktop() as surroundings,
        running([reader("shotcut", "shotcut"), "--noupgrade", project], surroundings, folder / "shotcut.log"),
    ):

        def windows() -> list[str]:
            """Those whose title names the project."""
            words = [keys, "search", "--onlyvisible", "--name", project.name]
            return subprocess.run(words, env=surroundings, capture_output=True, text=True).stdout.split()

        try:
            wait_for(lambda: bool(windows()))
            time.sleep(1)  # for its timeline to be drawn
        finally:
            take_picture(surroundings, folder / "shotcut.png")
        for words in (["windowfocus", windows()[0]], ["key", "ctrl+s"]):
            subprocess.run([keys, *words], env=surroundings, check=True)
        wait_for(lambda: (text := project.read_bytes()) != before and text.rstrip().endswith(b"</mlt>"))
    return project
