"""Kdenlive, on a screen that nobody sees: what it makes of a project."""

import subprocess
import time
from pathlib import Path

from support.desktops import desktop, running, take_picture, wait_for
from support.export_readers import reader

WINDOW = "/kdenlive/MainWindow_1"


def saved_by_kdenlive(project: Path, folder: Path) -> Path:
    """The project, which Kdenlive has read and written over. A picture of its window is left in `folder`.

    It is asked on its bus: it has no option that opens and saves.
    """
    before = project.read_bytes()
    with desktop() as surroundings:
        surroundings["DBUS_SESSION_BUS_ADDRESS"] = address = f"unix:path={surroundings['XDG_RUNTIME_DIR']}/bus"
        bus = [reader("dbus-daemon", "dbus-daemon"), "--session", "--nofork", f"--address={address}"]
        with (
            running(bus, surroundings, folder / "bus.log"),
            running([reader("kdenlive", "kdenlive"), project], surroundings, folder / "kdenlive.log") as pid,
        ):

            def answer(of: str, method: str, *words: str) -> str:
                """What Kdenlive answers; nothing as long as it is not there."""
                call = [reader("gdbus", "libglib2.0-bin"), "call", "--session", "-d", f"org.kde.kdenlive-{pid}"]
                done = subprocess.run([*call, "-o", of, "-m", method, *words], env=surroundings, capture_output=True)
                return done.stdout.decode()

            title = (WINDOW, "org.freedesktop.DBus.Properties.Get", "org.qtproject.Qt.QWidget", "windowTitle")
            try:
                wait_for(lambda: f"{project.stem} [*]" in answer(*title))
                time.sleep(1)  # for its timeline to be drawn
            finally:
                take_picture(surroundings, folder / "kdenlive.png")
            answer(f"{WINDOW}/actions/file_save", "org.qtproject.Qt.QAction.trigger")
            wait_for(lambda: (text := project.read_bytes()) != before and text.rstrip().endswith(b"</mlt>"))
    return project
