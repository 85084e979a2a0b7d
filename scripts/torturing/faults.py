"""What goes wrong while the program works: signals, full disks, inputs that change, forged caches, another run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from torturing.sandbox import Sandbox

Strike = Callable[[int], None]


@dataclass(frozen=True)
class Fault:
    """strike: done to the process while it runs. undo: after it.

    folder      where outputs go, with a slash; "" for the work folder
    pulled      inputs that the fault changes
    file_size   bytes that a file can have; -1: any
    is_twice    two runs at once
    spoil       what is done to the cache between two runs that share it
    """

    name: str
    strike: Strike | None = None
    undo: Callable[[], None] | None = None
    folder: str = ""
    pulled: frozenset[str] = frozenset()
    file_size: int = -1
    is_killed: bool = False
    is_twice: bool = False
    must_fail: bool = False
    spoil: Callable[[], None] | None = None

    @property
    def is_cached(self) -> bool:
        return self.spoil is not None


def heeds_signals(process: int) -> bool:
    """Whether the program's own code has begun, or is over: it catches SIGTERM, which Python by itself does not."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return True
    caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "ffffffff")
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def _signal(rng: Random, _: Sandbox, __: str) -> Fault:
    number = rng.choice((signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
    delay, is_group = rng.choice((0.0, rng.uniform(0, 0.3), rng.uniform(0, 2))), rng.random() < 0.5

    def strike(process: int) -> None:
        while not heeds_signals(process):
            time.sleep(0.001)
        time.sleep(delay)
        with suppress(ProcessLookupError):
            (os.killpg if is_group else os.kill)(process, number)

    who = " to the whole group" if is_group else ""
    return Fault(f"{number.name} after {delay:.2f} s{who}", strike, is_killed=number == signal.SIGKILL)


def _full(rng: Random, box: Sandbox, _: str) -> Fault:
    room = rng.choice((0, 4, 12, 40, 150))  # KiB
    (box.work / "full").mkdir()
    if not _mounted(box.work / "full", f"size={max(room, 4)}k"):
        return Fault(f"files of at most {4 + room} KiB", file_size=(4 + room) << 10)
    return Fault(f"a disk of {max(room, 4)} KiB", undo=lambda: _unmount(box.work / "full"), folder="full/")


def _locked(_: Random, box: Sandbox, __: str) -> Fault:
    folder = box.work / "full"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o500)
    elif not _mounted(folder, "ro"):  # a mode does not keep root out
        return Fault("no fault, as nothing can be mounted here")
    return Fault("a folder to read only", undo=lambda: _unmount(folder), folder="full/", must_fail=True)


def _mounted(folder: Path, options: str) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(words, capture_output=True).returncode == 0


def _unmount(folder: Path) -> None:
    if os.geteuid() == 0:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
    else:
        folder.chmod(0o700)


def _pulled(rng: Random, box: Sandbox, fg: str) -> Fault:
    name = rng.choice(("bg.mp4", fg))
    path, delay = box.work / name, rng.uniform(0, 1.5)
    change = rng.choice(("deleted", "cut", "emptied", "exchanged", "made a folder"))

    def strike(_: int) -> None:
        time.sleep(delay)
        match change:
            case "cut":
                os.truncate(path, path.stat().st_size // 2)
            case "emptied":
                os.truncate(path, 0)
            case "exchanged":
                shutil.copy(box.work / ("bg.mp4" if name == fg else fg), path.with_name("other"))
                path.with_name("other").replace(path)
            case _:
                path.unlink()
                if change == "made a folder":
                    path.mkdir()

    return Fault(f"'{name}' {change} after {delay:.2f} s", strike, pulled=frozenset((name,)))


def _spoilt(rng: Random, box: Sandbox, _: str) -> Fault:
    damage = rng.choice(("flipped", "cut", "grown", "linked", "a pipe", "a folder", "swapped"))
    seed = rng.random()

    def spoil() -> None:
        ours = Random(seed)
        entries = sorted(box.cache.iterdir())
        for path in entries:
            _spoil(path, entries, damage, ours)

    return Fault(f"cache entries {damage}", spoil=spoil)


def _spoil(path: Path, entries: list[Path], damage: str, rng: Random) -> None:
    data = bytearray(path.read_bytes()) if path.is_file() else bytearray(1)
    match damage:
        case "flipped":
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(data)
        case "cut":
            path.write_bytes(data[: rng.randrange(len(data))])
        case "grown":
            os.truncate(path, 1 << 40)
        case "swapped":
            other = rng.choice(entries)
            shutil.copy(other, path) if other != path and other.is_file() else path.write_bytes(bytes(data[::-1]))
        case _:
            path.unlink()
            if damage == "linked":
                path.symlink_to("/dev/zero")
            elif damage == "a pipe":
                os.mkfifo(path)
            else:
                path.mkdir()


def _twice(_: Random, __: Sandbox, ___: str) -> Fault:
    return Fault("another run of the same", is_twice=True)


FAULTS = (_signal, _signal, _signal, _full, _full, _locked, _pulled, _pulled, _spoilt, _twice)
