"""A folder for one case: its files, files that nobody may touch, and what is on disk before and after."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

from support.folder_state import on_disk

CANARY = "nobody may change this file, nor read it into another\n"
TOKEN = "VIDKOMPY_TORTURE"  # in the environment of every process of a case: finds orphans

State = dict[str, tuple[str, int]]


class Door:
    """A socket on loopback that counts who calls."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._accepted = self._own = 0
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def calls(self) -> int:
        """Connections so far. One of its own, accepted after them, tells that all of them were counted."""
        with socket.create_connection(("127.0.0.1", self.port)) as own:
            own.recv(1)
        self._own += 1
        return self._accepted - self._own

    def _listen(self) -> None:
        while True:
            caller, _ = self._socket.accept()
            self._accepted += 1
            caller.close()


class Sandbox:
    """work: where the program runs. elsewhere: canaries. tmp, cache: the program's. prints: what it prints."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work, self.elsewhere, self.tmp, self.cache, self.prints = (
            root / name for name in ("work", "elsewhere", "tmp", "cache", "prints")
        )
        for folder in (self.work, self.elsewhere, self.tmp, self.cache, self.prints):
            folder.mkdir(parents=True)
        for folder in (self.work, self.elsewhere):
            (folder / "canary.txt").write_text(CANARY)

    def environment(self, is_cached: bool) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("VIDKOMPY_")}
        cache = str(self.cache) if is_cached else os.devnull
        ours = {"COLUMNS": "100", "NO_COLOR": "1", "VIDKOMPY_CACHE": cache, "TMPDIR": str(self.tmp)}
        return kept | ours | {TOKEN: str(self.root)}

    def state(self) -> State:
        """Of everything but the cache and what was printed: content, or what else it is, and time of change."""
        found: State = {}
        for folder in (self.work, self.elsewhere, self.tmp):
            found |= {f"{folder.name}/{name}": state for name, state in on_disk(folder).items()}
        return found

    def orphans(self) -> list[int]:
        """Processes of this case that are alive."""
        mark = f"{TOKEN}={self.root}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)]

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def _has(process: Path, mark: bytes) -> bool:
    try:
        is_alive = " Z " not in (process / "stat").read_text(errors="replace").rpartition(")")[2][:3]
        return is_alive and mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
