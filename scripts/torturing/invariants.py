"""What must hold after every run. Each claim that fails has a name."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error

from torturing.running import Ended
from torturing.sandbox import CANARY, Sandbox, State

CODES = (0, 1, 2, 3, 130, 143)
FEW_LINES = 15  # on stderr, beside notes and losses: a usage error takes 10
LONG_LINE = 2000  # characters
CPU_A_RUN = 20.0  # s that any run may take, and
CPU_A_BYTE = 20e-6  # s for each byte of its inputs
MEMORY = 3 << 29  # bytes, and 20 for each byte of the inputs
OURS = re.compile(r"(^|/)\.vidkompy-")  # what a killed run may leave
GRACE = 2.0  # s until a process that was told to end has ended


@dataclass(frozen=True)
class Failure:
    kind: str
    detail: str


@dataclass(frozen=True)
class Run:
    """named: files in the work folder that may be written. pulled: those that the fault changes itself.

    swept: what a run before it left when it was killed, which may go, and what its children then still wrote.
    """

    words: tuple[str, ...]
    ended: Ended
    out: bytes
    err: str
    before: State
    after: State
    named: frozenset[str]
    input_size: int
    pulled: frozenset[str] = frozenset()
    cpu_limit: float = CPU_A_RUN  # s, beside what its inputs may take
    must_fail: bool = False
    is_killed: bool = False  # by the case, with SIGKILL
    keeps: bool = False  # says that it keeps finished parts, or another run beside it does
    calls: int = 0
    swept: frozenset[str] = frozenset()


def failures(run: Run, box: Sandbox) -> Iterator[Failure]:
    """Of one run of the program."""
    yield from _ending(run)
    yield from _cost(run)
    yield from _messages(run)
    yield from _files(run)
    yield from _outputs(run, box)
    yield from _orphans(box)
    yield from _script(run, box)


def _ending(run: Run) -> Iterator[Failure]:
    code = run.ended.code
    if code not in CODES and not (run.is_killed and code == -9):
        kind = "slow" if code in (-24, -9) else "exit code"
        yield Failure(kind, f"exit {code}")
    if "Traceback (most recent call last)" in run.err or "Exception ignored" in run.err:
        yield Failure("traceback", run.err.strip().splitlines()[-1][:200])
    if run.must_fail and code == 0:
        yield Failure("accepted", "exit 0 for what leads elsewhere or cannot be written")
    if run.calls:
        yield Failure("connected", f"{run.calls} connections")


def _cost(run: Run) -> Iterator[Failure]:
    if run.ended.cpu > run.cpu_limit + CPU_A_BYTE * run.input_size:
        yield Failure("slow", f"{run.ended.cpu:.1f} s of CPU for {run.input_size} bytes")
    if run.ended.memory > MEMORY + 20 * run.input_size:
        yield Failure("memory", f"{run.ended.memory >> 20} MiB for {run.input_size} bytes")


def _messages(run: Run) -> Iterator[Failure]:
    lines = [line for line in run.err.splitlines() if not line.startswith(("note: ", "loss   "))]
    if len(lines) > FEW_LINES:
        yield Failure("talk", f"{len(lines)} lines on stderr, such as {lines[0][:80]!r}")
    elif longest := max(filter(lambda line: len(line) > LONG_LINE, lines), key=len, default=""):
        yield Failure("talk", f"a line of {len(longest)} characters: {longest[:80]!r}")
    if run.ended.code in (1, 2, 3, 130) and not run.err.strip() and b"damaged" not in run.out and not run.out:
        yield Failure("silence", f"exit {run.ended.code} without a word")
    if CANARY.strip() in run.err or CANARY.strip().encode() in run.out:
        yield Failure("read", "a canary's text was printed")


def _files(run: Run) -> Iterator[Failure]:
    changed = {name for name in run.before.keys() | run.after.keys() if run.before.get(name) != run.after.get(name)}
    for name in sorted(changed - {f"work/{named}" for named in run.named | run.pulled}):
        if name not in run.before:
            is_left = run.is_killed and (OURS.search(name) or name.startswith("tmp/"))
            if not is_left and not (run.keeps and OURS.search(name)):
                yield Failure("injected" if "PWNED" in name else "left over", name)
        elif name in run.after or not (name in run.swept or (run.swept and OURS.search(name))):
            yield Failure("touched", f"{name} was {'changed' if name in run.after else 'deleted'}")


def _outputs(run: Run, box: Sandbox) -> Iterator[Failure]:
    """Those named are whole, or not there; after a failure as before. What `compose` keeps is whole."""
    keeps = run.words[:1] == ("compose",)
    for name in sorted(run.named):
        key, path = f"work/{name}", box.work / name
        is_new = key in run.after and run.after.get(key) != run.before.get(key)
        is_kept = keeps and name.endswith((".json", ".txt"))
        if is_new and run.ended.code != 0 and not is_kept and not run.is_killed:
            yield Failure("partial", f"{name} is there after exit {run.ended.code}")
        if is_new and (fault := fault_in(path)):
            yield Failure("partial", f"{name}: {fault}")


def fault_in(path: Path) -> str:
    """Why a file is not whole; "" if it is, or of a kind that is not looked into."""
    try:
        if path.suffix == ".json":
            json.loads(path.read_text())
        if path.suffix in (".mkv", ".mp4"):
            with av.open(str(path), metadata_errors="replace") as container:
                return "" if sum(1 for _ in container.decode(video=0)) else "no frames"
    except (ValueError, OSError, av.error.FFmpegError) as e:
        return str(e)
    return ""


def _orphans(box: Sandbox) -> Iterator[Failure]:
    end = time.monotonic() + GRACE
    while (alive := box.orphans()) and time.monotonic() < end:
        time.sleep(0.05)
    for process in alive:
        try:
            name = Path(f"/proc/{process}/comm").read_text().strip()
            os.kill(process, 9)
        except OSError:
            continue
        yield Failure("orphan", name)


def _script(run: Run, box: Sandbox) -> Iterator[Failure]:
    """What `export` hands over is well-formed, and a shell script of it runs nothing but ffmpeg."""
    is_dry = "--dry-run" in run.words
    if run.ended.code != 0 or not (run.words[:1] == ("export",) or is_dry):
        return
    form = "sh" if is_dry else run.words[run.words.index("--to") + 1]
    text = run.out.decode("utf-8", "surrogateescape")
    if fault := ill_formed(form, text):
        yield Failure("ill-formed", f"{form}: {fault}")
    elif form in ("sh", "ffmpeg", "vmaf"):
        yield from injections(text, box)


def ill_formed(form: str, text: str) -> str:
    """Why an export is no file of its format; "" if it is one."""
    try:
        if form in ("sh", "ffmpeg", "vmaf"):
            data = text.encode("utf-8", "surrogateescape")
            done = subprocess.run(["sh", "-n"], input=data, capture_output=True)
            return done.stderr.decode(errors="replace").strip()[:200]
        if form == "vapoursynth":
            ast.parse(text)
        if form in ("json", "otio"):
            json.loads(text)
        if form in ("fcpxml", "mlt", "xmeml"):
            ElementTree.fromstring(text)
    except (SyntaxError, ValueError, ElementTree.ParseError) as e:
        return str(e)
    return ""


STUB = "#!/bin/sh\ncat > /dev/null 2>&1 < /dev/null\nexit 0\n"


def injections(text: str, box: Sandbox) -> Iterator[Failure]:
    """The script with an ffmpeg that does nothing: whatever then changes on disk, the script did itself."""
    stub = box.prints / "ffmpeg"
    stub.write_text(STUB)
    stub.chmod(0o700)
    before = box.state()
    script = box.prints / "script.sh"
    script.write_bytes(text.encode("utf-8", "surrogateescape"))
    environment = box.environment(False) | {"FFMPEG": str(stub), "PATH": f"{box.prints}:/usr/bin:/bin"}
    argv = ["sh", str(script), "stub.mkv"]
    try:
        subprocess.run(argv, cwd=box.work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        yield Failure("slow", "the exported script does not end")
    after = box.state()
    for name in sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)):
        yield Failure("injected", f"the exported script changes {name}")
